"""Sources and targets by the field's own client, with folders of the server as the kind at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk.core.api_error import ApiError

from tagma.services.site import Site
from tagma.testing import make_site

pytestmark = [
    pytest.mark.needs("storage_local"),
    pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "media" / "texts"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def site(tmp_path: Path, folder: Path, database_url: str) -> Iterator[Site]:
    site = make_site(
        tmp_path / "data",
        database_url,
        local_files_serving=True,
        local_files_root=folder.parent,
        enable_legacy_api_token=True,
    )
    yield site
    site.close()


def settle(site: Site) -> None:
    site.hub.drain()
    site.jobs.drain()


def ended(kind: Any, storage: int) -> Any:
    """Asks until the sync has an end: the server works on it by itself, too."""
    while (found := kind.get(id=storage)).status in ("queued", "in_progress"):
        pass
    return found


def managed(kind: Any, site: Site, project: int, folder: Path) -> None:
    """Everything the client does with one kind of storage, but for what a sync brings."""
    kind.validate(project=project, path=str(folder))
    with pytest.raises(ApiError) as wrong:
        kind.validate(project=project, path=str(folder / "nowhere"))
    assert "no folder" in str(wrong.value.body)
    made = kind.create(project=project, path=str(folder), title="Texts", description="for tests")
    assert (made.project, made.path, made.title) == (project, str(folder), "Texts")
    settle(site)
    assert [one.id for one in kind.list(project=project)] == [made.id]
    assert kind.update(id=made.id, title="Words").title == "Words"
    found = kind.get(id=made.id)
    assert (found.title, found.description, found.synchronizable) == ("Words", "for tests", True)
    ended(kind, made.id)  # a target that was changed writes by itself first
    assert kind.sync(id=made.id).status == "queued"
    settle(site)
    assert ended(kind, made.id).status == "completed"
    kind.delete(id=made.id)
    assert list(kind.list(project=project)) == []


def test_the_client_manages_sources_and_brings_tasks_in(
    work: Any, sdk: Any, site: Site, folder: Path
) -> None:
    assert "localfiles" in {one.name for one in sdk.import_storage.list_types()}
    (folder / "one.json").write_text('[{"text": "one"}, {"text": "two"}]')
    project = work.project()
    managed(sdk.import_storage.local, site, project, folder)
    assert [one.data for one in sdk.tasks.list(project=project)] == [{"text": "one"}, {"text": "two"}]


def test_the_client_manages_targets_and_gets_annotations_out(
    work: Any, sdk: Any, site: Site, folder: Path
) -> None:
    assert "localfiles" in {one.name for one in sdk.export_storage.list_types()}
    project = work.project()
    made = work.submit(*work.tasks(project, "one"))
    managed(sdk.export_storage.local, site, project, folder)
    assert [one.name for one in folder.iterdir()] == [str(made["id"])]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_older_client_connects_syncs_and_lists(
    work: Any, old: Any, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT", str(folder.parent))
    (folder / "one.json").write_text('[{"text": "one"}]')
    project = old.get_project(work.project())
    made = project.connect_local_import_storage(str(folder), use_blob_urls=False, title="Texts")
    assert (made["path"], made["project"], made["title"]) == (str(folder), project.id, "Texts")
    for sync in (
        lambda: project.sync_import_storage("localfiles", made["id"]),
        lambda: old.sync_storage("localfiles", made["id"]),
    ):
        assert sync()["id"] == made["id"]
        settle(site)
        while project.get_import_storages()[0]["status"] in ("queued", "in_progress"):
            pass
        assert [task["data"] for task in project.get_tasks()] == [{"text": "one"}]
    assert [(one["id"], one["type"], one["status"]) for one in project.get_import_storages()] == [
        (made["id"], "localfiles", "completed")
    ]
    target = work.client.post(
        "/api/storages/export/localfiles", json={"project": project.id, "path": str(folder)}
    ).json()
    project.create_annotation(project.get_tasks_ids()[0], result=work.result())
    project.sync_export_storage("localfiles", target["id"])
    settle(site)
    while project.get_export_storages()[0]["status"] in ("queued", "in_progress"):
        pass
    assert len([*folder.iterdir()]) == 2
    assert [one["id"] for one in project.get_export_storages()] == [target["id"]]
