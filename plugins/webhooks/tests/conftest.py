"""A server with webhooks and a receiver that keeps what it is sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
RESULT = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]


@dataclass
class Receiver:
    url: str = ""
    answer: int = 200
    words: str = "thanks"
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    hang: threading.Event | None = None

    @property
    def actions(self) -> list[str]:
        return [one["action"] for one in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.raw.append(body)
            kept.got.append(json.loads(body))
            kept.headers.append(dict(self.headers))
            if kept.hang is not None:
                kept.hang.wait(20)
            self.send_response(kept.answer)
            self.send_header("Content-Length", str(len(kept.words)))
            self.end_headers()
            self.wfile.write(kept.words.encode())

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def site(folder: Path) -> Iterator[Site]:
    site = make_site(folder, plugins=["controls", "text", "webhooks"], ssrf_protection=False)
    yield site
    site.close()


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with make_client(site, make_owner(site)) as client:
        yield client


@pytest.fixture
def project(client: TestClient) -> int:
    return client.post("/api/projects/", json={"title": "Texts", "label_config": CONFIG}).json()["id"]


class Work:
    """What people do in the project, and seeing to it that it is told."""

    result = RESULT

    def __init__(self, site: Site, client: TestClient, project: int) -> None:
        self.site, self.client, self.project = site, client, project

    def hook(self, url: str, **fields: Any) -> dict[str, Any]:
        answer = self.client.post("/api/webhooks/", json={"url": url, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def task(self, text: str = "one") -> int:
        return self.client.post("/api/tasks/", json={"project": self.project, "data": {"text": text}}).json()[
            "id"
        ]

    def submit(self, task_id: int) -> int:
        answer = self.client.post(f"/api/tasks/{task_id}/annotations/", json={"result": RESULT})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def send(self) -> None:
        """All that happened is told, and what is due is sent."""
        self.site.hub.drain()
        self.site.outbox.drain()

    def deliveries(self, webhook: dict[str, Any]) -> list[dict[str, Any]]:
        return self.client.get(f"/api/webhooks/{webhook['id']}/deliveries/").json()


@pytest.fixture
def work(site: Site, client: TestClient, project: int) -> Work:
    return Work(site, client, project)
