"""Calls that clients of the field know and that are not served here are answered with the reason."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tagma.http import absent
from tagma.http.app import operations
from tagma.plugin.routes import _PARAMETER
from tagma.testing import make_client

SDK = runpy.run_path(str(Path(__file__).parents[3] / "scripts" / "sdk_list.py"))


@pytest.fixture
def database_url() -> str:
    return ""  # no database is asked


def test_each_call_of_the_client_that_is_not_served_is_told_why(client: TestClient) -> None:
    away = [one for one in SDK["methods"]() if one.absent]
    assert len(away) > 200
    for method in away:
        answer = client.request(method.verb, method.path, params={"project": 1})
        assert answer.status_code == 404, method
        told = answer.json()
        assert (told["detail"], told["code"], told["status_code"]) == (method.absent.sentence, "absent", 404)


@pytest.mark.parametrize("pattern", sorted(absent.ABSENT))
def test_every_row_is_told_whoever_asks(site: object, pattern: str) -> None:
    with make_client(site) as nobody:  # type: ignore[arg-type]
        answer = nobody.post("/" + pattern.replace("*", "7") + "/")
    if "storages" not in pattern:  # which asks who it is first
        assert answer.json()["detail"] == absent.ABSENT[pattern].sentence
        assert answer.json()["hint"]


def test_nothing_that_is_served_is_called_absent(site: object) -> None:
    served = operations(site.plugins)  # type: ignore[attr-defined]
    assert {one.path for one in served if absent.reason(_PARAMETER.sub("1", one.path))} == set()


def test_the_nearest_row_counts_and_a_strange_path_has_none() -> None:
    assert absent.reason("/api/annotations/bulk-delete/") is absent.ABSENT["api/annotations/bulk-delete"]
    assert absent.reason("/api/workspaces/1/memberships/bulk/") is absent.ABSENT["api/workspaces"]
    for path in ("/", "/api/", "/api/nothing/", "/api/projects/1/", "/api/tasks/1/annotations/"):
        assert absent.reason(path) is None, path


def test_the_reason_is_said_in_the_readers_language(client: TestClient) -> None:
    told = client.get("/api/workspaces/", headers={"Accept-Language": "zh-TW"}).json()["detail"]
    assert told == "這個呼叫屬於之後才會有的部分：工作區。"
    page = client.get("/admin/", headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
    assert (page.status_code, "各有自己的页面" in page.text) == (404, True)
