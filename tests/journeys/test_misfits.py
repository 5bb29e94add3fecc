"""A prediction that does not fit the set-up: what can be drawn is drawn, and what can't is said with its reason."""

from __future__ import annotations

from typing import Any

import pytest
from journeys.desk import BOXES, PICTURE, Desk, rows
from journeys.test_accessibility import AXE, LOOK
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("image", "controls")


def box(**fields: Any) -> dict[str, Any]:
    value = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "rectanglelabels": ["Cat"]}
    whole = {"from_name": "label", "to_name": "image", "type": "rectanglelabels", "value": value}
    return {**whole, **fields}


def predicted(desk: Desk, *results: dict[str, Any]) -> None:
    project, [task] = desk.project(BOXES, {"image": PICTURE})
    body = {"task": task, "result": list(results), "model_version": "v1"}
    answer = desk.context.request.post(f"{desk.address}/api/predictions/", data=body)
    assert answer.status == 201, answer.text()
    desk.open(project, task)


def test_what_fits_is_drawn_and_the_rest_is_said_with_path_reason_and_suggestion(desk: Desk) -> None:
    predicted(desk, box(), box(from_name="lable"))
    note = desk.page.locator(".editor-misfits")
    expect(note).to_contain_text("1 result of the prediction does not fit")
    expect(rows(desk).filter(has_text="Cat").first).to_be_visible()
    note.locator("summary").focus()
    desk.page.keyboard.press("Enter")
    expect(note.get_by_role("listitem")).to_contain_text("result[1]")
    expect(note.get_by_role("listitem")).to_contain_text("lable")
    expect(note.get_by_role("listitem")).to_contain_text('"label"')
    desk.page.evaluate(AXE.read_text())
    assert desk.page.evaluate(LOOK) == []


def test_nothing_is_said_where_all_fits(desk: Desk) -> None:
    with desk.page.expect_response(lambda answer: answer.url.endswith("/faults/")):
        predicted(desk, box())
    expect(desk.page.locator(".editor-misfits")).to_have_count(0)


def test_the_reasons_are_said_in_the_readers_language(desk: Desk) -> None:
    desk.context.set_extra_http_headers({"Accept-Language": "zh-TW"})
    predicted(desk, box(from_name="lable"))
    expect(desk.page.locator(".editor-misfits summary")).to_contain_text("1 個結果不合適")
