"""The server is killed (SIGKILL) while it reads from a source or writes to a target: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CHOICES

pytestmark = [pytest.mark.xdist_group("gates"), pytest.mark.needs("storage_local")]

RESULT = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    (tmp_path / "media" / "here").mkdir(parents=True)
    return tmp_path / "media"


@pytest.fixture
def open_server(start: Any, tmp_path: Path, media: Path, database_url: str) -> Callable[[], Any]:
    """Starts the server on the same data again and again."""
    flags = ("--database", database_url) if database_url else ()
    given = {"TAGMA_LOCAL_FILES_SERVING": "true", "TAGMA_LOCAL_FILES_ROOT": str(media)}
    return lambda: start(tmp_path / "data", flags=flags, **given)


def make_project(server: Any) -> int:
    return int(server.send("/api/projects/", {"title": "Moods", "label_config": CHOICES})["id"])


def until(server: Any, address: str, seen: Callable[[Any], bool]) -> Any:
    """Asks until the answer is as wanted; each question is a request, so this is no spinning."""
    for _ in range(20_000):
        answer = server.get(address)
        if seen(answer):
            return answer
        assert answer.get("status") != "failed", answer
    raise AssertionError(answer)


def test_a_sync_goes_on_where_the_killed_server_left_it(open_server: Any, media: Path) -> None:
    files, rows = 30, 200
    for number in range(files):
        lines = [json.dumps({"text": f"{number} {row}"}) for row in range(rows)]
        (media / "here" / f"{number:02}.jsonl").write_text("\n".join(lines))
    (media / "here" / "large.jsonl").write_text(
        "\n".join(json.dumps({"text": f"large {row}"}) for row in range(5000))
    )
    with open_server() as server:
        project = make_project(server)
        storage = server.send("/api/storages/localfiles", {"project": project, "path": str(media / "here")})[
            "id"
        ]
        server.send(f"/api/storages/localfiles/{storage}/sync", {})
        until(server, f"/api/projects/{project}/", lambda it: it["task_number"] > 0)
        server.kill()
    with open_server() as server:
        done = until(
            server,
            f"/api/storages/localfiles/{storage}",
            lambda it: it["status"] not in ("queued", "in_progress"),
        )
        assert (done["status"], done["meta"]["attempts"]) == ("completed", 2)
        exported = server.get(f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true")
        texts = [task["data"]["text"] for task in exported]
        assert len(texts) == len(set(texts)) == files * rows + 5000
        assert done["last_sync_count"] == files * rows + 5000


def test_a_target_has_everything_after_the_server_was_killed(open_server: Any, media: Path) -> None:
    tasks, out = 1500, media / "here"
    with open_server() as server:
        project = make_project(server)
        body = [{"data": {"text": f"{n}"}, "annotations": [{"result": RESULT}]} for n in range(tasks)]
        server.send(f"/api/projects/{project}/import", body)
        target = server.send("/api/storages/export/localfiles", {"project": project, "path": str(out)})["id"]
        address = f"/api/storages/export/localfiles/{target}"
        until(server, address, lambda it: 0 < it["waiting"] < tasks)
        ids = [one["id"] for one in server.get(f"/api/tasks/?project={project}&page_size=20")["tasks"]]
        made = [server.send(f"/api/tasks/{one}/annotations/", {"result": []})["id"] for one in ids]
        server.kill()  # with some of both still to be written
    with open_server() as server:
        until(server, address, lambda it: it["status"] == "completed" and not it["waiting"])
        exported = server.get(f"/api/projects/{project}/export?exportType=JSON")
        wanted = {str(one["id"]): one["result"] for task in exported for one in task["annotations"]}
    found = {one.name: json.loads(one.read_bytes()) for one in out.iterdir() if not one.name.startswith(".")}
    assert {name: one["result"] for name, one in found.items()} == wanted
    assert {str(one) for one in made} <= wanted.keys()
