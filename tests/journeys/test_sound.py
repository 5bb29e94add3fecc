"""A recording on the desk: its waveform, regions by pointer and keys, and what the server has in the end."""

from __future__ import annotations

from base64 import b64encode

import pytest
from journeys.desk import Desk, drag, rows
from journeys.sounds import RATE, recording
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.needs("audio", "controls")

SECONDS = 20
CONFIG = """<View>
  <Labels name="who" toName="audio"><Label value="Host"/><Label value="Guest"/></Labels>
  <Audio name="audio" value="$audio"/>
</View>"""


@pytest.fixture
def task(desk: Desk) -> int:
    """The recording on the desk."""
    project, [made] = desk.project(
        CONFIG, {"audio": f"data:audio/wav;base64,{b64encode(recording(SECONDS)).decode()}"}
    )
    desk.open(project, made)
    expect(desk.page.locator("[data-name=audio][data-ready]")).to_be_visible()
    return made


def stage(desk: Desk) -> Locator:
    return desk.page.locator(".line-stage")


def shown(desk: Desk) -> float:
    """Seconds at the playhead."""
    text = desk.page.locator(".line-bar output").inner_text().split("/")[0].strip()
    minutes, seconds = text.split(":")
    return int(minutes) * 60 + float(seconds)


def test_a_stretch_that_is_dragged_wears_the_label_and_the_files_own_time(desk: Desk, task: int) -> None:
    desk.page.keyboard.press("2")
    drag(desk, stage(desk), (0.25, 0.5), (0.5, 0.5))
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [result] = desk.results(task)
    value = result["value"]
    assert (result["type"], value["labels"], value["channel"]) == ("labels", ["Guest"], 0)
    assert result["original_length"] == SECONDS
    assert value["start"] == pytest.approx(5, abs=0.05)
    assert value["end"] == pytest.approx(10, abs=0.05)
    for at in (value["start"], value["end"]):
        assert at * RATE == pytest.approx(round(at * RATE), abs=1e-6), "a whole number of samples"


def test_ends_and_the_whole_are_moved_by_hand_and_taken_back(desk: Desk, task: int) -> None:
    desk.page.keyboard.press("1")
    drag(desk, stage(desk), (0.25, 0.5), (0.5, 0.5))
    expect(rows(desk)).to_have_count(1)
    drag(desk, stage(desk), (0.5, 0.3), (0.75, 0.3))
    expect(rows(desk)).to_contain_text("00:05.0 to 00:15.0")
    drag(desk, stage(desk), (0.6, 0.3), (0.55, 0.3))
    expect(rows(desk)).to_contain_text("00:04.0 to 00:14.0")
    desk.page.keyboard.press("Control+z")
    expect(rows(desk)).to_contain_text("00:05.0 to 00:15.0")
    desk.page.keyboard.press("Control+z")
    expect(rows(desk)).to_contain_text("00:05.0 to 00:10.0")


def test_the_keyboard_alone_marks_moves_and_submits(desk: Desk, task: int) -> None:
    step = SECONDS / stage(desk).evaluate("(element) => element.clientWidth")
    stage(desk).focus()
    for key in ("1", "Control+ArrowRight", "Control+ArrowRight", "Enter", "Control+ArrowRight", "Enter"):
        desk.page.keyboard.press(key)
    expect(rows(desk)).to_have_count(1)
    desk.page.keyboard.press("Shift+ArrowRight")
    desk.page.keyboard.press("Alt+ArrowLeft")
    desk.submit()
    [result] = desk.results(task)
    assert result["value"]["start"] == pytest.approx(38 * step, abs=0.01)
    assert result["value"]["end"] == pytest.approx(62 * step, abs=0.01)


def test_it_plays_where_one_pressed_and_stops(desk: Desk, task: int) -> None:
    box = stage(desk).bounding_box()
    assert box
    desk.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    expect(desk.page.locator(".line-bar output")).to_contain_text("00:10.0 /")
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_role("button", name="Pause")).to_be_visible()
    expect(desk.page.locator(".line-bar output")).not_to_contain_text("00:10.0 /")
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert 10 < shown(desk) < SECONDS


