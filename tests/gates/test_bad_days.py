"""Too much, no room, a lock, no permission: each is said in words, and what was acknowledged before stays."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from tagma.testing import make_client, make_owner, make_site
from tests.conftest import CHOICES

pytestmark = pytest.mark.xdist_group("gates")

GIB = 1024**3
COMMAND = [sys.executable, "-c"]
TAGMA = "from tagma.cli import main; main()"


def made(server: Any) -> int:
    return int(server.send("/api/projects/", {"title": "Moods", "label_config": CHOICES})["id"])


# a 2 GB upload over the limit


def test_an_upload_that_says_it_is_too_large_is_refused_before_it_is_read(start: Any, tmp_path: Path) -> None:
    with start(tmp_path / "data") as server:
        project = made(server)
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            head = (
                f"POST /api/projects/{project}/import HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: {server.api.headers['authorization']}\r\n"
                f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {4 * GIB}\r\n\r\n"
            )
            connection.sendall(head.encode())  # and not one byte of the files
            answer = connection.makefile("rb").read().decode()
        assert answer.startswith("HTTP/1.1 413")
        assert "This upload is larger than 2 GiB, the most this server takes." in answer
        assert "ask the admin to raise upload_limit" in answer
        assert list((tmp_path / "data").rglob("upload/*/*")) == []


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_an_upload_that_does_not_say_how_large_it_is_ends_at_the_limit(
    start: Any, tmp_path: Path, kind: str
) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.json"\r\n\r\n'
            if "x" in kind[20:]
            else b"["
        )
        while sent < 2 * GIB:
            sent += 1 << 16
            yield b" " * (1 << 16)

    with start(tmp_path / "data", TAGMA_UPLOAD_LIMIT=str(4 << 20)) as server:
        project = made(server)
        try:
            answer = server.api.post(
                f"/api/projects/{project}/import", content=endless(), headers={"Content-Type": kind}
            )
            assert answer.status_code == 413
            assert "larger than 4 MiB, the most this server takes" in answer.json()["detail"]
        except httpx2.WriteError:  # it no longer listened when the next piece was sent
            pass
        assert sent < 256 << 20
        assert list((tmp_path / "data").rglob("upload/*/*")) == []
        assert server.get("/health")["status"] == "UP"


# a disk without room


def small_disk(folder: Path, megabytes: int) -> list[str]:
    """The beginning of a command that sees a disk of this size at ``folder``, and nobody else does."""
    mount = f'mount -t tmpfs -o size={megabytes}m none {folder} && exec "$@"'
    for flags in ("-m", "-rm"):
        if (
            shutil.which("unshare")
            and not subprocess.run(
                ["unshare", flags, "sh", "-c", mount, "sh", "true"], capture_output=True
            ).returncode
        ):
            return ["unshare", flags, "sh", "-c", mount, "sh"]
    pytest.skip("this machine lets nobody mount a small disk to fill")


def test_a_full_disk_is_said_and_loses_nothing(start: Any, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with start(tmp_path / "data", before=small_disk(tmp_path / "data", 24)) as server:
        project = made(server)
        server.send(f"/api/projects/{project}/import", [{"text": f"text {n}"} for n in range(50)])
        file = server.api.post(
            f"/api/projects/{project}/import", files={"file": ("a.json", b" " * (40 << 20) + b"[]")}
        )
        assert file.status_code == 503
        assert "The disk that holds" in file.json()["detail"]
        assert "is full" in file.json()["detail"]
        assert "nothing of it was kept" in file.json()["hint"]
        kept = 0
        for _ in range(60):
            answer = server.api.post(
                "/api/tasks/", json={"project": project, "data": {"text": "x" * 900_000}}
            )
            if answer.status_code != 201:
                break
            kept += 1
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "disk-full"
        assert "is full" in answer.json()["detail"]
        assert "Free some space" in answer.json()["hint"]
        assert kept > 5
        assert server.get(f"/api/projects/{project}/")["task_number"] == 50 + kept
        assert server.get("/health")["status"] == "UP"


# a database that another program holds


def test_a_locked_database_is_said_and_can_still_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated: Path
) -> None:
    (tmp_path / "data").mkdir()
    shutil.copy(migrated, tmp_path / "data")
    monkeypatch.setattr("tagma.db.engine._BUSY_SECONDS", 0.05)
    site = make_site(tmp_path / "data")
    with make_client(site, make_owner(site)) as client:
        project = client.post("/api/projects/", json={"title": "Moods", "label_config": CHOICES}).json()["id"]
        body = {"project": project, "data": {"text": "a"}}
        with closing(sqlite3.connect(tmp_path / "data" / "tagma.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = client.post("/api/tasks/", json=body)
            assert refused.status_code == 503
            assert "is locked by another program" in refused.json()["detail"]
            assert "Close the other program" in refused.json()["hint"]
            assert client.get(f"/api/projects/{project}/").status_code == 200
            other.execute("ROLLBACK")
        assert client.post("/api/tasks/", json=body).status_code == 201
    site.close()


def test_a_start_on_a_database_that_is_held_says_so(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "tagma.sqlite3", isolation_level=None)) as other:
        other.execute("CREATE TABLE held (n)")
        other.execute("BEGIN EXCLUSIVE")
        patience = "import tagma.db.engine as e; e._BUSY_SECONDS = 0.1; "
        words = ["start", "--port", "0", "--no-browser", "--data-dir", str(tmp_path)]
        done = subprocess.run(
            [*COMMAND, patience + TAGMA, *words], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert "is locked by another program" in done.stderr
    assert "Traceback" not in done.stderr


# a data folder without write permission


@pytest.mark.parametrize("verb", ["start", "doctor"])
def test_a_data_folder_without_permission_is_said(verb: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="tagma-"))  # tmp_path lies where others may not even look
    folder.chmod(0o555)
    # Root may write everywhere; the child then goes on as nobody.
    nobody = "import os, tagma.cli.starting, tagma.cli.doctor; os.geteuid() or os.seteuid(65534); "
    words = [verb, "--data-dir", str(folder)]
    done = subprocess.run([*COMMAND, nobody + TAGMA, *words], capture_output=True, text=True, check=False)
    folder.rmdir()
    assert done.returncode == 1
    assert f"The data folder {folder} can't be written: Permission denied." in done.stderr
    assert "choose another folder with --data-dir" in done.stderr
    assert "Traceback" not in done.stderr


# pictures and brackets through the door


def test_a_file_that_is_no_picture_or_too_large_a_one_is_refused_by_its_name(
    client: TestClient, project: Any
) -> None:
    made = project()
    side = (30_000).to_bytes(4, "big")
    parts = {b"IHDR": side * 2 + b"\x08\x02\0\0\0", b"IDAT": zlib.compress(b""), b"IEND": b""}
    wall = b"\x89PNG\r\n\x1a\n"
    for kind, data in parts.items():
        wall += len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    address = f"/api/projects/{made.id}/import"
    for name, content, words in (
        ("cat.png", b"no picture", "cat.png is no picture that can be read. Open it in a picture viewer"),
        ("wall.png", wall, "wall.png is 900 million pixels large."),
    ):
        answer = client.post(address, files={"file": (name, content)})
        assert answer.status_code == 400
        assert words in answer.json()["validation_errors"]["non_field_errors"][0]
    assert client.get(f"/api/projects/{made.id}/").json()["task_number"] == 0


@pytest.mark.parametrize("way", ["body", "file", "result", "config"])
def test_a_hundred_thousand_brackets_are_refused_in_words(client: TestClient, project: Any, way: str) -> None:
    made = project(CHOICES)
    brackets = "[" * 100_000 + "]" * 100_000
    typed = {"Content-Type": "application/json"}
    if way == "file":
        address = f"/api/projects/{made.id}/import"
        answer = client.post(address, files={"file": ("deep.json", brackets.encode())})
    elif way == "result":
        task = client.post("/api/tasks/", json={"project": made.id, "data": {"text": "a"}}).json()["id"]
        address = f"/api/tasks/{task}/annotations/"
        answer = client.post(address, content=f'{{"result": {brackets}}}', headers=typed)
    elif way == "config":
        nested = "<View>" * 100_000 + "</View>" * 100_000
        answer = client.post("/api/projects/validate/", json={"label_config": nested})
    else:
        answer = client.post("/api/tasks/", content=brackets, headers=typed)
    assert answer.status_code == 400
    assert len(answer.text) < 5_000
    assert "Traceback" not in answer.text
