"""Connecting model servers; what is wrong with one is said in words."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

from tagma.testing import make_client, make_owner, make_site

pytestmark = pytest.mark.needs("controls", "text", "formats")


BROKEN = {
    "a web page": (
        "/health",
        lambda: Response("<html>", media_type="text/html"),
        "a web page where JSON was expected",
    ),
    "not found": ("/health", lambda: Response("no", 404), "GET /health with 404: no"),
    "a redirect": (
        "/setup",
        lambda: Response("", 302, {"Location": "http://10.0.0.1/"}),
        "leading on to another address (302)",
    ),
    "still loading": ("/health", lambda: Response("", 503), "it is not ready"),
    "refused": ("/setup", lambda: Response("", 401), "refused POST /setup (401)"),
    "an error in setup": (
        "/setup",
        lambda: Response('{"error": "no such label"}', 500),
        "with 500: no such label",
    ),
}


@pytest.mark.parametrize("case", list(BROKEN))
def test_a_server_that_does_not_work_is_not_connected_and_it_is_said_why(
    case: str, work: Any, model_server: Any, client: TestClient
) -> None:
    path, answer, words = BROKEN[case]
    model_server.instead[path] = answer
    told = client.post("/api/ml/", json={"project": work.project, "url": model_server.url})
    assert told.status_code == 400
    assert words in told.json()["message"]
    assert client.get(f"/api/ml/?project={work.project}").json() == []


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "url"),
        ({"url": 7}, "url"),
        ({"url": "ftp://localhost"}, "url"),
        ({"url": "http://127.0.0.1:9"}, "url"),
        ({"url": "http://no-such-host.invalid"}, "non_field_errors"),
        ({"url": "http://127.0.0.1:9", "timeout": -1}, "timeout"),
        ({"url": "http://127.0.0.1:9", "timeout": "long"}, "timeout"),
        ({"url": "http://127.0.0.1:9", "parallel": 1000}, "parallel"),
        ({"url": "http://127.0.0.1:9", "auth_method": "MAGIC"}, "auth_method"),
        (
            {"url": "http://127.0.0.1:9", "auth_method": "BASIC_AUTH", "basic_auth_user": "me"},
            "non_field_errors",
        ),
        ({"url": "http://127.0.0.1:9", "project": "mine"}, "project"),
        ({"url": "http://127.0.0.1:9", "project": None}, "project"),
    ],
)
def test_what_can_not_work_is_refused_under_its_field(
    fields: dict[str, Any], name: str, work: Any, client: TestClient
) -> None:
    answer = client.post("/api/ml/", json={"project": work.project, **fields})
    assert answer.status_code == 400, answer.text
    assert list(answer.json()["validation_errors"]) == [name]


def test_a_kind_that_nobody_brings_is_not_there(work: Any, client: TestClient) -> None:
    answer = client.post(
        "/api/ml/", json={"project": work.project, "kind": "htpp", "url": "http://127.0.0.1:9"}
    )
    assert answer.status_code == 404
    assert answer.json()["hint"] == 'Did you mean "http"?'


def test_addresses_inside_the_own_network_take_the_admins_leave(tmp_path: Path, model_server: Any) -> None:
    site = make_site(tmp_path / "other", plugins=["controls", "text", "ml"], host="0.0.0.0")
    with make_client(site, make_owner(site)) as client:
        project = client.post("/api/projects/", json={"title": "Moods"}).json()["id"]
        for url in (model_server.url, "http://10.0.0.1:9090", "http://169.254.169.254"):
            answer = client.post("/api/ml/", json={"project": project, "url": url})
            assert answer.status_code == 403, answer.text
            assert "allowed_networks" in answer.json()["hint"]
    site.close()
    assert model_server.asked == []


def test_a_password_is_sent_to_the_server_and_to_nobody_else(
    work: Any, model_server: Any, client: TestClient
) -> None:
    secret = {"auth_method": "BASIC_AUTH", "basic_auth_user": "me", "basic_auth_pass": "a hidden word"}
    model = work.connect(model_server, **secret)
    assert model["basic_auth_pass_is_set"] is True
    changed = client.patch(f"/api/ml/{model['id']}/", json={"title": "Mood", "basic_auth_pass": ""})
    assert changed.json()["basic_auth_pass_is_set"] is True
    assert "a hidden word" not in changed.text + client.get(f"/api/ml/?project={work.project}").text
    work.tasks("one")
    work.send()
    expected = f"Basic {base64.b64encode(b'me:a hidden word').decode()}"
    assert {headers.get("authorization") for headers in model_server.headers} == {expected}
    assert "TASKS_CREATED" in [body.get("action") for body in model_server.bodies("/webhook")]
    stored = work.site.database.read(
        lambda tx: [*tx.rows("SELECT settings FROM record"), *tx.rows("SELECT headers FROM message")]
    )
    assert "a hidden word" not in str(stored)
    assert expected not in str(stored)


def test_a_project_shows_the_first_models_predictions_follows_its_name_and_forgets_it(
    work: Any, model_server: Any, client: TestClient
) -> None:
    def shown() -> str:
        return client.get(f"/api/projects/{work.project}/").json()["model_version"]

    first = work.connect(model_server, title="Mood")
    work.connect(model_server, title="Another")
    assert shown() == "Mood"
    client.patch(f"/api/ml/{first['id']}/", json={"title": "Feeling"})
    assert shown() == "Feeling"
    client.delete(f"/api/ml/{first['id']}/")
    assert shown() == ""


def test_what_a_project_shows_by_a_models_title_are_predictions_of_its_present_version(
    work: Any, model_server: Any, client: TestClient
) -> None:
    (task,) = work.tasks("a good day")
    model = work.connect(model_server, title="Mood")
    work.predict(model)
    model_server.version = "v2"
    model_server.answer = lambda body: {"results": [{"result": work.choice("bad"), "score": 0.2}]}
    work.predict(model)
    row = client.get(f"/api/tasks/?project={work.project}").json()["tasks"][0]
    assert (row["id"], row["predictions_score"], row["total_predictions"]) == (task, 0.2, 2)
    versions = client.get(
        f"/api/projects/{work.project}/model-versions/?extended=true&include_live_models=true"
    ).json()
    assert sorted(one["model_version"] for one in versions["static"]) == ["v1", "v2"]
    assert [(one["title"], one["model_version"]) for one in versions["live"]] == [("Mood", "v2")]
    body = {"model_version": "v1"}
    deleted = client.request("DELETE", f"/api/projects/{work.project}/model-versions/", json=body).json()
    assert deleted == {"deleted_predictions": 1}


def test_models_without_a_title_are_told_apart(work: Any, model_server: Any) -> None:
    titles = [work.connect(model_server)["title"] for _ in range(3)]
    assert titles == ["Model server", "Model server 2", "Model server 3"]


def test_a_version_that_was_chosen_stays_when_the_server_has_a_new_one(
    work: Any, model_server: Any, client: TestClient
) -> None:
    model = work.connect(model_server, auto_update=False)
    model_server.version = "v2"
    assert work.model(model)["model_version"] == "v1"
    client.patch(f"/api/ml/{model['id']}/", json={"model_version": "v2"})
    assert work.model(model)["model_version"] == "v2"


def test_a_server_that_goes_and_comes_back_is_shown_so(work: Any, model_server: Any) -> None:
    model = work.connect(model_server, title="Mood")
    model_server.instead["/health"] = lambda: Response("", 503)
    gone = work.model(model)
    assert (gone["state"], gone["readable_state"]) == ("DI", "Disconnected")
    assert "it is not ready" in gone["error_message"]
    work.model(model)
    model_server.instead.clear()
    assert (work.model(model)["state"], work.model(model)["error_message"]) == ("CO", None)
    lines = work.log(model)
    assert lines[0] == "It answers again."
    assert "it is not ready" in lines[1]
    assert lines[2:] == ["Connected."]


def test_a_server_that_hangs_does_not_hold_up_the_list(
    work: Any, model_server: Any, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagma.http.api import ml

    monkeypatch.setattr(ml, "FRESH", 0.1)
    model = work.connect(model_server)
    model_server.hang = threading.Event()
    for _ in range(20):
        (shown,) = client.get(f"/api/ml/?project={work.project}").json()
        assert (shown["id"], shown["state"]) == (model["id"], "CO")
    model_server.hang.set()


def test_versions_come_from_the_server_where_it_tells_them(
    work: Any, model_server: Any, client: TestClient
) -> None:
    model = work.connect(model_server)
    path = f"/api/ml/{model['id']}/versions"
    assert client.get(path).json() == {"versions": ["v1"]}  # no such route
    model_server.instead["/versions"] = lambda: Response('{"versions": ["v1", "v0"]}')
    assert client.get(path).json() == {"versions": ["v1", "v0"]}
    model_server.instead["/versions"] = lambda: Response("<html>", media_type="text/html")
    told = client.get(path).json()
    assert told["versions"] == ["v1"]
    assert "a web page" in told["message"]


def test_a_form_can_be_tried_before_it_is_kept(work: Any, model_server: Any, client: TestClient) -> None:
    body = {"project": work.project, "url": model_server.url}
    assert client.post("/api/ml/validate", json=body).json() == {"model_version": "v1"}
    assert client.get(f"/api/ml/?project={work.project}").json() == []
    (kind,) = client.get("/api/ml/types").json()
    assert (kind["name"], kind["title"], kind["can_fit"]) == ("http", "Model server", True)
    assert next(iter(kind["settings"]["properties"])) == "url"


def test_a_model_is_tried_on_a_task_and_nothing_is_kept(
    work: Any, model_server: Any, client: TestClient
) -> None:
    model = work.connect(model_server)
    path = f"/api/ml/{model['id']}/predict/test"
    assert client.post(path, json={}).status_code == 501
    assert client.post(f"{path}?random=true", json={}).status_code == 400  # no task yet
    (task,) = work.tasks("a good day")
    told = client.post(f"{path}?random=true", json={}).json()
    assert (told["status"], told["error_message"], told["task"]["id"]) == (200, None, task)
    assert told["response"]["results"][0][0]["score"] == 0.9
    assert work.predictions() == {}
    model_server.answer = lambda body: Response("out of memory", 500)
    told = client.post(f"{path}?random=true", json={}).json()
    assert told["response"] is None
    assert "out of memory" in told["error_message"]
