"""What a thread writes reaches the reader at once, squeezed or not."""

from __future__ import annotations

import asyncio
import threading
import zlib
from typing import Any

import pytest

from tagma.http.pipe import Pipe, takes_gzip


@pytest.mark.parametrize("gzip", [False, True])
def test_the_first_words_arrive_while_the_rest_is_still_to_be_written(gzip: bool) -> None:
    more = threading.Event()

    def work(out: Any) -> None:
        out.write(b"first ")
        assert more.wait(30)
        out.write(b"rest" * 100_000)

    async def read() -> tuple[bytes, bytes]:
        chunks = Pipe(work, gzip=gzip).chunks()
        first = await anext(chunks)
        more.set()
        return first, first + b"".join([chunk async for chunk in chunks])

    first, whole = asyncio.run(read())
    plain = zlib.decompressobj(31).decompress if gzip else bytes
    assert plain(first) == b"first "
    assert (zlib.decompress(whole, 31) if gzip else whole) == b"first " + b"rest" * 100_000


def test_an_error_is_told_to_the_reader_where_it_happened() -> None:
    def work(out: Any) -> None:
        out.write(b"some")
        raise ValueError("broken")

    async def read() -> None:
        async for chunk in Pipe(work).chunks():
            assert chunk == b"some"

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(read())


def test_gzip_is_taken_by_those_who_say_so() -> None:
    assert takes_gzip("br, gzip;q=0.8")
    assert takes_gzip("GZIP")
    assert not takes_gzip("")
    assert not takes_gzip("identity, gzip; q=0")
    assert not takes_gzip("x-gzip-not")
