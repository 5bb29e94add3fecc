"""The labeling page under a thumb, 360 pixels wide; and what axe says of it in every state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys.desk import PICTURE, Desk, rows
from playwright.sync_api import expect

AXE = Path(__file__).parents[2] / "core" / "web-vendor" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter((one) => ['serious', 'critical'].includes(one.impact))
  .map((one) => `${one.id}: ` + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' | '))"""
CONFIG = """<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="label" toName="image"><Label value="Cat"/><Label value="Dog"/></RectangleLabels>
  <TextArea name="what" toName="image" perRegion="true" label="What is it?"/>
  <Taxonomy name="kind" toName="image"><Choice value="Animal"><Choice value="Cat"/></Choice></Taxonomy>
  <Rating name="stars" toName="image"/><Number name="count" toName="image" slider="true"/><DateTime name="when" toName="image"/>
</View>"""
BOX = {
    "id": "b1", "from_name": "label", "to_name": "image", "type": "rectanglelabels", "original_width": 400, "original_height": 300,
    "image_rotation": 0, "value": {"x": 10, "y": 10, "width": 30, "height": 30, "rotation": 0, "rectanglelabels": ["Cat"]},
}  # fmt: skip
WHOLE = {
    "data": {"image": PICTURE},
    "annotations": [{"result": [BOX, {**BOX, "id": "b2"}]}],
    "predictions": [{"model_version": "yolo-7", "result": [BOX]}],
}


@pytest.fixture
def phone(desk: Desk) -> Iterator[Desk]:
    desk.page.set_viewport_size({"width": 360, "height": 740})
    yield desk
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360


def serious(desk: Desk) -> list[str]:
    desk.page.evaluate(AXE.read_text())
    return list(desk.page.evaluate(SERIOUS))


def test_on_a_phone_regions_details_and_history_are_a_sheet_and_tools_fit_a_thumb(phone: Desk) -> None:
    project, [task] = phone.project(CONFIG, WHOLE)
    phone.open(project, task)
    page = phone.page
    expect(page.locator("[data-tag=Image][data-ready]")).to_be_visible()
    expect(page.get_by_role("grid", name="Regions")).to_be_hidden()
    page.get_by_role("button", name="Show or hide the panel").click()
    expect(rows(phone)).to_have_count(2)
    rows(phone).last.click()
    expect(page.get_by_role("textbox", name="What is it?")).to_be_visible()
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".history-list li")).to_have_count(1)
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".history-list")).to_be_hidden()
    for button in page.locator(".editor-rail button, .editor-foot button, .sheet-handle, .chip").all():
        if button.is_visible():
            size = button.bounding_box()
            assert size
            assert min(size["width"], size["height"]) >= 44, button.inner_html()


def test_on_a_phone_the_foot_of_a_stream_with_instructions_fits(phone: Desk) -> None:
    project, _ = phone.project(CONFIG, WHOLE, {"image": PICTURE}, expert_instruction="<p>Look well.</p>")
    phone.open(project)
    buttons = phone.page.locator(".editor-foot button:visible")
    expect(buttons.filter(has_text="Submit")).to_be_visible()
    for button in buttons.all():
        place = button.bounding_box()
        assert place
        assert place["x"] >= 0, button.inner_html()
        assert place["x"] + place["width"] <= 360, button.inner_html()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state_of_the_desk(desk: Desk, scheme: str) -> None:
    desk.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    project, [task] = desk.project(CONFIG, WHOLE, expert_instruction="<p>Look well.</p>")
    desk.open(project, task)
    page = desk.page
    expect(page.locator("[data-tag=Image][data-ready]")).to_be_visible()
    page.keyboard.press("Alt+.")
    expect(page.get_by_role("textbox", name="What is it?")).to_be_visible()
    assert serious(desk) == []
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".history-list li")).to_have_count(1)
    assert serious(desk) == []
    page.keyboard.press("?")
    expect(page.locator(".key-dialog .key-row").first).to_be_visible()
    page.locator(".key-button").first.click()
    page.keyboard.press("Control+z")
    expect(page.locator(".key-warning")).to_be_visible()
    assert serious(desk) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("listbox", name="Go anywhere")).to_be_visible()
    assert serious(desk) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+c")
    expect(page.locator(".compare-card [data-tag=Image][data-ready]")).to_have_count(2)
    assert serious(desk) == []
