"""Model servers learn: told on demand, when enough was annotated, and of everything that happens."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

pytestmark = pytest.mark.needs("controls", "text", "formats")


def told(model_server: Any) -> list[str]:
    return [body["action"] for body in model_server.bodies("/webhook")]


def trained(work: Any, model_server: Any) -> int:
    work.site.hub.drain()
    work.site.jobs.drain()
    return told(model_server).count("START_TRAINING")


def test_training_is_started_by_hand(work: Any, model_server: Any, client: TestClient) -> None:
    model = work.connect(model_server)
    answer = client.post(f"/api/ml/{model['id']}/train", json={})
    assert answer.status_code == 200
    assert work.model(model)["state"] == "TR"
    model_server.version = "v2"
    work.site.jobs.drain()
    (body,) = model_server.bodies("/webhook")
    assert body["action"] == "START_TRAINING"
    assert body["project"]["id"] == work.project
    assert body["project"]["label_config"].startswith("<View>")
    shown = work.model(model)
    assert (shown["state"], shown["model_version"]) == ("CO", "v2")
    assert work.log(model)[0] == "The model server was told to learn. It calls that job-7."


def test_training_starts_whenever_so_many_annotations_were_added(
    work: Any, model_server: Any, client: TestClient
) -> None:
    ids = work.tasks(*(str(number) for number in range(5)))
    work.connect(model_server)
    client.patch(f"/api/projects/{work.project}/", json={"min_annotations_to_start_training": 2})
    counts = []
    for task in ids:
        annotation = work.submit(task)
        counts.append(trained(work, model_server))
    assert counts == [0, 1, 1, 2, 2]
    client.patch(f"/api/annotations/{annotation}/", json={"result": work.choice("bad")})
    assert trained(work, model_server) == 2  # 5 is no multiple of 2
    work.submit(ids[0], ground_truth=True)
    assert trained(work, model_server) == 2  # what models are measured by is not counted


def test_annotations_that_come_at_once_start_one_training(
    work: Any, model_server: Any, client: TestClient
) -> None:
    ids = work.tasks(*(str(number) for number in range(6)))
    work.connect(model_server)
    client.patch(f"/api/projects/{work.project}/", json={"min_annotations_to_start_training": 2})
    for task in ids:
        work.submit(task)
    work.site.hub.drain()
    assert trained(work, model_server) in (1, 2)  # one for all, and one for what came while it waited


def test_servers_are_told_what_happens_in_their_project(
    work: Any, model_server: Any, client: TestClient
) -> None:
    work.connect(model_server)
    (task,) = work.tasks("one")
    annotation = work.submit(task)
    work.send()
    client.patch(f"/api/annotations/{annotation}/", json={"result": work.choice("bad")})
    work.send()
    assert told(model_server) == ["TASKS_CREATED", "ANNOTATION_CREATED", "ANNOTATION_UPDATED"]
    created = model_server.bodies("/webhook")[1]
    assert (created["annotation"]["id"], created["task"]["id"]) == (annotation, task)
    assert created["project"]["id"] == work.project


def test_a_server_that_learns_while_it_should_answer_is_not_told_again(
    work: Any, model_server: Any, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagma.services import outbox

    monkeypatch.setattr(outbox, "SECONDS", 0.2)
    work.connect(model_server)
    model_server.hang = threading.Event()
    work.submit(*work.tasks("one"))
    work.send()
    states = work.site.database.read(lambda tx: tx.rows("SELECT state, attempts FROM message"))
    assert set(states) == {("sent", 1)}
    model_server.hang.set()


def test_a_server_that_takes_its_time_to_learn_is_not_an_error(
    work: Any, model_server: Any, client: TestClient
) -> None:
    model = work.connect(model_server, timeout=0.3)
    stop = threading.Event()
    model_server.instead["/webhook"] = lambda: (stop.wait(5) and Response("{}")) or Response("{}")
    job = client.post(f"/api/ml/{model['id']}/train", json={}).json()["job"]
    work.site.jobs.drain()
    stop.set()
    assert client.get(f"/api/jobs/{job}/").json()["state"] == "completed"
    assert "did not say that it is done" in work.log(model)[0]
    assert work.model(model)["model_version"] == "v1"


def test_a_server_that_can_not_learn_says_so(work: Any, model_server: Any, client: TestClient) -> None:
    model = work.connect(model_server)
    model_server.instead["/webhook"] = lambda: Response('{"error": "no annotations"}', 500)
    job = client.post(f"/api/ml/{model['id']}/train", json={}).json()["job"]
    work.site.jobs.drain()
    shown = client.get(f"/api/jobs/{job}/").json()
    assert shown["state"] == "failed"
    assert "no annotations" in shown["error"]["message"]
    assert "no annotations" in work.log(model)[0]
