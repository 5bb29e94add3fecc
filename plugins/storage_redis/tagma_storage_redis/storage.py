"""Keys of one database that begin alike. Their values are JSON: a task, a list of tasks, or an annotation that was written."""

from __future__ import annotations

import hashlib
import io
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from tagma.errors import StorageError
from tagma.plugin import Storage, StoredObject
from tagma_storage_redis.trouble import told

if TYPE_CHECKING:
    from redis import Redis

_PAGE = 1000  # keys asked for at once
_SMALL = (
    64 << 10
)  # bytes of a value that is looked at to see whether it changed; of a larger one the size must do
_REMEMBERED = 10_000  # keys: a server that grows while it is scanned names some again soon after
_SPECIAL = re.compile(r"([*?\[\]\\^])")
_SUFFIXES = (".json", ".jsonl", ".ndjson")


def _none_if_empty(given: Any) -> Any:
    return None if given == "" else given


def _text(given: Any) -> Any:
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given or None


def _beginning(text: str) -> bytes:
    """What the server holds keys against; signs that mean something to it mean themselves here."""
    return (_SPECIAL.sub(r"\\\1", text) + "*").encode()


Given = Annotated[str | None, BeforeValidator(_none_if_empty)]


class RedisKeys(Storage):
    """Text values; lists, sets and hashes are passed over."""

    scheme = "redis"
    title = "Redis"

    class Settings(Storage.Settings):
        """Which server, which database of it, and how keys begin."""

        host: Given = Field(None, title="Host", description="Left empty: localhost.")
        port: Annotated[str | None, BeforeValidator(_text)] = Field(
            None, title="Port", description="Left empty: 6379."
        )
        password: Annotated[SecretStr | None, BeforeValidator(_none_if_empty)] = Field(None, title="Password")
        tls: bool = Field(False, title="Encrypted", description="Talk to the server by TLS.")
        db: Annotated[int | None, BeforeValidator(_none_if_empty)] = Field(
            1, ge=0, title="Database", description="Its number."
        )
        path: Annotated[str, BeforeValidator(lambda given: given or "")] = Field(
            "",
            title="Keys begin with",
            description="All of a key's name up to what differs.",
            examples=["tasks:"],
        )

        @field_validator("host")
        @classmethod
        def _bare(cls, given: str | None) -> str | None:
            if given and (not given.strip() or re.search(r"[/\s@]", given)):
                raise ValueError("A host is a name or an address alone, without redis:// and without a port")
            return given

        @field_validator("port")
        @classmethod
        def _number(cls, given: str | None) -> str | None:
            if given is not None and not (given.isdecimal() and 0 < int(given) < 65536):
                raise ValueError("A port is a number from 1 to 65535")
            return given

    class TargetSettings(Settings):
        db: Annotated[int | None, BeforeValidator(_none_if_empty)] = Field(
            2, ge=0, title="Database", description="Its number."
        )

    @property
    def own(self) -> Any:
        """The settings as the class that made them."""
        return self.settings

    @property
    def host(self) -> str:
        return self.own.host or "localhost"

    @property
    def port(self) -> int:
        return int(self.own.port or 6379)

    @property
    def db(self) -> int:
        return 0 if self.own.db is None else self.own.db

    def endpoints(self) -> Sequence[str]:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return [f"redis://{host}:{self.port}"]

    @cached_property
    def client(self) -> Redis:
        from redis import Redis
        from redis.backoff import ExponentialBackoff
        from redis.retry import Retry

        password = self.own.password
        return Redis(
            host=self.host,
            port=self.port,
            db=self.db,
            password=password.get_secret_value() if password else None,
            ssl=self.own.tls,
            socket_connect_timeout=5,
            socket_timeout=60,
            retry=Retry(ExponentialBackoff(cap=1, base=0.1), 2),  # a wrong password is tried again too
        )

    def named(self, key: str) -> str:
        """Filters are held against the whole key, as the server has it."""
        return f"{self.own.path}{key}"

    def file_name(self, key: str) -> str:
        """Values are JSON, whatever their keys are called."""
        return key if key.endswith(_SUFFIXES) else f"{key}.json"

    def list(self, prefix: str = "", deep: bool = True) -> Iterator[StoredObject]:
        """In the server's own order, which is none. A slash makes a folder here too."""
        cut = len(self.own.path)
        seen: OrderedDict[bytes, None] = OrderedDict()
        with told(self):
            found = self.client.scan_iter(_beginning(self.named(prefix)), _PAGE, "string")
            while page := list(islice(found, _PAGE)):
                names = [name for name in dict.fromkeys(page) if name not in seen]
                seen.update(dict.fromkeys(names))
                for _ in range(len(seen) - _REMEMBERED):
                    seen.popitem(last=False)
                for name, size, etag in self._look(names):
                    key = self._text_of(name)[cut:]
                    if deep or "/" not in key[len(prefix) :]:
                        yield StoredObject(key, size, None, etag)

    def _look(self, names: Sequence[bytes]) -> Iterator[tuple[bytes, int, str]]:
        """Each key with the size of its value and something that differs when it changed."""
        sizing = self.client.pipeline(transaction=False)
        for name in names:
            sizing.strlen(name)
        sizes = dict(zip(names, sizing.execute(), strict=True))
        small = [name for name in names if sizes[name] <= _SMALL]
        values = dict(zip(small, self.client.mget(small) if small else [], strict=True))
        for name in names:
            value = values.get(name)
            yield name, sizes[name], hashlib.blake2b(value, digest_size=16).hexdigest() if value else ""

    def _text_of(self, name: bytes) -> str:
        try:
            return name.decode()
        except UnicodeDecodeError:
            raise StorageError(
                f"The key {name[:80]!r} is no text, so no task can name it.",
                hint="Rename it, or let the beginning of keys leave it out.",
                storage=self.title,
                field="path",
            ) from None

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        if end is not None and end <= start:
            return io.BytesIO()
        name = self.named(key)
        with told(self, key):
            if start or end is not None:
                value = self.client.getrange(name, start, -1 if end is None else end - 1)
                if not value and not self.client.exists(name):
                    value = None
            else:
                value = self.client.get(name)
        if value is None:
            raise self._missing(key)
        return io.BytesIO(value)

    def stat(self, key: str) -> StoredObject:
        name = self.named(key).encode()
        with told(self, key):
            if not self.client.exists(name):
                raise self._missing(key)
            [(_, size, etag)] = self._look([name])
        return StoredObject(key, size, None, etag)

    def put(self, key: str, body: BinaryIO) -> None:
        with told(self, key):
            self.client.set(self.named(key), body.read())

    def delete(self, key: str) -> None:
        with told(self, key):
            self.client.delete(self.named(key))

    def uri(self, key: str) -> str:
        return f"{self.endpoints()[0]}/{self.db}/{self.named(key)}"

    def key_of(self, uri: str) -> str | None:
        root = self.uri("")
        return uri[len(root) :] if uri.startswith(root) and len(uri) > len(root) else None

    def check(self) -> None:
        """Asks for one page of keys, and never goes through all of them to find one."""
        with told(self):
            self.client.scan(0, _beginning(self.own.path), 10)

    def close(self) -> None:
        if "client" in self.__dict__:
            self.client.close()

    def _missing(self, key: str) -> StorageError:
        return StorageError(
            f'There is no key "{self.named(key)}" in the database {self.db}.',
            hint="Check the name; it may have run out.",
            code="object",
            storage=self.title,
            key=key,
        )
