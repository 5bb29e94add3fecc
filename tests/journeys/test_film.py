"""A film on the desk: every step shows the frame it names, boxes are followed through it, and what the server has in the end."""

from __future__ import annotations

import itertools
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from journeys.desk import Desk, drag, rows
from journeys.films import HEIGHT, WIDTH, film, seen, turn
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.needs("video", "controls")

COUNT = 60
CONFIG = """<View>
  <Labels name="kind" toName="film"><Label value="Car"/><Label value="Person"/></Labels>
  <TimelineLabels name="scene" toName="film"><Label value="Indoors"/><Label value="Outdoors"/></TimelineLabels>
  <Video name="film" value="$video"/>
  <VideoRectangle name="box" toName="film"/>
  <Choices name="sight" toName="film" perRegion="true"><Choice value="clear"/><Choice value="hidden"/></Choices>
</View>"""
UNEVEN = list(
    itertools.accumulate(itertools.islice(itertools.cycle((0.02, 0.05, 0.1, 0.033)), COUNT - 1), initial=0.0)
)
FILMS: dict[str, Callable[[Path], Path]] = {
    "even": lambda folder: film(folder / "even.mp4", COUNT),
    "b-frames": lambda folder: film(folder / "b.mp4", COUNT, between=3),
    "late": lambda folder: film(folder / "late.mkv", COUNT, start=1.5, between=2),
    "uneven": lambda folder: film(folder / "uneven.mp4", COUNT, times=UNEVEN, between=2),
    "uneven-vp9": lambda folder: film(folder / "uneven.webm", COUNT, times=UNEVEN, codec="libvpx-vp9"),
    "turned": lambda folder: turn(film(folder / "turned.mp4", COUNT)),
}


def as_data(file: Path) -> str:
    kind = {".mp4": "video/mp4", ".webm": "video/webm", ".mkv": "video/x-matroska"}[file.suffix]
    return f"data:{kind};base64,{b64encode(file.read_bytes()).decode()}"


def opened(desk: Desk, file: Path, config: str = CONFIG) -> int:
    project, [task] = desk.project(config, {"video": as_data(file)})
    desk.open(project, task)
    expect(desk.page.locator("[data-name=film][data-ready]")).to_be_visible()
    return task


def stands(desk: Desk, frame: int) -> None:
    """Until the frame is on screen, and says so."""
    expect(desk.page.locator("[data-name=film]")).to_have_attribute("data-frame", str(frame))
    desk.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def picture(desk: Desk) -> Locator:
    return desk.page.locator("video.film")


def jump(desk: Desk, frame: int) -> None:
    desk.page.keyboard.press("Alt+g")
    desk.page.keyboard.type(str(frame))
    desk.page.keyboard.press("Enter")
    stands(desk, frame)


@pytest.mark.parametrize("kind", FILMS)
def test_each_step_shows_the_frame_it_names(desk: Desk, tmp_path: Path, kind: str) -> None:
    opened(desk, FILMS[kind](tmp_path))
    turned = kind == "turned"
    stands(desk, 1)
    assert seen(picture(desk).screenshot(), turned=turned) == 1
    for frame in range(2, 12):
        desk.page.keyboard.press("Alt+ArrowRight")
        stands(desk, frame)
        assert seen(picture(desk).screenshot(), turned=turned) == frame
    for frame in (COUNT, 30, 31, 8):
        jump(desk, frame)
        assert seen(picture(desk).screenshot(), turned=turned) == frame
    desk.page.keyboard.press("Alt+ArrowLeft")
    stands(desk, 7)
    assert seen(picture(desk).screenshot(), turned=turned) == 7


