"""Targets over HTTP: annotations are written as they are made, and nothing is lost on the way."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.services.site import Site
from tagma.services.storage import target_push, targets
from tagma.testing import make_site

pytestmark = pytest.mark.needs("storage_local")

BASE = "/api/storages/export/localfiles"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "media" / "out").mkdir(parents=True)
    return tmp_path / "media"


@pytest.fixture
def out(root: Path) -> Path:
    return root / "out"


@pytest.fixture
def site(tmp_path: Path, root: Path, database_url: str) -> Iterator[Site]:
    site = make_site(
        tmp_path / "data",
        database_url,
        local_files_serving=True,
        local_files_root=root,
        enable_legacy_api_token=True,
    )
    yield site
    site.close()


def settle(site: Site) -> None:
    """What the server does in the background, to its end."""
    site.hub.drain()
    site.jobs.drain()


def connect(client: TestClient, site: Site, project: int, out: Path, **fields: Any) -> Any:
    answer = client.post(BASE, json={"project": project, "path": str(out), **fields})
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "queued"
    settle(site)
    return client.get(f"{BASE}/{answer.json()['id']}").json()


def written(out: Path) -> dict[str, Any]:
    return {one.name: json.loads(one.read_bytes()) for one in out.iterdir()}


def test_connecting_a_target_writes_all_there_is_and_submitting_adds_to_it(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    project = work.project()
    first, second = work.tasks(project, "one", "two")
    made = work.submit(first)
    target = connect(client, site, project, out, title="Out")
    assert (target["status"], target["last_sync_count"], target["waiting"]) == ("completed", 1, 0)
    [body] = written(out).values()
    assert (body["id"], body["result"], body["was_cancelled"]) == (made["id"], work.result(), False)
    assert body["task"]["data"] == {"text": "one"}
    assert set(body["completed_by"]) == {"id", "first_name", "last_name", "email"}
    assert body["completed_by"]["email"] == "owner@example.com"
    other = work.skip(second)
    settle(site)
    assert set(written(out)) == {str(made["id"]), str(other["id"])}
    assert written(out)[str(other["id"])]["was_cancelled"] is True


def test_a_change_is_written_and_a_deletion_only_where_that_is_wanted(
    work: Any, site: Site, client: TestClient, root: Path
) -> None:
    project = work.project()
    kept, mirrored = root / "kept", root / "mirrored"
    for folder in (kept, mirrored):
        folder.mkdir()
        connect(client, site, project, folder, can_delete_objects=folder is mirrored)
    made = work.submit(*work.tasks(project, "one"))
    settle(site)
    name = str(made["id"])
    client.patch(f"/api/annotations/{made['id']}/", json={"result": work.result("bad")})
    settle(site)
    for folder in (kept, mirrored):
        assert written(folder)[name]["result"] == work.result("bad")
    assert client.delete(f"/api/annotations/{made['id']}/").status_code == 204
    settle(site)
    assert (set(written(kept)), set(written(mirrored))) == ({name}, set())


def test_tasks_that_go_take_their_objects_along_and_bring_them_back(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    project = work.project()
    gone, stays = (work.submit(task) for task in work.tasks(project, "one", "two"))
    connect(client, site, project, out, can_delete_objects=True)
    assert client.delete(f"/api/tasks/{gone['task']}/").status_code == 204
    settle(site)
    assert set(written(out)) == {str(stays["id"])}
    [batch] = client.get("/api/trash/").json()
    assert client.post(f"/api/trash/{batch['id']}/restore").status_code == 200
    settle(site)
    assert set(written(out)) == {str(gone["id"]), str(stays["id"])}


def test_tasks_deleted_for_good_take_their_objects_along(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    site.settings.trash_days = 0
    project = work.project()
    gone, stays = (work.submit(task) for task in work.tasks(project, "one", "two"))
    connect(client, site, project, out, can_delete_objects=True)
    assert client.delete(f"/api/tasks/{gone['task']}/").status_code == 204
    settle(site)
    assert set(written(out)) == {str(stays["id"])}


def test_a_storage_that_hangs_holds_up_the_end_of_no_server(
    work: Any, site: Site, client: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = work.project()
    target = connect(client, site, project, out)
    storage = site.plugins.storages["localfiles"]
    put, hangs, go = storage.put, threading.Event(), threading.Event()

    def hanging(self: Any, key: str, body: Any) -> None:
        hangs.set()
        go.wait(30)
        put(self, key, body)

    monkeypatch.setattr(storage, "put", hanging)
    made = work.submit(*work.tasks(project, "one"))
    site.hub.drain()
    working = threading.Thread(target=site.jobs.run, args=(int(target["last_sync_job"]),))
    working.start()
    assert hangs.wait(30)
    site.jobs.stopping.set()
    working.join(30)
    assert not working.is_alive()
    assert client.get(f"/api/jobs/{target['last_sync_job']}").json()["state"] == "queued"
    go.set()
    site.jobs.stopping.clear()
    settle(site)
    assert set(written(out)) == {str(made["id"])}


def test_who_asks_for_a_sync_while_changes_are_written_is_told_the_end_of_the_sync(
    work: Any, site: Site, client: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = work.project()
    target = connect(client, site, project, out)
    storage = site.plugins.storages["localfiles"]
    put, told = storage.put, []

    def asking(self: Any, key: str, body: Any) -> None:
        put(self, key, body)
        if not told:
            told.append(client.post(f"{BASE}/{target['id']}/sync").json()["status"])

    monkeypatch.setattr(storage, "put", asking)
    work.submit(*work.tasks(project, "one"))
    site.hub.drain()
    site.jobs.run(int(target["last_sync_job"]))
    shown = client.get(f"{BASE}/{target['id']}").json()
    assert told == ["queued"]
    assert (shown["status"], shown["last_sync_count"], shown["waiting"]) == ("completed", 1, 0)


def test_a_target_that_is_disconnected_while_it_is_written_ends_quietly(
    work: Any, site: Site, client: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = work.project()
    target = connect(client, site, project, out)
    storage = site.plugins.storages["localfiles"]
    put = storage.put

    def put_last(self: Any, key: str, body: Any) -> None:
        put(self, key, body)
        client.delete(f"{BASE}/{target['id']}")

    monkeypatch.setattr(storage, "put", put_last)
    work.submit(*work.tasks(project, "one"))
    settle(site)
    job = client.get(f"/api/jobs/{target['last_sync_job']}").json()
    assert job["state"] == "completed", job["error"]
    targets.catch_up(site)


def test_imported_annotations_are_written_too(work: Any, site: Site, client: TestClient, out: Path) -> None:
    project = work.project()
    connect(client, site, project, out)
    given = [{"data": {"text": "a"}, "annotations": [{"result": work.result()}]} for _ in range(3)]
    assert client.post(f"/api/projects/{project}/import", json=given).status_code == 201
    settle(site)
    assert [one["result"] for one in written(out).values()] == [work.result()] * 3


def test_a_target_that_is_down_costs_nobody_anything_and_catches_up(
    work: Any, site: Site, client: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = work.project()
    target = connect(client, site, project, out)
    out.rename(out.with_name("away"))
    made = [work.submit(task) for task in work.tasks(project, "one", "two")]
    settle(site)
    shown = client.get(f"{BASE}/{target['id']}").json()
    assert (shown["status"], shown["waiting"]) == ("failed", 2)
    assert "There is no folder" in shown["traceback"]
    assert shown["retry_at"]
    out.with_name("away").rename(out)
    targets.catch_up(site)  # it is left alone for a while
    settle(site)
    assert written(out) == {}
    monkeypatch.setattr(targets, "stamp", lambda: "9999")
    targets.catch_up(site)
    settle(site)
    assert set(written(out)) == {str(one["id"]) for one in made}
    shown = client.get(f"{BASE}/{target['id']}").json()
    assert (shown["status"], shown["waiting"], shown["traceback"]) == ("completed", 0, None)


def test_a_server_that_ends_before_it_wrote_goes_on_at_the_next_start(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    project = work.project()
    connect(client, site, project, out)
    site.hub.listeners.clear()  # it ends right after the commit
    made = work.submit(*work.tasks(project, "one"))
    settle(site)
    assert written(out) == {}
    targets.catch_up(site)
    settle(site)
    assert set(written(out)) == {str(made["id"])}


def test_what_changes_while_it_is_written_is_written_again(
    work: Any, site: Site, client: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = site.plugins.storages["localfiles"]
    project = work.project()
    connect(client, site, project, out)
    put = storage.put
    made = work.submit(*work.tasks(project, "one"))
    told: list[str] = []

    def put_late(self: Any, key: str, body: Any) -> None:
        put(self, key, body)
        if not told:
            told.append(key)
            client.patch(f"/api/annotations/{made['id']}/", json={"result": work.result("bad")})

    monkeypatch.setattr(storage, "put", put_late)
    settle(site)
    assert written(out)[str(made["id"])]["result"] == work.result("bad")


def test_one_object_that_can_not_be_written_holds_up_no_other(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    project = work.project()
    target = connect(client, site, project, out)
    tasks = work.tasks(project, "one", "two", "three")
    first = work.submit(tasks[0])
    (out / str(first["id"] + 1)).mkdir()  # in the place of the second
    site.hub.drain()
    second, third = (work.submit(task) for task in tasks[1:])
    settle(site)
    assert (out / str(first["id"])).is_file()
    assert (out / str(third["id"])).is_file()
    shown = client.get(f"{BASE}/{target['id']}").json()
    assert (shown["status"], shown["waiting"]) == ("failed", 1)
    assert str(second["id"]) in shown["traceback"]


def test_an_annotation_that_is_ground_truth_no_more_is_written_again(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    project = work.project(maximum_annotations=2)
    [task] = work.tasks(project, "one")
    connect(client, site, project, out)
    first = work.submit(task, ground_truth=True)
    second = work.submit(task, work.person("rita", "RE"), ground_truth=True)
    settle(site)
    found = written(out)
    assert [found[str(one["id"])]["ground_truth"] for one in (first, second)] == [False, True]


def test_large_annotations_are_written_some_at_a_time(
    work: Any, site: Site, client: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    bodies = target_push._Push._bodies

    def counted(self: Any, tx: Any, ids: Any) -> Any:
        read.append(len(ids))
        return bodies(self, tx, ids)

    monkeypatch.setattr(target_push, "BYTES", 2 * len(json.dumps(work.result())))
    monkeypatch.setattr(target_push._Push, "_bodies", counted)
    project = work.project()
    for task in work.tasks(project, *"abcde"):
        work.submit(task)
    connect(client, site, project, out)
    assert len(written(out)) == 5
    assert max(read) <= 2


def test_whole_tasks_are_written_as_one_object_each(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    project = work.project()
    task, _ = work.tasks(project, "one", "nobody's")
    target = connect(client, site, project, out, whole_tasks=True)
    made = work.submit(task)
    settle(site)
    [body] = written(out).values()
    assert set(written(out)) == {f"{task}.json"}
    assert [one["id"] for one in body["annotations"]] == [made["id"]]
    assert client.patch(f"{BASE}/{target['id']}", json={"whole_tasks": False}).status_code == 200
    settle(site)
    assert set(written(out)) == {f"{task}.json", str(made["id"])}


def test_a_sync_writes_again_what_was_taken_away_there_and_is_resumed(
    work: Any, site: Site, client: TestClient, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target_push, "MARKED", 2)
    monkeypatch.setattr(target_push, "BATCH", 2)
    project = work.project()
    made = [work.submit(task) for task in work.tasks(project, *"abcde")]
    target = connect(client, site, project, out)
    assert target["last_sync_count"] == 5
    for one in out.iterdir():
        one.unlink()
    storage = site.plugins.storages["localfiles"]
    put = storage.put
    count = iter(range(100))

    def dying(self: Any, key: str, body: Any) -> None:
        if next(count) == 3:
            site.jobs.stopping.set()
        put(self, key, body)

    monkeypatch.setattr(storage, "put", dying)
    job = client.post(f"{BASE}/{target['id']}/sync").json()["last_sync_job"]
    site.jobs.run(int(job))
    assert 0 < client.get(f"{BASE}/{target['id']}").json()["waiting"] < 5
    site.jobs.stopping.clear()
    settle(site)
    shown = client.get(f"{BASE}/{target['id']}").json()
    assert (shown["status"], shown["last_sync_count"], shown["waiting"]) == ("completed", 5, 0)
    assert set(written(out)) == {str(one["id"]) for one in made}


def test_a_sync_that_is_stopped_waits_until_it_is_asked_for_again(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    project = work.project()
    target = connect(client, site, project, out)
    work.submit(*work.tasks(project, "one"))
    site.hub.drain()
    job = target["last_sync_job"]
    client.post(f"/api/jobs/{job}/cancel")
    settle(site)
    assert client.post(f"{BASE}/{target['id']}/sync").json()["status"] == "queued"
    settle(site)
    assert len(written(out)) == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("{root}", "does not lie inside"),
        ("{root}/nowhere", "no folder"),
        ("out", "no full path"),
        ("", "String"),
    ],
)
def test_a_folder_that_will_not_do_is_refused_in_words(
    work: Any, client: TestClient, root: Path, path: str, words: str
) -> None:
    fields = {"project": work.project(), "path": path.format(root=root)}
    for address in (BASE, f"{BASE}/validate"):
        answer = client.post(address, json=fields)
        assert answer.status_code == 400
        assert words in answer.json()["validation_errors"]["path"][0]


def test_a_kind_that_can_only_be_read_is_no_target(
    work: Any, site: Site, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tagma.plugin import Storage

    class Library(Storage):
        scheme, title = "library", "Library"

    monkeypatch.setitem(site.plugins.storages, "library", Library)
    names = [one["name"] for one in client.get("/api/storages/export/types").json()]
    assert "library" not in names
    answer = client.post("/api/storages/export/library", json={"project": work.project()})
    assert answer.status_code == 404
    assert "can only be read" in answer.json()["detail"]
    assert "localfiles" in answer.json()["hint"]


def test_targets_are_listed_apart_from_sources_and_for_managers(
    work: Any, site: Site, client: TestClient, out: Path
) -> None:
    project = work.project()
    target = connect(client, site, project, out)
    assert [one["id"] for one in client.get(f"/api/storages/export?project={project}").json()] == [
        target["id"]
    ]
    assert client.get(f"/api/storages/?project={project}").json() == []
    assert client.get(f"/api/storages/localfiles/{target['id']}").status_code == 404
    annotator = work.person("anna")
    assert annotator.get(f"{BASE}/{target['id']}").status_code == 403
    assert annotator.post(f"{BASE}/{target['id']}/sync").status_code == 403
    assert work.stranger().get(f"{BASE}/{target['id']}").status_code == 404


def test_the_form_is_laid_out_in_rows_of_fields(client: TestClient) -> None:
    for base in ("/api/storages", "/api/storages/export"):
        rows = client.get(f"{base}/localfiles/form").json()
        fields = {field["name"]: field for row in rows for field in row["fields"]}
        assert fields["path"]["required"]
        assert fields["title"]["type"] == "text"
    assert fields["can_delete_objects"]["type"] == "toggle"
