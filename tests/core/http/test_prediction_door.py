"""Predictions are checked by one door, wherever they come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.db.tables import Project
from tests.conftest import BOXES, CHOICES

Make = Callable[..., Project]

GOOD = {"id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
TYPO = {**GOOD, "value": {"choices": ["goood"]}}


def _single(client: TestClient, project: int, task: int, entry: Any) -> Any:
    return client.post("/api/predictions/", json={"task": task, **entry})


def _bulk(client: TestClient, project: int, task: int, entry: Any) -> Any:
    return client.post(f"/api/projects/{project}/import/predictions", json=[{"task": task, **entry}])


def _import(client: TestClient, project: int, task: int, entry: Any) -> Any:
    return client.post(
        f"/api/projects/{project}/import", json=[{"data": {"text": "x"}, "predictions": [entry]}]
    )


def _with_task(client: TestClient, project: int, task: int, entry: Any) -> Any:
    body = {"project": project, "data": {"text": "x"}, "predictions": [entry]}
    return client.post("/api/tasks/", json=body)


DOORS = [_single, _bulk, _import, _with_task]


def _task(client: TestClient, made: Project, **data: Any) -> int:
    body = {"project": made.id, "data": data or {"text": "x"}}
    return int(client.post("/api/tasks/", json=body).json()["id"])


def _strict(client: TestClient, made: Project) -> None:
    answer = client.patch(f"/api/projects/{made.id}/", json={"strict_predictions": True})
    assert answer.json()["strict_predictions"] is True


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("strict", [False, True])
def test_what_fits_comes_in_everywhere(
    client: TestClient, project: Make, door: Callable[..., Any], strict: bool
) -> None:
    made = project(CHOICES)
    if strict:
        _strict(client, made)
    answer = door(client, made.id, _task(client, made), {"result": [GOOD], "score": 0.5})
    assert answer.status_code == 201, answer.text
    assert not answer.json().get("warnings")


@pytest.mark.parametrize("door", DOORS)
def test_a_strict_project_refuses_what_does_not_fit_and_says_where_and_what_was_meant(
    client: TestClient, project: Make, door: Callable[..., Any]
) -> None:
    made = project(CHOICES)
    _strict(client, made)
    task = _task(client, made)
    answer = door(client, made.id, task, {"result": [GOOD, TYPO]})
    assert answer.status_code == 400
    for words in ("result[1].value.choices[0]", "goood", "Did you mean"):
        assert words in answer.text
    assert client.get(f"/api/predictions/?project={made.id}").json() == []


@pytest.mark.parametrize("door", DOORS)
def test_any_other_project_keeps_it_and_warns(
    client: TestClient, project: Make, door: Callable[..., Any]
) -> None:
    made = project(CHOICES)
    answer = door(client, made.id, _task(client, made), {"result": [GOOD, TYPO], "score": 7})
    assert answer.status_code == 201, answer.text
    paths = [one["where"]["path"] for one in answer.json()["warnings"]]
    assert paths == ["result[1].value.choices[0]", "score"]
    assert 'Did you mean "good"?' in answer.text.replace('\\"', '"')
    (kept,) = client.get(f"/api/predictions/?project={made.id}").json()
    assert (kept["result"], kept["score"]) == ([GOOD, TYPO], 7)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "entry",
    [
        {"result": None},
        {"result": [3]},
        {"result": [{**GOOD, "value": {"choices": ["good"], "deep": eval("[" * 150 + "]" * 150)}}]},
        {"result": [GOOD], "score": "sure"},
        {"result": [GOOD], "score": True},
    ],
    ids=["none", "number", "deep", "word", "truth"],
)
def test_what_is_no_prediction_is_refused_everywhere(
    client: TestClient, project: Make, door: Callable[..., Any], entry: Any
) -> None:
    made = project(CHOICES)
    task = _task(client, made)
    assert door(client, made.id, task, entry).status_code == 400
    assert client.get(f"/api/predictions/?project={made.id}").json() == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"from_name": "lable"}, "result[0].from_name"),
        ({"to_name": "img"}, "result[0].to_name"),
        ({"type": "rectangle"}, "result[0].type"),
        ({"value": {"x": 1, "y": 1, "width": -5, "height": 1}}, "result[0].value.width"),
        ({"value": {"x": 1, "y": 1, "height": 1}}, "result[0].value.width"),
        ({"value": {"x": "left", "y": 1, "width": 1, "height": 1}}, "result[0].value.x"),
        ({"value": {"x": 640, "y": 1, "width": 1, "height": 1}}, "result[0].value.x"),
        ({"value": {"x": 10, "y": 1, "width": 320, "height": 240}}, "result[0].value.width"),
        ({"value": {"x": 90, "y": 1, "width": 90, "height": 1}}, "result[0].value.width"),
        ({"value": {"x": 1, "y": -80, "width": 1, "height": 1}}, "result[0].value.y"),
    ],
)
def test_each_fault_of_a_box_is_named_by_its_path(
    client: TestClient, project: Make, change: Any, path: str
) -> None:
    made = project(BOXES)
    config = client.get(f"/api/projects/{made.id}/").json()["parsed_label_config"]
    ((name, control),) = config.items()
    task = _task(client, made, image="https://example.org/a.png")
    box = {"id": "a", "from_name": name, "to_name": control["to_name"][0], "type": control["type"].lower()}
    box |= {"value": {"x": 1, "y": 1, "width": 1, "height": 1}} | change
    (warning,) = _single(client, 0, task, {"result": [box]}).json()["warnings"]
    assert warning["where"]["path"] == path
    _strict(client, made)
    refused = _single(client, 0, task, {"result": [box]})
    assert (refused.status_code, refused.json()["code"]) == (400, "prediction")
    assert [one["where"]["path"] for one in refused.json()["faults"]] == [path]


def test_a_change_goes_through_the_same_door(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    number = _single(client, 0, _task(client, made), {"result": [GOOD]}).json()["id"]
    path = f"/api/predictions/{number}/"
    assert client.patch(path, json={"result": [TYPO]}).json()["warnings"]
    _strict(client, made)
    assert client.patch(path, json={"result": [TYPO]}).status_code == 400
    assert client.patch(path, json={"result": "good", "score": 0.25}).json()["score"] == 0.25


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-TW", "遠在圖片之外"), ("zh-CN", "远在图片之外"), ("en", "far outside the picture")],
)
def test_what_does_not_fit_is_told_in_the_readers_language(
    client: TestClient, project: Make, language: str, words: str
) -> None:
    made = project(BOXES)
    task = _task(client, made, image="https://example.org/a.png")
    ((name, control),) = client.get(f"/api/projects/{made.id}/").json()["parsed_label_config"].items()
    box = {"id": "a", "from_name": name, "to_name": control["to_name"][0], "type": control["type"].lower()}
    box |= {"value": {"x": 640, "y": 1, "width": 1, "height": 1}}
    number = _single(client, 0, task, {"result": [box]}).json()["id"]
    told = client.get(f"/api/predictions/{number}/faults/", headers={"Accept-Language": language}).json()
    assert words in told["faults"][0]["message"]


def test_what_a_person_draws_far_outside_the_picture_is_kept(client: TestClient, project: Make) -> None:
    made = project(BOXES)
    task = _task(client, made, image="https://example.org/a.png")
    ((name, control),) = client.get(f"/api/projects/{made.id}/").json()["parsed_label_config"].items()
    box = {"id": "a", "from_name": name, "to_name": control["to_name"][0], "type": control["type"].lower()}
    box |= {"value": {"x": 300, "y": 1, "width": 1, "height": 1}}
    assert client.post(f"/api/tasks/{task}/annotations/", json={"result": [box]}).status_code == 201
    brought = [{"data": {"image": "b.png"}, "annotations": [{"result": [box]}]}]
    assert client.post(f"/api/projects/{made.id}/import", json=brought).status_code == 201
