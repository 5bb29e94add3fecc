"""The flat form that JSON_MIN, CSV and TSV share: one item for each annotation, a key for each control."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any

import orjson

from tagma.plugin import Annotation, Exporter, Report, Result, Task

_WORDS = ("choices", "textarea")  # controls whose only word stands by itself
_IMAGE = ("original_width", "original_height")


def flat(tasks: Iterable[Task], report: Report, data_prefix: str = "") -> Iterator[dict[str, Any]]:
    """One dictionary for each annotation that was not skipped, the newest first, and one for a task without any.

    :param data_prefix: put before keys of the data that are also names of controls; without one the control wins.
    """
    for task in tasks:
        report.tasks += 1
        annotations = task.get("annotations", [])
        kept = [one for one in annotations if not one.get("was_cancelled")]
        for one in annotations:
            if one.get("was_cancelled"):
                report.leave_out(
                    "skipped by the annotator", f"annotation {one.get('id')} of task {task.get('id')}"
                )
        if annotations and not kept:
            continue
        for annotation in sorted(kept, key=lambda one: one.get("id") or 0, reverse=True) or [None]:
            report.items += 1
            yield _item(task, annotation, report, data_prefix)


def _item(task: Task, annotation: Annotation | None, report: Report, data_prefix: str) -> dict[str, Any]:
    controls = _by_control(task, annotation, report) if annotation else {}
    item: dict[str, Any] = {}
    for key, value in task.get("data", {}).items():
        item[data_prefix + key if key in controls else key] = value
    item["id"] = task.get("id")
    item.update({name: _value(results) for name, results in controls.items()})
    if annotation is not None:
        item["annotator"] = annotation.get("completed_by")
        item["annotation_id"] = annotation.get("id")
        item["created_at"] = annotation.get("created_at")
        item["updated_at"] = annotation.get("updated_at")
        item["lead_time"] = annotation.get("lead_time")
    return item


def _by_control(task: Task, annotation: Annotation, report: Report) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for result in annotation.get("result", []):
        if result.get("from_name"):
            found.setdefault(result["from_name"], []).append(result)
        else:
            report.leave_out(
                f"a {result.get('type', 'result')} has no place in a flat table", f"task {task.get('id')}"
            )
    return found


def _value(results: list[Result]) -> Any:
    if len(results) == 1 and results[0].get("type") in _WORDS:
        value = results[0].get("value", {})
        words = value.get("choices", value.get("text"))
        if isinstance(words, str):
            return words
        return words[0] if isinstance(words, list) and len(words) == 1 else value
    return [
        {**result.get("value", {}), **{key: result[key] for key in _IMAGE if key in result}}  # type: ignore[literal-required]
        for result in results
    ]


class JsonMinExporter(Exporter):
    name = "JSON_MIN"
    title = "JSON-MIN"
    description = "List of flat items, one for each annotation, with a key for each control."
    suffix = ".json"
    media_type = "application/json"
    order = 1

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        lead = b"["
        for item in flat(tasks, self.report):
            who = item.get("annotator")
            if isinstance(who, dict):
                item["annotator"] = who.get("email") or who.get("id")
            out.write(lead + orjson.dumps(item))
            lead = b",\n"
        out.write(b"]" if lead != b"[" else b"[]")
