"""A series on the desk: its channels, stretches and instants by pointer and keys, and what the server has in the end."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import wave
import zipfile
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from journeys.desk import Desk, drag, rows
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.needs("timeseries", "controls")

ROWS = 2001
BEGUN = datetime(2024, 3, 1, 6, tzinfo=UTC)
FORMAT = "%d.%m.%Y %H:%M:%S"
LABELS = """<TimeSeriesLabels name="label" toName="ts"><Label value="Run"/><Label value="Rest"/></TimeSeriesLabels>"""
CONFIG = f"""<View>
  {LABELS}
  <TimeSeries name="ts" value="$csv" timeColumn="time" timeFormat="{FORMAT}" overviewWidth="100%">
    <Channel column="speed" legend="Speed" units="m/s" interpolation="curveLinear"/>
    <MultiChannel height="120"><Channel column="left"/><Channel column="right"/></MultiChannel>
  </TimeSeries>
</View>"""


def moment(row: int) -> str:
    return (BEGUN + timedelta(seconds=row)).strftime(FORMAT)


def file(text: str) -> str:
    return f"data:text/csv;base64,{b64encode(text.encode()).decode()}"


def series() -> str:
    """A row a second; ``left`` holds nothing from row 1000 to 1199."""
    lines = (
        f"{moment(row)},{math.sin(row / 90):.4f},{'' if 1000 <= row < 1200 else row % 50},{row}"
        for row in range(ROWS)
    )
    return file("time,speed,left,right\n" + "\n".join(lines))


def ready(desk: Desk) -> None:
    expect(desk.page.locator("[data-name=ts][data-ready]")).to_be_visible()


@pytest.fixture
def task(desk: Desk) -> int:
    """The series on the desk."""
    project, [made] = desk.project(CONFIG, {"csv": series()})
    desk.open(project, made)
    ready(desk)
    return made


def stage(desk: Desk) -> Locator:
    return desk.page.locator(".line-stage")


def says(desk: Desk, column: str) -> Locator:
    """What a channel says where the pointer is."""
    return desk.page.locator(f".series-legend [data-column={column}] b")


def row_of(text: str) -> int:
    return int((datetime.strptime(text, FORMAT).replace(tzinfo=UTC) - BEGUN).total_seconds())


def test_a_stretch_that_is_dragged_begins_and_ends_at_rows_of_the_file(desk: Desk, task: int) -> None:
    desk.page.keyboard.press("2")
    drag(desk, stage(desk), (0.25, 0.5), (0.5, 0.5))
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [result] = desk.results(task)
    value = result["value"]
    assert (result["type"], result["to_name"]) == ("timeserieslabels", "ts")
    assert value["timeserieslabels"] == ["Rest"]
    assert value["instant"] is False
    assert row_of(value["start"]) == pytest.approx(500, abs=5)
    assert row_of(value["end"]) == pytest.approx(1000, abs=5)


def test_a_double_click_marks_an_instant_which_is_moved_but_has_no_ends(desk: Desk, task: int) -> None:
    desk.page.keyboard.press("1")
    box = stage(desk).bounding_box()
    assert box
    desk.page.mouse.dblclick(box["x"] + box["width"] * 0.5, box["y"] + 60)
    expect(rows(desk)).to_have_count(1)
    drag(desk, stage(desk), (0.5, 0.4), (0.75, 0.4))
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [result] = desk.results(task)
    value = result["value"]
    assert value["instant"] is True
    assert value["start"] == value["end"]
    assert row_of(value["start"]) == pytest.approx(1500, abs=5)


def excerpt(desk: Desk) -> Locator:
    """Where the only region lies, as the list of regions has it."""
    return rows(desk).locator(".region-excerpt")


def told(words: str) -> tuple[int, int]:
    """Seconds since six o'clock of both ends in an excerpt."""
    start, end = (int(minutes) * 60 + int(rest) for minutes, rest in re.findall(r"06:(\d\d):(\d\d)", words))
    return start, end


