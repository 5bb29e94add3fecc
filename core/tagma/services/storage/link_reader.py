"""Small objects by the links that their storage makes, in the event loop: no thread, and connections that stay open.

A page of pictures asks for a hundred of them at once, and handing each to a thread and back costs more than everything else.
Only what goes well is answered here. Whatever else an answer is (an error, a redirect, something large), and whatever fails on
the way, the storage's own library is asked, which knows what to say. Each new connection goes to an address that the guard has
judged; looking a name up is done in a thread.
"""

from __future__ import annotations

import asyncio
import ssl
import time
import urllib.request
import weakref
from collections import defaultdict
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import httptools

from tagma.errors import Unreachable
from tagma.services import netguard
from tagma.settings import Settings

_SECONDS = 20.0  # for one object
_IDLE_SECONDS = 15.0  # that a connection waits for the next one
_IDLE = 32  # connections to one server that wait
_AWAY_SECONDS = 60.0  # that a server is left to the library after it could not be reached here


class Fetched(NamedTuple):
    body: bytes
    etag: str
    modified: datetime | None
    """Only where there is no etag, which says more."""


class _Other(Exception):
    """An answer that is not for here."""


_Server = tuple[str, str]  # scheme, and host with port


class LinkReader:
    """One for the site; its connections belong to the event loops that use it."""

    def __init__(self, settings: Settings, look_up: netguard.Resolve = netguard.resolve) -> None:
        self._settings, self._look_up = settings, look_up
        self._idle: weakref.WeakKeyDictionary[Any, dict[_Server, list[_Connection]]] = (
            weakref.WeakKeyDictionary()
        )
        self._away: dict[_Server, float] = {}

    async def read(self, link: str, most: int) -> Fetched | None:
        """The object, if it is there and has no more than ``most`` bytes."""
        parts = urlsplit(link)
        server = (parts.scheme, parts.netloc)
        if self._behind_proxy or self._away.get(server, 0.0) > time.monotonic():
            return None
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._read(server, parts, most)
        except _Other:
            return None
        except (OSError, TimeoutError, Unreachable, ValueError):
            self._away[server] = time.monotonic() + _AWAY_SECONDS
            return None

    async def _read(self, server: _Server, parts: SplitResult, most: int) -> Fetched:
        idle = self._idle.setdefault(asyncio.get_running_loop(), defaultdict(list))[server]
        while True:
            connection = idle.pop() if idle else None
            kept = connection is not None
            if connection is None:
                connection = await self._connect(parts)
            elif connection.is_old():
                connection.close()
                continue
            try:
                found = await connection.get(parts, most)
            except ConnectionError:
                connection.close()
                if kept:
                    continue  # it was closed while it waited
                raise
            except BaseException:
                connection.close()  # what is still coming would be taken for the next answer
                raise
            if connection.lasts and len(idle) < _IDLE:
                idle.append(connection)
            else:
                connection.close()
            return found

    async def _connect(self, parts: SplitResult) -> _Connection:
        """:raises Unreachable: the guard does not let it."""
        loop = asyncio.get_running_loop()
        host, address, port = await asyncio.to_thread(
            netguard.judged_address, parts.geturl(), self._settings, self._look_up
        )
        secure = self._certificates if parts.scheme == "https" else None
        _, connection = await loop.create_connection(
            _Connection, address, port, ssl=secure, server_hostname=host if secure else None
        )
        return connection

    @cached_property
    def _behind_proxy(self) -> bool:
        """The libraries of storages know how to go through one."""
        return bool({"http", "https", "all"} & urllib.request.getproxies().keys())

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def close(self) -> None:
        """Let go of the connections of this event loop."""
        for connections in self._idle.pop(asyncio.get_running_loop(), {}).values():
            for connection in connections:
                connection.close()


class _Connection(asyncio.Protocol):
    """One question at a time. The lower half is what the parser calls."""

    lasts = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._answer: asyncio.Future[Fetched] | None = None

    def get(self, parts: SplitResult, most: int) -> asyncio.Future[Fetched]:
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._most, self._body, self._headers = most, bytearray(), dict[bytes, bytes]()
        self.lasts = False
        if self._transport.is_closing():
            self._fail(ConnectionResetError())
        else:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            host = parts.netloc.rpartition("@")[2]
            self._transport.write(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode())
        return self._answer

    def is_old(self) -> bool:
        return time.monotonic() - self._used > _IDLE_SECONDS

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ValueError(str(error)))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(ConnectionResetError())

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        length = self._headers.get(b"content-length", b"")
        if self._parser.get_status_code() != 200 or (length.isdigit() and int(length) > self._most):
            self._fail(_Other())

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > self._most:
            self._fail(_Other())

    def on_message_complete(self) -> None:
        self.lasts = self._parser.should_keep_alive()
        self._used = time.monotonic()
        if self._answer is not None and not self._answer.done():
            etag, moment = (
                self._headers.get(name, b"").decode("latin-1") for name in (b"etag", b"last-modified")
            )
            modified = parsedate_to_datetime(moment) if moment and not etag else None
            self._answer.set_result(Fetched(bytes(self._body), etag, modified))
