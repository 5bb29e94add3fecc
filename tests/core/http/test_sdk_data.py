"""Programs of the field work as they are: data in and labels out by label_studio_sdk."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from tagma.db.tables import Project
from tests.conftest import CHOICES

pytestmark = pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")  # theirs


def task(text: str, mood: str = "") -> dict[str, Any]:
    value = {"choices": [mood]}
    result = [{"id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": value}]
    return {"data": {"text": text}, **({"annotations": [{"result": result}]} if mood else {})}


def finished(sdk: LabelStudio, project: int, export: int) -> Any:
    """Asks until the export has an end."""
    while (found := sdk.projects.exports.get(id=project, export_pk=export)).status not in (
        "completed",
        "failed",
    ):
        pass
    return found


def test_tasks_go_in_and_labels_come_out(sdk: LabelStudio, project: Callable[..., Project]) -> None:
    number = project(CHOICES).id or 0
    answer = sdk.projects.import_tasks(
        id=number, request=[task("one", "good"), task("two")], return_task_ids=True
    )
    assert answer.task_count == 2
    assert len(answer.task_ids) == 2
    exported = sdk.projects.exports.as_json(number)
    assert [one["data"]["text"] for one in exported] == ["one", "two"]  # type: ignore[index]
    rows = list(csv.DictReader(io.StringIO(sdk.projects.exports.as_binary(number, "CSV").decode())))
    assert [(row["text"], row["mood"]) for row in rows] == [("one", "good"), ("two", "")]
    assert "JSON" in json.dumps(sdk.projects.exports.list_formats(id=number), default=str)
    only = b"".join(
        sdk.projects.exports.download_sync(number, ids=[answer.task_ids[1]], download_all_tasks=True)
    )
    assert [one["id"] for one in json.loads(only)] == [answer.task_ids[1]]


def test_an_export_is_kept_filtered_converted_and_fetched(
    sdk: LabelStudio, project: Callable[..., Project]
) -> None:
    number = project(CHOICES).id or 0
    sdk.projects.import_tasks(id=number, request=[task("one", "good"), task("two"), task("three", "bad")])
    made = sdk.projects.exports.create(
        id=number,
        title="Annotated",
        task_filter_options={"annotated": "only"},  # type: ignore[arg-type]
        serialization_options={"annotations__completed_by": {"only_id": False}},  # type: ignore[arg-type]
    )
    assert finished(sdk, number, made.id).counters["task_number"] == 2
    whole = json.loads(b"".join(sdk.projects.exports.download(id=number, export_pk=made.id)))
    assert [one["data"]["text"] for one in whole] == ["one", "three"]
    assert whole[0]["annotations"][0]["completed_by"]["email"] == "owner@example.com"

    sdk.tasks.delete(id=whole[0]["id"])  # what was exported stays as it was
    sdk.projects.exports.convert(id=number, export_pk=made.id, export_type="CSV")
    while sdk.projects.exports.get(id=number, export_pk=made.id).converted_formats[0].status != "completed":  # type: ignore[index]
        pass
    raw = b"".join(sdk.projects.exports.download(id=number, export_pk=made.id, export_type="CSV")).decode()
    assert [row["text"] for row in csv.DictReader(io.StringIO(raw))] == ["one", "three"]
    assert [one.title for one in sdk.projects.exports.list(id=number)] == ["Annotated"]
    sdk.projects.exports.delete(id=number, export_pk=made.id)
    with pytest.raises(ApiError):
        sdk.projects.exports.get(id=number, export_pk=made.id)


def test_a_faulty_import_is_refused_in_words(sdk: LabelStudio, project: Callable[..., Project]) -> None:
    number = project(CHOICES).id or 0
    with pytest.raises(ApiError) as refused:
        sdk.projects.import_tasks(id=number, request=[task("one"), {"data": {"words": "two"}}])
    assert refused.value.status_code == 400
    assert "row 2" in json.dumps(refused.value.body) or "item 2" in json.dumps(refused.value.body)
