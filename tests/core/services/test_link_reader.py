"""Small objects by their links: what goes well is answered, everything else is left to the storage's own library."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tagma.services.storage.link_reader import Fetched, LinkReader
from tagma.settings import Settings

Work = Callable[[LinkReader, str, list[bytes]], Awaitable[None]]
OPEN = Settings(ssrf_protection=False)


def answer(body: bytes, status: str = "200 OK", *more: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more, "", ""]).encode() + body


def run(answers: list[bytes | None], work: Work, settings: Settings = OPEN) -> list[bytes]:
    """Against a server that answers in this order; None: it closes the connection after the answer before. What it was asked,
    with an empty text where a connection began."""
    asked: list[bytes] = []
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(b"")
        while left:
            if left[0] is None:
                left.pop(0)
                break
            try:
                asked.append((await reader.readuntil(b"\r\n\r\n")).splitlines()[0])
            except asyncio.IncompleteReadError:
                break
            said = left.pop(0)
            assert said is not None
            writer.write(said)
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        links = LinkReader(settings, lambda _host, _port: ["127.0.0.1"])
        try:
            await work(links, f"http://objects.example:{port}", asked)
        finally:
            links.close()
            server.close()

    asyncio.run(main())
    return asked


def test_one_connection_brings_one_after_the_other() -> None:
    async def work(links: LinkReader, base: str, _: list[bytes]) -> None:
        assert await links.read(f"{base}/a?signed=1", 10) == Fetched(b"one", '"e"', None)
        found = await links.read(f"{base}/b", 10)
        assert found is not None
        assert (found.body, found.modified and found.modified.isoformat()) == (
            b"two",
            "2026-01-02T03:04:05+00:00",
        )

    asked = run(
        [
            answer(b"one", "200 OK", 'ETag: "e"'),
            answer(b"two", "200 OK", "Last-Modified: Fri, 02 Jan 2026 03:04:05 GMT"),
        ],
        work,
    )
    assert asked == [b"", b"GET /a?signed=1 HTTP/1.1", b"GET /b HTTP/1.1"]


def test_a_connection_that_was_closed_while_it_waited_is_made_anew() -> None:
    async def work(links: LinkReader, base: str, _: list[bytes]) -> None:
        for _number in range(2):
            assert await links.read(f"{base}/a", 10) is not None

    assert run([answer(b"one"), None, answer(b"two")], work).count(b"") == 2


@pytest.mark.parametrize(
    "said",
    [
        answer(b"no", "404 Not Found"),
        answer(b"no", "403 Forbidden"),
        answer(b"", "302 Found", "Location: http://127.0.0.1/"),
        answer(b"longer than ten bytes"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\nlonger than ten byte\r\n0\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    ],
    ids=["missing", "forbidden", "redirect", "large", "large in chunks", "no http", "cut off"],
)  # fmt: skip
def test_whatever_else_comes_is_for_the_library(said: bytes) -> None:
    async def work(links: LinkReader, base: str, _: list[bytes]) -> None:
        assert await links.read(f"{base}/a", 10) is None

    run([said, None], work)


def test_what_was_refused_leaves_nothing_for_the_next_answer() -> None:
    async def work(links: LinkReader, base: str, _: list[bytes]) -> None:
        assert await links.read(f"{base}/a", 10) is None
        found = await links.read(f"{base}/b", 10)
        assert found is not None
        assert found.body == b"two"

    assert run([answer(b"longer than ten bytes"), answer(b"two")], work).count(b"") == 2


def test_nothing_is_asked_of_an_address_that_the_guard_bans() -> None:
    async def work(links: LinkReader, base: str, asked: list[bytes]) -> None:
        assert await links.read(f"{base}/a", 10) is None
        assert asked == []

    guarded: dict[str, Any] = {"ssrf_protection": True, "host": "0.0.0.0", "public_url": "https://tagma.example.com"}  # fmt: skip
    assert run([answer(b"secret")], work, Settings(**guarded)) == []


def test_behind_a_proxy_all_is_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")

    async def work(links: LinkReader, base: str, asked: list[bytes]) -> None:
        assert await links.read(f"{base}/a", 10) is None
        assert asked == []

    run([answer(b"one")], work)
