"""A project's settings: each section saved by itself; storages are connected, looked through and brought in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tagma.services.access import Actor
from tagma.services.project import projects
from tagma.services.site import Site
from tagma.services.storage import storages
from tagma.services.storage.storage_forms import SOURCES
from tagma.testing import make_site

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "media" / "letters"
    folder.mkdir(parents=True)
    (folder / "one.jsonl").write_text('{"text": "calm"}\n{"text": "rough"}\n')
    (folder / "two.jsonl").write_text('{"text": "fair"}\n{"nothing": 1}\n')
    return folder


@pytest.fixture
def site(tmp_path: Path, folder: Path) -> Iterator[Site]:
    site = make_site(tmp_path / "data", local_files_serving=True, local_files_root=folder.parent)
    yield site
    site.close()


@pytest.fixture
def settings(signed_in: Page, site: Site, owner: Actor) -> Page:
    fields: dict[str, Any] = {"title": "Letters", "label_config": CONFIG}
    project = site.database.write(lambda tx: projects.create(site, tx, owner, fields).id)
    signed_in.goto(f"/projects/{project}/settings")
    return signed_in


def test_a_section_is_saved_by_itself_and_says_so(settings: Page) -> None:
    page = settings
    page.locator("#general").get_by_label("Name").fill("Old letters")
    page.locator("#general").get_by_role("button", name="Save").click()
    expect(page.locator("#general [data-said]")).to_contain_text("Saved")
    page.locator("#work").get_by_label("Annotations for each task").fill("0")
    page.locator("#work").get_by_role("button", name="Save").evaluate(
        "button => button.form.noValidate = true"
    )
    page.locator("#work").get_by_role("button", name="Save").click()
    expect(page.locator("#work [data-said]")).to_contain_text("maximum_annotations")
    page.reload()
    expect(page.locator("#general").get_by_label("Name")).to_have_value("Old letters")
    expect(page.get_by_label("Annotations for each task")).to_have_value("1")


@pytest.mark.needs("storage_local")
def test_a_storage_is_connected_shows_its_plan_and_brings_in_each_thing_once(
    settings: Page, site: Site, folder: Path
) -> None:
    page = settings
    storages = page.locator("#storages")
    storages.get_by_role("button", name="Connect a storage").click()
    if len(site.plugins.storages) > 1:
        page.get_by_role("menuitem", name=site.plugins.storages["localfiles"].title).click()
    asked = page.get_by_role("dialog")
    asked.get_by_label("Folder", exact=True).fill("/nowhere")
    asked.get_by_role("button", name="Connect", exact=True).click()
    expect(asked.get_by_role("alert").first).to_contain_text("/nowhere")
    asked.get_by_label("Name", exact=True).fill("Post office")
    asked.get_by_label("Folder", exact=True).fill(str(folder))
    asked.get_by_role("button", name="Connect", exact=True).click()
    expect(storages).to_contain_text("Never synced")
    storages.get_by_role("button", name="Sync").click()
    expect(storages).to_contain_text("2 new objects · 0 known")
    storages.get_by_role("button", name="Bring them in").click()
    expect(storages).to_contain_text("Synced, with faults")
    expect(storages.get_by_text("3 tasks came in").first).to_be_visible()
    expect(storages.get_by_role("listitem").filter(has_text="two.jsonl").first).to_be_visible()
    (folder / "one.jsonl").unlink()
    storages.get_by_role("button", name="Sync").click()
    expect(storages).to_contain_text("0 new objects · 1 known · 1 gone from the storage")
    storages.get_by_role("button", name="More for Post office").click()
    page.get_by_role("menuitem", name="Disconnect").click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(storages).to_contain_text("None is connected.")


@pytest.mark.needs("storage_local")
def test_a_target_is_connected_writes_what_is_submitted_and_says_what_waits(
    settings: Page, site: Site, folder: Path
) -> None:
    page = settings
    out = folder.with_name("out")
    out.mkdir()
    targets = page.get_by_role("region", name="Annotations are written to")
    targets.get_by_role("button", name="Connect a target").click()
    if page.get_by_role("menu").count():
        page.get_by_role("menuitem", name=site.plugins.storages["localfiles"].title).click()
    asked = page.get_by_role("dialog")
    asked.get_by_label("Name", exact=True).fill("Archive")
    asked.get_by_label("Folder", exact=True).fill(str(out))
    asked.get_by_role("button", name="Connect", exact=True).click()
    expect(targets).to_contain_text("Archive")
    expect(targets).to_contain_text("All is written", timeout=15_000)
    targets.get_by_role("button", name="Write all again").click()
    expect(targets).to_contain_text("0 objects were written")
    expect(targets).to_contain_text("All is written")
    targets.get_by_role("button", name="More for Archive").click()
    page.get_by_role("menuitem", name="Disconnect").click()
    expect(page.get_by_role("dialog")).to_contain_text("What was written stays there")
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(targets).to_contain_text("None is connected.")


@pytest.mark.needs("storage_local")
def test_the_first_objects_are_shown_before_a_storage_is_connected(
    settings: Page, site: Site, folder: Path
) -> None:
    page = settings
    sources = page.get_by_role("region", name="Tasks come from")
    sources.get_by_role("button", name="Connect a storage").click()
    if page.get_by_role("menu").count():
        page.get_by_role("menuitem", name=site.plugins.storages["localfiles"].title).click()
    asked = page.get_by_role("dialog")
    asked.get_by_label("Folder", exact=True).fill(str(folder))
    asked.get_by_role("button", name="Show the first objects").click()
    expect(asked.get_by_role("status")).to_contain_text("All there is, 2 objects:")
    asked.get_by_label("Only names that fit").fill("none")
    asked.get_by_role("button", name="Show the first objects").click()
    expect(asked.get_by_role("status")).to_contain_text("Nothing there fits these settings.")


@pytest.mark.needs("storage_s3")
def test_a_secret_is_never_shown_only_replaced(settings: Page, site: Site, owner: Actor) -> None:
    page = settings
    project = int(page.url.split("/projects/")[1].split("/")[0])
    fields = {
        "project": project,
        "bucket": "pictures",
        "aws_access_key_id": "a",
        "aws_secret_access_key": "b",
    }
    made = site.database.write(lambda tx: storages.create(site, tx, owner, SOURCES, "s3", fields))
    page.reload()
    page.get_by_role("button", name="More for Amazon S3").click()
    page.get_by_role("menuitem", name="Settings").click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_text("Set; it is never shown")).to_have_count(2)
    asked.get_by_role("button", name="Replace Secret key").click()
    field = asked.get_by_label("Secret key", exact=True)
    expect(field).to_have_attribute("type", "password")
    expect(field).to_have_value("")
    field.fill("new")
    sent: list[Any] = []
    page.route(
        "**/api/storages/s3/*",
        lambda route: (sent.append(route.request.post_data_json), route.fulfill(json={}))[1],
    )
    asked.get_by_role("button", name="Save").click()
    expect(asked).to_have_count(0)
    [body] = sent
    assert body["aws_secret_access_key"] == "new"
    assert "aws_access_key_id" not in body, "what is not replaced stays"
    assert made.settings["aws_secret_access_key"].keys() == {"$sealed"}
