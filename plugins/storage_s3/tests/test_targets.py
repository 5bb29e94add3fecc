"""A bucket as a target over HTTP: annotations as objects, keys encrypted, browsers let in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from starlette.testclient import TestClient

from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site
from tagma_storage_s3.storage import S3

pytestmark = [
    pytest.mark.xdist_group("s3"),
    pytest.mark.needs("controls", "text", "formats"),
]
CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
RESULT = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = make_site(
        tmp_path / "data", plugins=["controls", "text", "formats", "storage_s3"], ssrf_protection=False
    )
    yield site
    site.close()


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with make_client(site, make_owner(site)) as client:
        yield client


@pytest.fixture
def project(client: TestClient) -> int:
    return int(client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"])


def submit(client: TestClient, project: int, text: str) -> int:
    task = client.post("/api/tasks/", json={"project": project, "data": {"text": text}}).json()["id"]
    answer = client.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT})
    return int(answer.json()["id"])


def settle(site: Site) -> None:
    site.hub.drain()
    site.jobs.drain()


def written(s3: Any, bucket: str) -> dict[str, Any]:
    store = s3.store(bucket)
    return {
        one["path"]: json.loads(bytes(obstore.get(store, one["path"]).bytes()))
        for chunk in obstore.list(store)
        for one in chunk
    }


def test_annotations_are_written_changed_and_deleted_in_the_folder_of_a_bucket(
    client: TestClient, site: Site, project: int, s3: Any
) -> None:
    bucket = s3.bucket()
    fields = {"project": project, **s3.settings(bucket, prefix="out"), "can_delete_objects": True}
    made = client.post("/api/storages/export/s3", json=fields)
    assert made.status_code == 201, made.text
    first, second = submit(client, project, "one"), submit(client, project, "two")
    settle(site)
    assert set(written(s3, bucket)) == {f"out/{first}", f"out/{second}"}
    client.patch(f"/api/annotations/{first}/", json={"result": []})
    client.delete(f"/api/annotations/{second}/")
    settle(site)
    [(name, body)] = written(s3, bucket).items()
    assert (name, body["result"], body["task"]["data"]) == (f"out/{first}", [], {"text": "one"})


def test_a_key_that_may_not_write_is_refused_before_it_is_kept(
    client: TestClient, project: int, s3: Any
) -> None:
    reader = {"aws_access_key_id": "reader", "aws_secret_access_key": "only-for-reading"}
    fields = {"project": project, **s3.settings(s3.bucket()), **reader}
    answer = client.post("/api/storages/export/s3", json=fields)
    assert answer.status_code == 400
    assert "may not do this" in answer.text
    assert "s3:PutObject" in answer.json()["hint"]
    assert client.get(f"/api/storages/export/s3?project={project}").json() == []


def test_keys_lie_encrypted_and_are_used_again_where_none_are_given(
    client: TestClient, site: Site, project: int, s3: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    bucket = s3.bucket(**{"1.txt": b"1"})
    fields = s3.settings(bucket, use_blob_urls=True)
    made = client.post("/api/storages/s3", json={"project": project, **fields}).json()
    [(text,)] = site.database.read(lambda tx: tx.rows("SELECT settings FROM record"))
    assert "only-for-tests" not in text
    assert "$sealed" in text
    assert made["aws_secret_access_key_is_set"] is True
    assert made["aws_session_token_is_set"] is False
    bare = {"id": made["id"], "project": project, "bucket": bucket, "s3_endpoint": fields["s3_endpoint"]}
    assert client.post("/api/storages/s3/validate", json=bare).status_code == 200
    files = client.post("/api/storages/s3/files", json=bare).json()["files"]
    assert [(one["key"], one["size"]) for one in files] == [("1.txt", 1)]
    assert client.post("/api/storages/s3/validate", json={**bare, "id": None}).status_code == 400
    stolen = {**bare, "aws_secret_access_key": json.loads(text)["aws_secret_access_key"]}
    assert "as text" in client.post("/api/storages/s3/validate", json=stolen).text
    wrong = {**bare, "aws_secret_access_key": "wrong-secret"}
    refused = client.post("/api/storages/s3/validate", json=wrong)
    assert refused.status_code == 400
    for said in (refused.text, caplog.text):
        assert "only-for-tests" not in said
        assert "wrong-secret" not in said


def test_whether_browsers_may_fetch_is_found_out_with_the_rule_that_lets_them(
    client: TestClient, project: int, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.bucket(**{"1.txt": b"1"})
    made = client.post("/api/storages/s3", json={"project": project, **s3.settings(bucket)}).json()
    address = f"/api/storages/s3/{made['id']}/probe"
    origin = {"Origin": "http://testserver"}
    found = client.post(address, headers=origin).json()
    [rule] = json.loads(found["rule"])
    assert (found["key"], found["origin"]) == ("1.txt", origin["Origin"])
    assert rule["AllowedOrigins"] == [origin["Origin"]]
    with httpx.Client() as browser:
        link = S3(S3.Settings.model_validate(s3.settings(bucket))).url("1.txt", 60)
        said = browser.get(link, headers=origin).headers.get("access-control-allow-origin")
    assert found["allowed"] is (said in ("*", origin["Origin"]))
    monkeypatch.setattr(S3, "url", lambda *_: f"{s3.address}/{bucket}/1.txt")  # unsigned
    refused = client.post(address, headers=origin)
    assert refused.status_code == 424
    assert "answered its own link with 403" in refused.json()["detail"]
    monkeypatch.setattr(S3, "list", lambda *_, **__: iter(()))
    assert "no object to try" in client.post(address, headers=origin).json()["detail"]
