"""A server with a project, and a model server that speaks the field's protocol, well or badly as a test wants it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
PLUGINS = ["controls", "text", "formats", "ml"]


def choice(word: str) -> list[dict[str, Any]]:
    return [{"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [word]}}]


def guess(task: dict[str, Any]) -> dict[str, Any]:
    good = "good" in task["data"]["text"]
    return {"result": choice("good" if good else "bad"), "score": 0.9 if good else 0.4}


@dataclass
class ModelServer:
    """``answer`` makes a response to ``/predict`` of its body; ``asked`` holds what came, by path."""

    url: str = ""
    version: str | None = "v1"
    answer: Callable[[dict[str, Any]], Response | dict[str, Any]] = lambda body: {
        "results": [guess(task) for task in body["tasks"]]
    }
    instead: dict[str, Callable[[], Response]] = field(default_factory=dict)
    """Answers by path that come before any other."""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    hang: threading.Event | None = None

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == path]

    @property
    def batches(self) -> list[list[int]]:
        return [[task["id"] for task in body["tasks"]] for body in self.bodies("/predict")]

    def respond(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> Response:
        self.asked.append((path, body))
        self.headers.append(headers)
        if path in self.instead:
            return self.instead[path]()
        if self.hang is not None:
            self.hang.wait(20)
        if path == "/health":
            return JSONResponse({"status": "UP", "model_class": "Test"})
        if path == "/setup":
            return JSONResponse({"model_version": self.version})
        if path == "/webhook":
            return JSONResponse({"result": {}, "status": "ok", "job": "job-7"}, 201)
        if path == "/predict":
            told = self.answer(body)
            return (
                told
                if isinstance(told, Response)
                else Response(json.dumps(told), media_type="application/json")
            )
        return Response("Not found", 404)


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    kept = ModelServer()

    def endpoint(request: Request) -> Response:
        raw = request.scope["raw"]
        return kept.respond(request.url.path, json.loads(raw or b"{}"), dict(request.headers))

    class Body:
        """Reads the body before the endpoint, which runs in a thread as model servers do."""

        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                scope["raw"] = await Request(scope, receive).body()
            await self.app(scope, receive, send)

    app = Body(Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST"])]))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    listening = config.bind_socket()
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    yield kept
    if kept.hang is not None:
        kept.hang.set()
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = make_site(tmp_path / "data", plugins=PLUGINS)
    yield site
    site.close()


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    with make_client(site, make_owner(site)) as client:
        yield client


class Work:
    """What people do in one project."""

    guess, choice = staticmethod(guess), staticmethod(choice)

    def __init__(self, site: Site, client: TestClient) -> None:
        self.site, self.client = site, client
        self.project = client.post("/api/projects/", json={"title": "Moods", "label_config": CONFIG}).json()[
            "id"
        ]

    def connect(self, server: ModelServer, **fields: Any) -> dict[str, Any]:
        answer = self.client.post("/api/ml/", json={"project": self.project, "url": server.url, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def tasks(self, *texts: str) -> list[int]:
        made = [{"data": {"text": text}} for text in texts]
        answer = self.client.post(f"/api/projects/{self.project}/import?return_task_ids=true", json=made)
        assert answer.status_code == 201, answer.text
        return answer.json()["task_ids"]

    def submit(self, task: int, word: str = "good", **fields: Any) -> int:
        body = {"result": choice(word), **fields}
        answer = self.client.post(f"/api/tasks/{task}/annotations/", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def predict(self, model: dict[str, Any], **chosen: Any) -> dict[str, Any]:
        """Run the job; as the API shows it then."""
        job = self.client.post(f"/api/ml/{model['id']}/predict", json=chosen).json()["job"]
        self.site.jobs.drain()
        return self.client.get(f"/api/jobs/{job}/").json()

    def predictions(self) -> dict[int, list[tuple[str, float | None, str]]]:
        """By task: the choice, the score, the version."""
        found: dict[int, list[tuple[str, float | None, str]]] = {}
        for one in self.client.get(f"/api/predictions/?project={self.project}").json():
            word = one["result"][0]["value"]["choices"][0]
            found.setdefault(one["task"], []).append((word, one["score"], one["model_version"]))
        return found

    def model(self, model: dict[str, Any]) -> dict[str, Any]:
        return self.client.get(f"/api/ml/{model['id']}/").json()

    def log(self, model: dict[str, Any]) -> list[str]:
        return [line["text"] for line in self.client.get(f"/api/ml/{model['id']}/log").json()]

    def send(self) -> None:
        """All that happened is told, and what is due is sent."""
        self.site.hub.drain()
        self.site.outbox.drain()


@pytest.fixture
def work(site: Site, client: TestClient) -> Work:
    return Work(site, client)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is not there is tried again at once."""
    from tagma.services.model import predicting

    monkeypatch.setattr(predicting, "PAUSES", (0.0, 0.0))
