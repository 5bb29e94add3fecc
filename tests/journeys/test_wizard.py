"""A new project: what is dropped is understood before anything is made, shown live, and made into tasks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sklearn.datasets
from playwright.sync_api import Locator, Page, expect

PHOTOGRAPHS = Path(sklearn.datasets.__file__).parent / "images"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photographs, a picture that is none, an empty one, and a file nothing reads."""
    folder = tmp_path / "holiday"
    (folder / "inner").mkdir(parents=True)
    (folder / "china.jpg").write_bytes((PHOTOGRAPHS / "china.jpg").read_bytes())
    (folder / "inner" / "flower.jpg").write_bytes((PHOTOGRAPHS / "flower.jpg").read_bytes())
    (folder / "broken.png").write_bytes(b"no picture at all")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.xyz").write_bytes(b"?")
    return folder


def drop(page: Page, place: Locator, *paths: Path) -> None:
    """Files dragged from outside the browser, as the operating system hands them over."""
    box = place.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})


def zone(page: Page) -> Locator:
    return page.locator("#wizard-files .drop")


@pytest.mark.needs("export_coco")
def test_a_dropped_folder_is_understood_shown_and_becomes_tasks(signed_in: Page, folder: Path) -> None:
    page = signed_in
    page.goto("/projects/new")
    drop(page, zone(page), folder)
    said = page.locator("#wizard-files")
    expect(said).to_contain_text("holiday")
    expect(said).to_contain_text("2 images")
    said.get_by_text("3 skipped: see why").click()
    for name in ("broken.png", "empty.jpg", "notes.xyz"):
        expect(said.get_by_role("listitem").filter(has_text=name)).to_be_visible()
    expect(page.locator("#preview img")).to_have_js_property("naturalWidth", 640)
    expect(page.locator("#preview-place")).to_have_text("1 of 2")
    expect(page.locator("#facts")).to_contain_text("Becomes2 tasks")
    expect(page.locator("#facts")).to_contain_text("COCO")
    page.get_by_label("Name", exact=True).fill("Holiday")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/data")
    expect(page.locator("#dm-counts")).to_contain_text("2 tasks")


def test_a_table_is_counted_and_its_first_row_is_shown(signed_in: Page, tmp_path: Path) -> None:
    page = signed_in
    rows = tmp_path / "reviews.csv"
    rows.write_text("text,label\n" + "".join(f"The {n}. night was calm,good\n" for n in range(1, 1205)))
    page.goto("/projects/new")
    drop(page, zone(page), rows)
    expect(page.locator("#wizard-files")).to_contain_text("1,204 tasks with text, label")
    expect(page.locator("#preview")).to_contain_text("The 1. night was calm")
    page.get_by_role("button", name="Task after").click()
    expect(page.locator("#preview")).to_contain_text("The 2. night was calm")


def test_only_the_beginning_of_a_large_file_is_looked_at(signed_in: Page, tmp_path: Path) -> None:
    page = signed_in
    rows = tmp_path / "large.json"
    rows.write_text(json.dumps([{"text": f"{n:06} " + "calm " * 40} for n in range(30_000)]))
    assert rows.stat().st_size > 5 << 20
    page.goto("/projects/new")
    page.set_input_files("#wizard-files input[type=file]", rows)
    expect(page.locator("#wizard-files")).to_contain_text("about 30,000 tasks")
    expect(page.locator("#wizard-files")).not_to_contain_text("skipped")
    expect(page.locator("#preview")).to_contain_text("000000 calm")


def test_the_set_up_is_turned_to_the_field_the_data_have(signed_in: Page, tmp_path: Path) -> None:
    page = signed_in
    rows = tmp_path / "letters.jsonl"
    rows.write_text('{"letter_no": "7", "body": "Dear all, the river is calm today."}\n')
    page.goto("/projects/new")
    page.set_input_files("#wizard-files input[type=file]", rows)
    expect(page.locator("#preview")).to_contain_text("the river is calm today")
    page.get_by_role("radio", name="Objects in pictures").click()
    expect(page.locator("#lacking")).to_have_text("Give the project a name.")
    page.get_by_label("Name", exact=True).fill("Letters")
    expect(page.locator("#lacking")).to_contain_text("image")
    page.locator("#create").click(force=True)
    expect(page.locator("#fields select")).to_be_focused()
    page.get_by_role("radio", name="Sentiment of texts").click()
    page.get_by_label("Field to show instead of “text”").select_option("letter_no")
    expect(page.locator("#lacking")).to_be_empty()
    page.locator("#create").click()
    page.wait_for_url("**/data")
    expect(page.locator("#dm-counts")).to_contain_text("1 task")


def test_labels_are_added_named_from_a_list_moved_and_taken_away(signed_in: Page) -> None:
    page = signed_in
    page.goto("/projects/new")
    words = page.get_by_label("Label", exact=True)
    expect(words).to_have_count(3)
    page.get_by_role("button", name="Add label").click()
    words.nth(3).evaluate(
        "field => { const data = new DataTransfer(); data.setData('text', 'Boat\\nBridge\\nLamp');"
        " field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })); }"
    )
    expect(words).to_have_count(6)
    page.get_by_role("button", name="Move Lamp", exact=True).drag_to(
        page.get_by_role("button", name="Move House", exact=True)
    )
    expect(words.nth(0)).to_have_value("Lamp")
    page.get_by_role("button", name="Move Lamp", exact=True).focus()
    page.keyboard.press("Alt+ArrowRight")
    expect(words.nth(0)).to_have_value("House")
    expect(words.nth(1)).to_have_value("Lamp")
    page.get_by_role("button", name="Remove Bridge").click()
    chips = page.locator("#preview .chip")
    expect(chips).to_have_count(5)
    expect(chips.nth(1)).to_contain_text("Lamp")
