"""A folder of the server. Nothing outside it is reached, by ``..`` or by a symbolic link."""

from __future__ import annotations

import io
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import Field

from tagma.errors import StorageError
from tagma.plugin import Storage, StoredObject

_ADDRESS = "/data/local-files/"


class LocalFiles(Storage):
    """Files below one folder; hidden files (``.name``) are left out."""

    scheme = "localfiles"
    title = "Folder of the server"

    class Settings(Storage.Settings):
        """Which folder."""

        path: str = Field(
            min_length=1,
            title="Folder",
            description="Full path of a folder on the server, below the folder that its admin opened to storages.",
            examples=["/srv/media/cats"],
        )

    @cached_property
    def root(self) -> Path:
        if self.server_folder is None:
            raise StorageError(
                "Folders of this server are closed to storages.",
                hint="Ask the server's admin to set local_files_serving = true and local_files_root to a folder for media.",
                storage=self.title,
            )
        return self.server_folder.resolve()

    @cached_property
    def folder(self) -> Path:
        """The checked folder. :raises StorageError: it is missing or not strictly inside the root."""
        given = Path(cast(LocalFiles.Settings, self.settings).path)
        root = self.root
        if not given.is_absolute():
            raise self._wrong(f'"{given}" is no full path.', f"Write it from the top, like {root / 'media'}.")
        found = given.resolve()
        if found == root or not found.is_relative_to(root):
            raise self._wrong(
                f'The folder "{given}" does not lie inside {root}.',
                f"Choose a folder below {root}, not {root} itself.",
            )
        if not found.exists():
            raise self._wrong(f'There is no folder "{given}" on the server.', "Make it, or mend the path.")
        if not found.is_dir():
            raise self._wrong(f'"{given}" is a file, not a folder.', "Give the folder it lies in.")
        return found

    def named(self, key: str) -> str:
        return key.rpartition("/")[2]

    def list(self, prefix: str = "", deep: bool = True) -> Iterator[StoredObject]:
        folder = self.folder
        return self._below(folder, folder, "", prefix, deep)

    def _below(self, folder: Path, here: Path, at: str, prefix: str, deep: bool) -> Iterator[StoredObject]:
        """In the order of keys."""
        try:
            with os.scandir(here) as listed:
                # A folder sorts as if its slash were part of the name: that is the order of whole keys.
                entries = sorted((one.name + "/" * one.is_dir(follow_symlinks=False), one) for one in listed)
        except OSError as error:
            raise self._unreadable(at or str(here), error) from error
        for name, entry in entries:
            key = at + name
            if entry.name.startswith("."):
                continue
            if name.endswith("/"):
                if prefix.startswith(key) or (deep and key.startswith(prefix)):
                    yield from self._below(folder, here / entry.name, key, prefix, deep)
            elif key.startswith(prefix) and (
                entry.is_file(follow_symlinks=False) or _inside(folder, key) is not None
            ):
                try:
                    found = _stored(key, entry)
                except FileNotFoundError:  # taken away while we look
                    continue
                yield found

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        path = self.path(key)
        try:
            stream = path.open("rb")
            stream.seek(start)
        except OSError as error:
            raise self._unreadable(key, error) from error
        if end is None:
            return stream
        with stream:
            return io.BytesIO(stream.read(max(0, end - start)))

    def stat(self, key: str) -> StoredObject:
        return _stored(key, self.path(key))

    def put(self, key: str, body: BinaryIO) -> None:
        """Beside it first, then in its place: nobody reads half a file."""
        place = self._place(key)
        beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                with beside.open("xb") as out:
                    shutil.copyfileobj(body, out)
                beside.replace(place)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(key, error) from error

    def delete(self, key: str) -> None:
        try:
            self._place(key).unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(key, error) from error

    def _place(self, key: str) -> Path:
        """Where a file of this key belongs. :raises StorageError: outside the folder."""
        folder = self.folder
        name = PurePosixPath(key).name
        try:
            parent = (folder / key).parent.resolve()
        except (OSError, ValueError, RuntimeError):
            parent = folder.parent
        if not name or name == ".." or "\0" in key or not parent.is_relative_to(folder):
            raise StorageError(
                f'"{key}" does not lie in this folder.',
                hint="Nothing was written.",
                storage=self.title,
                key=key,
            )
        return parent / name

    def path(self, key: str) -> Path:
        found = _inside(self.folder, key)
        if found is None:
            raise StorageError(
                f'There is no file "{key}" in this folder.',
                hint="Check the name; links that lead out of the folder are not followed.",
                storage=self.title,
                key=key,
            )
        return found

    def uri(self, key: str) -> str:
        return f"{_ADDRESS}?d={quote((self.folder / key).relative_to(self.root).as_posix())}"

    def key_of(self, uri: str) -> str | None:
        parts = urlsplit(uri)
        if parts.path.rstrip("/") != _ADDRESS.rstrip("/"):
            return None
        named = PurePosixPath(parse_qs(parts.query).get("d", [""])[0])
        inner = PurePosixPath(self.folder.relative_to(self.root).as_posix())
        if ".." in named.parts or named == inner or not named.is_relative_to(inner):
            return None
        return named.relative_to(inner).as_posix()

    def check(self) -> None:
        try:
            with os.scandir(self.folder):
                pass
        except OSError as error:
            raise self._unreadable(cast(LocalFiles.Settings, self.settings).path, error) from error

    def _wrong(self, words: str, hint: str) -> StorageError:
        return StorageError(words, hint=hint, storage=self.title, field="path")

    def _unreadable(self, what: str, error: OSError) -> StorageError:
        where: dict[str, Any] = {"storage": self.title, "key": what}
        return StorageError(
            f'The server can\'t read "{what}": {error.strerror or error}.',
            hint="Check that the account the server runs as may read it.",
            **where,
        )

    def _unwritable(self, what: str, error: OSError) -> StorageError:
        where: dict[str, Any] = {"storage": self.title, "key": what}
        return StorageError(
            f'The server can\'t write "{what}": {error.strerror or error}.',
            hint="Check that the account the server runs as may write there, and that the disk has room.",
            **where,
        )


def _inside(folder: Path, key: str) -> Path | None:
    """The real place of ``key`` if it is a file within the folder."""
    try:
        found = (folder / key).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):  # not there, a zero character, links in a circle
        return None
    return found if found.is_relative_to(folder) and found.is_file() else None


def _stored(key: str, path: Path | os.DirEntry[str]) -> StoredObject:
    facts = path.stat()
    etag = f"{facts.st_size:x}-{facts.st_mtime_ns:x}"
    return StoredObject(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC), etag)
