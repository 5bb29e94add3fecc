"""The OpenAPI document holds: whatever a request that it allows (or nearly allows) may be, the server never fails and never
answers otherwise than it says. Requests are made up by schemathesis, the same ones on every run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from starlette.testclient import TestClient

from tagma.http.app import create_app, operations
from tagma.http.openapi import document
from tagma.services.people.sessions import session_cookie
from tagma.testing import make_client, make_owner, make_site

TOLD = document(tuple(operations()))
CONFIG = {
    "generation": {"deterministic": True, "database": "none", "with-security-parameters": False},
    "phases": {"coverage": {"enabled": False}, "examples": {"enabled": False}},
}
schema = schemathesis.openapi.from_dict(TOLD, config=SchemathesisConfig.from_dict(CONFIG))
PROMISES = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def database_url() -> str:
    return ""  # one database is enough: what is tried is what goes in and out


@pytest.fixture
def world(work: Any) -> dict[str, int]:
    """One of everything a path may name, so that made-up requests get further than to "there is no such thing"."""
    project = work.project()
    [task, *_] = work.tasks(project, "a", "b", "c")
    annotation = work.submit(task)["id"]
    post = work.client.post
    made = {
        "draft": post(f"/api/tasks/{task}/drafts", json={"result": work.result()}),
        "prediction": post("/api/predictions/", json={"task": task, "result": work.result()}),
        "view": post("/api/dm/views/", json={"project": project, "data": {"title": "Mine"}}),
        "export": post(f"/api/projects/{project}/exports/", json={}),
    }
    ids = {name: int(answer.raise_for_status().json()["id"]) for name, answer in made.items()}
    work.site.jobs.drain()
    return {**ids, "project": project, "task": task, "annotation": annotation, "job": 1, "user": 1}


def known(path: str, name: str, world: dict[str, int]) -> int:
    """The id of the thing that a path's parameter means, by the word before it."""
    before = path.partition("{" + name + "}")[0]
    words = re.findall(r"[a-z]+", before)[::-1]
    return next((world[word.rstrip("s")] for word in words if word.rstrip("s") in world), 1)


@schema.parametrize()
@settings(
    max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
def test_an_answer_is_one_of_those_the_document_names(case: Any, world: dict[str, int], work: Any) -> None:
    for name, value in case.path_parameters.items():
        if isinstance(value, int) and value % 4:
            case.path_parameters[name] = known(case.path, name, world)
    app = create_app(work.site, run_jobs=False)
    cookies = {"sessionid": session_cookie(work.site, work.owner)}
    answer = case.call(app=app, cookies=cookies)
    # 501 is the protocol's own word for a trial of a model on another task than a random one
    promised = [one for one in PROMISES if answer.status_code != 501 or one is not checks.not_a_server_error]
    case.validate_response(answer, checks=promised)


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40])
def test_a_number_beyond_all_ids_is_not_there(client: TestClient, number: int) -> None:
    answer = client.get(f"/api/tasks/{number}/")
    assert answer.status_code == 404
    assert str(number) in answer.json()["detail"]


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_what_no_column_holds_is_refused_in_words(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    url = request.getfixturevalue("postgres")() if database == "postgres" else ""
    site = make_site(tmp_path / "data", url)
    with make_client(site, make_owner(site)) as client:
        answer = client.post("/api/tasks/", json={"project": 2**70, "data": {"text": "a"}})
        assert answer.status_code == 400, answer.text
        assert "can't be kept" in answer.json()["detail"] or answer.json()["validation_errors"]
        assert client.get("/api/projects/").status_code == 200
    site.close()
