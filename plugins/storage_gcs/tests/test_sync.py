"""A bucket connected through the official client: its objects become tasks, its media reach a browser, nothing secret comes back."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_parquet
from starlette.testclient import TestClient

from tagma.services.access import Actor
from tagma.services.people import tokens
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site, serve

pytestmark = [pytest.mark.xdist_group("gcs"), pytest.mark.needs("controls", "text", "formats")]
CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
SECRETS = ("google_application_credentials",)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    plugins = ["controls", "text", "formats", "storage_gcs"]
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


def connect(sdk: Any, settings: dict[str, Any], **more: Any) -> Any:
    project = sdk.projects.create(title="Texts", label_config=CONFIG).id
    return sdk.import_storage.gcs.create(project=project, **settings, **more)


def synced(sdk: Any, storage: Any) -> Any:
    """The storage as it is once its sync is over."""
    sdk.import_storage.gcs.sync(storage.id)
    while (found := sdk.import_storage.gcs.get(storage.id)).status in ("queued", "in_progress"):
        pass
    return found


def data(sdk: Any, storage: Any) -> list[Any]:
    """Of the project's tasks, as they are stored."""
    listed = sdk.tasks.list(project=storage.project, resolve_uri=False)
    return [task.data for task in sorted(listed, key=lambda task: task.id)]


def test_each_object_becomes_a_task_once(sdk: Any, gcs: Any) -> None:
    name = gcs.bucket(**{"in/1.txt": b"one", "in/ü 2.txt": b"two", "in/3.md": b"no", "out/4.txt": b"no"})
    settings = gcs.settings(name, prefix="in")
    storage = connect(sdk, settings, use_blob_urls=True, regex_filter=r"in/.*\.txt")
    assert storage.status == "initialized"
    assert storage.type == "gcs"
    assert synced(sdk, storage).status == "completed"
    assert data(sdk, storage) == [{"text": f"gs://{name}/in/{one}.txt"} for one in ("1", "ü 2")]
    gcs.put(name, "in/5.txt", b"five")
    after = synced(sdk, storage)
    assert (after.last_sync_count, after.meta["tasks_existed"]) == (1, 2)
    assert len(data(sdk, storage)) == 3


def test_objects_are_read_as_files_of_tasks_with_their_faults(sdk: Any, gcs: Any, tmp_path: Path) -> None:
    write_parquet(Table.from_pydict({"text": Array(["four", "five"], DataType.string())}), tmp_path / "made")
    name = gcs.bucket(**{
        "a.json": json.dumps([{"text": "one"}, {"wrong": 1}]).encode(),
        "b.jsonl": b'{"text": "two"}\n{"text": "three"}\n',
        "c.json": b'{"text": "cut',
        "d.parquet": (tmp_path / "made").read_bytes(),
        "deep/e.json": b'{"text": "not asked for"}',
    })  # fmt: skip
    storage = connect(sdk, gcs.settings(name), recursive_scan=False)
    after = synced(sdk, storage)
    assert after.status == "completed_with_errors"
    assert [one["text"] for one in data(sdk, storage)] == ["one", "two", "three", "four", "five"]
    assert "a.json" in after.traceback
    assert "c.json" in after.traceback


def test_a_storage_is_listed_changed_tried_and_taken_away(sdk: Any, gcs: Any) -> None:
    from label_studio_sdk.core.api_error import ApiError

    name = gcs.bucket(**{"1.txt": b"1"})
    storage = connect(sdk, gcs.settings(name), title="Mine", use_blob_urls=True)
    kind = sdk.import_storage.gcs
    for shown in (storage, kind.get(storage.id), *kind.list(project=storage.project)):
        assert (shown.title, shown.bucket, shown.presign, shown.presign_ttl) == ("Mine", name, True, 1)
        assert not any(getattr(shown, secret, None) for secret in SECRETS)
    assert kind.update(storage.id, title="Ours").title == "Ours"
    kind.validate(id=storage.id, project=storage.project, bucket=name)  # with the key that is kept
    with pytest.raises(ApiError) as refused:
        kind.validate(id=storage.id, project=storage.project, bucket="nowhere")
    assert 'no bucket "nowhere"' in refused.value.body["validation_errors"]["bucket"][0]
    assert synced(sdk, storage).status == "completed"
    kind.delete(storage.id)
    assert list(kind.list(project=storage.project)) == []
    assert len(data(sdk, storage)) == 1


