"""Model servers as people run them, in processes of their own, connected to a server that runs its own jobs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tagma.services.access import Actor
from tagma.services.people import tokens
from tagma.services.site import Site

FOREIGN = Path(__file__).parent / "foreign"


class Work:
    """What somebody does in one project over the API."""

    def __init__(self, api: httpx2.Client, config: str) -> None:
        self.api = api
        self.project = self.send("/api/projects/", {"title": "Models", "label_config": config})["id"]

    def send(self, path: str, body: Any = None) -> Any:
        answer = self.api.post(path, json=body or {})
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.api.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def connect(self, url: str, **fields: Any) -> int:
        made = self.send("/api/ml/", {"project": self.project, "url": url, "title": "Model", **fields})
        assert made["state"] == "CO"
        return made["id"]

    def model(self, number: int) -> dict[str, Any]:
        return self.get(f"/api/ml/{number}/")

    def tasks(self, *data: dict[str, Any]) -> list[int]:
        path = f"/api/projects/{self.project}/import?return_task_ids=true"
        return self.send(path, [{"data": one} for one in data])["task_ids"]

    def upload(self, name: str, content: bytes) -> int:
        """A task made of a file."""
        before = {task["id"] for task in self.listed()}
        answer = self.api.post(f"/api/projects/{self.project}/import", files={"file": (name, content)})
        assert answer.is_success, answer.text
        [made] = {task["id"] for task in self.listed()} - before
        return made

    def listed(self) -> list[dict[str, Any]]:
        return self.get(f"/api/tasks/?project={self.project}&fields=all")["tasks"]

    def annotate(self, task: int, *values: dict[str, Any], **fields: Any) -> None:
        result = [{"id": f"r{place}", **fields, "value": value} for place, value in enumerate(values)]
        self.send(f"/api/tasks/{task}/annotations/", {"result": result})

    def job(self, path: str) -> dict[str, Any]:
        """Start it, and wait for its end."""
        number = self.send(path)["job"]
        while (job := self.get(f"/api/jobs/{number}/"))["state"] in ("queued", "running"):
            pass
        return job

    def train(self, model: int) -> dict[str, Any]:
        return self.job(f"/api/ml/{model}/train")

    def predict(self, model: int) -> dict[int, list[dict[str, Any]]]:
        """The results of the newest version by task."""
        job = self.job(f"/api/ml/{model}/predict")
        assert job["state"] == "completed", job
        version = self.model(model)["model_version"]
        found = self.get(f"/api/predictions/?project={self.project}")
        return {one["task"]: one["result"] for one in found if one["model_version"] == version}


@pytest.fixture
def key(site: Site, owner: Actor) -> str:
    return site.database.write(lambda tx: tokens.legacy_token(site, tx, owner))


@pytest.fixture
def work(site: Site, live_server: str, key: str) -> Iterator[Callable[[str], Work]]:
    """Makes a project with a labeling config."""
    site.settings.port = urlsplit(live_server).port or 0  # models are told where to ask back
    site.settings.host = "127.0.0.1"
    with httpx2.Client(base_url=live_server, headers={"Authorization": f"Token {key}"}, timeout=60) as api:
        yield lambda config: Work(api, config)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """``tagma-model start`` of a folder."""
    running = []

    def start(folder: Path) -> str:
        words = [Path(sys.executable).parent / "tagma-model", "start", folder, "--port", "0"]
        process = subprocess.Popen(
            [*map(str, words), "--data-dir", str(tmp_path / "model")],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        return found[0]

    yield start
    for process in running:
        process.terminate()
        process.wait(30)
        assert process.stdout
        process.stdout.close()


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the field's own library, as it lies on PyPI."""
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "uv is needed to make an environment"
    folder = tmp_path_factory.mktemp("foreign") / "venv"
    programs = folder / "bin"
    for words in (
        ["venv", "--python", sys.executable, str(folder)],
        [
            "pip",
            "install",
            "--no-deps",
            "--python",
            str(programs / "python"),
            "-r",
            str(FOREIGN / "requirements.txt"),
        ],
    ):
        done = subprocess.run([uv, *words, "--quiet", "--no-config"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return programs


@pytest.fixture
def foreign_server(foreign: Path, tmp_path: Path, live_server: str, key: str) -> Iterator[str]:
    """A model server made and started by ``label-studio-ml`` itself."""
    environ = {
        **os.environ,
        "PATH": f"{foreign}{os.pathsep}{os.environ['PATH']}",
        "LABEL_STUDIO_HOST": live_server,
        "LABEL_STUDIO_API_KEY": key,
    }
    program = str(foreign / "label-studio-ml")
    made = subprocess.run(
        [program, "init", "backend", "--script", str(FOREIGN / "counting.py")],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "start", "backend", "--host", "127.0.0.1", "--port", str(port)],
        cwd=tmp_path,
        env=environ,
        start_new_session=True,  # it starts a shell that starts Python: they end together
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while process.poll() is None:
            try:
                httpx2.get(f"{address}/health", timeout=5)
                break
            except httpx2.ConnectError:
                continue
        assert process.poll() is None
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
