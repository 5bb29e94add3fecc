"""``tagma start`` as an admin uses it: a demo, and the names a Label Studio installation already has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.xdist_group("gates")

MOVED = {
    "LABEL_STUDIO_USERNAME": "bo@example.org",
    "LABEL_STUDIO_PASSWORD": "correct horse battery",
    "LABEL_STUDIO_USER_TOKEN": "a-token-of-old",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "1",
    "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "yes",
    "LABEL_STUDIO_SSRF_PROTECTION_ENABLED": "false",
}


def test_a_demo_is_there_at_the_first_start_and_once(start: Any, tmp_path: Path) -> None:
    for _ in range(2):
        with start(tmp_path / "data", flags=("--demo",)) as server:
            projects = server.get("/api/projects/")["results"]
            assert len(projects) > 5
            assert all(project["task_number"] for project in projects)
            assert len({project["title"] for project in projects}) == len(projects)


@pytest.mark.needs("storage_local")
def test_the_variables_of_another_installation_are_understood(start: Any, tmp_path: Path) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "a.txt").write_text("hello")
    moved = {**MOVED, "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(tmp_path)}
    with start(tmp_path / "data", person=False, **moved) as server:
        headers = {"Authorization": "Token a-token-of-old"}
        with httpx2.Client(base_url=server.address, headers=headers) as api:
            assert api.get("/api/current-user/whoami").json()["email"] == "bo@example.org"
            config = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="a"/></Choices></View>'
            body = {"title": "Moved", "label_config": config}
            project = api.post("/api/projects/", json=body).raise_for_status().json()["id"]
            folder = {"project": project, "path": str(media), "use_blob_urls": True}
            assert api.post("/api/storages/localfiles/", json=folder).status_code == 201
            inside = {"url": f"{server.address}/health"}
            fetched = api.post(f"/api/projects/{project}/import", data=inside)
            assert "private network" not in fetched.text, "the guard is off"
        closed = httpx2.get(f"{server.address}/user/signup/").text
        assert "csrf_token" in closed
        assert "invit" in closed
        assert 'id="password"' not in closed
