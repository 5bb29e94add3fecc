"""A place that holds tasks, media or exports: one class each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, ClassVar

from pydantic import BaseModel

from tagma.errors import StorageError


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a storage: ``key`` is relative to the storage's root, ``size`` in bytes."""

    key: str
    size: int
    modified: datetime | None = None
    etag: str = ""
    """What the storage itself says of the content: another one means that the object changed."""
    trouble: StorageError | None = None
    """Why it is listed and yet can't be had: a sync tells that in its report and goes on with the next."""

    @property
    def version(self) -> str:
        """Differs between two looks at one key if its content changed in between."""
        return self.etag or f"{self.size}/{self.modified.isoformat() if self.modified else ''}"


class Storage:
    """An author must write ``scheme``, ``title``, ``Settings``, ``list`` and ``open``.

    A storage with ``put`` can be a target that annotations are written to, by several threads at once; with ``delete`` those deleted here are deleted there.

    An instance is made for one use with checked settings; it may hold connections until ``close``.
    Raise :class:`tagma.errors.StorageError` for whatever the far side refuses, with ``code="object"`` where that is one
    object's fault: a sync goes on with the next then.
    """

    scheme: ClassVar[str]
    """The word in ``/api/storages/<scheme>`` and in URIs: ``s3``."""
    uri_scheme: ClassVar[str] = ""
    """The word in URIs, where it is another one: ``gs`` of ``gcs``."""
    title: ClassVar[str]
    server_folder: Path | None = None
    """The folder of this server that storages may read, set by the server before use; None: they may read none."""

    class Settings(BaseModel):
        """The fields of the storage's form: descriptions are its help texts; ``SecretStr`` fields are never sent back."""

    TargetSettings: ClassVar[type[BaseModel] | None] = None
    """Of a target, where its form is another: a subclass of ``Settings``."""

    def __init__(self, settings: BaseModel) -> None:
        self.settings = settings

    def endpoints(self) -> Sequence[str]:
        """Addresses that a person typed and this storage will talk to, by http or the storage's own scheme; the server
        judges them before it is used."""
        return ()

    def named(self, key: str) -> str:
        """What a person's filter of names is held against."""
        return key

    def file_name(self, key: str) -> str:
        """By which importers know how to read an object as a file of tasks: its suffix says the format."""
        return key

    @classmethod
    def writes(cls) -> bool:
        """Whether it can be a target."""
        return cls.put is not Storage.put

    @classmethod
    def links(cls) -> bool:
        """Whether it makes links that browsers may follow."""
        return cls.url is not Storage.url

    def list(self, prefix: str = "", deep: bool = True) -> Iterator[StoredObject]:
        """Every object whose key begins with ``prefix``, without reading more than is asked for.

        :param deep: also objects in folders below that of ``prefix``; else only those that lie in it, and the storage is
            asked for no more.
        """
        raise NotImplementedError

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """The bytes ``start`` to ``end`` (exclusive; None for all) of ``key`` as a readable stream."""
        raise NotImplementedError

    def read(self, key: str) -> tuple[StoredObject, BinaryIO]:
        """The whole of ``key`` with what is known of it; write it where the storage answers both at once."""
        return self.stat(key), self.open(key)

    def stat(self, key: str) -> StoredObject:
        """Size and date of one object; the default asks ``list``."""
        for found in self.list(key):
            if found.key == key:
                return found
        raise StorageError(f'There is no object "{key}".', code="object", storage=self.title, key=key)

    def put(self, key: str, body: BinaryIO) -> None:
        """Write one object whole, in the place of one there is; leave it out if the storage is read only."""
        raise StorageError(f"{self.title} is read only.", storage=self.title, key=key)

    def delete(self, key: str) -> None:
        """Take one object away; that there is none is no fault. Leave it out if nothing can be deleted there."""
        raise StorageError(f"Nothing can be deleted from {self.title}.", storage=self.title, key=key)

    def uri(self, key: str) -> str:
        """How a task's data names ``key``, e.g. ``s3://bucket/key``."""
        return f"{self.uri_scheme or self.scheme}://{key}"

    def key_of(self, uri: str) -> str | None:
        """The key that ``uri`` names if it lies in this storage, else None."""
        prefix = f"{self.uri_scheme or self.scheme}://"
        return uri[len(prefix) :] if uri.startswith(prefix) else None

    def path(self, key: str) -> Path | None:
        """Where ``key`` lies on this server's own disk, or None when it has to be fetched by ``open``."""
        return None

    def url(self, key: str, seconds: int) -> str | None:
        """A link that works for ``seconds`` without Tagma in between, or None to send the bytes through Tagma. It is made from
        what is known: nobody is asked for it, since it is wanted where nothing may wait."""
        return None

    def cors(self, origin: str) -> str:
        """What its owner has to set so that pages of ``origin`` may fetch its links, best in the form the service takes."""
        return f"Allow the methods GET and HEAD from {origin}; expose the headers Content-Range, Content-Length and ETag."

    def check(self) -> None:
        """Raise a StorageError that says what to mend if these settings do not work."""
        next(iter(self.list()), None)

    def close(self) -> None:
        """Let go of connections."""
