"""Days on which a bucket misbehaves: keys that nobody can address, objects that may not be read, a clock that is wrong, a bucket
that goes away while it is read. A small server says what a real one would."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from starlette.testclient import TestClient

from tagma.errors import StorageError
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site
from tagma_storage_s3.listing import listed
from tagma_storage_s3.storage import S3

pytestmark = pytest.mark.needs("controls", "text", "formats")
CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
KEYS = {"aws_access_key_id": "tagma", "aws_secret_access_key": "only-for-tests"}
PAGE = 2  # keys


@dataclass
class Bucket:
    """What the server has, and how it misbehaves."""

    objects: dict[str, bytes] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    """Keys that may not be read."""
    refuses: tuple[int, str] | None = None
    """Every request: a status and an error code."""
    gone_after: int | None = None
    """Pages of a list, after which there is no bucket."""
    leads_to: str = ""
    asked: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.bucket.asked.append(self.path)
        key = unquote(parts.path).removeprefix("/texts").removeprefix("/")
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if self.bucket.leads_to:
            self._answer(307, b"", Location=self.bucket.leads_to + self.path)
        elif self.bucket.refuses:
            self._refuse(*self.bucket.refuses)
        elif not key:
            self._list(query)
        elif key in self.bucket.closed:
            self._refuse(403, "AccessDenied")
        elif key in self.bucket.objects:
            self._answer(
                200,
                self.bucket.objects[key],
                ETag=f'"{len(key)}"',
                **{"Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT"},
            )
        else:
            self._refuse(404, "NoSuchKey")

    do_HEAD = do_GET

    def _list(self, query: dict[str, str]) -> None:
        bucket = self.bucket
        if bucket.gone_after == 0:
            self._refuse(404, "NoSuchBucket")
            return
        if bucket.gone_after is not None:
            bucket.gone_after -= 1
        after = query.get("continuation-token") or query.get("start-after") or ""
        keys = [
            key for key in sorted(bucket.objects) if key > after and key.startswith(query.get("prefix", ""))
        ]
        page, more = keys[:PAGE], len(keys) > PAGE
        coded = query.get("encoding-type") == "url"
        said = (lambda key: quote(key, safe="/")) if coded else (lambda key: key.replace("\n", "&#10;"))
        body = "<ListBucketResult>" + ("<EncodingType>url</EncodingType>" if coded else "")
        body += f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        body += f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if more else ""
        for key in page:
            body += (f'<Contents><Key>{said(key)}</Key><Size>{len(bucket.objects[key])}</Size><ETag>"{len(key)}"</ETag>'
                     "<LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>")  # fmt: skip
        self._answer(200, f"{body}</ListBucketResult>".encode())

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>so it is</Message></Error>".encode())

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def endpoint(bucket: Bucket) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"bucket": bucket}))
    working = threading.Thread(target=server.serve_forever, args=(0.05,))
    working.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    working.join()
    server.server_close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    plugins = ["controls", "text", "formats", "storage_s3"]
    site = make_site(tmp_path / "data", plugins=plugins, allowed_networks=["127.0.0.1"])
    yield site
    site.close()


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with make_client(site, make_owner(site)) as client:
        yield client


def connect(client: TestClient, endpoint: str, **more: Any) -> Any:
    project = client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"]
    settings = {"bucket": "texts", "s3_endpoint": endpoint, "presign": False, **KEYS, **more}
    answer = client.post("/api/storages/s3", json={"project": project, **settings})
    assert answer.status_code == 201, answer.text
    return answer.json()


def sync(client: TestClient, site: Site, storage: Any) -> Any:
    client.post(f"/api/storages/s3/{storage['id']}/sync")
    site.jobs.drain()
    return client.get(f"/api/storages/s3/{storage['id']}").json()


def data(client: TestClient, storage: Any) -> list[str]:
    asked = f"/api/tasks?project={storage['project']}&fields=all&page_size=100&resolve_uri=false"
    return sorted(task["data"]["text"] for task in client.get(asked).json()["tasks"])


def test_keys_that_nobody_can_address_are_told_and_the_rest_comes_in(
    client: TestClient, site: Site, endpoint: str, bucket: Bucket
) -> None:
    for key in ("a/1.txt", "a//b.txt", "a/2.txt", "c\nd.txt", "e+f g.txt", "f/./g.txt", "z.txt"):
        bucket.objects[key] = b"text"
    storage = connect(client, endpoint, use_blob_urls=True)
    plan = client.post(f"/api/storages/s3/{storage['id']}/plan").json()["job"]
    site.jobs.drain()
    assert client.get(f"/api/jobs/{plan}").json()["result"]["new"] == 4
    after = sync(client, site, storage)
    assert (after["status"], after["last_sync_count"]) == ("completed_with_errors", 4)
    assert data(client, storage) == [
        f"s3://texts/{key}" for key in ("a/1.txt", "a/2.txt", "e+f g.txt", "z.txt")
    ]
    for key in ("a//b.txt", "c d.txt", "f/./g.txt"):
        assert f'The key "{key}" can\'t be addressed' in after["traceback"]
    again = sync(client, site, storage)
    assert (again["last_sync_count"], again["meta"]["tasks_existed"]) == (0, 4)


def test_an_object_that_may_not_be_read_stops_nothing(
    client: TestClient, site: Site, endpoint: str, bucket: Bucket
) -> None:
    for number in range(4):
        bucket.objects[f"{number}.json"] = b'{"text": "%d"}' % number
    bucket.closed.add("1.json")
    storage = connect(client, endpoint)
    after = sync(client, site, storage)
    assert (after["status"], data(client, storage)) == ("completed_with_errors", ["0", "2", "3"])
    assert 'The object "1.json" may not be read with this key' in after["traceback"]
    bucket.closed.clear()
    assert sync(client, site, storage)["status"] == "completed"
    assert data(client, storage) == ["0", "1", "2", "3"]


def test_a_bucket_that_vanishes_during_a_sync_loses_and_doubles_nothing(
    client: TestClient, site: Site, endpoint: str, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagma.services.storage.storage_sync.BATCH", 2)
    for number in range(6):
        bucket.objects[f"{number}.txt"] = b"text"
    storage = connect(client, endpoint, use_blob_urls=True)
    bucket.gone_after = 1
    after = sync(client, site, storage)
    assert (after["status"], after["traceback"].split(".")[0]) == (
        "failed",
        'There is no bucket "texts" there',
    )
    bucket.gone_after = None
    assert sync(client, site, storage)["status"] == "completed"
    assert data(client, storage) == [f"s3://texts/{number}.txt" for number in range(6)]


def test_a_wrong_clock_is_told_with_what_to_do(
    client: TestClient, site: Site, endpoint: str, bucket: Bucket
) -> None:
    bucket.objects["1.txt"] = b"text"
    storage = connect(client, endpoint, use_blob_urls=True)
    bucket.refuses = (403, "RequestTimeTooSkewed")
    after = sync(client, site, storage)
    assert after["status"] == "failed"
    assert "The clocks of this server and of the storage differ too much" in after["traceback"]
    assert "time service" in after["traceback"]


def test_an_endpoint_that_could_lead_into_the_own_network_is_not_asked(client: TestClient) -> None:
    """The library follows redirects; from https they can lead to nothing that does not prove its name."""
    project = client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"]
    settings = {"project": project, "bucket": "texts", "s3_endpoint": "http://93.184.215.14", **KEYS}
    answer = client.post("/api/storages/s3", json=settings)
    assert answer.status_code == 400
    assert "it is not encrypted" in answer.text
    assert "https://" in answer.text


def test_the_list_beside_the_library_follows_nobody(
    client: TestClient, site: Site, endpoint: str, bucket: Bucket
) -> None:
    bucket.objects["a//b.txt"] = b"text"
    storage = S3(S3.Settings.model_validate({"bucket": "texts", "s3_endpoint": endpoint, **KEYS}))
    assert [one.key for one in listed(storage, None, True, "")] == ["a//b.txt"]
    bucket.leads_to = f"{endpoint}/elsewhere"
    with pytest.raises(StorageError, match="307"):
        list(listed(storage, None, True, ""))
    assert not any("elsewhere" in path for path in bucket.asked)
