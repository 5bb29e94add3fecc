"""A real browser on a real server: the pages as a person meets them. SQLite is enough: what is tried is on screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from journeys.desk import Desk
from playwright.sync_api import Browser, Page, expect

from tagma.services.access import Actor
from tagma.services.people.sessions import session_cookie
from tagma.services.site import Site
from tagma.testing import make_owner, make_site, serve

PATIENCE = 30_000  # milliseconds; two tests may share one slow core


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = make_site(tmp_path / "data")
    yield site
    site.close()


@pytest.fixture
def owner(site: Site) -> Actor:
    return make_owner(site)


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with serve(site) as address:
        yield address


@pytest.fixture(scope="module", autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    """A visitor; a journey on which a script fails has failed."""
    context = chromium.new_context(
        base_url=address, viewport={"width": 1440, "height": 900}, accept_downloads=True, locale="en-US"
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"{error}\n{error.stack}"))
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def signed_in(page: Page, site: Site, owner: Actor, address: str) -> Page:
    page.context.add_cookies([{"name": "sessionid", "value": session_cookie(site, owner), "url": address}])
    return page


@pytest.fixture
def desk(chromium: Browser, tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "data").mkdir()
    site = make_site(tmp_path / "data")
    owner = make_owner(site)
    with serve(site) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        desk = Desk(site, owner, address, context)
        desk.sign_in(owner)
        desk.new_page()
        yield desk
        desk.context.close()
    site.close()
    assert [trouble for trouble in desk.troubles if trouble not in desk.foreseen] == []