def test_ends_and_the_whole_are_moved_by_hand_and_taken_back(desk: Desk, task: int) -> None:
    desk.page.keyboard.press("1")
    drag(desk, stage(desk), (0.25, 0.5), (0.5, 0.5))
    expect(rows(desk)).to_have_count(1)
    drawn = excerpt(desk).inner_text()
    assert told(drawn) == pytest.approx((500, 1000), abs=5)
    drag(desk, stage(desk), (0.5, 0.3), (0.75, 0.3))
    expect(excerpt(desk)).not_to_have_text(drawn)
    longer = excerpt(desk).inner_text()
    assert told(longer)[0] == told(drawn)[0], "the end that was not held stays"
    assert told(longer)[1] == pytest.approx(1500, abs=5)
    drag(desk, stage(desk), (0.6, 0.3), (0.5, 0.3))
    expect(excerpt(desk)).not_to_have_text(longer)
    assert told(excerpt(desk).inner_text()) == pytest.approx((300, 1300), abs=5)
    desk.page.keyboard.press("Control+z")
    expect(excerpt(desk)).to_have_text(longer)
    desk.page.keyboard.press("Control+z")
    expect(excerpt(desk)).to_have_text(drawn)


def test_the_keyboard_alone_marks_moves_and_submits_and_all_is_there_again(desk: Desk, task: int) -> None:
    step = (ROWS - 1) / stage(desk).evaluate("(element) => element.clientWidth")
    stage(desk).focus()
    for key in ("1", *["Control+ArrowRight"] * 3, "m", *["Control+ArrowRight"] * 2, "m"):
        desk.page.keyboard.press(key)
    expect(rows(desk)).to_have_count(1)
    desk.page.keyboard.press("Shift+ArrowRight")
    desk.page.keyboard.press("Alt+ArrowLeft")
    desk.submit()
    [result] = desk.results(task)
    assert row_of(result["value"]["start"]) == pytest.approx(58 * step, abs=4)
    assert row_of(result["value"]["end"]) == pytest.approx(102 * step, abs=4)
    desk.page.reload()
    ready(desk)
    expect(rows(desk)).to_have_count(1)
    desk.page.keyboard.press("n")
    desk.page.get_by_role("textbox", name="Note").fill("seen again")
    desk.submit()
    [again] = desk.results(task)
    assert again["value"] == result["value"], "what nobody moved stays to the last digit"


def test_every_channel_says_what_it_holds_under_the_pointer_and_gaps_hold_nothing(
    desk: Desk, task: int
) -> None:
    box = stage(desk).bounding_box()
    assert box
    desk.page.mouse.move(box["x"] + box["width"] * 0.55, box["y"] + 60)
    expect(says(desk, "left")).to_have_text("—")
    expect(says(desk, "right")).to_contain_text("1")
    stage(desk).focus()
    desk.page.mouse.move(1, 1)
    desk.page.keyboard.press("Home")
    for _ in range(14):
        desk.page.get_by_role("button", name="Zoom in").click()
    expect(says(desk, "left")).to_have_text("0.00")
    expect(says(desk, "right")).to_have_text("0.0")
    expect(desk.page.locator(".series-legend [data-column=speed]")).to_contain_text("Speed")
    expect(desk.page.locator(".series-legend [data-column=speed]")).to_contain_text("m/s")


def test_a_part_is_drawn_out_of_the_overview_and_its_sides_are_moved(desk: Desk, task: int) -> None:
    overview = desk.page.locator(".line-overview")
    zoom = desk.page.locator(".editor-zoom output")
    expect(zoom).to_have_text("33 min 20 s")
    drag(desk, overview, (0.2, 0.5), (0.4, 0.5))
    expect(zoom).to_have_text("6 min 40 s")
    drag(desk, overview, (0.4, 0.5), (0.6, 0.5))
    expect(zoom).to_have_text("13 min 20 s")
    drag(desk, overview, (0.4, 0.5), (0.5, 0.5))
    expect(zoom).to_have_text("13 min 20 s")
    desk.page.get_by_role("button", name="Fit").click()
    expect(zoom).to_have_text("33 min 20 s")


def numbered(count: int) -> str:
    return file("t,v\n" + "\n".join(f"{row / 4},{row % 9}" for row in range(count)))


