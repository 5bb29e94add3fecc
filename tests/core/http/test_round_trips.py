"""What one format writes, an import takes in again: whole where the format carries all, else the data and the answers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.db.tables import Project

CONFIG = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text" choice="multiple"><Choice value="good"/><Choice value="bad"/></Choices>
  <Labels name="label" toName="text"><Label value="Person"/><Label value="Place"/></Labels>
  <TextArea name="words" toName="text"/>
</View>"""
TEXTS = [
    "plain",
    'with "quotes", commas; and\ttabs',
    "lines\nand\r\nother lines",
    "繁體 简体 עברית 👩‍🚀",
    "  spaces around  ",
    "=1+1",
    "\u2028 and \u0085",
]
VALUES = [7, "007", 1.5, "1.50", True, None, {"a": [1, {"b": "c"}]}]


def result(text: str) -> list[dict[str, Any]]:
    def item(id: str, name: str, kind: str, **value: Any) -> dict[str, Any]:
        return {"id": id, "from_name": name, "to_name": "text", "type": kind, "value": value}

    return [
        item("m", "mood", "choices", choices=["good", "bad"]),
        item("l", "label", "labels", start=0, end=3, text=text[:3], labels=["Person"]),
        item("w", "words", "textarea", text=["a", "b"]),
        {"type": "relation", "from_id": "l", "to_id": "m", "direction": "right"},
    ]


def tasks() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {"data": {"text": text, "value": value}, "meta": {"from": "here"}}
        for text, value in zip(TEXTS, VALUES, strict=True)
    ]
    made[0]["annotations"] = [
        {"result": result(TEXTS[0]), "lead_time": 1.25, "ground_truth": False},
        {"result": [], "was_cancelled": True, "ground_truth": False},
    ]
    made[3]["annotations"] = [{"result": result(TEXTS[3])[:2], "lead_time": None, "ground_truth": True}]
    made[1]["predictions"] = [{"result": result(TEXTS[1])[:1], "score": 0.25, "model_version": "m 1"}]
    return made


def send(client: TestClient, project: Project, name: str, body: bytes) -> Any:
    answer = client.post(f"/api/projects/{project.id}/import", files=[("file", (name, body))])
    assert answer.status_code == 201, answer.text
    return answer.json()


def exported(client: TestClient, project: Project, kind: str) -> bytes:
    answer = client.get(f"/api/projects/{project.id}/export?download_all_tasks=true&exportType={kind}")
    assert answer.status_code == 200, answer.text
    return answer.content


def essence(found: list[Any]) -> list[Any]:
    """What a task is, without what a server gives it."""
    kept = ("result", "lead_time", "was_cancelled", "ground_truth", "completed_by")
    return [
        (
            one["data"],
            one["meta"],
            [{key: entry[key] for key in kept} for entry in one["annotations"]],
            [(entry["result"], entry["score"], entry["model_version"]) for entry in one["predictions"]],
        )
        for one in found
    ]


def whole(client: TestClient, project: Project) -> list[Any]:
    return essence([json.loads(line) for line in exported(client, project, "JSONL").split(b"\n") if line])


@pytest.fixture
def filled(client: TestClient, project: Callable[..., Project]) -> Project:
    made = project(CONFIG)
    send(client, made, "tasks.json", json.dumps(tasks()).encode())
    return made


@pytest.mark.parametrize(("kind", "name"), [("JSON", "again.json"), ("JSONL", "again.jsonl")])
def test_what_carries_everything_comes_back_as_it_was(
    client: TestClient, project: Callable[..., Project], filled: Project, kind: str, name: str
) -> None:
    second = project(CONFIG, title="Again")
    send(client, second, name, exported(client, filled, kind))
    before, after = whole(client, filled), whole(client, second)
    if kind == "JSON":  # it names predictions by their ids only
        before, after = ([one[:3] for one in found] for found in (before, after))
    assert after == before


def test_flat_json_brings_data_and_answers_back(
    client: TestClient, project: Callable[..., Project], filled: Project
) -> None:
    flat = json.loads(exported(client, filled, "JSON_MIN"))
    assert [(one["text"], one["value"]) for one in flat] == list(zip(TEXTS, VALUES, strict=True))
    assert flat[0]["mood"] == {"choices": ["good", "bad"]}
    second = project(CONFIG, title="Again")
    send(client, second, "flat.json", json.dumps(flat).encode())
    assert [one[0] for one in whole(client, second)] == flat


@pytest.mark.parametrize(("kind", "separator"), [("CSV", ","), ("TSV", "\t")])
def test_tables_bring_data_back(
    client: TestClient, project: Callable[..., Project], filled: Project, kind: str, separator: str
) -> None:
    table = exported(client, filled, kind)
    rows = list(csv.DictReader(io.StringIO(table.decode(), newline=""), delimiter=separator))
    assert [row["text"] for row in rows] == TEXTS
    second = project(CONFIG, title="Again")
    send(client, second, f"again.{kind.lower()}", table)
    back = [one[0] for one in whole(client, second)]
    assert [one["text"] for one in back] == TEXTS
    # A cell has no type: what looks like a number is one, unless it is a code; the rest is text.
    assert [one["value"] for one in back] == [7, "007", 1.5, 1.5, "true", "", '{"a": [1, {"b": "c"}]}']
    assert back[3]["label"] == rows[3]["label"]


def test_lines_of_text_come_back_as_the_data_they_became(
    client: TestClient, project: Callable[..., Project]
) -> None:
    first, second = project(CONFIG), project(CONFIG, title="Again")
    lines = [text for text in TEXTS if "\n" not in text]
    send(client, first, "lines.txt", "\n".join(lines).encode())
    assert [one[0] for one in whole(client, first)] == [{"text": line} for line in lines]
    send(client, second, "again.json", exported(client, first, "JSON"))
    assert whole(client, second) == whole(client, first)


def test_numbers_and_words_no_database_takes_are_named_or_left_out(
    client: TestClient, project: Callable[..., Project]
) -> None:
    made = project(CONFIG)
    zero = {"data": {"text": "a"}, "predictions": [{"result": [], "model_version": "a\0b"}]}
    answer = client.post(f"/api/projects/{made.id}/import", json=[zero])
    assert (answer.status_code, "zero character" in answer.text) == (400, True)
    huge = {"data": {"text": "a"}, "overlap": 2**62, "annotations": [{"id": 2**62, "result": []}]}
    assert client.post(f"/api/projects/{made.id}/import", json=[huge]).status_code == 201
    [kept] = json.loads(exported(client, made, "JSON"))
    assert kept["annotations"][0]["import_id"] is None