def test_a_browser_gets_an_object_through_the_server_in_parts_or_by_a_link(
    client: TestClient, site: Site, gcs: Any
) -> None:
    name = gcs.bucket(**{"1 größe.txt": b"0123456789"})
    project = client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"]
    asked = {"project": project, "use_blob_urls": True, "presign": False, **gcs.settings(name)}
    storage = client.post("/api/storages/gcs", json=asked).json()["id"]
    client.post(f"/api/storages/gcs/{storage}/sync")
    site.jobs.drain()
    task = client.get(f"/api/tasks?project={project}&fields=all").json()["tasks"][0]
    address = task["data"]["text"]
    assert address.startswith(f"/tasks/{task['id']}/resolve/?fileuri=")
    whole = client.get(address)
    assert whole.content == b"0123456789"
    part = client.get(address, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert client.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    client.patch(f"/api/storages/gcs/{storage}", json={"presign": True})
    leads = client.get(address)
    assert leads.status_code == 303
    with urllib.request.urlopen(leads.headers["location"], timeout=10) as answer:
        assert answer.read() == b"0123456789"


def test_refusals_are_said_in_the_readers_language(client: TestClient, gcs: Any) -> None:
    project = client.post("/api/projects/", json={"title": "Texts"}).json()["id"]
    for language, words in (("zh-TW", "那裡沒有儲存桶「nowhere」"), ("zh-CN", "那里没有存储桶“nowhere”")):
        answer = client.post(
            "/api/storages/gcs/validate",
            json={"project": project, **gcs.settings("nowhere")},
            headers={"Accept-Language": language},
        )
        assert words in json.dumps(answer.json(), ensure_ascii=False)


def test_annotations_are_written_to_a_target(sdk: Any, site: Site, gcs: Any) -> None:
    from label_studio_sdk.core.api_error import ApiError

    name = gcs.bucket()
    project = sdk.projects.create(title="Texts", label_config=CONFIG).id
    task = sdk.tasks.create(project=project, data={"text": "one"}).id
    mood = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
    made = sdk.annotations.create(id=task, result=[mood])
    settings = gcs.settings(name)
    kind = sdk.export_storage.gcs
    kind.validate(project=project, **settings)
    with pytest.raises(ApiError) as refused:
        kind.validate(project=project, **{**settings, "bucket": "nowhere"})
    assert "nowhere" in str(refused.value.body)
    target = kind.create(project=project, title="Mine", **settings)
    assert not any(getattr(target, secret, None) for secret in SECRETS)
    assert kind.update(target.id, title="Ours").title == "Ours"
    kind.sync(target.id)
    while (found := kind.get(target.id)).status in ("queued", "in_progress"):
        pass
    assert (found.title, found.status) == ("Ours", "completed")
    written = json.loads(gcs.get(name, str(made.id)))
    assert (written["result"][0]["value"], written["task"]["data"]) == (mood["value"], {"text": "one"})
    kind.delete(target.id)
    assert list(kind.list(project=project)) == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_older_client_connects_buckets(sdk: Any, gcs: Any) -> None:
    """It sends null for whatever is left out."""
    from label_studio_sdk._legacy import Client

    old = Client(url=sdk._client_wrapper.get_base_url(), api_key=sdk.users.get_token().token)
    project = old.start_project(title="Texts", label_config=CONFIG)
    name = gcs.bucket(**{"one.json": b'{"text": "one"}'})
    made = project.connect_google_import_storage(**gcs.settings(name), use_blob_urls=False)
    assert synced(sdk, sdk.import_storage.gcs.get(made["id"])).status == "completed"
    assert [task["data"] for task in project.get_tasks()] == [{"text": "one"}]
    target = project.connect_google_export_storage(**gcs.settings(gcs.bucket()))
    assert [one["id"] for one in project.get_export_storages()] == [target["id"]]
    old.session.close()
