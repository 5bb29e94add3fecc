"""The way of most people, from the first account to files that training code reads, all in the browser.

With ``TAGMA_PICTURES=1`` it leaves the pictures of the README in ``docs/pictures``.
"""

from __future__ import annotations

import csv
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sklearn.datasets
from playwright.sync_api import Page, expect
from pycocotools.coco import COCO

PHOTOGRAPHS = Path(sklearn.datasets.__file__).parent / "images"
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def snap(page: Page, name: str) -> None:
    """A picture for the README, when one is wanted."""
    if os.environ.get("TAGMA_PICTURES") == "1":
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


def sign_up(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text("You are the first here")).to_be_visible()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("Password", exact=True).fill("a few words in a row")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/")


def fill_wizard(page: Page, title: str, preset: str, files: list[Path]) -> None:
    page.goto("/projects/new")
    page.get_by_label("Name", exact=True).fill(title)
    page.get_by_role("radio", name=preset).click()
    page.set_input_files("#wizard-files input[type=file]", files)
    expect(page.locator("#summary")).to_contain_text("task")


def name_labels(page: Page, *names: str) -> None:
    for at, name in enumerate(names):
        page.get_by_label("Label", exact=True).nth(at).fill(name)


def create(page: Page, tasks: int) -> int:
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/data")
    expect(page.locator("#dm-counts")).to_contain_text(f"{tasks} task")
    return int(page.url.split("/projects/")[1].split("/")[0])


def task_on_screen(page: Page, object_name: str, task: int) -> None:
    expect(
        page.locator(f'.editor[data-task="{task}"] [data-name="{object_name}"][data-ready]')
    ).to_be_visible()


def draw(page: Page, key: str, from_: tuple[float, float], to: tuple[float, float]) -> None:
    """A box by key and pointer; places are parts of the picture."""
    shown = page.locator(".plane img").bounding_box()
    assert shown
    x, y = (shown["x"] + shown["width"] * from_[0], shown["y"] + shown["height"] * from_[1])
    x2, y2 = (shown["x"] + shown["width"] * to[0], shown["y"] + shown["height"] * to[1])
    page.keyboard.press(key)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((x + x2) / 2, (y + y2) / 2)
    page.mouse.move(x2, y2)
    page.mouse.up()


def export(page: Page, project: int, format_name: str, folder: Path) -> Path:
    """Export everything through the dialog; gives the file."""
    page.goto(f"/projects/{project}/data")
    page.keyboard.press("e")
    asked = page.get_by_role("dialog")
    asked.locator(f'input[value="{format_name}"]').check()
    asked.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        asked.get_by_role("link", name="Download").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def work(path: Path) -> list[Any]:
    """What people made, apart from the numbers a server gives."""
    tasks = json.loads(path.read_text())
    return [(task["data"], [one["result"] for one in task["annotations"]]) for task in tasks]


