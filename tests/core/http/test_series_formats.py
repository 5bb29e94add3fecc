"""Segments of series out and in again, and series with a column of labels, read by the field's own libraries."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.services.site import Site

pytestmark = pytest.mark.needs("timeseries")

DOCS = Path(__file__).parents[3] / "docs"
CONFIG = """<View>
<TimeSeriesLabels name="label" toName="ts"><Label value="Run"/><Label value="Rest, long"/><Label value="[odd]"/></TimeSeriesLabels>
<TimeSeries name="ts" value="$csv" timeColumn="time" sep=","><Channel column="speed"/><Channel column="height"/></TimeSeries>
<Choices name="sort" toName="ts"><Choice value="Good"/></Choices>
</View>"""
DATES = CONFIG.replace('timeColumn="time"', 'timeColumn="time" timeFormat="%d.%m.%Y %H:%M"')
SERIES = "time,speed,height\n" + "".join(f"{row / 2},{row},{row * 10}\n" for row in range(10))


def stretch(start: Any, end: Any, *labels: str, id: str = "r1") -> dict[str, Any]:
    value = {"start": start, "end": end, "instant": start == end, "timeserieslabels": list(labels)}
    kind = "timeserieslabels"
    return {"id": id, "from_name": "label", "to_name": "ts", "type": kind, "value": value, "origin": "manual"}


class Labeled:
    """A project of series, and the doors to it."""

    def __init__(self, client: TestClient, number: int) -> None:
        self.client, self.number = client, number

    def send(self, body: str, name: str = "run.csv", **params: str) -> Any:
        query = {"return_task_ids": "true", **params}
        url = f"/api/projects/{self.number}/import"
        return self.client.post(url, params=query, files={"file": (name, body.encode())})

    def series(self, body: str = SERIES) -> tuple[int, str]:
        """The number of a task of that file, and its address."""
        sent = self.send(body)
        assert sent.status_code == 201, sent.text
        [task] = sent.json()["task_ids"]
        return task, self.client.get(f"/api/tasks/{task}/").json()["data"]["csv"]

    def submit(self, task: int, *result: dict[str, Any]) -> int:
        answer = self.client.post(f"/api/tasks/{task}/annotations/", json={"result": list(result)})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def export(self, name: str) -> bytes:
        answer = self.client.get(f"/api/projects/{self.number}/export", params={"exportType": name})
        assert answer.status_code == 200, answer.text
        return answer.content

    def results(self) -> list[Any]:
        tasks = json.loads(self.export("JSON"))
        return [
            (one["data"], [(entry["result"], entry["completed_by"]) for entry in one["annotations"]])
            for one in tasks
        ]


@pytest.fixture
def labeled(client: TestClient, project: Callable[..., Any]) -> Callable[..., Labeled]:
    return lambda config=CONFIG, title="Series": Labeled(client, project(config, title=title).id)


@pytest.mark.parametrize(("name", "suffix"), [("TIMESERIES_CSV", "csv"), ("TIMESERIES_JSON", "json")])
def test_segments_come_back_as_they_were(labeled: Callable[..., Labeled], name: str, suffix: str) -> None:
    first, second = labeled(), labeled(title="Again")
    task, _ = first.series()
    marked = [
        stretch(0.5, 2, "Run"),
        stretch(3, 3, "Rest, long", id="r2"),
        stretch(1, 4.5, "Run", "Rest, long", id="r3"),
        stretch(0, 1, "[odd]", id="r4"),
    ]
    first.submit(task, *marked)
    first.submit(task)  # looked at, and nothing found
    sent = second.send(first.export(name).decode(), f"segments.{suffix}")
    assert sent.status_code == 201, sent.text
    assert second.results() == first.results()


def test_dates_stay_as_they_are_written(labeled: Callable[..., Labeled]) -> None:
    first, second = labeled(DATES), labeled(DATES, title="Again")
    task, _ = first.series("time,speed,height\n14.03.2026 15:00,1,2\n14.03.2026 15:01,2,3\n")
    first.submit(task, stretch("14.03.2026 15:00", "14.03.2026 15:01", "Run"))
    assert second.send(first.export("TIMESERIES_CSV").decode(), "segments.csv").status_code == 201
    assert second.results() == first.results()


def test_a_table_of_segments_says_who_marked_what_where(labeled: Callable[..., Labeled]) -> None:
    project = labeled()
    task, address = project.series()
    annotation = project.submit(task, stretch(0.5, 2, "Run"))
    [row] = csv.DictReader(io.StringIO(project.export("TIMESERIES_CSV").decode()))
    assert row == {
        "task": str(task), "series": address, "object": "ts", "control": "label", "annotation": str(annotation),
        "annotator": "owner@example.com", "region": "r1", "channels": '["speed","height"]', "start": "0.5", "end": "2",
        "instant": "false", "labels": "Run",
    }  # fmt: skip


def test_four_columns_by_hand_are_enough(labeled: Callable[..., Labeled]) -> None:
    project = labeled()
    sent = project.send(
        "series;start;end;labels\na.csv;1;2;Run\nb.csv;0;1;Run\na.csv;3;;Rest, long\n", "mine.csv"
    )
    assert sent.status_code == 201, sent.text
    [(data, [(result, _)]), (other, _)] = project.results()
    assert (data, other) == ({"csv": "a.csv"}, {"csv": "b.csv"}), (
        "rows of one series are one task, wherever they stand"
    )
    values = [one["value"] for one in result]
    assert [(one["start"], one["end"], one["instant"]) for one in values] == [(1, 2, False), (3, 3, True)]


def test_the_example_of_the_docs_is_read(labeled: Callable[..., Labeled]) -> None:
    [table] = re.findall(r"```csv\n(.*?)```", (DOCS / "annotator/series.md").read_text(), re.DOTALL)
    project = labeled(CONFIG.replace("[odd]", "Fall"))
    assert project.send(table, "segments.csv").status_code == 201
    [(first, [(result, _)]), (second, [(nothing, _)])] = project.results()
    assert (first, second, nothing) == ({"csv": "s3://runs/a.csv"}, {"csv": "s3://runs/b.csv"}, [])
    assert [one["value"]["timeserieslabels"] for one in result] == [["Run"], ["Run", "Fall"]]


def test_what_a_model_found_is_a_prediction(labeled: Callable[..., Labeled]) -> None:
    table = "series,start,end,labels,model_version,score\na.csv,1,2,Run,v1,0.25\na.csv,1,3,Run,v2,0.5\na.csv,3,4,Run,v1,0.75\n"
    sent = labeled().send(table, "found.csv")
    assert (sent.json()["task_count"], sent.json()["annotation_count"], sent.json()["prediction_count"]) == (
        1,
        0,
        2,
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",1,2,Run", "Row 2 of bad.csv names no series."),
        ("a.csv,5,2,Run", "Row 2 of bad.csv ends at 2, before its start 5."),
        ("a.csv,,2,Run", "Row 2 of bad.csv has no start."),
        ("a.csv,1,soon,Run", "Row 2 of bad.csv has the start 1 and the end 'soon'."),
        ("a.csv,2026-03-15,2026-03-14,Run", "ends at 2026-03-14, before its start 2026-03-15."),
        ("a.csv,soon,later,Run", "Row 2 of bad.csv has the start 'soon', which is no time."),
        ('a.csv,1,2,"[Run"', "Row 2 of bad.csv has labels that are no list: [Run."),
        ("a.csv,1,2", "Row 2 of bad.csv has 3 cells, but the header names 4."),
    ],
)
def test_a_segment_that_can_not_be_is_told_by_its_row(
    labeled: Callable[..., Labeled], row: str, said: str
) -> None:
    sent = labeled().send(f"series,start,end,labels\na.csv,0,1,Run\n{row}\n", "bad.csv")
    assert sent.status_code == 400
    assert said in sent.text.replace('\\"', '"')


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("series,start,end,labels\n", "bad.csv holds no segments."),
        (
            "series,start,end,labels,region\na.csv,0,1,Run,r\na.csv,2,3,Run,r\n",
            'Row 2 of bad.csv names the region "r", which stands in an earlier row of its annotation.',
        ),
        ("series,start,end,labels,control\na.csv,0,1,Run,lable\n", 'Did you mean "label"?'),
    ],
)
def test_a_file_of_segments_that_can_not_be_is_told(
    labeled: Callable[..., Labeled], body: str, said: str
) -> None:
    sent = labeled().send(body, "bad.csv")
    assert sent.status_code == 400
    assert said in sent.text.replace('\\"', '"')


@pytest.mark.parametrize("sort", ["csv", "parquet"])
def test_each_row_of_a_series_has_its_labels(labeled: Callable[..., Labeled], sort: str) -> None:
    project = labeled()
    task, _ = project.series()
    annotation = project.submit(
        task,
        stretch(0.5, 1.5, "Run"),
        stretch(1.5, 2, "Rest, long", id="r2"),
        stretch(3.1, 3.1, "Run", id="r3"),
    )
    archive = zipfile.ZipFile(io.BytesIO(project.export(f"TIMESERIES_LABELED_{sort.upper()}")))
    [name] = archive.namelist()
    assert name.startswith(f"{task}-{annotation}-ts-")
    columns = _columns(archive.read(name), sort)
    assert list(columns) == ["time", "speed", "height", "label"]
    assert columns["time"] == [row / 2 for row in range(10)]
    assert columns["height"] == [row * 10 for row in range(10)]
    run, both, rest = "Run", "Run;Rest, long", "Rest, long"
    assert columns["label"] == [None, run, run, both, rest, None, run, None, None, None]


def test_dates_and_columns_in_the_task_are_rows_too(labeled: Callable[..., Labeled]) -> None:
    project = labeled(DATES.replace("<TimeSeries ", '<TimeSeries valueType="json" '))
    times = [f"14.03.2026 15:{minute:02}" for minute in (2, 0, 1)]
    data = {"csv": {"time": times, "speed": [3, 1, None], "height": [0, 0, 0]}}
    sent = project.client.post(
        f"/api/projects/{project.number}/import?return_task_ids=1", json=[{"data": data}]
    )
    assert sent.status_code == 201, sent.text
    project.submit(sent.json()["task_ids"][0], stretch(times[2], times[0], "Run"))
    archive = zipfile.ZipFile(io.BytesIO(project.export("TIMESERIES_LABELED_PARQUET")))
    columns = _columns(archive.read(archive.namelist()[0]), "parquet")
    assert [moment.strftime("%H:%M") for moment in columns["time"]] == ["15:00", "15:01", "15:02"]
    assert columns["label"] == [None, "Run", "Run"]


def test_what_has_no_place_is_reported(labeled: Callable[..., Labeled], site: Site) -> None:
    project = labeled()
    task, _ = project.series()
    choice = {
        "id": "c",
        "from_name": "sort",
        "to_name": "ts",
        "type": "choices",
        "value": {"choices": ["Good"]},
    }
    project.submit(task, stretch(0.1, 0.2, "Run"), choice)
    broken, _ = project.series("time,speed,height\n1,fast,2\n")
    project.submit(broken, stretch(1, 2, "Run"))
    made = project.client.post(
        f"/api/projects/{project.number}/exports/", json={"export_type": "TIMESERIES_LABELED_CSV"}
    )
    assert made.status_code in (200, 201), made.text
    site.jobs.drain()
    shown = project.client.get(f"/api/projects/{project.number}/exports/{made.json()['id']}").json()
    reasons = {one["reason"] for one in shown["report"]["left_out"]}
    assert "a stretch that covers no row" in reasons
    assert "rows have no place for choices" in reasons
    assert any('has "fast" in the column "speed"' in reason for reason in reasons)


def test_flat_exports_say_stretches_as_they_are(labeled: Callable[..., Labeled]) -> None:
    project = labeled()
    task, address = project.series()
    marked = [stretch(0.5, 2, "Run"), stretch(3, 3, "Rest, long", id="r2")]
    project.submit(task, *marked)
    [item] = json.loads(project.export("JSON_MIN"))
    assert item["csv"] == address
    assert item["label"] == [one["value"] for one in marked]
    [row] = csv.DictReader(io.StringIO(project.export("CSV").decode()))
    assert json.loads(row["label"]) == item["label"]


def test_projects_without_series_are_told_so(labeled: Callable[..., Labeled]) -> None:
    project = labeled(
        '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="a"/></Choices></View>'
    )
    answer = project.client.get(
        f"/api/projects/{project.number}/export", params={"exportType": "TIMESERIES_CSV"}
    )
    assert answer.status_code == 400
    assert "time series" in answer.text


def _columns(body: bytes, sort: str) -> dict[str, list[Any]]:
    if sort == "parquet":
        from arro3.io import read_parquet

        table = read_parquet(io.BytesIO(body)).read_all()
        return {name: table.column(name).to_pylist() for name in table.column_names}
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    return {
        name: [row[name] or None if name == "label" else float(row[name]) for row in rows] for name in rows[0]
    }
