"""What a file holds, said before there is a project; nothing of it stays."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.services.access import Actor
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site


@pytest.fixture
def site(tmp_path: Any) -> Any:
    site = make_site(tmp_path)
    yield site
    site.close()


@pytest.fixture
def owner(site: Site) -> Actor:
    return make_owner(site)


@pytest.fixture
def client(site: Site, owner: Actor) -> Any:
    with make_client(site, owner) as client:
        token = client.get("/projects/new").text.split('name="csrf-token" content="')[1].split('"')[0]
        client.headers["x-csrf-token"] = token
        yield client


def inspect(client: TestClient, name: str, body: bytes, whole: bool = True) -> dict[str, Any]:
    answer = client.post("/projects/inspect", params={"name": name, "whole": whole}, content=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_whole_file_is_counted_with_its_fields_and_faults(client: TestClient, site: Site) -> None:
    found = inspect(client, "rows.csv", b"text,stars\ngood,1\nbad,2,3\nfine,4\n")
    assert (found["tasks"], found["keys"], found["fault_count"]) == (2, ["text", "stars"], 1)
    assert [row["text"] for row in found["first"]] == ["good", "fine"]
    assert found["faults"][0]["where"]["row"] == 2
    assert list(site.folder("temporary").iterdir()) == []


def test_the_cut_at_the_end_of_a_beginning_is_no_fault(client: TestClient) -> None:
    found = inspect(client, "rows.json", b'[{"text": "one"}, {"text": "two"}, {"tex', whole=False)
    assert (found["tasks"], found["fault_count"]) == (2, 0)
    assert inspect(client, "rows.json", b'[{"text": "one"}, {"tex')["fault_count"] == 1


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("rows.json", b"nonsense"),
        ("rows.json", b""),
        ("rows.jsonl", b"\xff{}"),
        ("rows.xyz", b"?"),
        ("things.zip", b"PK no zip"),
        ("../../etc/passwd.json", b"{"),
    ],
)
def test_what_nobody_can_read_is_said_and_kills_nothing(client: TestClient, name: str, body: bytes) -> None:
    found = inspect(client, name, body)
    assert found["tasks"] == 0
    assert found["fault_count"] >= 1
    assert found["faults"][0]["message"]


def test_a_zip_is_looked_into(client: TestClient) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("rows.jsonl", '{"text": "one"}\n{"text": "two"}\n')
    assert inspect(client, "rows.zip", packed.getvalue())["tasks"] == 2


def test_a_larger_part_than_is_asked_for_is_refused(client: TestClient) -> None:
    answer = client.post("/projects/inspect", params={"name": "a.json"}, content=b" " * (5 << 20))
    assert answer.status_code == 413


def test_annotators_look_at_nothing(site: Site, client: TestClient) -> None:
    with make_client(site) as stranger:
        assert stranger.post("/projects/inspect?name=a.json", content=b"[]").status_code in (401, 403)
