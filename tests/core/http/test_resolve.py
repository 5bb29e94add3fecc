"""Media that lie in a storage which has addresses of its own: found by the task, sent in parts or by a link."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import orjson
import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from tagma.db.tables import Project
from tagma.errors import StorageError
from tagma.plugin import Storage, StoredObject
from tagma.services import netguard
from tagma.services.site import Site
from tagma.services.storage import addresses
from tests.conftest import BOXES

pytestmark = pytest.mark.needs("storage_local")

BODY = bytes(range(256)) * 40


class BoxStorage(Storage):
    """Holds one picture."""

    scheme = "box"
    title = "Box"

    class Settings(BaseModel):
        bucket: str
        links: bool = False
        broken: bool = False

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        if getattr(self.settings, "broken", False):
            raise StorageError("The box does not open.", storage=self.title)
        yield StoredObject("cat.png", len(BODY))

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        return io.BytesIO(BODY[start:end])

    def uri(self, key: str) -> str:
        return f"box://{getattr(self.settings, 'bucket', '')}/{key}"

    def key_of(self, uri: str) -> str | None:
        begin = self.uri("")
        return uri[len(begin) :] if uri.startswith(begin) else None

    def url(self, key: str, seconds: int) -> str | None:
        return f"https://box.example/{key}?for={seconds}" if getattr(self.settings, "links", False) else None


@pytest.fixture
def boxed(site: Site, client: TestClient, project: Callable[..., Project]) -> Callable[..., tuple[int, int]]:
    """A project with a storage of that kind and a task that names its picture; the numbers of both."""
    site.plugins.storages["box"] = BoxStorage

    def make(**settings: Any) -> tuple[int, int]:
        number = project(BOXES).id or 0
        answer = client.post("/api/storages/box", json={"project": number, "bucket": "b", **settings})
        assert answer.status_code == 201, answer.text
        task = client.post("/api/tasks/", json={"project": number, "data": {"image": "box://b/cat.png"}})
        return number, task.json()["id"]

    return make


def test_a_tasks_address_is_made_openable_and_opens_in_parts(
    client: TestClient, boxed: Callable[..., tuple[int, int]]
) -> None:
    project, task = boxed()
    shown = client.get(f"/api/tasks/{task}/").json()["data"]["image"]
    word = base64.urlsafe_b64encode(b"box://b/cat.png").decode()
    assert shown == f"/tasks/{task}/resolve/?fileuri={word}"
    assert client.get(f"/api/tasks/{task}/?resolve_uri=false").json()["data"]["image"] == "box://b/cat.png"
    for query, expected in (("", shown), ("&resolve_uri=false", "box://b/cat.png")):
        [found] = client.get(f"/api/tasks/?project={project}{query}").json()["tasks"]
        assert found["data"]["image"] == expected

    [row] = client.get(f"/api/dm/rows/?project={project}").json()["rows"]
    assert row["data"]["image"] == shown
    assert client.get(f"/api/projects/{project}/next/").json()["data"]["image"] == shown
    assert shown in client.get(f"/projects/{project}/label?task={task}").text
    [exported] = client.get(f"/api/projects/{project}/export?download_all_tasks=1").json()
    assert exported["data"]["image"] == "box://b/cat.png"

    whole = client.get(shown)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, BODY, "image/png")
    assert "sandbox" in whole.headers["content-security-policy"]
    for asked, start, end in (("0-9", 0, 10), ("100-", 100, len(BODY)), ("-7", len(BODY) - 7, len(BODY))):
        part = client.get(shown, headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, BODY[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(BODY)}"
    assert client.get(shown, headers={"Range": f"bytes={len(BODY)}-"}).status_code == 416
    assert client.get(shown, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert client.get(shown.replace("tasks/" + str(task), f"projects/{project}")).content == BODY
    assert client.get(shown.replace("resolve", "presign")).content == BODY


def test_a_storage_that_makes_links_is_asked_for_one(
    client: TestClient, boxed: Callable[..., tuple[int, int]]
) -> None:
    _, task = boxed(links=True, presign_ttl=2)
    shown = client.get(f"/api/tasks/{task}/").json()["data"]["image"]
    answer = client.get(shown)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://box.example/cat.png?for=120")
    assert answer.headers["cache-control"] == "no-store, max-age=120"
    _, proxied = boxed(links=True, presign=False)
    assert client.get(client.get(f"/api/tasks/{proxied}/").json()["data"]["image"]).content == BODY


def test_what_can_not_be_opened_says_why(
    client: TestClient, boxed: Callable[..., tuple[int, int]], site: Site
) -> None:
    _, task = boxed()

    def opened(uri: str) -> Any:
        word = base64.urlsafe_b64encode(uri.encode()).decode().rstrip("=")
        return client.get(f"/tasks/{task}/resolve/?fileuri={word}")

    assert opened("box://another/cat.png").status_code == 404
    assert opened("file:///etc/passwd").status_code == 404
    missing = opened("box://b/dog.png")
    assert (missing.status_code, "dog.png" in missing.text) == (424, True)
    assert client.get(f"/tasks/{task}/resolve/?fileuri=%%%").status_code == 400
    assert client.get("/tasks/999999/resolve/?fileuri=YQ==").status_code == 404


ADDRESS = "https://texts.example/ä/a.html?x=1"


def path(task: int, uri: str) -> str:
    return f"/tasks/{task}/resolve/?fileuri={base64.urlsafe_b64encode(uri.encode()).decode().rstrip('=')}"


def test_what_a_task_names_at_another_server_is_fetched_and_can_do_nothing(
    work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch(uri: str, _settings: Any, write: Callable[[bytes], object]) -> str:
        asked.append(uri)
        write(b"<script>alert(1)</script>")
        return "a.html"

    monkeypatch.setattr(netguard, "fetch", fetch)
    [task] = work.tasks(work.project(), {"text": "x", "more": {"pages": [ADDRESS]}})
    answer = work.client.get(path(task, ADDRESS))
    assert answer.status_code == 200
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["content-security-policy"] == "sandbox"
    assert work.client.get(path(task, "https://texts.example/other")).status_code == 404
    assert asked == [ADDRESS]


def test_an_address_of_the_own_network_is_refused_in_words(work: Any) -> None:
    address = "http://10.255.0.1:9/a.txt"
    [task] = work.tasks(work.project(), {"text": address})
    answer = work.client.get(path(task, address))
    assert answer.status_code == 424
    assert "private network" in answer.json()["detail"]


def test_addresses_are_found_wherever_they_stand_in_the_data() -> None:
    resolve = addresses.opener(["box"], "/sub")
    assert resolve
    uris = ['box://b/1 größe "q" \\x.png', "box://b/2.png", "box://b/3.png", "box://b/4.png"]
    data = {
        "whole": uris[0],
        "html": f"<img src='{uris[1]}'><a href=\"{uris[2]}\">see</a>",
        "list": [{"deep": uris[3]}, "mailbox://b/5.png"],
        "box://name": "kept",
    }
    links = [
        f"/sub/tasks/7/resolve/?fileuri={base64.urlsafe_b64encode(uri.encode()).decode()}" for uri in uris
    ]
    assert orjson.loads(resolve(7, orjson.dumps(data).decode())) == {
        "whole": links[0],
        "html": f"<img src='{links[1]}'><a href=\"{links[2]}\">see</a>",
        "list": [{"deep": links[3]}, "mailbox://b/5.png"],
        "box://name": "kept",
    }


@pytest.mark.needs("export_coco")
def test_exporters_read_only_what_they_need_of_a_far_picture(
    client: TestClient, boxed: Callable[..., tuple[int, int]], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((900, 700), 90).save(out, "PNG")
    monkeypatch.setitem(globals(), "BODY", out.getvalue())
    read: list[int] = []
    original = BoxStorage.open

    def counted(self: BoxStorage, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        read.append((end or len(BODY)) - start)
        return original(self, key, start, end)

    monkeypatch.setattr(BoxStorage, "open", counted)
    project, task = boxed()
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["Cat"]}
    result = {"id": "r", "from_name": "label", "to_name": "image", "type": "rectanglelabels", "value": value}
    assert client.post(f"/api/tasks/{task}/annotations/", json={"result": [result]}).status_code == 201
    answer = client.get(f"/api/projects/{project}/export?exportType=COCO")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        [image] = json.loads(archive.read("result.json"))["images"]
    assert (image["width"], image["height"]) == (900, 700)
    assert 0 < sum(read) < len(BODY)
