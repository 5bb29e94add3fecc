"""From a thread that writes to an answer that is sent: at most a few chunks wait between the two."""

from __future__ import annotations

import asyncio
import io
import queue
import threading
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

_CHUNK = 64 << 10
_WAIT = 0.5
_GZIP = 31  # what zlib calls a gzip header around the largest window
_LEVEL = 1  # exports are sent as fast as they are made; more would make people wait


def takes_gzip(accepted: str) -> bool:
    """Whether a request with this ``Accept-Encoding`` understands gzip."""
    for part in accepted.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


class Pipe(io.RawIOBase):
    """``work`` writes to this file in a thread of its own; ``chunks`` gives the bytes to the event loop.

    The thread stops with the first write after the reader has gone.

    :param gzip: squeeze the bytes in that thread. A compressor around the answer would keep the first of them back until it
        has seen enough to squeeze well; here what is written first goes out first.
    """

    def __init__(self, work: Callable[[Any], object], *, gzip: bool = False) -> None:
        self._squeeze = zlib.compressobj(_LEVEL, wbits=_GZIP) if gzip else None
        self._queue: queue.Queue[bytes | BaseException | None] = queue.Queue(8)
        self._gathered = bytearray()
        self._sent = False
        self._gone = threading.Event()
        self._work = work
        self._thread = threading.Thread(target=self._run, name="tagma-export", daemon=True)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._gathered += data if self._squeeze is None else self._squeeze.compress(data)
        if not self._sent:
            self._flush(zlib.Z_SYNC_FLUSH)
        elif len(self._gathered) >= _CHUNK:
            self._pass_on()
        return len(data)

    def _flush(self, mode: int) -> None:
        if self._squeeze is not None:
            self._gathered += self._squeeze.flush(mode)
        self._pass_on()

    def _pass_on(self) -> None:
        if self._gathered:
            self._put(bytes(self._gathered))
            self._gathered.clear()
            self._sent = True

    def _put(self, item: bytes | BaseException | None) -> None:
        while not self._gone.is_set():
            try:
                self._queue.put(item, timeout=_WAIT)
            except queue.Full:
                continue
            return
        raise BrokenPipeError("the reader has gone")

    def _run(self) -> None:
        try:
            try:
                self._work(self)
                self._flush(zlib.Z_FINISH)
            except BrokenPipeError:
                return
            except Exception as error:  # told to whoever reads
                self._put(error)
                return
            self._put(None)
        except BrokenPipeError:
            return

    def _get(self) -> bytes | BaseException | None:
        while not self._gone.is_set():
            try:
                return self._queue.get(timeout=_WAIT)
            except queue.Empty:
                continue
        return None

    async def chunks(self) -> AsyncIterator[bytes]:
        """:raises Exception: what the work raised, at the place where it did."""
        self._thread.start()
        try:
            while (item := await asyncio.to_thread(self._get)) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self._gone.set()