def test_it_stops_at_the_frame_that_is_on_screen(desk: Desk, tmp_path: Path) -> None:
    opened(desk, film(tmp_path / "long.mp4", 1500, between=2))
    host = desk.page.locator("[data-name=film]")
    desk.page.keyboard.press("Space")
    expect(host).to_have_attribute("data-frame", re.compile(r"^\d\d+$"))
    desk.page.keyboard.press("Space")
    expect(desk.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    desk.page.wait_for_function(
        "() => ((film) => film.paused && !film.seeking)(document.querySelector('video.film'))"
    )
    frame = int(host.get_attribute("data-frame") or 0)
    stands(desk, frame)
    assert 1 < frame < 1500
    assert seen(picture(desk).screenshot()) == frame
    desk.page.keyboard.press("Alt+ArrowRight")
    stands(desk, frame + 1)
    assert seen(picture(desk).screenshot()) == frame + 1


def test_a_box_is_followed_by_pointer_and_keys_and_comes_back_as_it_was(desk: Desk, tmp_path: Path) -> None:
    task = opened(desk, FILMS["even"](tmp_path))
    plane, keys = desk.page.locator(".plane"), desk.page.keyboard
    keys.press("1")
    drag(desk, plane, (0.45, 0.4), (0.55, 0.6))
    expect(rows(desk)).to_contain_text("Frames 1 to 60")
    keys.press("5")
    jump(desk, 21)
    keys.press("v")
    drag(desk, plane, (0.5, 0.5), (0.6, 0.5))
    keys.press("Shift+Alt+ArrowRight")
    stands(desk, 31)
    keys.press("Shift+o")
    expect(rows(desk)).to_contain_text("Frames 1 to 31")
    keys.press("Control+Alt+ArrowLeft")
    stands(desk, 21)
    keys.press("Control+Alt+ArrowLeft")
    stands(desk, 1)
    desk.submit()
    results = desk.results(task)
    box, said = results
    value = box["value"]
    assert (box["from_name"], box["type"], value["labels"]) == ("box", "videorectangle", ["Car"])
    assert (value["framesCount"], value["duration"]) == (COUNT, pytest.approx(COUNT / 25))
    assert [(key["frame"], key["enabled"]) for key in value["sequence"]] == [
        (1, True),
        (21, True),
        (31, False),
    ]
    assert [key["time"] for key in value["sequence"]] == [1 / 25, 21 / 25, 31 / 25]
    first, second, third = (key["x"] for key in value["sequence"])
    assert second > first + 5
    assert third == second
    assert said["id"] == box["id"]
    assert said["value"] == {
        **{key: value[key] for key in ("framesCount", "duration", "sequence")},
        "choices": ["clear"],
    }
    desk.page.reload()
    expect(desk.page.locator("[data-name=film][data-ready]")).to_be_visible()
    expect(rows(desk)).to_contain_text("Car")
    rows(desk).click()
    jump(desk, 21)
    keys.press("k")
    keys.press("k")
    desk.submit()
    [again] = [one for one in desk.results(task) if one["type"] == "videorectangle"]
    assert [key["frame"] for key in again["value"]["sequence"]] == [1, 21, 31]
    assert again["value"]["sequence"][1]["x"] == pytest.approx(first + (third - first) * 20 / 30)


def test_tracks_are_split_merged_and_hidden_by_keys(desk: Desk, tmp_path: Path) -> None:
    opened(desk, FILMS["even"](tmp_path))
    keys = desk.page.keyboard
    keys.press("2")
    drag(desk, desk.page.locator(".plane"), (0.45, 0.4), (0.55, 0.6))
    jump(desk, 20)
    keys.press("Shift+s")
    expect(rows(desk)).to_have_count(2)
    expect(rows(desk).nth(0)).to_contain_text("Frames 1 to 19")
    expect(rows(desk).nth(1)).to_contain_text("Frames 20 to 60")
    rows(desk).nth(0).click()
    rows(desk).nth(1).click(modifiers=["Control"])
    keys.press("Shift+m")
    expect(rows(desk)).to_have_count(1)
    expect(rows(desk)).to_contain_text("Frames 1 to 60")
    jump(desk, 40)
    keys.press("Shift+h")
    expect(rows(desk)).to_contain_text("Frames 1 to 40")
    keys.press("Shift+h")
    expect(rows(desk)).to_contain_text("Frames 1 to 60")


def test_stretches_of_frames_are_marked_on_the_timeline_and_moved(desk: Desk, tmp_path: Path) -> None:
    task = opened(desk, FILMS["even"](tmp_path))
    stage, keys = desk.page.locator(".line-stage"), desk.page.keyboard
    keys.press("3")
    drag(desk, stage, (10.5 / COUNT, 0.5), (29.5 / COUNT, 0.5))
    expect(rows(desk)).to_contain_text("Indoors")
    expect(rows(desk)).to_contain_text("Frames 11 to 30")
    drag(desk, stage, (30 / COUNT, 0.3), (40 / COUNT, 0.3))
    expect(rows(desk)).to_contain_text("Frames 11 to 40")
    stage.focus()
    keys.press("Escape")
    keys.press("4")
    jump(desk, 50)
    stage.focus()
    keys.press("Enter")
    keys.press("Enter")
    expect(rows(desk)).to_have_count(2)
    desk.submit()
    assert [(one["from_name"], one["type"], one["value"]) for one in desk.results(task)] == [
        ("scene", "timelinelabels", {"ranges": [{"start": 11, "end": 40}], "timelinelabels": ["Indoors"]}),
        ("scene", "timelinelabels", {"ranges": [{"start": 50, "end": 50}], "timelinelabels": ["Outdoors"]}),
    ]


def test_a_box_is_followed_by_the_server_as_one_step_to_undo(desk: Desk, tmp_path: Path) -> None:
    task = opened(desk, FILMS["even"](tmp_path))
    keys = desk.page.keyboard
    shown = picture(desk).bounding_box()
    assert shown

    def at(x: float, y: float) -> tuple[float, float]:
        return shown["x"] + shown["width"] * x / WIDTH, shown["y"] + shown["height"] * y / HEIGHT

    keys.press("1")
    desk.page.mouse.move(*at(2, 160))
    desk.page.mouse.down()
    desk.page.mouse.move(*at(62, 220), steps=4)
    desk.page.mouse.up()
    expect(rows(desk)).to_contain_text("Car")
    follow = desk.page.get_by_role("button", name="Follow the box")
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "true")
    expect(follow).to_have_attribute("aria-pressed", "false")
    jump(desk, 50)
    with desk.draft_saved():
        keys.press("k")
    desk.submit()
    [box] = desk.results(task)
    there = next(key for key in box["value"]["sequence"] if key["frame"] == 50)
    assert there["x"] * WIDTH / 100 == pytest.approx(100, abs=4)
    assert there["y"] * HEIGHT / 100 == pytest.approx(160, abs=4)
    keys.press("Control+z")
    keys.press("Control+z")
    keys.press("Control+Alt+ArrowLeft")
    stands(desk, 1)


