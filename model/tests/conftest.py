"""Models in folders of their own, asked over HTTP, and a labeling server that stands in for a real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma_model import Model
from tagma_model.app import make_app

CONFIG = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""


@dataclass
class Desk:
    """A client of one served model that knows what a labeling server sends."""

    client: TestClient
    project: str = "7.1700000000"
    config: str = CONFIG

    def setup(self, **more: Any) -> Any:
        body = {"project": self.project, "schema": self.config, "hostname": "", "access_token": ""}
        return self.client.post("/setup", json={**body, "extra_params": None, **more})

    def ask(self, *tasks: dict[str, Any], context: Any = None, **more: Any) -> Any:
        params = {"login": "", "password": "", "context": context}
        body = {"tasks": list(tasks), "project": self.project, "label_config": self.config, "params": params}
        return self.client.post("/predict", json={**body, **more})

    def tell(self, event: str = "START_TRAINING", **more: Any) -> Any:
        project = {"id": int(self.project.partition(".")[0]), "label_config": self.config}
        return self.client.post("/webhook", json={"action": event, "project": project, **more})

    @property
    def state(self) -> dict[str, Any]:
        return self.client.get("/health").json()["projects"][self.project]

    def learned(self) -> dict[str, Any]:
        """Its state once it is done."""
        while (state := self.state)["learning"]:
            pass
        return state


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Serves a class of the test's own."""
    opened = []

    def make(
        kind: type[Model], folder: str = "data", user: str = "", password: str = "", **more: Any
    ) -> Desk:
        client = TestClient(make_app(kind, tmp_path / folder, user, password), raise_server_exceptions=False)
        opened.append(client)
        return Desk(client, **more)

    yield make
    for client in opened:
        client.close()


@dataclass
class Home:
    """A labeling server: what it has at which path, and who asked with what."""

    address: str = ""
    files: dict[str, Any] = field(default_factory=dict)
    """Path -> bytes, JSON, a status, or an address to lead on to."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and the Authorization header."""


@pytest.fixture
def home() -> Iterator[Callable[[], Home]]:
    """Starts labeling servers on free ports."""
    running = []

    def start() -> Home:
        found = Home()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found.asked.append((self.path, self.headers.get("Authorization", "")))
                here = found.files.get(self.path, 404)
                if callable(here):
                    here = here(self.headers.get("Authorization", ""))
                if isinstance(here, str):
                    self.send_response(302)
                    self.send_header("Location", here)
                    body = b""
                elif isinstance(here, int):
                    self.send_response(here)
                    body = b"<html>no</html>"
                else:
                    self.send_response(200)
                    body = here if isinstance(here, bytes) else json.dumps(here).encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def log_message(self, *_words: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        found.address = f"http://127.0.0.1:{server.server_port}"
        return found

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()
