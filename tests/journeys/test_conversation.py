"""A call: its recording, regions with what is said in them, and the dialogue, all in step and in one annotation."""

from __future__ import annotations

import json
from base64 import b64encode
from importlib import resources

import pytest
from journeys.desk import Desk, drag, mark, rows
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("audio", "text", "controls")


def test_a_call_is_labeled_by_ear_and_by_eye(desk: Desk) -> None:
    preset = resources.files("tagma_audio") / "presets" / "conversation"
    sample, *_ = json.loads((preset / "sample.json").read_text())
    sound = (preset / sample["data"]["audio"]).read_bytes()
    sample["data"]["audio"] = f"data:audio/ogg;base64,{b64encode(sound).decode()}"
    project, [task] = desk.project((preset / "config.xml").read_text(), sample)
    desk.open(project, task)
    page = desk.page
    for tag in ("Audio", "Paragraphs"):
        expect(page.locator(f"[data-tag={tag}][data-ready]")).to_be_visible()

    line = page.locator(".dialogue-line").nth(3)
    line.get_by_role("button", name="Play the line").click()
    end = sample["data"]["dialogue"][3]["end"]
    expect(page.locator(".line-bar output")).to_contain_text(f"00:{round(end, 1):04.1f} /", timeout=20_000)
    expect(page.locator(".line-bar").get_by_role("button", name="Play", exact=True)).to_be_visible()

    page.get_by_role("button", name="Caller 2").click()
    drag(desk, page.locator(".line-stage"), (0.15, 0.5), (0.28, 0.5))
    expect(rows(desk)).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Complaint 5").click()
    page.locator(".dialogue-line").nth(1).scroll_into_view_if_needed()
    mark(desk, "My boat was moved")
    expect(rows(desk)).to_have_count(2)
    page.get_by_text("Solved").click()
    desk.submit()

    kinds = {(result["type"], result["to_name"]) for result in desk.results(task)}
    assert kinds == {("labels", "call"), ("paragraphlabels", "dialogue"), ("choices", "dialogue")}
    [passage] = [result["value"] for result in desk.results(task) if result["type"] == "paragraphlabels"]
    assert (passage["start"], passage["text"]) == ("1", "My boat was moved")
