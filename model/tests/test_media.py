"""Files of tasks come to the model's machine, and the token goes to nobody but its own server."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tagma_model import ModelError
from tagma_model.labeling_server import LabelingServer

JWT = base64.urlsafe_b64encode(b'{"alg": "HS256"}').decode() + ".e30.signed"
IN_S3 = base64.urlsafe_b64encode("s3://bucket/ä.png".encode()).decode().replace("=", "%3D")


@pytest.fixture
def there(home: Any) -> Any:
    return home()


@pytest.fixture
def server(there: Any, tmp_path: Path) -> LabelingServer:
    return LabelingServer(there.address, "abc", tmp_path / "fetched")


def test_an_upload_is_fetched_once_with_the_token(there: Any, server: LabelingServer) -> None:
    there.files["/data/upload/3/a%20b.png"] = b"png"
    for _ in range(2):
        file = server.file("/data/upload/3/a%20b.png")
        assert (file.read_bytes(), file.suffix) == (b"png", ".png")
    assert there.asked == [("/data/upload/3/a%20b.png", "Token abc")]


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("upload/3/a.png", "/data/upload/3/a.png"),
        ("/upload/3/a.png", "/data/upload/3/a.png"),
        ("/data/local-files/?d=pictures/a.png", "/data/local-files/?d=pictures/a.png"),
        (
            "s3://bucket/ä.png",
            f"/tasks/9/resolve/?fileuri={IN_S3}",
        ),
    ],
)
def test_addresses_of_the_server_are_asked_there(
    there: Any, server: LabelingServer, address: str, asked: str
) -> None:
    there.files[asked] = b"here"
    assert server.file(address, 9).read_bytes() == b"here"
    assert there.asked == [(asked, "Token abc")]


def test_another_server_never_sees_the_token(there: Any, server: LabelingServer, home: Any) -> None:
    elsewhere = home()
    elsewhere.files["/a.png"] = b"theirs"
    assert server.file(f"{elsewhere.address}/a.png").read_bytes() == b"theirs"
    assert elsewhere.asked == [("/a.png", "")]
    assert there.asked == []


def test_a_redirect_to_another_server_takes_no_token_along(
    there: Any, server: LabelingServer, home: Any
) -> None:
    elsewhere = home()
    elsewhere.files["/signed"] = b"theirs"
    there.files["/tasks/1/resolve/?fileuri=czM6Ly9iL2E%3D"] = f"{elsewhere.address}/signed"
    assert server.file("s3://b/a", 1).read_bytes() == b"theirs"
    assert elsewhere.asked == [("/signed", "")]


def test_a_circle_of_redirects_ends(there: Any, server: LabelingServer) -> None:
    there.files["/a"] = "/a"
    with pytest.raises(ModelError, match="leads on more than 6 times"):
        server.file("/a")


def test_an_address_that_holds_the_file_itself(server: LabelingServer) -> None:
    assert server.file("data:text/plain,a%20b").read_bytes() == b"a b"
    assert server.file("data:text/plain;base64,YSBi").read_bytes() == b"a b"


def test_below_a_sub_path(there: Any, tmp_path: Path) -> None:
    there.files["/label/data/upload/1/a.txt"] = b"below"
    server = LabelingServer(f"{there.address}/label/", "abc", tmp_path)
    for address in ("/data/upload/1/a.txt", "/label/data/upload/1/a.txt"):
        assert server.file(address).read_bytes() == b"below"


def test_the_environment_stands_in_for_setup(there: Any, tmp_path: Path, monkeypatch: Any) -> None:
    there.files["/a"] = b"a"
    monkeypatch.setenv("LABEL_STUDIO_URL", there.address)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "of the environment")
    assert LabelingServer("", "", tmp_path).file("/a").read_bytes() == b"a"
    assert there.asked == [("/a", "Token of the environment")]


def test_the_environments_token_is_for_its_own_server(
    there: Any, home: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    elsewhere = home()
    elsewhere.files["/a"] = b"a"
    monkeypatch.setenv("TAGMA_URL", there.address)
    monkeypatch.setenv("TAGMA_TOKEN", "secret")
    assert LabelingServer(elsewhere.address, "", tmp_path).file("/a").read_bytes() == b"a"
    assert elsewhere.asked == [("/a", "")]


def test_a_personal_access_token_is_changed_where_the_server_wants_it(there: Any, tmp_path: Path) -> None:
    there.files["/a"] = lambda door: b"a" if door == "Bearer five minutes" else 401
    there.files["/api/token/refresh/"] = {"access": "five minutes"}
    assert LabelingServer(there.address, JWT, tmp_path).file("/a").read_bytes() == b"a"
    assert [path for path, _door in there.asked] == ["/a", "/api/token/refresh/", "/a"]


def test_the_oldest_files_make_room(server: LabelingServer, monkeypatch: Any) -> None:
    monkeypatch.setattr("tagma_model.labeling_server.KEPT_BYTES", 5)
    first, second = server.file("data:,1234"), server.file("data:,56")
    assert second.exists()
    assert not first.exists()


BAD = {
    "no text": (7, "no address"),
    "an empty one": (" ", "no address"),
    "not there": ("/data/upload/1/gone.png", "the answer was 404"),
    "a token that does not hold": ("/closed", "The token does not hold"),
    "forbidden": ("/forbidden", "may not see it"),
    "nobody there": ("http://127.0.0.1:1/a.png", "could not be fetched"),
    "no host": ("http://", "could not be fetched"),
    "half of a data address": ("data:image/png;base64,a", "no whole data"),
    "a data address without content": ("data:image/png", "no whole data"),
    "a storage without a task": ("gs://bucket/a", "wants to know the task"),
    "a port that is none": ("http://example.org:abc/", "could not be fetched"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_fetched_is_told_in_words(name: str, there: Any, server: LabelingServer) -> None:
    there.files |= {"/closed": 401, "/forbidden": 403}
    address, words = BAD[name]
    with pytest.raises(ModelError, match=words):
        server.file(address)
    assert list(server.folder.glob("*")) == []


def test_a_password_in_an_address_is_not_told(server: LabelingServer) -> None:
    with pytest.raises(ModelError) as told:
        server.file("http://ana:secret@127.0.0.1:1/a")
    assert "secret" not in str(told.value)
