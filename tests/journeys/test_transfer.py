"""Data in and labels out through the dialogs: faults are listed, long work is seen, stopped, and ends with a clear word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tagma.services.access import Actor
from tagma.services.project import projects
from tagma.services.site import Site

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""


@pytest.fixture
def page_of_tasks(signed_in: Page, site: Site, owner: Actor) -> Page:
    fields: dict[str, Any] = {"title": "Reviews", "label_config": CONFIG}
    number = site.database.write(lambda tx: projects.create(site, tx, owner, fields).id)
    signed_in.goto(f"/projects/{number}/data")
    return signed_in


def begin(page: Page, *files: Path) -> Locator:
    page.keyboard.press("i")
    asked = page.get_by_role("dialog")
    page.set_input_files("dialog input[type=file]", list(files))
    return asked


def test_rows_with_faults_are_left_out_and_listed(page_of_tasks: Page, tmp_path: Path) -> None:
    page = page_of_tasks
    expect(page.get_by_text("This project has no tasks yet: bring in")).to_be_visible()
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "calm"}\n{"text": "rough"\n{"word": "?"}\n{"text": "fair"}\n')
    asked = begin(page, rows)
    asked.get_by_role("button", name="Import tasks").click()
    expect(asked).to_contain_text("2 tasks imported.")
    expect(asked).to_contain_text("2 left out: see why")
    expect(asked.get_by_role("listitem").filter(has_text="row 2")).to_be_visible()
    expect(asked.get_by_role("listitem").filter(has_text="row 3")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dm-counts")).to_contain_text("2 tasks")


def test_nothing_is_imported_when_all_or_nothing_was_asked(page_of_tasks: Page, tmp_path: Path) -> None:
    page = page_of_tasks
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "calm"}\n{"word": "?"}\n')
    asked = begin(page, rows)
    asked.get_by_label("Import nothing if anything is wrong").check()
    asked.get_by_role("button", name="Import tasks").click()
    expect(asked.get_by_role("alert")).to_contain_text("This task has the fields")
    page.keyboard.press("Escape")
    expect(page.locator("#dm-counts")).to_contain_text("0 tasks")


def test_an_import_under_way_shows_its_count_and_can_be_stopped(page_of_tasks: Page, tmp_path: Path) -> None:
    page = page_of_tasks
    rows = tmp_path / "many.jsonl"
    with rows.open("w") as out:
        for number in range(400_000):
            out.write(f'{{"text": "row {number}"}}\n')
    asked = begin(page, rows)
    asked.get_by_role("button", name="Import tasks").click()
    expect(asked.get_by_role("progressbar")).to_be_visible()
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_contain_text("Cancelled. What was done before stays.")


@pytest.mark.needs("export_coco")
def test_an_export_says_what_it_left_out(page_of_tasks: Page, tmp_path: Path) -> None:
    page = page_of_tasks
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "calm"}\n')
    asked = begin(page, rows)
    asked.get_by_role("button", name="Import tasks").click()
    expect(asked).to_contain_text("1 task imported.")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    asked = page.get_by_role("dialog")
    coco = asked.locator("label", has=page.locator('input[value="COCO"]'))
    expect(coco).to_contain_text("COCO describes pictures, and this project shows none.")
    expect(coco.locator("input")).to_be_disabled()
    asked.get_by_label("Only tasks with annotations").uncheck()
    asked.locator('input[value="CSV"]').check()
    asked.get_by_role("button", name="Export", exact=True).click()
    expect(asked).to_contain_text("1 task exported.")
    with page.expect_download() as download:
        asked.get_by_role("link", name="Download").click()
    saved = tmp_path / "out.csv"
    download.value.save_as(saved)
    assert "calm" in saved.read_text()