def test_zooming_in_a_long_series_asks_for_what_is_in_sight_and_no_more(desk: Desk) -> None:
    config = f"""<View>{LABELS}<TimeSeries name="ts" value="$csv" timeColumn="t"><Channel column="v"/></TimeSeries></View>"""
    project, [made] = desk.project(config, {"csv": numbered(60_000)})
    moved: list[int] = []
    desk.page.on(
        "response",
        lambda answer: moved.append(int(answer.headers.get("content-length", 0))) if "/window?" in answer.url else None,
    )  # fmt: skip
    desk.open(project, made)
    ready(desk)
    desk.page.wait_for_load_state("networkidle")
    assert sum(moved) < 200_000
    stage(desk).hover()
    desk.page.keyboard.down("Control")
    for _ in range(40):
        desk.page.mouse.wheel(0, -400)
    desk.page.keyboard.up("Control")
    expect(says(desk, "v")).not_to_contain_text("…")
    desk.page.keyboard.press("1")
    drag(desk, stage(desk), (0.2, 0.5), (0.8, 0.5))
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [result] = desk.results(made)
    for at in (result["value"]["start"], result["value"]["end"]):
        assert at * 4 == round(at * 4), "the time of a row, as a number"


def test_rows_are_counted_where_there_is_no_time_and_columns_may_stand_in_the_task(desk: Desk) -> None:
    config = f"""<View>{LABELS}<TimeSeries name="ts" value="$points" valueType="json" overviewWidth="100%"><Channel column="v"/></TimeSeries></View>"""
    project, [made] = desk.project(config, {"points": {"v": [row % 5 for row in range(101)]}})
    desk.open(project, made)
    ready(desk)
    desk.page.keyboard.press("1")
    drag(desk, stage(desk), (0.1, 0.5), (0.2, 0.5))
    expect(rows(desk)).to_contain_text("10 to 20")
    desk.submit()
    [result] = desk.results(made)
    assert (result["value"]["start"], result["value"]["end"]) == (10, 20)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,speed,left,right\n01.03.2024 06:00:00,1,2,3\n01.03.2024 06:00:01,fast,2,3\n", ["Line 3", "speed", "fast"]),
        ("time,speed,left\n01.03.2024 06:00:00,1,2\n", ["right"]),
        ("time,speed,left,right\nsoon,1,2,3\n", ["Line 2", "soon"]),
        ("time,speed,left,right\n", ["no rows"]),
    ],
    ids=["text among numbers", "a column that is not there", "no time", "empty"],
)  # fmt: skip
def test_what_is_wrong_with_a_file_stands_where_its_series_would(
    desk: Desk, text: str, words: list[str]
) -> None:
    project, [made] = desk.project(CONFIG, {"csv": file(text)})
    desk.open(project, made)
    alert = desk.page.get_by_role("alert")
    expect(alert).to_contain_text("The series can’t be shown.")
    for word in words:
        expect(alert).to_contain_text(word)


def test_two_series_in_one_task_keep_their_regions_apart_and_go_in_step(desk: Desk) -> None:
    config = f"""<View>{LABELS.replace('toName="ts"', 'toName="ts,other"')}
      <TimeSeries name="ts" value="$a" timeColumn="t" sync="both" overviewWidth="100%"><Channel column="v" height="60"/></TimeSeries>
      <TimeSeries name="other" value="$b" timeColumn="t" sync="both" overviewWidth="100%"><Channel column="v" height="60"/></TimeSeries></View>"""
    project, [made] = desk.project(config, {"a": numbered(401), "b": numbered(801)})
    desk.open(project, made)
    ready(desk)
    first, second = desk.page.locator("[data-name=ts]"), desk.page.locator("[data-name=other]")
    expect(second.locator(".line-stage")).to_be_visible()
    box = first.locator(".line-stage").bounding_box()
    assert box
    desk.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)
    expect(second.locator(".series-bar output")).to_contain_text("50")
    desk.page.keyboard.press("1")
    drag(desk, second.locator(".line-stage"), (0.5, 0.6), (0.75, 0.6))
    desk.submit()
    [result] = desk.results(made)
    assert result["to_name"] == "other"
    assert result["value"]["start"] == pytest.approx(100, abs=1)


def exported(desk: Desk, project: int, name: str) -> bytes:
    answer = desk.context.request.get(f"{desk.address}/api/projects/{project}/export?exportType={name}")
    assert answer.ok, answer.text()
    body = answer.body()
    if body[:2] != b"PK":
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        [inner] = [one for one in archive.namelist() if not one.endswith("/")]
        return archive.read(inner)