def test_single_samples_are_seen_at_the_highest_zoom_and_the_whole_again(desk: Desk, task: int) -> None:
    zoom = desk.page.locator(".editor-zoom output")
    expect(zoom).to_have_text("20 s")
    stage(desk).hover()
    desk.page.keyboard.down("Control")
    with desk.page.expect_response(lambda answer: "/derived/audio/samples" in answer.url and answer.ok):
        for _ in range(60):
            desk.page.mouse.wheel(0, -400)
    desk.page.keyboard.up("Control")
    expect(zoom).to_contain_text("ms")
    desk.page.get_by_role("button", name="Fit").click()
    expect(zoom).to_have_text("20 s")


def test_what_is_no_recording_is_said_in_its_place(desk: Desk) -> None:
    project, [made] = desk.project(CONFIG, {"audio": "data:audio/wav;base64,bm90aGluZw=="})
    desk.open(project, made)
    expect(desk.page.get_by_role("alert")).to_contain_text("is no sound that can be read")
    expect(desk.page.get_by_role("alert")).to_contain_text("convert it to WAV or FLAC")


TRANSCRIPT = CONFIG.replace(
    "</View>", '<TextArea name="words" toName="audio" perRegion="true" displayMode="region-list"/></View>'
)


def stretch(name: str, start: float, end: float, label: str) -> dict[str, object]:
    value = {"start": start, "end": end, "channel": 0, "labels": [label]}
    return {"id": name, "from_name": "who", "to_name": "audio", "type": "labels", "value": value}


def test_a_transcript_is_written_row_by_row_from_the_keyboard_and_each_row_is_heard(desk: Desk) -> None:
    sound = f"data:audio/wav;base64,{b64encode(recording(SECONDS)).decode()}"
    turns = [stretch("b", 8, 12, "Guest"), stretch("a", 1, 5, "Host"), stretch("c", 14, 18, "Host")]
    project, [made] = desk.project(TRANSCRIPT, {"data": {"audio": sound}, "predictions": [{"result": turns}]})
    desk.open(project, made)
    expect(desk.page.locator("[data-name=audio][data-ready]")).to_be_visible()
    lines = desk.page.locator(".transcript-row")
    expect(lines).to_have_count(3)
    keyboard = desk.page.keyboard
    keyboard.press("Alt+ArrowDown")
    expect(lines.nth(0).get_by_role("button", name="Pause")).to_be_visible()
    keyboard.type("Good morning.")
    keyboard.press("Enter")
    expect(lines.nth(1).get_by_role("button", name="Pause")).to_be_visible()
    keyboard.type("Who is it?")
    keyboard.press("Alt+ArrowDown")
    keyboard.type("It is me.")
    expect(desk.page.locator(".transcript-head")).to_contain_text("3 regions, 0 without words")
    keyboard.press("Alt+ArrowUp")
    expect(lines.nth(1)).to_have_attribute("aria-current", "true")
    keyboard.type(" And why?")
    desk.submit()
    said = {one["id"]: one["value"] for one in desk.results(made) if one["type"] == "textarea"}
    assert {name: value["text"] for name, value in said.items()} == {
        "a": ["Good morning."],
        "b": ["Who is it? And why?"],
        "c": ["It is me."],
    }
    assert (said["b"]["start"], said["b"]["end"]) == (8, 12)


def test_other_colours_of_a_spectrogram_ask_the_server_nothing_and_another_scale_does(desk: Desk) -> None:
    sound = f"data:audio/wav;base64,{b64encode(recording(SECONDS)).decode()}"
    project, [made] = desk.project(
        CONFIG.replace('value="$audio"', 'value="$audio" spectrogram="true"'), {"audio": sound}
    )
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    with desk.page.expect_response(lambda answer: "/derived/audio/tile" in answer.url and answer.ok):
        desk.open(project, made)
    desk.page.wait_for_load_state("networkidle")
    desk.page.get_by_role("button", name="Waveform and spectrogram").click()
    menu = desk.page.get_by_role("dialog", name="What is shown")
    colour = """() => {
      const canvas = document.querySelector('.line-stage canvas');
      return [...canvas.getContext('2d').getImageData(canvas.width - 40, canvas.height - 40, 1, 1).data].join();
    }"""
    before, seen = desk.page.evaluate(colour), len(asked)
    menu.get_by_label("Colours").select_option("Ink on paper")
    desk.page.wait_for_function(f"(before) => ({colour})() !== before", arg=before)
    assert [one for one in asked[seen:] if "/derived/" in one] == []
    with desk.page.expect_response(lambda answer: "scale=log" in answer.url and answer.ok):
        menu.get_by_label("Scale").select_option("Logarithmic")
    menu.get_by_label("Show").select_option("Waveform")
    expect(menu.get_by_label("Scale")).to_be_hidden()


