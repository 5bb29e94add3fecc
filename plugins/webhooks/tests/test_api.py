"""Webhooks over HTTP, and by the official client of the field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from label_studio_sdk.client import LabelStudio
from starlette.testclient import TestClient

from tagma.db.tables import Membership, User
from tagma.services.access import Actor
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site, serve

pytestmark = pytest.mark.needs("controls", "text")


@pytest.mark.filterwarnings("ignore:The `parse_obj` method")  # theirs
def test_the_official_client_makes_reads_changes_and_deletes_one(
    site: Site, client: TestClient, project: int, receiver: Any, work: Any
) -> None:
    key = client.post("/api/token/").json()["token"]
    with serve(site) as address, httpx.Client() as connection:
        sdk = LabelStudio(base_url=address, api_key=key, httpx_client=connection)
        made = sdk.webhooks.create(
            url=receiver.url, project=project, actions=["TASKS_CREATED"], send_for_all_actions=False
        )
        assert (made.url, made.project, made.actions, made.send_payload) == (
            receiver.url,
            project,
            ["TASKS_CREATED"],
            True,
        )
        assert [one.id for one in sdk.webhooks.list(project=str(project))] == [made.id]
        assert sdk.webhooks.get(made.id).url == receiver.url
        other = sdk.projects.create(title="Another").id
        there = sdk.webhooks.create(url=receiver.url, project=other)
        ours = sdk.webhooks.create(url=receiver.url)
        assert [one.id for one in sdk.webhooks.list()] == [made.id, there.id, ours.id]
        assert [one.id for one in sdk.webhooks.list(project="isnull")] == [ours.id]
        sdk.projects.delete(other)
        assert [one.id for one in sdk.webhooks.list()] == [made.id, ours.id]
        sdk.webhooks.update(made.id, url=receiver.url, is_active=False)
        assert sdk.webhooks.get(made.id).is_active is False
        sdk.webhooks.delete(made.id)
        assert sdk.webhooks.list(project=str(project)) == []


def test_the_actions_there_are_can_be_asked_by_anybody(site: Site) -> None:
    with make_client(site) as nobody:
        told = nobody.get("/api/webhooks/info/").json()
        assert told["ANNOTATION_CREATED"]["key"] == "annotation"
        assert set(nobody.get("/api/webhooks/info/?organization-only=true").json()) == {
            "PROJECT_CREATED",
            "PROJECT_DELETED",
        }


def test_a_secret_is_kept_and_never_shown(client: TestClient, project: int, receiver: Any, work: Any) -> None:
    made = work.hook(receiver.url, project=project, secret="hidden words")
    assert made["has_secret"] is True
    changed = client.patch(f"/api/webhooks/{made['id']}/", json={"is_active": False})
    assert changed.json()["has_secret"] is True
    assert "hidden words" not in changed.text + client.get(f"/api/webhooks/?project={project}").text
    assert client.patch(f"/api/webhooks/{made['id']}/", json={"secret": ""}).json()["has_secret"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": 7}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "http://127.0.0.1/" + "a" * 3000}, "url"),
        ({"url": "http://127.0.0.1/", "actions": ["ANNOTATION_MADE"]}, "actions"),
        ({"url": "http://127.0.0.1/", "actions": "all"}, "actions"),
        ({"url": "http://127.0.0.1/", "headers": {str(number): "x" for number in range(11)}}, "headers"),
        ({"url": "http://127.0.0.1/", "headers": {"X-Key": "a\r\nHost: b"}}, "headers"),
        ({"url": "http://127.0.0.1/", "headers": {"": "a"}}, "headers"),
        ({"url": "http://127.0.0.1/", "is_active": "perhaps"}, "is_active"),
        ({"url": "http://127.0.0.1/", "project": "mine"}, "project"),
    ],
)
def test_what_can_not_work_is_refused_under_its_field(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/webhooks/", json=body)
    assert answer.status_code == 400, answer.text
    assert any(name.startswith(field) for name in answer.json()["validation_errors"])
    assert client.get("/api/webhooks/").json() == []


def test_addresses_inside_the_own_network_take_the_admins_leave(tmp_path: Path) -> None:
    site = make_site(tmp_path, plugins=["webhooks"], host="0.0.0.0")
    with make_client(site, make_owner(site)) as client:
        for url in (
            "http://127.0.0.1:8080/",
            "http://10.0.0.1/",
            "http://[::1]/",
            "http://169.254.169.254/latest",
        ):
            answer = client.post("/api/webhooks/", json={"url": url})
            assert answer.status_code == 403
            assert "allowed_networks" in answer.json()["hint"]
    site.close()


def test_webhooks_are_for_managers_of_their_own_organization(
    site: Site, client: TestClient, project: int, receiver: Any, work: Any
) -> None:
    made = work.hook(receiver.url, project=project)

    def hire(tx: Any) -> Actor:
        user = User(email="ann@example.com", active_organization_id=1)
        tx.session.add(user)
        tx.session.flush()
        tx.session.add(Membership(organization_id=1, user_id=user.id, role="AN"))
        return Actor(user.id, 1, "AN", user.email)

    with make_client(site, site.database.write(hire)) as annotator:
        assert annotator.get(f"/api/webhooks/?project={project}").status_code == 403
        assert annotator.get(f"/api/webhooks/{made['id']}/deliveries/").status_code == 403
    assert client.get("/api/webhooks/999/").status_code == 404
    assert client.post(f"/api/webhooks/{made['id']}/deliveries/999/again/").status_code == 404


def test_the_log_speaks_the_readers_language(site: Site, client: TestClient, project: int, work: Any) -> None:
    webhook = work.hook("http://127.0.0.1:9/hook", project=project)
    work.task()
    work.send()
    answer = client.get(f"/api/webhooks/{webhook['id']}/deliveries/", headers={"Accept-Language": "zh-Hant"})
    assert "無法連上 http://127.0.0.1:9/hook：伺服器沒有回應" in answer.json()[0]["error"]
