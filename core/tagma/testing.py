"""Helpers for tests, ours and plugin authors': a site with only the plugins you name, a client, a running server."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.testclient import TestClient

from tagma.http.app import create_app
from tagma.services.access import Actor
from tagma.services.people import accounts, sessions
from tagma.services.site import Site, open_site
from tagma.settings import Settings

OWNER = {"email": "owner@example.com", "password": "correct horse battery"}


def make_settings(folder: Path, **settings: Any) -> Settings:
    """Settings that touch nothing outside ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(data_dir=folder, secret_key="a key for tests, long enough to sign with", **settings)


def make_site(
    folder: Path, database: str = "", *, plugins: Sequence[str] | None = None, **settings: Any
) -> Site:
    """A site in ``folder``.

    :param database: an empty PostgreSQL database's URL; empty for SQLite in ``folder``.
    :param plugins: the only plugins to load; None for all that are installed.
    """
    chosen = dict(settings.pop("plugins_settings", {}))
    if plugins is not None:
        chosen["only"] = list(plugins)
    return open_site(make_settings(folder, database=database, plugins=chosen, **settings))


def make_owner(site: Site, **fields: Any) -> Actor:
    """The first person, who owns the organization."""
    return site.database.write(lambda tx: accounts.sign_up(site, tx, **{**OWNER, **fields}))


def make_client(site: Site, actor: Actor | None = None) -> TestClient:
    """A client that speaks for ``actor`` by a session cookie; anonymous without one."""
    client = TestClient(
        create_app(site, run_jobs=False), base_url="http://testserver", follow_redirects=False
    )
    if actor is not None:
        client.cookies.set("sessionid", sessions.session_cookie(site, actor))
    return client


@contextmanager
def serve(site: Site) -> Iterator[str]:
    """The site on a free port of the loopback, in a thread; gives the address."""
    config = uvicorn.Config(
        create_app(site),
        host="127.0.0.1",
        port=0,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=1,
        ws="none",
    )
    server = uvicorn.Server(config)
    started = threading.Event()
    startup = server.startup

    async def startup_and_tell(sockets: Any = None) -> None:
        try:
            await startup(sockets)
        finally:
            started.set()

    server.startup = startup_and_tell  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, name="tagma-server", daemon=True)
    thread.start()
    started.wait(30)
    if not server.started:
        raise RuntimeError("the server did not start; see its log")
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
