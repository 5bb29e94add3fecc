"""The demo: a project of each preset, whose pictures can be seen."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tagma.services import demo
from tagma.services.desk import task_batches
from tagma.services.site import Site


def test_each_preset_becomes_a_project_once(site: Site, client: TestClient) -> None:
    presets = site.plugins.presets()
    assert list(demo.create(site)) == [f"Made the project {preset.title}." for preset in presets]
    assert list(demo.create(site)) == []
    made = {
        project["title"]: project for project in client.get("/api/projects/?page_size=100").json()["results"]
    }
    assert set(made) == {preset.title for preset in presets}
    for preset in presets:
        assert made[preset.title]["task_number"] == len(preset.sample)


def test_the_pictures_of_a_sample_are_served(site: Site, client: TestClient) -> None:
    presets = [preset for preset in site.plugins.presets() if preset.files]
    if not presets:
        pytest.skip("no installed plugin brings a preset with media")
    made = client.post("/projects/sample", json={"plugin": presets[0].plugin, "name": presets[0].name})
    assert made.status_code == 200, made.text
    found = client.get(f"/api/tasks/?project={made.json()['id']}").json()["tasks"]
    assert len(found) == len(presets[0].sample)
    addresses = [value for task in found for value in task["data"].values()]
    for address, file in zip(sorted(addresses), sorted(presets[0].files.values()), strict=False):
        answer = client.get(address)
        assert answer.status_code == 200, (address, file)
        assert answer.headers["content-type"].startswith("image/")


def test_where_nobody_has_signed_up_it_makes_an_owner_and_tells_the_password(site: Site) -> None:
    first = next(demo.create(site))
    assert demo.EMAIL in first
    assert "password" in first


def test_a_failure_leaves_no_files_behind(
    site: Site, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(task_batches, "insert_drafts", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        list(demo.create(site))
    assert [file for file in site.folder("upload").rglob("*") if file.is_file()] == []
    assert client.get("/api/projects/").json()["count"] == 0
