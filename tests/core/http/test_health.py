"""``GET /health``: 200 when the server can serve, and else 503 in words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tagma.http import app
from tagma.services.site import Site
from tagma.testing import make_client, make_site


def test_a_server_that_can_serve_is_up(client: TestClient) -> None:
    for spelled in ("/health", "/health/"):
        answer = client.get(spelled)
        assert (answer.status_code, answer.json()) == (200, {"status": "UP"})


def test_a_database_that_went_away_is_said(tmp_path: Path, postgres: Callable[[], str]) -> None:
    import psycopg

    url = postgres()
    site = make_site(tmp_path / "data", url, plugins=[])
    with make_client(site) as client:
        assert client.get("/health").status_code == 200
        name = url.split("?")[0].rpartition("/")[2]
        with psycopg.connect(url.replace(f"/{name}?", "/postgres?"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        answer = client.get("/health")
        assert answer.status_code == 503
        assert "did not answer" in answer.json()["detail"]
        assert "Check that it runs" in answer.json()["hint"]
        listed = client.get("/api/projects/", headers={"Authorization": "Token 123456"})
        assert listed.status_code == 503
        assert listed.json()["code"] == "database"
    site.close()


def test_a_database_file_that_went_away_is_said(tmp_path: Path) -> None:
    site = make_site(tmp_path / "data", plugins=[])
    with make_client(site) as client:
        site.database.engine.dispose()  # the next one asks the disk again
        file = site.database.file
        assert file
        file.unlink()
        file.mkdir()
        answer = client.get("/health")
        assert answer.status_code == 503
        assert "can't be written" in answer.json()["detail"]
    site.close()


def test_a_database_that_takes_too_long_is_said(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(app, "HEALTH_SECONDS", 0.01)
    monkeypatch.setattr(site.database, "aread", hang)
    answer = client.get("/health", headers={"Cookie": ""})
    assert answer.status_code == 503
    assert "did not answer within" in answer.json()["detail"]
