"""Segments out: a row for each labeled stretch of a series, as CSV or JSON.

What was looked at and has no stretch gets a row without start and end: that nothing is there is an answer too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

import orjson

from tagma.plugin import Annotation, Exporter, LabelingConfig, Report, Task
from tagma_timeseries.markings import Marking, fields, markings, refuses, value_of

COLUMNS = (
    "task",
    "series",
    "object",
    "control",
    "annotation",
    "annotator",
    "region",
    "channels",
    "start",
    "end",
    "instant",
    "labels",
)
_BLOCK = 1 << 18  # bytes written at once


def segments(
    tasks: Iterable[Task], config: LabelingConfig, people: Mapping[Any, str], report: Report
) -> Iterator[dict[str, Any]]:
    """Rows with :data:`COLUMNS`, task by task."""
    found = markings(config)
    series = fields(found)
    pairs = {(one.control.name, one.series.name): one for one in found}
    for task in tasks:
        report.tasks += 1
        for annotation in kept(task, report):
            marked: dict[str, list[dict[str, Any]]] = {name: [] for name in series}
            for name, row in _stretches(task, annotation, pairs, report):
                marked[name].append(row)
                report.items += 1
            for name, rows in marked.items():
                common = _common(task, annotation, series[name], people, report)
                for row in rows or [{}]:
                    yield {column: {**common, **row}.get(column) for column in COLUMNS}


def kept(task: Task, report: Report) -> list[Annotation]:
    """The annotations that say something; others are counted as left out."""
    found = [one for one in task.get("annotations", []) if not one.get("was_cancelled")]
    if not found:
        why = "skipped by the annotator" if task.get("annotations") else "a task without annotations"
        report.leave_out(why, f"task {task.get('id')}")
    return found


def _common(
    task: Task, annotation: Annotation, marking: Marking, people: Mapping[Any, str], report: Report
) -> dict[str, Any]:
    value = value_of(task, marking)
    if not isinstance(value, str):
        report.leave_out(
            "a series that stands in the task itself has no address; its rows name the task only",
            f"task {task.get('id')}",
        )
        value = None
    return {
        "task": task.get("id"),
        "series": value,
        "object": marking.series.name,
        "annotation": annotation.get("id"),
        "annotator": _who(annotation.get("completed_by"), people),
        "channels": marking.channels,
    }


def _who(by: Any, people: Mapping[Any, str]) -> str | None:
    if isinstance(by, dict):
        return str(by.get("email") or by.get("id"))
    return None if by is None else people.get(by) or str(by)


def _stretches(
    task: Task, annotation: Annotation, pairs: Mapping[tuple[str, str], Marking], report: Report
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of the series, and what is said of one stretch of it."""
    place = f"annotation {annotation.get('id')} of task {task.get('id')}"
    for result in annotation.get("result", []):
        marking = pairs.get((result.get("from_name", ""), result.get("to_name", "")))
        value = result.get("value", {})
        if marking is None:
            report.leave_out(f"segments have no place for {result.get('type') or 'this result'}", place)
        elif "start" not in value or "end" not in value:
            report.leave_out("a stretch without start or end", place)
        else:
            yield (
                marking.series.name,
                {
                    "control": marking.control.name,
                    "region": result.get("id"),
                    "start": value["start"],
                    "end": value["end"],
                    "instant": bool(value.get("instant")),
                    "labels": list(value.get(marking.key) or []),
                },
            )


class SegmentsExporter(Exporter):
    name = "TIMESERIES_JSON"
    title = "Segments of series (JSON)"
    description = "A list with an object for each stretch: series, channels, start, end, labels, annotator."
    suffix = ".json"
    media_type = "application/json"
    tags = ("time series",)
    order = 21

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        return refuses(config)

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        lead = b"["
        for row in self._rows(tasks):
            out.write(lead + orjson.dumps(row))
            lead = b",\n"
        out.write(b"]" if lead != b"[" else b"[]")

    def _rows(self, tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
        return segments(tasks, self.config, self.project.get("people", {}), self.report)


class SegmentsCsvExporter(SegmentsExporter):
    name = "TIMESERIES_CSV"
    title = "Segments of series (CSV)"
    description = "A table with a row for each stretch: series, channels, start, end, labels, annotator."
    suffix = ".csv"
    media_type = "text/csv"
    order = 20

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        for row in self._rows(tasks):
            table.writerow([_cell(value) for value in row.values()])
            if text.tell() > _BLOCK:
                out.write(text.getvalue().encode("utf-8", "replace"))
                text.seek(0)
                text.truncate()
        out.write(text.getvalue().encode("utf-8", "replace"))


def _cell(value: Any) -> Any:
    """One name stands as it is; several, or one that looks like several, as a JSON list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        alone = len(value) == 1 and not str(value[0]).startswith("[")
        return str(value[0]) if alone else orjson.dumps(value).decode() if value else ""
    return "" if value is None else value