def test_films_that_name_each_other_stand_at_one_time(desk: Desk, tmp_path: Path) -> None:
    file = FILMS["even"](tmp_path)
    other = film(tmp_path / "other.webm", COUNT, rate=50, codec="libvpx")
    project, [task] = desk.project(
        '<View><Video name="film" value="$video" sync="other"/><Video name="other" value="$other"/></View>',
        {"video": as_data(file), "other": as_data(other)},
    )
    desk.open(project, task)
    expect(desk.page.locator("[data-tag=Video][data-ready]")).to_have_count(2)
    desk.page.locator("[data-name=film] .film-frame").fill("21")
    desk.page.locator("[data-name=film] .film-frame").press("Enter")
    stands(desk, 21)
    expect(desk.page.locator("[data-name=other]")).to_have_attribute("data-frame", "41")


def test_a_prediction_is_looked_at_and_not_changed(desk: Desk, tmp_path: Path) -> None:
    box = {"frame": 1, "enabled": True, "x": 40, "y": 40, "width": 20, "height": 20, "rotation": 0}
    sequence = [box, {**box, "frame": 41, "x": 60}]
    said = {
        "from_name": "box",
        "to_name": "film",
        "type": "videorectangle",
        "value": {"framesCount": 72, "sequence": sequence, "labels": ["Person"]},
    }
    data = {"video": as_data(FILMS["even"](tmp_path))}
    project, [task] = desk.project(CONFIG, {"data": data, "predictions": [{"result": [said]}]})
    desk.open(project, task)
    desk.page.get_by_role("tab", name="Prediction").click()
    expect(desk.page.locator("[data-name=film][data-ready]")).to_be_visible()
    expect(rows(desk)).to_contain_text("Person")
    expect(desk.page.locator(".film-said")).to_contain_text("counted as 72 frames, it has 60")
    rows(desk).click()
    desk.page.keyboard.press("Control+Alt+ArrowRight")
    stands(desk, 41)
    expect(desk.page.get_by_role("button", name="Split the track")).to_have_count(0)
    desk.page.keyboard.press("k")
    expect(rows(desk)).to_contain_text("Person")


def test_a_rate_that_is_not_the_films_is_told(desk: Desk, tmp_path: Path) -> None:
    opened(desk, FILMS["even"](tmp_path), CONFIG.replace("<Video ", '<Video frameRate="30" '))
    expect(desk.page.get_by_role("note")).to_contain_text("30 frames a second, the film has 25")


def test_what_is_no_film_is_said_in_its_place(desk: Desk) -> None:
    project, [made] = desk.project(CONFIG, {"video": "data:video/mp4;base64,bm90aGluZw=="})
    desk.open(project, made)
    expect(desk.page.get_by_role("alert")).to_contain_text("is no film that can be read")
