"""A model server of the field's protocol, as small as they come: in this process, on a free port."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ModelServer:
    """``predict`` and, while somebody draws, ``suggest`` are handed what was asked and give the predictions."""

    predict: Callable[[dict[str, Any]], list[Any]] = lambda asked: [{"result": []} for _ in asked["tasks"]]
    suggest: Callable[[dict[str, Any]], list[Any]] = lambda asked: [{"result": []}]
    version: str = "v1"
    fails: bool = False
    """It answers that it is broken."""
    address: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    """What came while somebody drew."""
    may_answer: threading.Event = field(default_factory=threading.Event)

    def hold(self) -> None:
        """Suggest no more until ``let_go``."""
        self.may_answer.clear()

    def let_go(self) -> None:
        self.may_answer.set()

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.fails:
            return 500, {"error": "out of memory"}
        if path == "/health":
            return 200, {"status": "UP", "model_class": "Little"}
        if path == "/setup":
            return 200, {"model_version": self.version}
        if path == "/predict" and not body["params"]["context"]:
            return 200, {"results": self.predict(body)}
        if path == "/predict":
            self.asked.append(body)
            self.may_answer.wait(60)
            return 200, {"results": self.suggest(body)}
        if path == "/webhook":
            return 201, {"status": "ok", "result": {}}
        return 404, {}


@contextmanager
def model_server() -> Iterator[ModelServer]:
    little = ModelServer()
    little.let_go()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            status, said = little.answer(self.path, json.loads(self.rfile.read(length) or b"{}"))
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _serve

        def log_message(self, *args: Any) -> None:
            """Nothing: what was asked is in ``asked``."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    little.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield little
    finally:
        little.let_go()
        server.shutdown()
        server.server_close()
        thread.join()