def test_a_recording_the_server_may_not_read_is_played_and_marked_all_the_same(desk: Desk) -> None:
    desk.page.route(
        "http://sounds.example/talk.wav",
        lambda route: route.fulfill(body=recording(SECONDS), content_type="audio/wav"),
    )
    project, [made] = desk.project(CONFIG, {"audio": "http://sounds.example/talk.wav"})
    desk.open(project, made)
    expect(desk.page.locator("[data-name=audio][data-ready]")).to_be_visible()
    expect(desk.page.get_by_role("note")).to_contain_text("there is no waveform")
    desk.page.keyboard.press("1")
    drag(desk, stage(desk), (0.25, 0.5), (0.5, 0.5))
    expect(rows(desk)).to_contain_text("00:05.0 to 00:10.0")
    desk.submit()
    [result] = desk.results(made)
    assert result["original_length"] == SECONDS


def test_each_channel_has_regions_of_its_own_by_pointer_and_by_keys(desk: Desk) -> None:
    sound = f"data:audio/wav;base64,{b64encode(recording(SECONDS, channels=2)).decode()}"
    project, [made] = desk.project(
        CONFIG.replace('value="$audio"', 'value="$audio" splitChannels="true"'), {"audio": sound}
    )
    desk.open(project, made)
    expect(desk.page.locator("[data-name=audio][data-ready]")).to_be_visible()
    desk.page.keyboard.press("1")
    drag(desk, stage(desk), (0.25, 0.25), (0.5, 0.25))
    drag(desk, stage(desk), (0.25, 0.75), (0.5, 0.75))
    desk.page.keyboard.press("ArrowUp")
    for key in ("Home", "Enter", "Control+ArrowRight", "Enter"):
        desk.page.keyboard.press(key)
    expect(rows(desk)).to_have_count(3)
    desk.submit()
    assert [one["value"]["channel"] for one in desk.results(made)] == [0, 1, 0]


def test_two_recordings_in_step_have_one_time_and_one_speed(desk: Desk) -> None:
    sound = f"data:audio/wav;base64,{b64encode(recording(SECONDS)).decode()}"
    project, [made] = desk.project(
        """<View><Audio name="near" value="$near" sync="far" height="60"/>
        <Audio name="far" value="$far" height="60" muted="true"/>
        <Labels name="who" toName="near"><Label value="Host"/></Labels></View>""",
        {"near": sound, "far": sound},
    )
    desk.open(project, made)
    for name in ("near", "far"):
        expect(desk.page.locator(f"[data-name={name}][data-ready]")).to_be_visible()
    near, far = (desk.page.locator(f"[data-name={name}] .line-bar") for name in ("near", "far"))
    box = desk.page.locator("[data-name=near] .line-stage").bounding_box()
    assert box
    desk.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    expect(far.locator("output")).to_contain_text("00:10.0 /")
    far.get_by_label("Speed").select_option("1.5")
    expect(near.get_by_label("Speed")).to_have_value("1.5")
    near.get_by_role("button", name="Play", exact=True).click()
    expect(far.get_by_role("button", name="Pause")).to_be_visible()
    expect(far.locator("output")).to_contain_text("00:11")
    far.get_by_role("button", name="Pause").click()
    expect(near.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_selected_stretch_repeats_until_it_is_told_not_to(desk: Desk, task: int) -> None:
    desk.page.keyboard.press("1")
    drag(desk, stage(desk), (0.25, 0.5), (0.27, 0.5))
    expect(rows(desk)).to_have_count(1)
    repeat = desk.page.get_by_role("button", name="Repeat the selected region")
    expect(repeat).to_have_attribute("aria-pressed", "false")
    desk.page.keyboard.press("Shift+p")
    expect(repeat).to_have_attribute("aria-pressed", "true")
    desk.page.evaluate(
        """() => new Promise((done) => {
            const told = document.querySelector('.line-bar output');
            const seen = [];
            const look = () => {
              seen.push(told.textContent.split(' ')[0]);
              const last = seen.lastIndexOf('00:05.4');
              if (last >= 0 && seen.lastIndexOf('00:05.0') > last) done();
              else requestAnimationFrame(look);
            };
            look();
        })"""
    )
    repeat.click()
    expect(desk.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert shown(desk) == pytest.approx(5.4, abs=0.11)
