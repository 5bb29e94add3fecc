"""A storage that is looked through again: what is new, changed or gone, found out before and done once, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.db.tables import Project
from tagma.services.site import Site
from tagma.services.storage import storage_look, storage_plan, storage_sync
from tagma.testing import make_site
from tests.conftest import BOXES, CHOICES

pytestmark = pytest.mark.needs("storage_local")

Make = Callable[..., Project]
BASE = "/api/storages/localfiles"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "media" / "here"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def site(tmp_path: Path, folder: Path, database_url: str) -> Iterator[Site]:
    site = make_site(
        tmp_path / "data", database_url, local_files_serving=True, local_files_root=folder.parent
    )
    yield site
    site.close()


def connect(client: TestClient, project: Project, folder: Path, **fields: Any) -> Any:
    answer = client.post(BASE, json={"project": project.id, "path": str(folder), **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def sync(client: TestClient, site: Site, storage: Any) -> Any:
    """The storage after a sync, and what the sync's job says."""
    job = client.post(f"{BASE}/{storage['id']}/sync").json()["last_sync_job"]
    site.jobs.drain()
    return client.get(f"{BASE}/{storage['id']}").json() | {"job": client.get(f"/api/jobs/{job}").json()}


def planned(client: TestClient, site: Site, storage: Any) -> Any:
    answer = client.post(f"{BASE}/{storage['id']}/plan")
    assert answer.status_code == 202
    site.jobs.drain()
    job = client.get(f"/api/jobs/{answer.json()['job']}").json()
    assert job["state"] == "completed", job
    return job["result"]


def tasks(client: TestClient, project: Project) -> list[Any]:
    found = client.get(f"/api/tasks?project={project.id}&fields=all&page_size=100").json()["tasks"]
    return sorted(found, key=lambda one: one["id"])


def texts(client: TestClient, project: Project) -> list[str]:
    return [one["data"]["text"] for one in tasks(client, project)]


def write(folder: Path, name: str, *rows: str) -> None:
    (folder / name).write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))


def test_a_plan_tells_what_is_new_changed_known_and_gone_and_does_nothing(
    client: TestClient, site: Site, project: Make, folder: Path
) -> None:
    made = project(BOXES)
    for name in "abc":
        (folder / f"{name}.png").write_bytes(name.encode())
    storage = connect(client, made, folder, use_blob_urls=True)
    first = planned(client, site, storage)
    assert first == {
        "new": 3, "changed": 0, "known": 0, "gone": 0,
        "first": {"new": ["a.png", "b.png", "c.png"], "changed": [], "gone": []},
    }  # fmt: skip
    assert tasks(client, made) == []
    sync(client, site, storage)
    (folder / "a.png").write_bytes(b"another picture")
    (folder / "b.png").unlink()
    (folder / "d.png").write_bytes(b"d")
    second = planned(client, site, storage)
    assert [second[name] for name in ("new", "changed", "known", "gone")] == [1, 1, 1, 1]
    assert second["first"] == {"new": ["d.png"], "changed": ["a.png"], "gone": ["b.png"]}
    done = sync(client, site, storage)
    assert (done["last_sync_count"], done["job"]["result"]["changed"]) == (1, 1)
    assert planned(client, site, storage)["changed"] == 0
    assert len(tasks(client, made)) == 4, "the task of what is gone stays"


def test_a_single_object_that_changed_moves_the_date_of_its_task(
    client: TestClient, site: Site, project: Make, folder: Path
) -> None:
    made = project(BOXES)
    for name in "ab":
        (folder / f"{name}.png").write_bytes(b"1")
    storage = connect(client, made, folder, use_blob_urls=True)
    sync(client, site, storage)
    before = tasks(client, made)
    (folder / "a.png").write_bytes(b"22")
    sync(client, site, storage)
    after = tasks(client, made)
    assert after[0]["updated_at"] > before[0]["updated_at"]
    assert (after[0]["data"], after[1]) == (before[0]["data"], before[1])


def test_a_row_put_in_at_the_top_adds_one_task_and_changes_none(
    client: TestClient, site: Site, project: Make, folder: Path
) -> None:
    made = project(CHOICES)
    write(folder, "a.jsonl", "one", "two", "two")
    storage = connect(client, made, folder)
    sync(client, site, storage)
    write(folder, "a.jsonl", "zero", "one", "two", "two")
    done = sync(client, site, storage)
    assert (done["status"], done["last_sync_count"], done["job"]["result"]["changed"]) == ("completed", 1, 0)
    assert texts(client, made) == ["one", "two", "two", "zero"]
    assert sync(client, site, storage)["last_sync_count"] == 0


def test_a_row_that_changed_changes_its_task_unless_somebody_worked_on_it(
    client: TestClient, site: Site, project: Make, folder: Path
) -> None:
    made = project(CHOICES)
    write(folder, "a.jsonl", "one", "two", "three")
    storage = connect(client, made, folder)
    sync(client, site, storage)
    done_task = tasks(client, made)[1]["id"]
    assert client.post(f"/api/tasks/{done_task}/annotations/", json={"result": []}).status_code == 201
    write(folder, "a.jsonl", "one!", "two!")
    done = sync(client, site, storage)
    assert texts(client, made) == ["one!", "two", "three"], "what is gone from the file stays"
    assert (done["status"], done["job"]["result"]["changed"]) == ("completed_with_errors", 1)
    assert f"Row 2 of a.jsonl changed, but somebody has worked on its task {done_task}" in done["traceback"]
    assert sync(client, site, storage)["status"] == "completed", "it is said once"


