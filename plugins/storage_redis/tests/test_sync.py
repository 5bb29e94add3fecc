"""Keys of Redis connected through the official client: their values become tasks, annotations are written, nothing secret comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from tagma.services.access import Actor
from tagma.services.people import tokens
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site, serve
from tagma_storage_redis.storage import RedisKeys

pytestmark = [pytest.mark.xdist_group("valkey"), pytest.mark.needs("controls", "text", "formats")]
CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
MOOD = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]
SECRETS = ("password",)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    plugins = ["controls", "text", "formats", "storage_redis"]
    settings = {"ssrf_protection": False, "enable_legacy_api_token": True}
    site = make_site(tmp_path / "data", plugins=plugins, **settings)
    yield site
    site.close()


@pytest.fixture
def owner(site: Site) -> Actor:
    return make_owner(site)


@pytest.fixture
def client(site: Site, owner: Actor) -> Iterator[TestClient]:
    with make_client(site, owner) as client:
        yield client


@pytest.fixture
def sdk(site: Site, owner: Actor) -> Iterator[Any]:
    import httpx
    from label_studio_sdk import LabelStudio

    key = site.database.write(lambda tx: tokens.legacy_token(site, tx, owner))
    with serve(site) as address, httpx.Client(timeout=30) as connection:  # theirs is never closed
        yield LabelStudio(base_url=address, api_key=key, httpx_client=connection)


def settle(kind: Any, storage: Any) -> None:
    """Until nothing waits to be written."""
    until = time.monotonic() + 60
    while (found := kind.get(storage.id)).waiting or found.status != "completed":
        assert time.monotonic() < until, found


def written(valkey: Any, path: str) -> dict[str, Any]:
    """The annotations there."""
    with valkey.client(2) as client:
        return {key.decode(): json.loads(client.get(key) or b"") for key in client.keys(f"{path}*")}


def connect(sdk: Any, settings: dict[str, Any], **more: Any) -> Any:
    project = sdk.projects.create(title="Texts", label_config=CONFIG).id
    return sdk.import_storage.redis.create(project=project, **settings, **more)


def synced(sdk: Any, storage: Any) -> Any:
    """The storage as it is once its sync is over."""
    sdk.import_storage.redis.sync(storage.id)
    while (found := sdk.import_storage.redis.get(storage.id)).status in ("queued", "in_progress"):
        pass
    return found


def data(sdk: Any, storage: Any) -> list[Any]:
    """Of the project's tasks, as they are stored."""
    listed = sdk.tasks.list(project=storage.project, resolve_uri=False)
    return [task.data for task in sorted(listed, key=lambda task: task.id)]


def test_each_value_becomes_its_tasks_once(sdk: Any, valkey: Any) -> None:
    path = valkey.filled(**{
        "1": b'{"text": "one"}',
        "many.txt": b'[{"text": "two"}, {"text": "three"}]',
        "lines.jsonl": b'{"text": "four"}\n{"text": "five"}\n',
        "whole": b'{"data": {"text": "six"}, "meta": {"by": "hand"}}',
    })  # fmt: skip
    storage = connect(sdk, valkey.settings(path), title="Keys")
    assert (storage.title, storage.path, storage.db, storage.port) == ("Keys", path, 1, str(valkey.port))
    after = synced(sdk, storage)
    assert (after.status, after.last_sync_count) == ("completed", 6), after.traceback
    assert {one["text"] for one in data(sdk, storage)} == {"one", "two", "three", "four", "five", "six"}
    with valkey.client() as client:
        client.set(f"{path}new", b'{"text": "seven"}')
    again = synced(sdk, storage)
    assert (again.status, again.last_sync_count) == ("completed", 1), again.model_dump_json()
    assert len(data(sdk, storage)) == 7


def test_a_value_that_is_no_json_costs_itself_only(sdk: Any, valkey: Any) -> None:
    path = valkey.filled(
        **{"bad": b"hello", "empty": b"", "cut": b'{"text": "cu', "good": b'{"text": "fine"}'}
    )
    storage = connect(sdk, valkey.settings(path))
    after = synced(sdk, storage)
    assert after.status == "completed_with_errors"
    assert data(sdk, storage) == [{"text": "fine"}]
    for key, words in (("bad", "is no JSON"), ("empty", "is empty"), ("cut", "ends in the middle")):
        assert f"{key}.json {words}" in after.traceback


