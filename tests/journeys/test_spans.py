"""Passages of text by mouse and keys: whatever the letters, what is stored quotes what was marked."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from journeys.desk import ENTITIES, Desk, mark, rows
from playwright.sync_api import expect

HARD = "שלום עולם וברכה\r\nThe family 👨‍👩‍👧 went home 😀\r\nnaïve e\u0301te\u0301 中文字 end"
NOTED = """<View>
  <Labels name="label" toName="text"><Label value="Person"/></Labels>
  <Text name="text" value="$text"/>
  <TextArea name="why" toName="text" perRegion="true"/>
</View>"""


def opened(desk: Desk, config: str, text: str, **more: Any) -> int:
    project, [made] = desk.project(config, {"data": {"text": text}, **more})
    desk.open(project, made)
    expect(desk.page.locator("[data-tag=Text][data-ready]")).to_be_visible()
    return made


def marked(desk: Desk, words: str) -> None:
    before = rows(desk).count()
    mark(desk, words)
    expect(rows(desk)).to_have_count(before + 1)


def test_what_is_stored_quotes_the_text_whatever_its_letters(desk: Desk) -> None:
    made = opened(desk, ENTITIES, HARD)
    desk.page.keyboard.press("1")
    passages = ["עולם", "👨‍👩‍👧", "home 😀", "e\u0301te\u0301", "中文字"]
    for words in passages:
        marked(desk, words)
    desk.submit()
    spans = [result["value"] for result in desk.results(made)]
    for span in spans:
        assert HARD[span["start"] : span["end"]] == span["text"]
    assert [span["text"] for span in spans] == passages


def test_a_passage_over_a_line_break_keeps_the_break_as_it_is(desk: Desk) -> None:
    made = opened(desk, ENTITIES, HARD)
    desk.page.keyboard.press("2")
    ends = desk.page.evaluate(
        """() => {
            const at = (text) => {
                const walker = document.createTreeWalker(document.querySelector('.text-body'), NodeFilter.SHOW_TEXT);
                for (let node; (node = walker.nextNode()); ) {
                    const place = node.data.indexOf(text);
                    if (place < 0) continue;
                    const range = document.createRange();
                    range.setStart(node, place);
                    range.setEnd(node, place + text.length);
                    const { left, right, top, bottom } = range.getBoundingClientRect();
                    return { left, right, middle: (top + bottom) / 2 };
                }
            };
            return [at('home'), at('naïve')];
        }"""
    )
    mouse = desk.page.mouse
    mouse.move(ends[0]["left"] + 1, ends[0]["middle"])
    mouse.down()
    mouse.move(ends[1]["right"] - 1, ends[1]["middle"], steps=6)
    mouse.up()
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [span] = [result["value"] for result in desk.results(made)]
    assert span["text"] == "home 😀\r\nnaïve" == HARD[span["start"] : span["end"]]


def test_passages_overlap_and_each_can_be_chosen_by_a_press(desk: Desk) -> None:
    made = opened(desk, ENTITIES, "Marie Curie went to Paris in spring")
    desk.page.keyboard.press("1")
    marked(desk, "Marie Curie went")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("2")
    marked(desk, "Curie went to Paris")
    desk.page.keyboard.press("Escape")
    box = desk.page.evaluate(
        """() => {
            const node = document.querySelector('.text-body p').firstChild;
            const range = document.createRange();
            range.setStart(node, 7);
            range.setEnd(node, 8);
            const { left, right, top, bottom } = range.getBoundingClientRect();
            return { x: (left + right) / 2, y: (top + bottom) / 2 };
        }"""
    )
    chosen = rows(desk).locator("xpath=self::*[@aria-selected='true']")
    for words in ("Person", "Place"):
        desk.page.mouse.click(box["x"], box["y"])
        expect(chosen).to_contain_text(words)
    desk.submit()
    assert [result["value"]["text"] for result in desk.results(made)] == [
        "Marie Curie went",
        "Curie went to Paris",
    ]


def test_a_passage_is_marked_labeled_and_changed_by_keys_alone(desk: Desk) -> None:
    text = "👩‍🚀 Marie went to Paris"
    made = opened(desk, ENTITIES, text)
    desk.page.locator(".text-scroller").focus()
    press = desk.page.keyboard.press
    press("ArrowRight")  # over the astronaut, one letter of seven units
    press("ArrowRight")
    for _ in range(5):
        press("Shift+ArrowRight")
    expect(desk.page.locator(".text-hint")).to_be_visible()
    press("1")
    expect(rows(desk)).to_contain_text("Marie")
    press("Shift+ArrowRight")  # the end of the passage
    press("Shift+ArrowRight")
    expect(rows(desk)).to_contain_text("Marie w")
    desk.submit()
    [span] = [result["value"] for result in desk.results(made)]
    assert span["text"] == "Marie w" == text[span["start"] : span["end"]]


def test_a_pen_marks_where_a_finger_would_scroll(desk: Desk) -> None:
    text = "Marie went to Paris"
    made = opened(desk, ENTITIES, text)
    desk.page.keyboard.press("2")
    ends = desk.page.evaluate(
        """() => {
            const range = document.createRange();
            const node = document.querySelector('.text-body p').firstChild;
            range.setStart(node, 14);
            range.setEnd(node, 19);
            const { left, right, top, height } = range.getBoundingClientRect();
            return { left, right, y: top + height / 2 };
        }"""
    )
    session = desk.context.new_cdp_session(desk.page)
    steps = [("mouseMoved", ends["left"] + 1), ("mousePressed", ends["left"] + 1)]
    steps += [("mouseMoved", ends["left"] + 20), ("mouseMoved", ends["right"] - 1)]
    for kind, x in [*steps, ("mouseReleased", ends["right"] - 1)]:
        pen = {"type": kind, "x": x, "y": ends["y"], "pointerType": "pen", "button": "left", "clickCount": 1}
        session.send("Input.dispatchMouseEvent", {**pen, "buttons": 1})
        if kind == "mouseMoved":
            assert desk.page.locator(".text-scroller").evaluate("(it) => it.style.touchAction") == "none"
    expect(rows(desk)).to_contain_text("Paris")
    desk.submit()
    [span] = [result["value"] for result in desk.results(made)]
    assert span["text"] == "Paris" == text[span["start"] : span["end"]]


@pytest.mark.parametrize(
    ("granularity", "passage"),
    [
        ("word", "Second sentence"),
        ("sentence", "Second sentence here."),
        ("paragraph", "First one. Second sentence here."),
    ],
)
def test_a_selection_snaps_to_what_the_config_says(desk: Desk, granularity: str, passage: str) -> None:
    text = "First one. Second sentence here.\nAnother paragraph."
    config = ENTITIES.replace('value="$text"', f'value="$text" granularity="{granularity}"')
    made = opened(desk, config, text)
    desk.page.keyboard.press("1")
    marked(desk, "cond sent")
    desk.submit()
    [span] = [result["value"] for result in desk.results(made)]
    assert span["text"] == passage == text[span["start"] : span["end"]]


def test_an_address_in_a_text_can_be_followed(desk: Desk) -> None:
    config = ENTITIES.replace('value="$text"', 'value="$text" clickableLinks="true"')
    opened(desk, config, f"See {desk.address}/health, please")
    box = desk.page.evaluate(
        """() => {
            const range = document.createRange();
            const node = document.querySelector('.text-body p').firstChild;
            range.setStart(node, 8);
            range.setEnd(node, 9);
            const { left, top, height } = range.getBoundingClientRect();
            return { x: left + 2, y: top + height / 2 };
        }"""
    )
    with desk.context.expect_page() as opened_page:
        desk.page.mouse.click(box["x"], box["y"])
    opened_page.value.wait_for_load_state()
    assert opened_page.value.url == f"{desk.address}/health"


def test_words_written_about_a_passage_stay_when_it_grows(desk: Desk) -> None:
    base = {"id": "s1", "to_name": "text", "origin": "manual"}
    span = {"start": 0, "end": 5}
    results = [
        {**base, "from_name": "label", "type": "labels", "value": {**span, "text": "Marie", "labels": ["Person"]}},
        {**base, "from_name": "why", "type": "textarea", "value": {**span, "text": ["a chemist"]}},
    ]  # fmt: skip
    made = opened(desk, NOTED, "Marie Curie", annotations=[{"result": results}])
    rows(desk).click()
    desk.page.keyboard.press("Control+Shift+ArrowRight")
    expect(rows(desk)).to_contain_text("Marie Curie")
    desk.submit()
    label, words = desk.results(made)
    assert label["value"] == {"start": 0, "end": 11, "text": "Marie Curie", "labels": ["Person"]}
    assert words["value"] == {"start": 0, "end": 11, "text": ["a chemist"]}


def test_a_text_may_be_in_base64_and_is_told_when_it_is_not(desk: Desk) -> None:
    config = ENTITIES.replace('value="$text"', 'value="$text" encoding="base64unicode"')
    made = opened(desk, config, b64encode("Łódź 😀 city".encode()).decode())
    desk.page.keyboard.press("2")
    marked(desk, "😀 city")
    desk.submit()
    [span] = [result["value"] for result in desk.results(made)]
    assert (span["start"], span["end"], span["text"]) == (5, 11, "😀 city")
    project, [bad] = desk.project(config, {"text": "no base64!"})
    desk.open(project, bad)
    expect(desk.page.get_by_role("alert")).to_contain_text("base64unicode")


def test_a_text_may_lie_at_an_address_of_ours_or_of_another_server(desk: Desk) -> None:
    config = ENTITIES.replace('value="$text"', 'value="$text" valueType="url"')
    project, [missing] = desk.project(config, {"text": "/data/upload/1/gone.txt"})
    desk.open(project, missing)
    expect(desk.page.get_by_role("alert")).to_contain_text("could not be loaded")
    answer = desk.context.request.post(
        f"{desk.address}/api/projects/{project}/import",
        multipart={
            "file": {
                "name": "a.json",
                "mimeType": "application/json",
                "buffer": b'[{"text": "http://10.255.255.1/a.txt"}]',
            }
        },
        headers={"Origin": desk.address},
    )
    assert answer.ok, answer.text()
    [foreign] = [task["id"] for task in desk.get(f"/api/projects/{project}/tasks/") if task["id"] != missing]
    desk.open(project, foreign)
    # the server asks it, and says why it does not ask this one
    expect(desk.page.get_by_role("alert")).to_contain_text("an address inside a private network")