@pytest.mark.needs("export_coco")
def test_from_the_first_account_to_files_for_training(page: Page, tmp_path: Path) -> None:
    sign_up(page)
    fill_wizard(
        page, "Photographs", "Objects in pictures", [PHOTOGRAPHS / "china.jpg", PHOTOGRAPHS / "flower.jpg"]
    )
    name_labels(page, "Roof", "Tree", "Flower")
    expect(page.locator("#preview .chip", has_text="Flower")).to_be_visible()
    expect(page.locator("#preview [data-name=image][data-ready]")).to_be_visible()
    snap(page, "new-project")
    project = create(page, 2)

    page.keyboard.press("l")
    task_on_screen(page, "image", 1)
    draw(page, "1", (0.14, 0.13), (0.51, 0.33))
    draw(page, "1", (0.12, 0.36), (0.52, 0.44))
    page.keyboard.press("Escape")  # a label's key changes what is selected
    draw(page, "2", (0.85, 0.31), (0.99, 0.98))
    regions = page.get_by_role("grid", name="Regions").get_by_role("row")
    expect(regions).to_have_count(3)
    snap(page, "editor")
    page.keyboard.press("Control+Enter")
    task_on_screen(page, "image", 2)
    expect(regions).to_have_count(0)
    draw(page, "3", (0.25, 0.18), (0.71, 0.86))
    expect(regions).to_have_count(1)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Nothing is left to label")).to_be_visible()

    page.goto(f"/projects/{project}/data")
    expect(page.locator("#dm-counts")).to_contain_text("2 annotations")
    page.click("#dm-tall")
    expect(page.locator("#row-1 img")).to_be_visible()
    snap(page, "data-manager")

    as_json = export(page, project, "JSON", tmp_path)
    check_coco(export(page, project, "COCO", tmp_path), tmp_path)
    check_csv(export(page, project, "CSV", tmp_path))

    fill_wizard(page, "Photographs again", "Objects in pictures", [as_json])
    name_labels(page, "Roof", "Tree", "Flower")
    again = create(page, 2)
    (tmp_path / "again").mkdir()
    assert work(export(page, again, "JSON", tmp_path / "again")) == work(as_json)
    assert sum(len(result) for _, [result] in work(as_json)) == 4

    page.goto("/projects/")
    expect(page.get_by_role("link", name="Photographs again")).to_be_visible()
    snap(page, "projects")


def check_coco(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        [name] = [one for one in archive.namelist() if one.endswith(".json")]
        archive.extract(name, folder / "coco")
    coco = COCO(folder / "coco" / name)
    names = {one["id"]: one["name"] for one in coco.loadCats(coco.getCatIds())}
    boxes = coco.loadAnns(coco.getAnnIds())
    assert sorted(names[box["category_id"]] for box in boxes) == ["Flower", "Roof", "Roof", "Tree"]
    [flower] = [box for box in boxes if names[box["category_id"]] == "Flower"]
    [picture] = coco.loadImgs(flower["image_id"])
    assert (picture["width"], picture["height"]) == (640, 427)
    expected = [0.25 * 640, 0.18 * 427, 0.46 * 640, 0.68 * 427]
    assert all(abs(found - wanted) < 2 for found, wanted in zip(flower["bbox"], expected, strict=True))


def check_csv(path: Path) -> None:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["image"]).name.rpartition("-")[2] for row in rows] == ["china.jpg", "flower.jpg"]
    labels = [[box["rectanglelabels"] for box in json.loads(row["label"])] for row in rows]
    assert labels == [[["Roof"], ["Roof"], ["Tree"]], [["Flower"]]]


def paragraphs() -> list[str]:
    """Real prose: what a well-known package says of its data."""
    prose = (Path(sklearn.datasets.__file__).parent / "descr" / "iris.rst").read_text()
    return [" ".join(one.split()) for one in prose.split("\n\n") if one[:1].isalpha() and "Fisher" in one]


def test_names_are_marked_in_texts_with_the_keyboard_alone(page: Page, tmp_path: Path) -> None:
    sign_up(page)
    texts = paragraphs()[:2]
    rows = tmp_path / "people.csv"
    with rows.open("w", newline="") as file:
        csv.writer(file).writerows([["text"], *([one] for one in texts)])
    fill_wizard(page, "People and places", "Names in text", [rows])
    project = create(page, 2)
    page.keyboard.press("l")
    task_on_screen(page, "text", 1)
    page.locator('[data-name="text"] [tabindex="0"]').first.focus()
    page.keyboard.press("1")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid", name="Regions").get_by_role("row")).to_have_count(1)
    page.keyboard.press("Control+Enter")
    task_on_screen(page, "text", 2)
    [(data, [[region]]), *_] = work(export(page, project, "JSON", tmp_path))
    value = region["value"]
    assert data["text"] == texts[0]
    assert (value["start"], value["text"].strip(), region["type"]) == (0, texts[0].split()[0], "labels")
    assert data["text"][value["start"] : value["end"]] == value["text"]
