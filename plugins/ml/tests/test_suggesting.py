"""A model server asked about one task: while somebody draws, and as a task is opened."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from tagma.services.model import asking

pytestmark = pytest.mark.needs("controls", "text", "formats")

CONTEXT = {"result": [{"from_name": "mood", "type": "choices"}], "author_email": "owner@example.com"}


def test_what_is_being_drawn_is_sent_and_the_suggestion_comes_back(
    work: Any, model_server: Any, client: TestClient
) -> None:
    (task,) = work.tasks("a good day")
    work.submit(task)
    client.post(f"/api/tasks/{task}/drafts/", json={"result": work.choice("bad")})
    model = work.connect(model_server, is_interactive=True)
    told = client.post(
        f"/api/ml/{model['id']}/interactive-annotating", json={"task": task, "context": CONTEXT}
    )
    assert told.status_code == 200
    assert told.json() == {"data": {"result": work.choice("good"), "score": 0.9, "model_version": "v1"}}
    (body,) = model_server.bodies("/predict")
    assert body["params"]["context"] == CONTEXT
    (asked,) = body["tasks"]
    assert len(asked["annotations"]) == len(asked["drafts"]) == 1
    assert work.predictions() == {}


def test_what_goes_wrong_is_told_as_errors_and_stands_in_the_log(
    work: Any, model_server: Any, client: TestClient
) -> None:
    (task,) = work.tasks("one")
    model = work.connect(model_server)
    path = f"/api/ml/{model['id']}/interactive-annotating"
    for answer, words in (
        (Response("<html>", media_type="text/html"), "a web page where JSON was expected"),
        ({"results": []}, "answered 0 results for 1 tasks"),
        ({"results": [[]]}, "suggests nothing here"),
    ):
        model_server.answer = lambda body, answer=answer: answer
        told = client.post(path, json={"task": task})
        assert told.status_code == 200
        assert words in told.json()["errors"][0]
    assert "answered 0 results" in work.log(model)[0]


def test_a_suggestion_that_does_not_fit_comes_with_a_warning_or_not_at_all(
    work: Any, model_server: Any, client: TestClient
) -> None:
    (task,) = work.tasks("one")
    model = work.connect(model_server)
    model_server.answer = lambda body: {"results": [{"result": work.choice("goood")}]}
    path = f"/api/ml/{model['id']}/interactive-annotating"
    told = client.post(path, json={"task": task}).json()
    assert told["data"]["result"] == work.choice("goood")
    assert 'Did you mean "good"?' in told["warnings"][0]["message"] + told["warnings"][0]["hint"]
    client.patch(f"/api/projects/{work.project}/", json={"strict_predictions": True})
    told = client.post(path, json={"task": task}).json()
    assert "data" not in told
    assert told["errors"][0].startswith(f"Task {task}: ")
    assert "goood" in work.log(model)[0]


@pytest.mark.parametrize(
    "body", [{}, {"task": "one"}, {"task": None}, {"task": True}, {"task": 1, "context": "all"}]
)
def test_a_question_without_a_task_is_refused(
    body: Any, work: Any, model_server: Any, client: TestClient
) -> None:
    model = work.connect(model_server)
    assert client.post(f"/api/ml/{model['id']}/interactive-annotating", json=body).status_code == 400


def test_a_task_of_another_project_is_none_of_the_models(
    work: Any, model_server: Any, client: TestClient
) -> None:
    model = work.connect(model_server)
    other = client.post("/api/projects/", json={"title": "Another"}).json()["id"]
    task = client.post("/api/tasks/", json={"project": other, "data": {"text": "x"}}).json()["id"]
    path = f"/api/ml/{model['id']}/interactive-annotating"
    assert client.post(path, json={"task": task}).status_code == 400
    assert client.post(path, json={"task": 999}).status_code == 404
    assert client.post("/api/ml/999/interactive-annotating", json={"task": task}).status_code == 404


def test_questions_to_a_server_that_hangs_do_not_pile_up(
    work: Any, model_server: Any, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 1)
    (task,) = work.tasks("one")
    model = work.connect(model_server)
    path = f"/api/ml/{model['id']}/interactive-annotating"
    came, usual = threading.Event(), model_server.answer
    model_server.hang = threading.Event()

    def answer(body: dict[str, Any]) -> Any:
        return usual(body)

    model_server.answer = answer
    first: list[Any] = []
    waits = threading.Thread(target=lambda: first.append(client.post(path, json={"task": task}).json()))
    waits.start()
    while not model_server.bodies("/predict"):
        came.wait(0.01)
    second = client.post(path, json={"task": task}).json()
    assert "The model is busy" in second["errors"][0]
    assert client.get(f"/api/projects/{work.project}/").status_code == 200
    model_server.hang.set()
    waits.join(20)
    assert "data" in first[0]


def test_a_task_that_is_opened_gets_the_predictions_its_project_shows(
    work: Any, model_server: Any, client: TestClient
) -> None:
    one, two = work.tasks("a good day", "rain")
    work.connect(model_server, title="Mood")
    told = client.post("/api/ml/evaluate", json={"task": one}).json()
    assert told["errors"] == []
    assert [(found["score"], found["model_version"]) for found in told["predictions"]] == [(0.9, "v1")]
    client.post("/api/ml/evaluate", json={"task": one})
    assert len(model_server.bodies("/predict")) == 1
    client.patch(f"/api/projects/{work.project}/", json={"model_version": ""})
    assert client.post("/api/ml/evaluate", json={"task": two}).json() == {"predictions": [], "errors": []}
    client.patch(f"/api/projects/{work.project}/", json={"evaluate_predictions_automatically": True})
    assert len(client.post("/api/ml/evaluate", json={"task": two}).json()["predictions"]) == 1


def test_the_next_task_does_not_wait_for_its_predictions(
    work: Any, model_server: Any, client: TestClient
) -> None:
    (task,) = work.tasks("a good day")
    work.connect(model_server, title="Mood")
    model_server.hang = threading.Event()
    handed = client.get(f"/api/projects/{work.project}/next/").json()
    assert (handed["id"], handed["predictions"]) == (task, [])
    assert "evaluates" not in handed
    model_server.hang.set()
    told = client.post("/api/ml/evaluate", json={"task": task}).json()
    assert len(told["predictions"]) == 1
    assert len(model_server.bodies("/predict")) == 1


def test_a_dead_server_is_told_to_who_opens_a_task(work: Any, model_server: Any, client: TestClient) -> None:
    (task,) = work.tasks("one")
    model = work.connect(model_server, title="Mood")
    model_server.answer = lambda body: Response("", 503)
    told = client.post("/api/ml/evaluate", json={"task": task}).json()
    assert told["predictions"] == []
    assert "it is not ready" in told["errors"][0]
    assert "it is not ready" in work.log(model)[0]
    asked = len(model_server.asked)
    again = client.post("/api/ml/evaluate", json={"task": task}).json()
    assert "it is not ready" in again["errors"][0]
    assert len(model_server.asked) == asked  # nobody waits for it again so soon