def test_a_key_that_runs_out_during_a_sync_costs_itself_only(
    client: TestClient, site: Site, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = valkey.filled(gone=b'{"text": "gone"}', here=b'{"text": "here"}')
    project = client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"]
    asked = {"project": project, **valkey.settings(path)}
    storage = client.post("/api/storages/redis", json=asked).json()["id"]
    look = RedisKeys._look

    def look_and_lose(self: RedisKeys, names: Any) -> Any:
        yield from list(look(self, names))
        self.client.delete(f"{path}gone")

    monkeypatch.setattr(RedisKeys, "_look", look_and_lose)
    client.post(f"/api/storages/redis/{storage}/sync")
    site.jobs.drain()
    after = client.get(f"/api/storages/redis/{storage}").json()
    assert (after["status"], after["last_sync_count"]) == ("completed_with_errors", 1)
    assert f'no key "{path}gone"' in after["traceback"]


def test_a_server_that_vanishes_during_a_sync_leaves_nothing_twice(
    client: TestClient, site: Site, valkey: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = valkey.filled(**{f"{number}": b'{"text": "%d"}' % number for number in range(20)})
    project = client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"]
    asked = {"project": project, **valkey.settings(path)}
    storage = client.post("/api/storages/redis", json=asked).json()["id"]
    opened, asked_for = RedisKeys.open, []

    def open_some(self: RedisKeys, key: str, *part: Any) -> Any:
        asked_for.append(key)
        if len(asked_for) > 10:
            self.close()
            self.__dict__["client"] = Redis(port=9)
        return opened(self, key, *part)

    with monkeypatch.context() as gone:
        gone.setattr(RedisKeys, "open", open_some)
        client.post(f"/api/storages/redis/{storage}/sync")
        site.jobs.drain()
    failed = client.get(f"/api/storages/redis/{storage}").json()
    assert failed["status"] == "failed"
    assert "does not answer" in failed["traceback"]
    client.post(f"/api/storages/redis/{storage}/sync")
    site.jobs.drain()
    assert client.get(f"/api/storages/redis/{storage}").json()["status"] == "completed"
    found = client.get(f"/api/tasks?project={project}&fields=all&page_size=100").json()["tasks"]
    assert sorted(int(one["data"]["text"]) for one in found) == list(range(20))


def test_values_that_are_named_come_through_the_server(client: TestClient, site: Site, valkey: Any) -> None:
    path = valkey.filled(**{"größe": b"0123456789"})
    project = client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"]
    asked = {"project": project, "use_blob_urls": True, **valkey.settings(path)}
    storage = client.post("/api/storages/redis", json=asked).json()["id"]
    client.post(f"/api/storages/redis/{storage}/sync")
    site.jobs.drain()
    task = client.get(f"/api/tasks?project={project}&fields=all").json()["tasks"][0]
    part = client.get(task["data"]["text"], headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")


def test_a_storage_is_listed_changed_tried_and_taken_away(sdk: Any, valkey: Any) -> None:
    from label_studio_sdk.core.api_error import ApiError

    storage = connect(sdk, valkey.settings(valkey.filled()), title="Mine")
    kind = sdk.import_storage.redis
    for shown in (storage, kind.get(storage.id), *kind.list(project=storage.project)):
        assert shown.title == "Mine"
        assert not any(getattr(shown, secret, None) for secret in SECRETS)
    assert kind.update(storage.id, title="Ours").title == "Ours"
    kind.validate(id=storage.id, project=storage.project)  # with the password that is kept
    with pytest.raises(ApiError) as refused:
        kind.validate(id=storage.id, project=storage.project, password="wrong")
    assert "password is not right" in refused.value.body["validation_errors"]["password"][0]
    kind.delete(storage.id)
    assert list(kind.list(project=storage.project)) == []


def test_a_server_inside_the_own_network_takes_the_admins_leave(tmp_path: Path, valkey: Any) -> None:
    site = make_site(tmp_path / "guarded", plugins=["storage_redis"], host="0.0.0.0")
    with make_client(site, make_owner(site)) as client:
        made = client.post("/api/projects/", json={"title": "Guarded"}).json()["id"]
        answer = client.post("/api/storages/redis", json={"project": made, **valkey.settings("a")})
    assert answer.status_code == 400
    assert "allowed_networks" in answer.text
    site.close()


def test_refusals_are_said_in_the_readers_language(client: TestClient, valkey: Any) -> None:
    project = client.post("/api/projects/", json={"title": "Texts"}).json()["id"]
    for language, words in (("zh-TW", "密碼不對，或需要密碼"), ("zh-CN", "密码不对，或需要密码")):
        answer = client.post(
            "/api/storages/redis/validate",
            json={"project": project, **valkey.settings("a", password="wrong")},
            headers={"Accept-Language": language},
        )
        assert words in json.dumps(answer.json(), ensure_ascii=False)


def test_annotations_are_written_changed_and_deleted_through_the_client(
    sdk: Any, site: Site, valkey: Any
) -> None:
    from label_studio_sdk.core.api_error import ApiError

    name, beyond = valkey.filled(), None
    settings = valkey.settings(name)
    kind = sdk.export_storage.redis
    project = sdk.projects.create(title="Texts", label_config=CONFIG).id
    with pytest.raises(ApiError) as refused:
        kind.create(project=project, **{**settings, "password": "wrong"}, request_options=beyond)
    assert "password is not right" in str(refused.value.body)
    storage = kind.create(
        project=project, title="Out", can_delete_objects=True, **settings, request_options=beyond
    )
    assert (storage.title, storage.path, storage.can_delete_objects) == ("Out", name, True)
    assert not any(getattr(storage, secret, None) for secret in SECRETS)
    assert [one.id for one in kind.list(project=project)] == [storage.id]
    first, second = (
        sdk.annotations.create(
            sdk.tasks.create(project=project, data={"text": text}).id, result=MOOD, lead_time=1.0
        ).id
        for text in ("one", "two")
    )
    kind.sync(storage.id)
    settle(kind, storage)
    assert set(written(valkey, name)) == {f"{name}{first}", f"{name}{second}"}
    sdk.annotations.update(first, result=[])
    sdk.annotations.delete(second)
    settle(kind, storage)
    [(key, body)] = written(valkey, name).items()
    assert (key, body["id"], body["result"], body["task"]["data"]) == (
        f"{name}{first}",
        first,
        [],
        {"text": "one"},
    )
    assert kind.update(storage.id, title="Away").title == "Away"
    kind.validate(id=storage.id, project=project, **settings, request_options=beyond)
    kind.delete(storage.id)
    assert list(kind.list(project=project)) == []
