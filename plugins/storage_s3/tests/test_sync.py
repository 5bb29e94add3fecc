"""A bucket connected to a project over HTTP: its objects become tasks, and nothing secret comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import obstore
import pytest
from starlette.testclient import TestClient

from tagma.errors import StorageError
from tagma.services.media.media_source import SiteMedia
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site

pytestmark = [pytest.mark.xdist_group("s3"), pytest.mark.needs("controls", "text", "formats")]
BASE = "/api/storages/s3"
CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = make_site(
        tmp_path / "data",
        plugins=["controls", "text", "formats", "storage_s3"],
        ssrf_protection=False,
    )
    yield site
    site.close()


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with make_client(site, make_owner(site)) as client:
        yield client


@pytest.fixture
def project(client: TestClient) -> int:
    return client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"]


def connect(client: TestClient, project: int, settings: dict[str, Any]) -> Any:
    answer = client.post(BASE, json={"project": project, **settings})
    assert answer.status_code == 201, answer.text
    return answer.json()


def sync(client: TestClient, site: Site, storage: Any) -> Any:
    assert client.post(f"{BASE}/{storage['id']}/sync").status_code == 200
    site.jobs.drain()
    return client.get(f"{BASE}/{storage['id']}").json()


def data(client: TestClient, project: int) -> list[Any]:
    found = client.get(f"/api/tasks?project={project}&fields=all&page_size=100&resolve_uri=false").json()[
        "tasks"
    ]
    return [one["data"] for one in sorted(found, key=lambda one: one["id"])]


def test_each_object_becomes_a_task_once(client: TestClient, site: Site, project: int, s3: Any) -> None:
    bucket = s3.bucket(**{"in/1.txt": b"one", "in/2.txt": b"two", "in/3.md": b"no", "out/4.txt": b"no"})
    storage = connect(
        client, project, s3.settings(bucket, prefix="in", use_blob_urls=True, regex_filter=r"in/.*\.txt")
    )
    assert sync(client, site, storage)["status"] == "completed"
    assert data(client, project) == [{"text": f"s3://{bucket}/in/1.txt"}, {"text": f"s3://{bucket}/in/2.txt"}]
    obstore.put(s3.store(bucket), "in/5.txt", b"five")
    after = sync(client, site, storage)
    assert (after["last_sync_count"], after["meta"]["tasks_existed"]) == (1, 2)
    assert len(data(client, project)) == 3


def test_objects_are_read_as_files_of_tasks_with_their_faults(
    client: TestClient, site: Site, project: int, s3: Any
) -> None:
    bucket = s3.bucket(**{
        "a.json": json.dumps([{"text": "one"}, {"wrong": 1}]).encode(),
        "b.jsonl": b'{"text": "two"}\n{"text": "three"}\n',
        "c.json": b'{"text": "cut',
    })  # fmt: skip
    after = sync(client, site, connect(client, project, s3.settings(bucket)))
    assert after["status"] == "completed_with_errors"
    assert [one["text"] for one in data(client, project)] == ["one", "two", "three"]
    assert "a.json" in after["traceback"]
    assert "c.json" in after["traceback"]


def test_keys_are_kept_and_never_shown(client: TestClient, site: Site, project: int, s3: Any) -> None:
    bucket = s3.bucket(**{"1.txt": b"1"})
    storage = connect(client, project, s3.settings(bucket, use_blob_urls=True))
    for shown in (storage, client.get(f"{BASE}/{storage['id']}").json()):
        assert "only-for-tests" not in json.dumps(shown)
        assert not {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"} & set(shown)
    assert client.patch(f"{BASE}/{storage['id']}", json={"title": "Renamed"}).status_code == 200
    assert sync(client, site, storage)["status"] == "completed"


def test_settings_that_do_not_work_are_refused_before_they_are_kept(
    client: TestClient, project: int, s3: Any
) -> None:
    wrong = {"project": project, **s3.settings("nowhere")}
    for path in (BASE, f"{BASE}/validate"):
        answer = client.post(path, json=wrong)
        assert answer.status_code == 400
        assert 'no bucket "nowhere"' in answer.json()["validation_errors"]["bucket"][0]
    assert client.get(f"{BASE}?project={project}").json() == []


def test_an_endpoint_inside_the_own_network_takes_the_admins_leave(tmp_path: Path, s3: Any) -> None:
    site = make_site(tmp_path / "guarded", plugins=["storage_s3"], host="0.0.0.0")
    with make_client(site, make_owner(site)) as client:
        made = client.post("/api/projects/", json={"title": "Guarded"}).json()["id"]
        answer = client.post(BASE, json={"project": made, **s3.settings("pictures")})
    assert answer.status_code == 400
    assert "inside a private network" in answer.text
    assert "allowed_networks" in answer.text
    site.close()


def test_a_browser_gets_an_object_through_the_server_in_parts_or_by_a_link(
    client: TestClient, site: Site, project: int, s3: Any
) -> None:
    bucket = s3.bucket(**{"1 größe.txt": b"0123456789"})
    storage = connect(client, project, s3.settings(bucket, use_blob_urls=True, presign=False))
    sync(client, site, storage)
    task = client.get(f"/api/tasks?project={project}&fields=all").json()["tasks"][0]
    address = client.get(f"/api/tasks/{task['id']}/").json()["data"]["text"]
    assert address.startswith(f"/tasks/{task['id']}/resolve/?fileuri=")
    assert client.get(address).content == b"0123456789"
    part = client.get(address, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    client.patch(f"{BASE}/{storage['id']}", json={"presign": True})
    leads = client.get(address)
    assert leads.status_code == 303
    assert leads.headers["location"].startswith(f"{s3.address}/{bucket}/")
    assert "only-for-tests" not in leads.headers["location"]


def test_exporters_read_objects_of_the_projects_own_buckets(
    client: TestClient, site: Site, project: int, s3: Any
) -> None:
    bucket = s3.bucket(**{"1.txt": b"one"})
    connect(client, project, s3.settings(bucket, use_blob_urls=True))
    media = SiteMedia(site, project)
    with media.open(f"s3://{bucket}/1.txt", {}) as found:
        assert found.read() == b"one"
    for other in ("s3://elsewhere/1.txt", f"s3://{bucket}/gone.txt"):
        with pytest.raises(StorageError):
            media.open(other, {})


def test_refusals_are_said_in_the_readers_language(client: TestClient, project: int, s3: Any) -> None:
    for settings, words in (
        (s3.settings("nowhere"), "那裡沒有儲存桶「nowhere」"),  # the plugin's words
        (
            s3.settings("pictures", s3_endpoint="http://127.0.0.1:9"),
            "http://127.0.0.1:9 沒有回應",
        ),  # its library's
    ):
        asked = {"project": project, **settings}
        answer = client.post(f"{BASE}/validate", json=asked, headers={"Accept-Language": "zh-TW"})
        assert words in json.dumps(answer.json(), ensure_ascii=False)
