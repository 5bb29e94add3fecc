"""One bucket or container, or one folder of it. Keys are relative to that folder; addresses in tasks are whole."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, cast

from pydantic import ConfigDict

from tagma.plugin import Storage, StoredObject
from tagma_objects.trouble import Refusal, told

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

    ObjectStore = AzureStore | GCSStore | S3Store

_CHUNK = 1 << 20
_CONNECTED = 64  # clients that are kept, with their open connections


class ObjectStorage(Storage):
    """An author must write ``scheme``, ``title``, ``Settings`` with a ``prefix``, ``refusals``, ``place`` and ``connect``."""

    refusals: ClassVar[Mapping[str, Refusal]]
    """By the service's error code, or by the status where it says no more; ``NoSuchPlace``: the bucket is not there."""
    endpoint_field: ClassVar[str] = ""
    """The field of the form that names the server."""

    class Settings(Storage.Settings):
        model_config = ConfigDict(frozen=True)  # clients are found by them

    @property
    def own(self) -> Any:
        """The settings as the class that made them."""
        return self.settings

    @property
    def place(self) -> str:
        """The bucket's or container's name."""
        raise NotImplementedError

    def connect(self) -> ObjectStore:
        """A client for these settings; its secrets are in it, so it is never shown."""
        raise NotImplementedError

    @property
    def store(self) -> ObjectStore:
        with told(self):
            return _connected(type(self), self.own)

    def named(self, key: str) -> str:
        """Filters are held against the whole key, as the bucket has it."""
        return f"{self.own.prefix}/{key}" if self.own.prefix else key

    def list(self, prefix: str = "", deep: bool = True) -> Iterator[StoredObject]:
        """``prefix`` may end within a name; the service itself is only asked by whole folders."""
        folder = self.named(prefix.rpartition("/")[0]).rstrip("/") or None
        cut = len(self.own.prefix) + 1 if self.own.prefix else 0
        for path, found in self._listed(folder, deep):
            key = path[cut:]
            if key.startswith(prefix):
                yield replace(found, key=key)

    def _listed(self, folder: str | None, deep: bool) -> Iterator[tuple[str, StoredObject]]:
        """By whole paths. Where the library stops at a key that it can't write, the storage's own way goes on, if it has one."""
        import obstore
        from obstore.exceptions import InvalidPathError

        last = ""
        with told(self):
            try:
                chunks: Any = (
                    obstore.list(self.store, folder)
                    if deep
                    else [obstore.list_with_delimiter(self.store, folder)["objects"]]
                )
                for chunk in chunks:
                    for meta in chunk:
                        last = meta["path"]
                        yield last, _stored(last, meta)
                return
            except InvalidPathError:
                rest = self.listed_after(folder, deep, last)
                if rest is None:
                    raise
        yield from ((one.key, one) for one in rest)

    def listed_after(self, folder: str | None, deep: bool, last: str) -> Iterator[StoredObject] | None:
        """The objects of ``folder`` that come after the path ``last`` (all, if it is empty), without the library; those that it
        can't address with :attr:`StoredObject.trouble`. None: they can't be had in another way."""
        return None

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        import obstore

        wanted: Any = (
            {"range": (start, end) if end is not None else {"offset": start}} if start or end else None
        )
        if end is not None and end <= start:
            return io.BytesIO()
        with told(self, key, reads=True):
            found = obstore.get(self.store, self.named(key), options=wanted)
            return cast(BinaryIO, io.BufferedReader(_Parts(self, key, found.stream(_CHUNK)), _CHUNK))

    def read(self, key: str) -> tuple[StoredObject, BinaryIO]:
        import obstore

        with told(self, key, reads=True):
            found = obstore.get(self.store, self.named(key))
            meta = _stored(key, found.meta)
            if meta.size <= _CHUNK:
                return meta, io.BytesIO(found.bytes())
            return meta, cast(BinaryIO, io.BufferedReader(_Parts(self, key, found.stream(_CHUNK)), _CHUNK))

    def stat(self, key: str) -> StoredObject:
        import obstore

        with told(self, key, reads=True):
            meta = obstore.head(self.store, self.named(key))
        return _stored(key, meta)

    def put(self, key: str, body: BinaryIO) -> None:
        import obstore

        with told(self, key):
            obstore.put(self.store, self.named(key), body)

    def delete(self, key: str) -> None:
        import obstore

        with told(self, key):
            try:
                obstore.delete(self.store, self.named(key))
            except FileNotFoundError:  # some services say so of an object, all of a missing bucket
                self.check()

    def url(self, key: str, seconds: int) -> str | None:
        with told(self, key):
            return self.signed(self.named(key), seconds)

    def signed(self, path: str, seconds: int) -> str | None:
        """A link to ``path`` of the bucket or container, or None when these settings can make none."""
        import obstore

        return obstore.sign(self.store, "GET", path, timedelta(seconds=seconds))

    def uri(self, key: str) -> str:
        return super().uri(f"{self.place}/{self.named(key)}")

    def key_of(self, uri: str) -> str | None:
        root = self.uri("")
        return uri[len(root) :] if uri.startswith(root) and len(uri) > len(root) else None


def client_options(endpoint: str | None) -> dict[str, Any]:
    """How long a service is waited for, alike everywhere."""
    return {
        "client_options": {
            "allow_http": bool(endpoint and endpoint.startswith("http://")),
            "connect_timeout": "5s",
            "timeout": "60s",
        },
        "retry_config": {"max_retries": 3, "retry_timeout": timedelta(seconds=30)},
    }


def _stored(key: str, meta: Any) -> StoredObject:
    return StoredObject(key, meta["size"], meta["last_modified"], meta["e_tag"] or "")


@functools.lru_cache(_CONNECTED)
def _connected(kind: type[ObjectStorage], settings: Any) -> ObjectStore:
    return kind(settings).connect()


class _Parts(io.RawIOBase):
    """A stream of byte chunks as a file to read; what breaks on the way is told like everything else of the storage."""

    def __init__(self, storage: ObjectStorage, key: str, chunks: Any) -> None:
        self._storage, self._key = storage, key
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        with told(self._storage, self._key):
            while not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return 0
                self._rest = memoryview(bytes(chunk))
        size = min(len(into), len(self._rest))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
