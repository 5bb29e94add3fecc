"""A dialogue on the desk: passages of its lines, its lines by keys, and a recording in step with it."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from journeys.desk import Desk, mark, rows
from journeys.sounds import recording
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.needs("text", "controls")

CONFIG = """<View>
  <ParagraphLabels name="label" toName="talk"><Label value="Question"/><Label value="Answer"/></ParagraphLabels>
  <Paragraphs name="talk" value="$talk" layout="dialogue" nameKey="who" textKey="said"/>
</View>"""
TALK = [
    {"who": "Ada", "said": "Did it run 😀 last night?", "start": 0, "duration": 4},
    {"who": "Bo", "said": "It did.\nThen the third card jammed.", "start": 4, "end": 9},
    {"who": "Ada", "words": "lost"},
    {"who": "Bo", "said": "We start again.", "start": "0:12"},
]
CALL = """<View>
  <ParagraphLabels name="label" toName="talk"><Label value="Question"/></ParagraphLabels>
  <Audio name="call" value="$call" sync="talk"/>
  <Audio name="copy" value="$call" sync="talk" muted="true"/>
  <Paragraphs name="talk" value="$talk" layout="dialogue" nameKey="who" textKey="said" contextScroll="true"/>
</View>"""


def opened(desk: Desk, config: str = CONFIG, **data: Any) -> int:
    project, [made] = desk.project(config, {"talk": TALK, **data})
    desk.open(project, made)
    expect(desk.page.locator("[data-tag=Paragraphs][data-ready]")).to_be_visible()
    return made


def lines(desk: Desk) -> Locator:
    return desk.page.locator(".dialogue-line")


def test_a_passage_holds_its_lines_and_units_and_what_stands_there(desk: Desk) -> None:
    made = opened(desk)
    desk.page.keyboard.press("1")
    mark(desk, "😀 last night?")
    expect(rows(desk)).to_have_count(1)
    mark(desk, "third card")
    expect(rows(desk)).to_have_count(2)
    expect(rows(desk).first).to_contain_text("last night?")
    desk.submit()
    first, second = (result["value"] for result in desk.results(made))
    assert first == {
        "start": "0",
        "end": "0",
        "startOffset": 11,
        "endOffset": 25,
        "text": "😀 last night?",
        "paragraphlabels": ["Question"],
    }
    assert (second["start"], second["startOffset"], second["text"]) == ("1", 17, "third card")
    units = TALK[0]["said"].encode("utf-16-le")
    assert units[11 * 2 : 25 * 2].decode("utf-16-le") == first["text"]


def test_lines_are_walked_and_labeled_whole_by_keys(desk: Desk) -> None:
    made = opened(desk)
    keys = desk.page.keyboard
    keys.press("2")
    keys.press("Control+ArrowDown")
    keys.press("Control+ArrowDown")
    expect(lines(desk).nth(1)).to_have_class("dialogue-line coloured chosen")
    keys.press("Control+Shift+A")
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [result] = desk.results(made)
    assert result["value"]["text"] == TALK[1]["said"]
    assert (result["value"]["startOffset"], result["value"]["endOffset"]) == (0, len(TALK[1]["said"]))


def test_a_line_without_its_text_says_so_and_the_rest_is_there(desk: Desk) -> None:
    opened(desk)
    expect(lines(desk)).to_have_count(4)
    expect(lines(desk).nth(2)).to_contain_text("Line 3 has no “said”. It has who, words.")
    expect(lines(desk).nth(3)).to_contain_text("We start again.")


def test_lines_are_filtered_by_who_speaks_and_by_words(desk: Desk) -> None:
    opened(desk)
    bar = desk.page.get_by_role("search", name="Lines of the dialogue")
    bar.get_by_role("button", name="Bo").click()
    expect(desk.page.locator(".dialogue-line:visible")).to_have_count(2)
    bar.get_by_role("searchbox").fill("AGAIN")
    expect(desk.page.locator(".dialogue-line:visible")).to_have_count(1)
    expect(bar.get_by_role("status")).to_have_text("1 line")
    bar.get_by_role("searchbox").fill("")
    bar.get_by_role("button", name="Bo").click()
    expect(desk.page.locator(".dialogue-line:visible")).to_have_count(4)


@pytest.mark.parametrize(
    ("talk", "said"),
    [
        ([], "This dialogue has no lines."),
        ("no list", "It is no JSON"),
        ('{"who": "Ada"}', "A dialogue is a list of lines"),
        (None, "This task has no dialogue."),
    ],
)
def test_what_is_no_dialogue_is_told_in_its_place(desk: Desk, talk: Any, said: str) -> None:
    project, [made] = desk.project(CONFIG, {"talk": talk, "other": 1})
    desk.open(project, made)
    expect(desk.page.locator("[data-tag=Paragraphs] [role=alert]")).to_contain_text(said)


@pytest.mark.needs("audio")
def test_recordings_and_the_dialogue_go_together(desk: Desk) -> None:
    sound = f"data:audio/wav;base64,{b64encode(recording(16)).decode()}"
    opened(desk, CALL, call=sound)
    page = desk.page
    for name in ("call", "copy"):
        expect(page.locator(f"[data-name={name}][data-ready]")).to_be_visible()
    clocks = page.locator(".line-bar output")

    lines(desk).nth(1).get_by_role("button", name="Play the line").click()
    expect(lines(desk).nth(1)).to_have_class("dialogue-line coloured now")
    # played to the end of the line, in both recordings, and no further
    for place in (0, 1):
        expect(clocks.nth(place)).to_have_text("00:09.0 / 00:16.0", timeout=15_000)
    expect(page.locator(".line-bar").first.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.locator(".line-bar").last.get_by_role("button", name="Play", exact=True)).to_be_visible()

    stage = page.locator(".line-stage").last
    box = stage.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    expect(clocks.first).to_have_text("00:12.8 / 00:16.0")
    expect(lines(desk).nth(3)).to_have_class("dialogue-line coloured now")

    page.locator(".line-bar").first.get_by_label("Speed").select_option("2")
    expect(page.locator(".line-bar").last.get_by_label("Speed")).to_have_value("2")
