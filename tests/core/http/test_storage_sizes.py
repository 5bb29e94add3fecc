"""A storage of terabytes: finding out what a sync would do reads its listing as a stream."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tagma.plugin import StoredObject
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site
from tests.conftest import CHOICES

pytestmark = pytest.mark.needs("storage_local")

OBJECTS = 60_000
MUCH = 4 << 20  # bytes; the listing as a whole would take four times that


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    settings = {"local_files_serving": True, "local_files_root": tmp_path}
    site = make_site(tmp_path / "data", database_url, **settings)
    yield site
    site.close()


def test_a_listing_of_any_length_is_planned_in_little_memory(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "media").mkdir()
    client = make_client(site, make_owner(site))
    project = client.post("/api/projects/", json={"title": "Vast", "label_config": CHOICES}).json()["id"]
    asked = {"project": project, "path": str(tmp_path / "media"), "use_blob_urls": True}
    storage = client.post("/api/storages/localfiles", json=asked).json()["id"]

    def vast(self: Any, prefix: str = "", deep: bool = True) -> Iterator[StoredObject]:
        for number in range(OBJECTS):
            yield StoredObject(f"{number:09d}/{'x' * 150}.png", 90_000_000, None, f"{number:x}")

    kind = cast(Any, site.plugins.storages["localfiles"])
    monkeypatch.setattr(kind, "list", vast)
    job = client.post(f"/api/storages/localfiles/{storage}/plan").json()
    tracemalloc.start()
    site.jobs.drain()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    result = client.get(f"/api/jobs/{job.get('job') or job['id']}").json()["result"]
    assert result["new"] == OBJECTS
    assert len(result["first"]["new"]) == 5
    assert peak < MUCH
