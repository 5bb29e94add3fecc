"""The server is killed (SIGKILL) while people and jobs are at work: what was acknowledged is there, exactly once."""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import CHOICES

pytestmark = pytest.mark.xdist_group("gates")

RESULT = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]
PEOPLE, LIVES = 4, 3


@pytest.fixture
def open_server(start: Any, tmp_path: Path, database_url: str) -> Callable[[], Any]:
    """Starts the server on the same data again and again."""
    flags = ("--database", database_url) if database_url else ()
    return lambda **environ: start(tmp_path / "data", flags=flags, **environ)


def make_project(server: Any, tasks: int = 0, **fields: Any) -> int:
    project = server.send("/api/projects/", {"title": "Moods", "label_config": CHOICES, **fields})["id"]
    if tasks:
        server.send(f"/api/projects/{project}/import", [{"text": f"text {n}"} for n in range(tasks)])
    return int(project)


def submit_until_killed(server: Any, project: int, killer_at: int) -> tuple[dict[str, int], dict[str, int]]:
    """What the server has acknowledged, and what it was sent: by unique id, the task of each."""
    acknowledged: dict[str, int] = {}
    sent: dict[str, int] = {}
    lock = threading.Lock()

    def labour(api: httpx2.Client) -> None:
        while True:
            try:
                task = api.get(f"/api/projects/{project}/next/").raise_for_status().json()["id"]
                key = str(uuid.uuid4())
                sent[key] = task
                answer = api.post(
                    f"/api/tasks/{task}/annotations/", json={"result": RESULT, "unique_id": key}
                )
            except httpx2.TransportError:
                return
            assert answer.status_code == 201, answer.text
            with lock:
                acknowledged[key] = task
                if len(acknowledged) == killer_at:
                    server.process.kill()  # the others are in the middle of something

    with ExitStack() as stack:
        people = [stack.enter_context(server.person(f"p{number}")) for number in range(PEOPLE)]
        threads = [threading.Thread(target=labour, args=(api,)) for api in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    server.kill()
    return acknowledged, sent


def stored(server: Any, project: int) -> list[dict[str, Any]]:
    exported = server.get(f"/api/projects/{project}/export?exportType=JSON")
    return [one for task in exported for one in task["annotations"]]


def test_each_acknowledged_annotation_is_there_exactly_once(open_server: Any) -> None:
    chance = random.Random(20)
    acknowledged: dict[str, int] = {}
    sent: dict[str, int] = {}
    project = 0
    for _ in range(LIVES):
        with open_server() as server:
            project = project or make_project(server, 400, maximum_annotations=1)
            told, tried = submit_until_killed(server, project, chance.randint(5, 40))
            acknowledged |= told
            sent |= tried
    with open_server() as server:
        found = stored(server, project)
        task_of = {one["unique_id"]: one["task"] for one in found}
        assert len(task_of) == len(found), "none is there twice"
        assert acknowledged.items() <= task_of.items(), "none is missing"
        assert task_of.keys() <= sent.keys()
        assert max(Counter(one["task"] for one in found).values()) == 1
        counts = server.get(f"/api/projects/{project}/")
        assert counts["total_annotations_number"] == counts["finished_task_number"] == len(found)
        # Who is not sure sends again, under the same name.
        [(key, task)] = list(sent.items())[-1:]
        with ExitStack() as stack:
            people = [stack.enter_context(server.person(f"p{number}")) for number in range(PEOPLE)]
            body = {"result": RESULT, "unique_id": key}
            codes = [api.post(f"/api/tasks/{task}/annotations/", json=body).status_code for api in people]
        assert 201 in codes
        again = [one["unique_id"] for one in stored(server, project)]
        assert len(set(again)) == len(again)
        assert key in again


def wait_for_job(server: Any, job: int, seen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Asks until the job is as wanted; each question is a request, so this is no spinning."""
    for _ in range(20_000):
        state: dict[str, Any] = server.get(f"/api/jobs/{job}")
        if seen(state):
            return state
        assert state["state"] not in ("failed", "cancelled"), state
    raise AssertionError(state)


def ended(state: dict[str, Any]) -> bool:
    return bool(state["state"] == "completed")


def test_an_import_goes_on_where_the_killed_server_left_it(open_server: Any, tmp_path: Path) -> None:
    rows = 30_000
    lines = "".join(json.dumps({"text": f"text {n}"}) + "\n" for n in range(rows)).encode()
    with open_server() as server:
        project = make_project(server)
        answer = server.api.post(
            f"/api/projects/{project}/import?background=true", files={"file": ("texts.jsonl", lines)}
        )
        job = answer.raise_for_status().json()["job"]
        wait_for_job(server, job, lambda _: server.get(f"/api/projects/{project}/")["task_number"] > 0)
        server.kill()
    with open_server() as server:
        assert wait_for_job(server, job, ended)["attempts"] == 2
        assert server.get(f"/api/projects/{project}/")["task_number"] == rows
        page = server.get(f"/api/tasks/?project={project}&page_size=1&page={rows}&fields=all")
        assert page["tasks"][0]["data"] == {"text": f"text {rows - 1}"}


def test_an_export_is_made_whole_after_the_server_was_killed(open_server: Any) -> None:
    tasks = 12_000
    with open_server() as server:
        project = make_project(server)
        body = [{"data": {"text": f"text {n}"}, "annotations": [{"result": RESULT}]} for n in range(tasks)]
        server.send(f"/api/projects/{project}/import", body)
        export = server.send(f"/api/projects/{project}/exports/", {"title": "All"})["id"]
        server.kill()
    with open_server() as server:
        address = f"/api/projects/{project}/exports/{export}"
        for _ in range(20_000):
            state = server.get(address)
            if state["status"] == "completed":
                break
            assert state["status"] != "failed", state
        exported = server.get(f"{address}/download?exportType=JSON")
        assert len(exported) == tasks
        assert {task["data"]["text"] for task in exported} == {f"text {n}" for n in range(tasks)}