@pytest.mark.needs("formats")
def test_what_was_labeled_goes_out_in_every_format_and_comes_in_again(desk: Desk) -> None:
    project, [made] = desk.project(CONFIG, {"csv": series()})
    desk.open(project, made)
    ready(desk)
    desk.page.keyboard.press("1")
    drag(desk, stage(desk), (0.25, 0.5), (0.5, 0.5))
    box = stage(desk).bounding_box()
    assert box
    desk.page.mouse.dblclick(box["x"] + box["width"] * 0.8, box["y"] + 60)
    expect(rows(desk)).to_have_count(2)
    desk.submit()
    saved = desk.results(made)
    [whole] = json.loads(exported(desk, project, "JSON"))
    assert whole["annotations"][0]["result"] == saved
    [small] = json.loads(exported(desk, project, "JSON_MIN"))
    assert small["label"] == [result["value"] for result in saved]
    table = exported(desk, project, "TIMESERIES_CSV").decode("utf-8-sig")
    segments = list(csv.DictReader(io.StringIO(table)))
    assert [one["start"] for one in segments] == [result["value"]["start"] for result in saved]
    labeled = exported(desk, project, "TIMESERIES_LABELED_CSV").decode("utf-8-sig")
    column = list(csv.reader(io.StringIO(labeled)))
    assert len(column) == ROWS + 1
    marked = sum("Run" in cell for row in column[1:] for cell in row)
    first, last = (row_of(saved[0]["value"][end]) for end in ("start", "end"))
    assert marked == last - first + 1 + 1, "every row of the stretch, and the one of the instant"
    other, [] = desk.project(CONFIG)
    answer = desk.context.request.post(
        f"{desk.address}/api/projects/{other}/import",
        multipart={"file": {"name": "segments.csv", "mimeType": "text/csv", "buffer": table.encode()}},
        headers={"Origin": desk.address},
    )
    assert answer.ok, answer.text()
    [again] = desk.get(f"/api/tasks/?project={other}&fields=all")["tasks"]
    [annotation] = again["annotations"]
    assert [one["value"] for one in annotation["result"]] == [one["value"] for one in saved]


def test_what_is_odd_about_a_file_is_said_below_it(desk: Desk) -> None:
    body = "\n".join(f"{moment(row)},1,2,3" for row in (2, 0, 1, 1, 1))
    project, [made] = desk.project(CONFIG, {"csv": file(f"time,speed,left,right\n{body}\n")})
    desk.open(project, made)
    ready(desk)
    said = "Rows were put in order of time. 2 rows have the time of the one before."
    expect(desk.page.locator(".series-remarks")).to_have_text(said)


@pytest.mark.needs("audio")
def test_a_series_goes_in_step_with_a_recording(desk: Desk) -> None:
    config = f"""<View>{LABELS}<Audio name="sound" value="$sound" sync="ts"/>
      <TimeSeries name="ts" value="$csv" timeColumn="t" sync="sound" overviewWidth="100%"><Channel column="v" height="60"/></TimeSeries></View>"""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(2 * 8000 * 20))
    recording = f"data:audio/wav;base64,{b64encode(out.getvalue()).decode()}"
    table = file("t,v\n" + "\n".join(f"{5 + row / 10},{row % 9}" for row in range(201)))
    project, [made] = desk.project(config, {"sound": recording, "csv": table})
    desk.open(project, made)
    ready(desk)
    expect(desk.page.locator("[data-name=sound][data-ready]")).to_be_visible()
    line = desk.page.locator("[data-name=ts] .line-stage").bounding_box()
    assert line
    desk.page.mouse.click(line["x"] + line["width"] / 2, line["y"] + 40)
    expect(desk.page.locator("[data-name=sound] .line-bar output")).to_contain_text("00:10.0 /")
    wave_box = desk.page.locator("[data-name=sound] .line-stage").bounding_box()
    assert wave_box
    desk.page.mouse.click(wave_box["x"] + wave_box["width"] / 4, wave_box["y"] + 20)
    expect(desk.page.locator(".series-bar output")).to_have_text("10.0")
    desk.page.locator("[data-name=ts]").get_by_role("button", name="Play").click()
    expect(desk.page.locator("[data-name=sound]").get_by_role("button", name="Pause")).to_be_visible()
    expect(desk.page.locator(".series-bar output")).not_to_have_text("10.0")
