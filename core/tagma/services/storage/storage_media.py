"""Media in connected storages: a task's data names them as the storage does (``s3://…``), a browser asks this server for them."""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import orjson
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Record
from tagma.errors import InvalidInput, NotAllowed, NotFound, StorageError
from tagma.plugin.storages import Storage, StoredObject
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.storage import storages
from tagma.services.storage.storage_forms import SOURCES

if TYPE_CHECKING:
    from tagma.services.site import Site

_FEW = 1 << 20  # bytes of an object that is sent from memory
_LINK_SECONDS = 300  # that a link holds which this server itself follows at once; clocks differ


def named(word: str) -> str:
    """The address that the parameter ``fileuri`` stands for."""
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        words = "fileuri must be the address of a file in URL-safe base64."
        raise InvalidInput(words, {"fileuri": [words]}) from error


@dataclass(frozen=True)
class Found:
    """An object as a browser gets it: by a link that leads to the storage itself, if that makes such and its settings ask for
    them; or what is known of it, with its bytes where they are few."""

    meta: StoredObject | None = None
    body: bytes | None = None
    link: str = ""


@dataclass(frozen=True)
class Place:
    """An object in a storage that a person may see."""

    site: Site
    scheme: str
    settings: dict[str, Any]
    key: str
    storage: Storage
    """To ask what it knows by itself."""

    @property
    def seconds(self) -> int:
        """How long a link of the storage's own works."""
        return int(self.settings.get("presign_ttl") or 1) * 60

    def look(self, whole: bool) -> Found:
        """What a browser is to be told, found out with as few questions as may be.

        :param whole: the bytes are wanted too, if they are few.
        """
        with storages.opened(self.site, self.scheme, self.settings) as storage:
            if self.settings.get("presign", True) and (link := storage.url(self.key, self.seconds)):
                return Found(link=link)
            if not whole:
                return Found(storage.stat(self.key))
            meta, stream = storage.read(self.key)
            with stream:
                return Found(meta, stream.read() if meta.size <= _FEW else None)

    async def look_here(self) -> Found | None:
        """A small object whole, in the event loop; None where that can't be: then :meth:`look` tells why, or does it."""
        if self.settings.get("presign", True):
            return None
        try:
            link = self.storage.url(self.key, _LINK_SECONDS)
        except StorageError:
            return None
        found = await self.site.links.read(link, _FEW) if link else None
        if found is None:
            return None
        return Found(StoredObject(self.key, len(found.body), found.modified, found.etag), found.body)

    def stat(self) -> StoredObject:
        with storages.opened(self.site, self.scheme, self.settings) as storage:
            return storage.stat(self.key)

    def copy(self, out: IO[bytes], start: int, end: int) -> None:
        """The bytes from ``start`` to before ``end``."""
        with (
            storages.opened(self.site, self.scheme, self.settings) as storage,
            storage.open(self.key, start, end) as source,
        ):
            shutil.copyfileobj(source, out, 1 << 18)

    def fetch(self, out: IO[bytes]) -> None:
        """All of it, by one question, which storages that know no parts answer too.

        :raises StorageError: it sent less than it has.
        """
        with storages.opened(self.site, self.scheme, self.settings) as storage:
            meta, stream = storage.read(self.key)
            with stream:
                shutil.copyfileobj(stream, out, 1 << 20)
            if out.tell() != meta.size:
                raise StorageError(
                    f"{storage.title} sent {out.tell()} of the {meta.size} bytes of {self.key}.",
                    hint="Try again; if it happens again, look whether the object is still being written.",
                    storage=storage.title,
                )


class Remote(io.RawIOBase):
    """An object of a storage as a file that can be sought: only what is read is fetched."""

    def __init__(self, place: Place) -> None:
        self._open = contextlib.ExitStack()
        self._storage = self._open.enter_context(storages.opened(place.site, place.scheme, place.settings))
        self._key, self._at = place.key, 0
        try:
            self._size = self._storage.stat(place.key).size
        except BaseException:
            self._open.close()
            raise

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        with self._storage.open(self._key, self._at, end) as source:
            found = source.read(end - self._at)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        self._open.close()
        super().close()


