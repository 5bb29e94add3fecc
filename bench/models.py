"""Batch prediction by a fast model server: how much of the time it is busy, and how many tasks a second get their predictions.

Run: ``uv run bench/models.py [postgres] [tasks]``. The model server is a process of its own that answers one batch after the
other, as most do, in a fixed time; it is busy while it holds a batch. What is left is the time it waited for us.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from common import Figures, arguments, database
from lists import fill

from tagma.testing import make_client, make_owner, make_site

SECONDS = {
    "5 ms a batch of 32": 0.005,
    "20 ms a batch of 32": 0.02,
    "50 ms a batch of 32": 0.05,
    "200 ms a batch of 32": 0.2,
}
RESULT = [{"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}]


def serve_model(pipe: Any) -> None:
    """A model that takes ``seconds`` a batch, one batch at a time."""
    lock = threading.Lock()
    told: dict[str, Any] = {"seconds": 0.05, "busy": 0.0, "first": None, "last": 0.0, "version": 0}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.answer({"status": "UP"})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/predict":
                return self.answer({"model_version": f"v{told['version']}"})
            with lock:
                begun = time.perf_counter()
                told["first"] = told["first"] or begun
                time.sleep(told["seconds"])
                results = [{"result": RESULT, "score": 0.5} for _ in body["tasks"]]
                told["last"] = time.perf_counter()
                told["busy"] += told["last"] - begun
            return self.answer({"results": results})

        def answer(self, given: Any) -> None:
            raw = json.dumps(given).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send(server.server_port)
    while (asked := pipe.recv()) is not None:
        if isinstance(asked, float):
            told |= {"seconds": asked, "busy": 0.0, "first": None, "version": told["version"] + 1}
        pipe.send(told["busy"] / (told["last"] - told["first"]) if told["first"] else 0.0)
    server.shutdown()


def main() -> None:
    where, sizes = arguments(6_400)
    count = sizes[0]
    figures = Figures("models")
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=serve_model, args=(there,), daemon=True)
    process.start()
    port = here.recv()
    with tempfile.TemporaryDirectory() as folder, database(where) as url:
        site = make_site(Path(folder), url)
        owner = make_owner(site)
        project = fill(site, owner, count)
        with make_client(site, owner) as client:
            body = {"project": project, "url": f"http://127.0.0.1:{port}"}
            model = client.post("/api/ml/", json=body).raise_for_status().json()
            for words, seconds in SECONDS.items():
                here.send(seconds)
                here.recv()
                job = client.post(f"/api/ml/{model['id']}/predict", json={}).raise_for_status().json()["job"]
                begun = time.perf_counter()
                site.jobs.drain()
                took = time.perf_counter() - begun
                result = client.get(f"/api/jobs/{job}/").json()["result"]
                assert (result["predicted"], result["fault_count"]) == (count, 0), result
                here.send("how")
                busy = here.recv()
                figures.add(
                    f"{words}: the model server is busy",
                    busy * 100,
                    "%",
                    "above 90 %" if seconds >= 0.02 else "",
                )
                figures.add(f"{words}: tasks predicted", count / took, "/s")
        site.close()
    here.send(None)
    process.join(5)
    figures.save()


if __name__ == "__main__":
    main()
