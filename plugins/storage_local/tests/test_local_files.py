"""A folder as a storage: what it lists and opens, and what it never reaches."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tagma.errors import StorageError
from tagma_storage_local.storage import LocalFiles


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "cats" / "a").mkdir(parents=True)
    for name in ("cats/a.png", "cats/a/2.png", "cats/b b.png", "cats/.hidden", "secret.txt"):
        (root / name).write_bytes(name.encode())
    return root


def storage(root: Path | None, path: Path | str) -> LocalFiles:
    made = LocalFiles(LocalFiles.Settings(path=str(path)))
    made.server_folder = root
    return made


def test_files_come_in_the_order_of_their_keys_without_hidden_ones(root: Path) -> None:
    cats = storage(root, root / "cats")
    keys = [one.key for one in cats.list()]
    assert keys == sorted(keys) == ["a.png", "a/2.png", "b b.png"]
    assert [one.key for one in cats.list("a/")] == ["a/2.png"]
    assert cats.stat("a.png").size == len("cats/a.png")


def test_a_part_of_a_file_is_read(root: Path) -> None:
    cats = storage(root, root / "cats")
    with cats.open("a.png", 5, 7) as part, cats.open("a.png", 5) as rest:
        assert (part.read(), rest.read()) == (b"a.", b"a.png")


def test_the_address_in_a_task_leads_back_to_the_key(root: Path) -> None:
    cats = storage(root, root / "cats")
    assert cats.uri("b b.png") == "/data/local-files/?d=cats/b%20b.png"
    assert cats.key_of(cats.uri("b b.png")) == "b b.png"
    for other in (
        "/data/local-files/?d=secret.txt",
        "/data/local-files/?d=cats/../secret.txt",
        "s3://cats/a.png",
    ):
        assert cats.key_of(other) is None


def test_nothing_outside_the_folder_is_reached(root: Path) -> None:
    (root / "cats" / "link.txt").symlink_to(root / "secret.txt")
    (root / "cats" / "out").symlink_to(root.parent)
    cats = storage(root, root / "cats")
    assert not {"link.txt", "out"} & {one.key for one in cats.list()}
    for key in ("../secret.txt", "link.txt", str(root / "secret.txt"), "out/root/secret.txt", "a\0b"):
        with pytest.raises(StorageError, match="no file"):
            cats.open(key)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("{root}", "does not lie inside"),
        ("{root}/cats/../..", "does not lie inside"),
        ("/", "does not lie inside"),
        ("cats", "no full path"),
        ("{root}/dogs", "no folder"),
        ("{root}/secret.txt", "a file, not a folder"),
    ],
)
def test_a_folder_that_will_not_do_is_refused_in_words(root: Path, path: str, words: str) -> None:
    with pytest.raises(StorageError, match=words) as refused:
        storage(root, path.format(root=root)).check()
    assert refused.value.hint


def test_a_link_in_the_root_to_a_folder_elsewhere_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / "way").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="does not lie inside"):
        storage(root, root / "way").check()


def test_a_server_that_opened_no_folder_refuses_all(root: Path) -> None:
    with pytest.raises(StorageError, match="closed to storages"):
        storage(None, root / "cats").check()


def test_only_one_level_is_listed_where_no_more_is_asked_for(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cats = storage(root, root / "cats")
    scanned: list[Path] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (scanned.append(Path(path)), scandir(path))[1])
    assert [one.key for one in cats.list(deep=False)] == ["a.png", "b b.png"]
    assert scanned == [root / "cats"]
    assert [one.key for one in cats.list("a/", deep=False)] == ["a/2.png"]


def test_a_file_is_written_whole_replaced_and_deleted(root: Path) -> None:
    cats = storage(root, root / "cats")
    before = cats.stat("a.png").version
    for body in (b"new", b"newer"):
        cats.put("a.png", io.BytesIO(body))
        cats.put("deep/er/1", io.BytesIO(body))
        assert (cats.path("a.png").read_bytes(), cats.path("deep/er/1").read_bytes()) == (body, body)
    assert cats.stat("a.png").version != before
    for _ in range(2):
        cats.delete("a.png")
    assert [one.key for one in cats.list()] == ["a/2.png", "b b.png", "deep/er/1"]
    assert not list((root / "cats").glob(".a.png*"))


def test_nothing_is_written_or_deleted_outside_the_folder(root: Path) -> None:
    (root / "cats" / "out").symlink_to(root)
    cats = storage(root, root / "cats")
    for key in ("../secret.txt", "out/secret.txt", str(root / "secret.txt"), "a\0b", "..", "", "a/.."):
        with pytest.raises(StorageError, match="does not lie in this folder"):
            cats.put(key, io.BytesIO(b"other"))
        with pytest.raises(StorageError, match="does not lie in this folder"):
            cats.delete(key)
    assert (root / "secret.txt").read_bytes() == b"secret.txt"


def test_what_can_not_be_written_is_told(root: Path) -> None:
    with pytest.raises(StorageError, match="can't write") as told:
        storage(root, root / "cats").put("a.png/1", io.BytesIO())
    assert told.value.hint