def _connected(tx: Transaction, project_id: int) -> list[tuple[str, dict[str, Any]]]:
    """Scheme and settings of each source of a project, the oldest first."""
    rows = tx.rows(
        "SELECT kind, settings FROM record WHERE project_id = :project AND kind LIKE :storages ORDER BY id",
        project=project_id,
        storages=SOURCES.prefix + "%",
    )
    return [_source(*row) for row in rows]


def _source(kind: str, settings: str) -> tuple[str, dict[str, Any]]:
    return kind.removeprefix(SOURCES.prefix), orjson.loads(settings)


def of_task(site: Site, tx: Transaction, actor: Actor, task_id: int, uri: str) -> Place:
    """:raises NotFound: no storage of the task's project holds ``uri``, or the task is not the actor's to see."""
    role, condition, parameters = access.seen(actor)
    rows = tx.rows(  # asked for every picture, so all at once
        f"SELECT {role}, record.kind, record.settings FROM task JOIN project ON project.id = task.project_id"
        " LEFT JOIN record ON record.project_id = project.id AND record.kind LIKE :storages"
        f" WHERE task.id = :task AND {condition} ORDER BY record.id",
        parameters,
        task=task_id,
        storages=SOURCES.prefix + "%",
    )
    if not rows:
        raise access.not_found("task", task_id)
    access.require(access.in_role(actor, rows[0][0]), "task.view")
    return _holding(site, [_source(*row[1:]) for row in rows if row[1]], uri)


def find(site: Site, tx: Transaction, actor: Actor, project_id: int, uri: str) -> Place:
    """:raises NotFound: no storage of the project holds ``uri``, or the project is not the actor's to see."""
    access.project(site, tx, actor, project_id)
    return within(site, tx, project_id, uri)


def within(site: Site, tx: Transaction, project_id: int, uri: str) -> Place:
    """Like :func:`find`, for the server's own work: nobody's rights are asked."""
    return _holding(site, _connected(tx, project_id), uri)


def _holding(site: Site, sources: Iterable[tuple[str, dict[str, Any]]], uri: str) -> Place:
    for scheme, settings in sources:
        try:
            storage = storages.made(site, scheme, settings)
            key = storage.key_of(uri)
        except (NotFound, StorageError):
            continue  # another storage may hold it
        if key:
            return Place(site, scheme, settings, key, storage)
    raise NotFound(
        f"{uri[:80]} lies in no storage of this project.",
        hint="Connect the storage it lies in to the project.",
    )


def served(site: Site, tx: Transaction, actor: Actor, uri: str) -> Path:
    """The file on this server that ``uri`` names, if it lies in a storage of a project that ``actor`` may see.

    :raises NotFound: there is none; whether the file exists elsewhere is not told.
    """
    column: Any = Record.kind
    query = select(Record.project_id).where(
        Record.organization_id == actor.organization_id, column.startswith(SOURCES.prefix)
    )
    for project_id in dict.fromkeys(tx.session.exec(query)):
        try:
            access.project(site, tx, actor, project_id or 0)
        except (NotFound, NotAllowed):
            continue  # another project may have connected the same folder
        if path := located(site, tx, uri, project_id or 0):
            return path
    raise NotFound(
        "There is no such file in a storage that you may see.",
        hint="Connect the folder it lies in as a storage of the project.",
    )


def located(site: Site, tx: Transaction, uri: str, project_id: int) -> Path | None:
    """The file on this server that ``uri`` names, if a storage of the project holds it."""
    for scheme, settings in _connected(tx, project_id):
        try:
            storage = storages.made(site, scheme, settings)
            key = storage.key_of(uri)
            path = None if key is None else storage.path(key)
        except (NotFound, StorageError):
            continue  # another storage may hold it
        if path is not None:
            return path
    return None
