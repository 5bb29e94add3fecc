"""A plugin's section in a project's settings: webhooks, added, looked after and deleted on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tagma.services.access import Actor
from tagma.services.desk import tasks
from tagma.services.project import projects
from tagma.services.site import Site
from tagma.testing import make_site

pytestmark = pytest.mark.needs("webhooks")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = make_site(tmp_path / "data", ssrf_protection=False)
    yield site
    site.close()


@pytest.fixture
def project(site: Site, owner: Actor) -> int:
    made = site.database.write(lambda tx: projects.create(site, tx, owner, {"title": "Reviews"}))
    return made.id or 0


def test_a_webhook_is_added_looked_after_and_deleted(
    signed_in: Page, site: Site, owner: Actor, project: int
) -> None:
    page = signed_in
    page.goto(f"/projects/{project}/settings")
    section = page.locator("#webhooks")
    expect(section).to_contain_text("Nobody is told what happens here")
    section.get_by_role("button", name="Add a webhook").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    form.get_by_label("Secret").fill("only we two know")
    form.get_by_label("Everything that happens").uncheck()
    form.get_by_label("Tasks created").check()
    form.get_by_role("button", name="Add").click()
    expect(section).to_contain_text("http://127.0.0.1:9/hook")
    expect(section).to_contain_text("Tasks created · signed")
    fields = {"project": project, "data": {"text": "one"}}
    site.database.write(lambda tx: tasks.create(site, tx, owner, fields))
    site.hub.drain()
    site.outbox.drain()
    section.get_by_role("button", name="Log").click()
    log = page.get_by_role("dialog")
    expect(log).to_contain_text("TASKS_CREATED")
    expect(log).to_contain_text("127.0.0.1:9")
    log.get_by_role("button", name="Send again").click()
    expect(page.locator(".toasts")).to_contain_text("On its way.")
    page.keyboard.press("Escape")
    section.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(section).to_contain_text("Nobody is told what happens here")


def test_a_webhook_of_the_organization_hears_of_projects_too(
    signed_in: Page, site: Site, owner: Actor
) -> None:
    page = signed_in
    page.goto("/people")
    section = page.locator("#webhooks")
    expect(section).to_contain_text("Nobody is told what happens in all projects")
    section.get_by_role("button", name="Add a webhook").click()
    page.get_by_role("dialog").get_by_label("Address").fill("http://127.0.0.1:9/hook")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(section).to_contain_text("Nothing sent yet")
    site.database.write(lambda tx: projects.create(site, tx, owner, {"title": "Reviews"}))
    site.hub.drain()
    site.outbox.drain()
    section.get_by_role("button", name="Log").click()
    expect(page.get_by_role("dialog")).to_contain_text("PROJECT_CREATED")


def test_what_the_server_refuses_stands_in_the_form(signed_in: Page, project: int) -> None:
    page = signed_in
    page.goto(f"/projects/{project}/settings")
    page.locator("#webhooks").get_by_role("button", name="Add a webhook").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Address").fill("ftp://example.com")
    form.get_by_role("button", name="Add").click()
    expect(form.get_by_role("alert")).to_contain_text("begins with http:// or https://")


def test_a_section_that_throws_is_named_and_the_others_stand(signed_in: Page, project: int) -> None:
    def broken(route: Route) -> None:
        route.fulfill(content_type="text/javascript", body="throw new Error('out of order');")

    signed_in.route("**/plugins/webhooks/**/settings.js", broken)
    signed_in.goto(f"/projects/{project}/settings")
    expect(signed_in.get_by_role("alert")).to_contain_text(
        "webhooks could not show its settings: out of order"
    )
    expect(signed_in.locator("#storages")).to_contain_text("Connect a storage")
