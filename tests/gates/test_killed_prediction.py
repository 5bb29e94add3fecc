"""The server is killed (SIGKILL) while a model is asked about many tasks: each gets its prediction, exactly once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CHOICES

pytestmark = [pytest.mark.xdist_group("gates"), pytest.mark.needs("controls", "text", "formats", "ml")]

TASKS = 600
RESULT = [{"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}]


class ModelServer:
    """Answers batches; from the one called ``halt`` on it waits until it is told to go on."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.halt = 6
        self.halted, self.go_on = threading.Event(), threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.answer({"status": "UP"})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path != "/predict":
                    return self.answer({"model_version": "v1"})
                outer.asked += [task["id"] for task in body["tasks"]]
                if len(outer.asked) >= outer.halt * len(body["tasks"]):
                    outer.halted.set()
                    outer.go_on.wait(30)
                return self.answer({"results": [{"result": RESULT, "score": 0.5} for _ in body["tasks"]]})

            def answer(self, given: Any) -> None:
                raw = json.dumps(given).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                return

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:
                    return  # who asked was killed

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    made = ModelServer()
    yield made
    made.go_on.set()
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def open_server(start: Any, tmp_path: Path, database_url: str) -> Callable[[], Any]:
    """Starts the server on the same data again and again."""
    flags = ("--database", database_url) if database_url else ()
    return lambda: start(tmp_path / "data", flags=flags)


def test_each_task_is_predicted_once_though_the_server_was_killed(
    open_server: Callable[[], Any], model_server: ModelServer
) -> None:
    with open_server() as server:
        project = int(server.send("/api/projects/", {"title": "Moods", "label_config": CHOICES})["id"])
        server.send(f"/api/projects/{project}/import", [{"text": f"text {n}"} for n in range(TASKS)])
        model = server.send("/api/ml/", {"project": project, "url": model_server.url})["id"]
        job = server.send(f"/api/ml/{model}/predict", {})["job"]
        assert model_server.halted.wait(60)
        server.kill()
    model_server.halt = TASKS
    model_server.go_on.set()
    with open_server() as server:
        for _ in range(20_000):
            done = server.get(f"/api/jobs/{job}/")
            if done["state"] not in ("queued", "running"):
                break
        assert (done["state"], done["attempts"]) == ("completed", 2)
        made = [one["task"] for one in server.get(f"/api/predictions/?project={project}")]
        assert len(made) == len(set(made)) == TASKS
        assert server.get(f"/api/projects/{project}/")["total_predictions_number"] == TASKS
    assert len(model_server.asked) < TASKS + 8 * 32  # only what was under way is asked about again