def test_a_draft_is_work_too(client: TestClient, site: Site, project: Make, folder: Path) -> None:
    made = project(CHOICES)
    write(folder, "a.jsonl", "one")
    storage = connect(client, made, folder)
    sync(client, site, storage)
    begun = tasks(client, made)[0]["id"]
    assert client.post(f"/api/tasks/{begun}/drafts", json={"result": []}).status_code == 201
    write(folder, "a.jsonl", "one!")
    assert f"worked on its task {begun}" in sync(client, site, storage)["traceback"]
    assert texts(client, made) == ["one"]


def test_a_task_in_the_trash_does_not_come_back_with_the_file(
    client: TestClient, site: Site, project: Make, folder: Path
) -> None:
    made = project(CHOICES)
    write(folder, "a.jsonl", "one", "two")
    storage = connect(client, made, folder)
    sync(client, site, storage)
    client.delete(f"/api/tasks/{tasks(client, made)[0]['id']}/")
    write(folder, "a.jsonl", "one", "two", "three")
    sync(client, site, storage)
    assert texts(client, made) == ["two", "three"]


@pytest.mark.parametrize("died_at", [1, 2, 3])
def test_a_sync_that_is_interrupted_loses_and_repeats_nothing(
    client: TestClient, site: Site, project: Make, folder: Path, monkeypatch: pytest.MonkeyPatch, died_at: int
) -> None:
    monkeypatch.setattr(storage_sync, "BATCH", 2)
    made = project(CHOICES)
    write(folder, "a.jsonl", *"abcde")
    write(folder, "b.jsonl", *"fg")
    storage = connect(client, made, folder)
    whole = storage_sync._Sync._write
    count = iter(range(1, 100))

    def dying(self: Any, rows: Any) -> None:
        whole(self, rows)
        if next(count) == died_at:
            site.jobs.stopping.set()
            self.job.check()

    monkeypatch.setattr(storage_sync._Sync, "_write", dying)
    job = client.post(f"{BASE}/{storage['id']}/sync").json()["last_sync_job"]
    site.jobs.run(job)
    assert 0 < len(texts(client, made)) < 7
    site.jobs.stopping.clear()
    site.jobs.drain()
    assert sorted(texts(client, made)) == list("abcdefg")
    assert client.get(f"{BASE}/{storage['id']}").json()["last_sync_count"] == 7
    again = sync(client, site, storage)
    assert (again["status"], again["last_sync_count"]) == ("completed", 0)


def test_links_from_before_versions_were_kept_count_as_unchanged(
    client: TestClient, site: Site, project: Make, folder: Path
) -> None:
    made = project(CHOICES)
    write(folder, "a.jsonl", "one")
    storage = connect(client, made, folder)
    sync(client, site, storage)
    site.database.write(lambda tx: tx.run("UPDATE storage_link SET version = ''"))
    assert planned(client, site, storage)["changed"] == 0
    sync(client, site, storage)
    write(folder, "a.jsonl", "one", "two")
    assert planned(client, site, storage)["changed"] == 1


def test_a_schedule_begins_a_sync_when_its_time_has_come_and_only_then(
    client: TestClient, site: Site, project: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = project(CHOICES)
    write(folder, "a.jsonl", "one")
    storage = connect(client, made, folder, sync_minutes=10)
    connect(client, made, folder)  # which has no schedule
    storage_plan.begin_due(site)
    site.jobs.drain()
    assert texts(client, made) == []
    later = storage_plan.now() + timedelta(minutes=11)
    monkeypatch.setattr(storage_plan, "now", lambda: later)
    for _ in range(2):
        storage_plan.begin_due(site)
    assert len(client.get(f"/api/jobs/?project={made.id}").json()) == 1
    site.jobs.drain()
    assert texts(client, made) == ["one"]
    assert client.get(f"{BASE}/{storage['id']}").json()["status"] == "completed"


def test_the_first_files_are_shown_before_anything_is_connected(
    client: TestClient, project: Make, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("1.png", "2.png", "3.txt", "4.png"):
        (folder / name).write_bytes(name.encode())
    fields = {"project": project(BOXES).id, "path": str(folder), "regex_filter": r".*\.png"}
    rows = client.post(f"{BASE}/files", json=fields).json()["files"]
    assert [(one["key"], one["size"]) for one in rows] == [("1.png", 5), ("2.png", 5), ("4.png", 5)]
    assert rows[0]["last_modified"].endswith("Z")
    nulls = {"key": None, "last_modified": None, "size": None}
    cut = client.post(f"{BASE}/files", json={**fields, "limit": 2}).json()["files"]
    assert ([one["key"] for one in cut], cut[-1]) == (["1.png", "2.png", None], nulls)
    assert client.post(f"{BASE}/files", json={**fields, "limit": 3}).json()["files"][-1]["key"] == "4.png"
    monkeypatch.setattr(storage_look, "SECONDS", -1.0)
    assert client.post(f"{BASE}/files", json=fields).json()["files"] == [nulls]
    for limit in (0, -1, "many", 10**6, None, True):
        answer = client.post(f"{BASE}/files", json={**fields, "limit": limit})
        assert answer.status_code == 400, limit
        assert "limit" in answer.json()["validation_errors"]
