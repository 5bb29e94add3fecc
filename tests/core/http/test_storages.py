"""Storages over HTTP, with folders of the server as the kind at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from tagma.db.tables import Project, ProjectMember, Record
from tagma.errors import StorageError
from tagma.plugin.shapes import Task
from tagma.services.access import Actor
from tagma.services.media.media_source import SiteMedia
from tagma.services.site import Site
from tagma.services.storage import storages
from tagma.testing import make_client, make_owner, make_site
from tests.conftest import BOXES, CHOICES

pytestmark = pytest.mark.needs("storage_local")

Make = Callable[..., Project]
BASE = "/api/storages/localfiles"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "media"
    (root / "cats" / "more").mkdir(parents=True)
    for name in ("cats/1.png", "cats/2 b.png", "cats/more/3.png", "cats/notes.md", "outside.png"):
        (root / name).write_bytes(b"bytes of " + name.encode())
    return root


@pytest.fixture
def site(tmp_path: Path, root: Path, database_url: str) -> Iterator[Site]:
    site = make_site(tmp_path / "data", database_url, local_files_serving=True, local_files_root=root)
    yield site
    site.close()


def connect(client: TestClient, project: Project, path: Path, **fields: Any) -> Any:
    answer = client.post(
        BASE, json={"project": project.id, "path": str(path), "use_blob_urls": True, **fields}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def sync(client: TestClient, site: Site, storage: Any) -> Any:
    answer = client.post(f"{BASE}/{storage['id']}/sync")
    assert (answer.status_code, answer.json()["status"]) == (200, "queued"), answer.text
    site.jobs.drain()
    return client.get(f"{BASE}/{storage['id']}").json()


def data(client: TestClient, project: Project) -> list[Any]:
    found = client.get(f"/api/tasks?project={project.id}&fields=all&page_size=100").json()["tasks"]
    return [one["data"] for one in sorted(found, key=lambda one: one["id"])]


def test_a_storage_is_connected_read_changed_and_taken_away(
    client: TestClient, project: Make, root: Path
) -> None:
    made = project(BOXES)
    types = client.get("/api/storages/types").json()
    [kind] = [one for one in types if one["name"] == "localfiles"]
    assert (kind["title"], kind["links"]) == ("Folder of the server", False)
    storage = connect(client, made, root / "cats", title="Cats", regex_filter=r".*\.png")
    assert (storage["type"], storage["title"], storage["status"]) == ("localfiles", "Cats", "initialized")
    assert client.get(f"{BASE}/{storage['id']}").json() == storage
    assert client.get(f"{BASE}?project={made.id}").json() == [storage]
    assert client.get(f"/api/storages/?project={made.id}").json() == [storage]
    changed = client.patch(
        f"{BASE}/{storage['id']}", json={"title": "All cats", "recursive_scan": False}
    ).json()
    assert (changed["title"], changed["recursive_scan"], changed["regex_filter"]) == (
        "All cats",
        False,
        r".*\.png",
    )
    assert client.delete(f"{BASE}/{storage['id']}").status_code == 204
    assert client.get(f"{BASE}/{storage['id']}").status_code == 404


def test_each_file_becomes_a_task_and_a_second_sync_adds_only_what_is_new(
    client: TestClient, site: Site, project: Make, root: Path
) -> None:
    made = project(BOXES)
    storage = connect(client, made, root / "cats", regex_filter=r".*\.png")
    first = sync(client, site, storage)
    assert (first["status"], first["last_sync_count"], first["meta"]["tasks_existed"]) == ("completed", 3, 0)
    urls = ["/data/local-files/?d=cats/1.png", "/data/local-files/?d=cats/2%20b.png", "/data/local-files/?d=cats/more/3.png"]  # fmt: skip
    assert [one["image"] for one in data(client, made)] == urls
    again = sync(client, site, storage)
    assert (again["status"], again["last_sync_count"], again["meta"]["tasks_existed"]) == ("completed", 0, 3)
    (root / "cats" / "4.png").write_bytes(b"new")
    assert sync(client, site, storage)["last_sync_count"] == 1
    assert len(data(client, made)) == 4


def test_files_of_tasks_are_read_and_what_is_wrong_in_them_is_told(
    client: TestClient, site: Site, project: Make, root: Path
) -> None:
    made = project(CHOICES)
    folder = root / "texts"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps([{"text": "one"}, {"data": {"text": "two"}}]))
    (folder / "b.json").write_text(json.dumps([{"text": "three"}, {"wrong": 1}]))
    storage = connect(client, made, folder, use_blob_urls=False)
    found = sync(client, site, storage)
    assert (found["status"], found["last_sync_count"]) == ("completed_with_errors", 3)
    assert '"text" key is expected' in found["traceback"]
    assert "b.json" in found["traceback"]
    assert [one["text"] for one in data(client, made)] == ["one", "two", "three"]
    assert sync(client, site, storage)["last_sync_count"] == 0
    assert len(data(client, made)) == 3


def test_pictures_read_as_files_of_tasks_are_told_what_to_do(
    client: TestClient, site: Site, project: Make, root: Path
) -> None:
    made = project(BOXES)
    found = sync(client, site, connect(client, made, root / "cats", use_blob_urls=False, regex_filter="1"))
    assert (found["status"], found["last_sync_count"]) == ("completed_with_errors", 0)
    assert "use_blob_urls" in found["traceback"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("{root}", "does not lie inside"),
        ("{root}/cats/../..", "does not lie inside"),
        ("{root}/dogs", "no folder"),
    ],
)
def test_a_folder_that_will_not_do_is_refused_in_words(
    client: TestClient, project: Make, root: Path, path: str, words: str
) -> None:
    fields = {"project": project(BOXES).id, "path": path.format(root=root)}
    for address in (BASE, f"{BASE}/validate"):
        answer = client.post(address, json=fields)
        assert answer.status_code == 400
        assert words in answer.json()["validation_errors"]["path"][0]
        assert answer.json()["hint"]
    assert client.post(f"{BASE}/validate", json={**fields, "path": str(root / "cats")}).status_code == 200


def test_a_folder_that_went_away_fails_the_sync_in_words(
    client: TestClient, site: Site, project: Make, root: Path
) -> None:
    storage = connect(client, project(BOXES), root / "cats")
    (root / "cats").rename(root / "dogs")
    found = sync(client, site, storage)
    assert found["status"] == "failed"
    assert "There is no folder" in found["traceback"]
    (root / "dogs").rename(root / "cats")
    assert sync(client, site, storage)["status"] == "completed"


def test_a_sync_under_way_is_not_begun_twice(
    client: TestClient, site: Site, project: Make, root: Path
) -> None:
    storage = connect(client, project(BOXES), root / "cats")
    jobs = {client.post(f"{BASE}/{storage['id']}/sync").json()["last_sync_job"] for _ in range(2)}
    assert len(jobs) == 1
    client.post(f"/api/jobs/{jobs.pop()}/cancel")
    assert client.get(f"{BASE}/{storage['id']}").json()["status"] == "failed"


def test_who_asks_while_a_sync_runs_is_not_told_the_end_of_that_one(
    client: TestClient, site: Site, project: Make, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = site.plugins.storages["localfiles"]
    listing, told = kind.list, []

    def late(self: Any, *given: Any, **options: Any) -> Iterator[Any]:
        yield from listing(self, *given, **options)
        if not told:  # all of it has been looked at
            (root / "cats" / "late.png").write_bytes(b"late")
            told.append(client.post(f"{BASE}/{storage['id']}/sync").json())

    monkeypatch.setattr(kind, "list", late)
    made = project(BOXES)
    storage = connect(client, made, root / "cats", regex_filter=r".*\.png")
    found = sync(client, site, storage)
    assert [one["status"] for one in told] == ["in_progress"]
    assert (found["status"], found["last_sync_count"], found["meta"]["tasks_existed"]) == ("completed", 4, 0)
    assert len(data(client, made)) == 4
    assert "asked_again" not in found


def test_a_look_that_a_sync_ends_under_tells_its_end(
    client: TestClient, site: Site, project: Make, root: Path
) -> None:
    """A look reads the storage, then its job; what is told must be of one moment."""
    made = project(BOXES)
    storage = connect(client, made, root / "cats", regex_filter=r".*\.png")
    client.post(f"{BASE}/{storage['id']}/sync")
    with site.database.reading() as tx:
        before = tx.session.get(Record, storage["id"])
        assert before is not None
        assert before.state["status"] == "queued"
        tx.connection.rollback()
        site.jobs.drain()
        assert client.get(f"{BASE}/{storage['id']}").json()["last_sync_count"] == 3
        (root / "cats" / "late.png").write_bytes(b"late")
        again = client.post(f"{BASE}/{storage['id']}/sync").json()
        assert again["status"] == "queued"
        shown = storages.shown(site, tx, before)
        assert (shown["status"], shown["last_sync_job"]) == ("queued", again["last_sync_job"])
        site.jobs.drain()
        tx.connection.rollback()
        shown = storages.shown(site, tx, before)
        assert (shown["status"], shown["last_sync_count"]) == ("completed", 1)


def test_files_are_served_whole_and_in_part_and_never_as_a_page(
    client: TestClient, project: Make, root: Path
) -> None:
    (root / "cats" / "page.html").write_text("<script>alert(1)</script>")
    connect(client, project(BOXES), root / "cats")
    whole = client.get("/data/local-files/?d=cats/2%20b.png")
    assert (whole.status_code, whole.content) == (200, b"bytes of cats/2 b.png")
    assert whole.headers["content-type"] == "image/png"
    assert whole.headers["content-security-policy"] == "sandbox"
    part = client.get("/data/local-files/?d=cats/1.png", headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"bytes")
    assert client.get("/data/local-files/?d=cats/page.html").headers["content-type"].startswith("text/plain")


def test_exporters_read_media_from_the_folders_of_their_own_project(
    client: TestClient, site: Site, project: Make, root: Path
) -> None:
    made, other = project(BOXES), project(BOXES)
    connect(client, made, root / "cats")
    uri, task = "/data/local-files/?d=cats/2%20b.png", cast(Task, {})
    with SiteMedia(site, made.id or 0).open(uri, task) as found:
        assert found.read() == b"bytes of cats/2 b.png"
    with pytest.raises(StorageError, match="no folder that this project has connected"):
        SiteMedia(site, other.id or 0).open(uri, task)


def test_nothing_but_files_of_a_connected_folder_is_served(
    client: TestClient, project: Make, root: Path
) -> None:
    assert client.get("/data/local-files/?d=cats/1.png").status_code == 404
    connect(client, project(BOXES), root / "cats")
    assert client.get("/data/local-files/?d=cats/1.png").status_code == 200
    (root / "cats" / "way.png").symlink_to(root / "outside.png")
    for other in (
        "outside.png",
        "cats/../outside.png",
        "cats/way.png",
        f"{root}/outside.png",
        "cats",
        "cats/%00",
    ):
        assert client.get(f"/data/local-files/?d={other}").status_code == 404, other


def test_files_are_for_people_of_the_project_and_settings_for_managers(
    client: TestClient, site: Site, owner: Actor, project: Make, root: Path
) -> None:
    made = project(BOXES)
    storage = connect(client, made, root / "cats")
    address = "/data/local-files/?d=cats/1.png"
    with make_client(site) as nobody:
        assert nobody.get(address).status_code == 401
    with make_client(site, make_owner(site, email="annotator@example.com")) as annotator:
        assert annotator.get(address).status_code == 200
        assert annotator.get(f"{BASE}/{storage['id']}").status_code == 403
        assert annotator.post(f"{BASE}/{storage['id']}/sync").status_code == 403
        member = ProjectMember(project_id=made.id, user_id=owner.user_id)
        site.database.write(lambda tx: tx.session.add(member))  # now it is for its members only
        assert annotator.get(address).status_code == 404


def test_an_unknown_kind_is_told_with_those_there_are(client: TestClient, owner: Actor) -> None:
    answer = client.get("/api/storages/localfile?project=1")
    assert answer.status_code == 404
    assert "localfiles" in answer.json()["hint"]


def test_a_server_that_opened_no_folder_connects_and_serves_none(tmp_path: Path, root: Path) -> None:
    site = make_site(tmp_path / "closed", local_files_root=root)
    try:
        with make_client(site, make_owner(site)) as client:
            project = client.post("/api/projects/", json={"title": "Animals", "label_config": BOXES}).json()
            answer = client.post(BASE, json={"project": project["id"], "path": str(root / "cats")})
            assert answer.status_code == 400
            assert "closed to storages" in answer.text
            assert client.get("/data/local-files/?d=cats/1.png").status_code == 404
    finally:
        site.close()
