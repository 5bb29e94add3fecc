"""What is asked of other machines: judged before it is sent, read no longer and no further than was said."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tagma.errors import Unreachable
from tagma.services.caller import Caller
from tagma.testing import make_settings

Talk = Callable[[socket.socket], None]


@pytest.fixture
def server() -> Iterator[Callable[[Talk], str]]:
    """Answers each connection by what a test says; the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def start(talk: Talk) -> str:
            def run() -> None:
                while True:
                    try:
                        connection, _ = listening.accept()
                    except OSError:
                        return
                    with connection:
                        connection.recv(1 << 16)
                        try:
                            talk(connection)
                        except OSError:
                            continue  # the other side had enough

            threading.Thread(target=run, daemon=True).start()
            return f"http://127.0.0.1:{listening.getsockname()[1]}/"

        yield start
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Caller]:
    with Caller(make_settings(tmp_path)) as caller:
        yield caller


def test_an_answer_is_read_whole_or_as_far_as_was_said(server: Callable[[Talk], str], caller: Caller) -> None:
    body = b'{"some": "words"}'
    url = server(
        lambda connection: connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
            b"Content-Length: 17\r\nConnection: close\r\n\r\n" + body
        )
    )
    answer = caller.ask("GET", url, seconds=5, most=100)
    assert (answer.status, answer.kind, answer.body, answer.whole) == (200, "application/json", body, True)
    cut = caller.ask("GET", url, seconds=5, most=5)
    assert (cut.body, cut.whole) == (body[:5], False)


def test_a_redirect_is_told_and_not_followed(server: Callable[[Talk], str], caller: Caller) -> None:
    url = server(
        lambda connection: connection.sendall(
            b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"
        )
    )
    assert caller.ask("GET", url, seconds=5, most=100).status == 302


def test_a_connection_that_is_closed_as_it_is_used_again_is_no_fault(
    server: Callable[[Talk], str], caller: Caller
) -> None:
    seen: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        seen.append(connection.recv(1 << 16))  # the next request on this connection, which gets no answer

    url = server(talk)
    assert caller.ask("GET", url, seconds=5, most=10).body == b"ok"
    assert caller.ask("GET", url, seconds=5, most=10).body == b"ok"
    assert seen[0].startswith(b"GET")
    with pytest.raises(Unreachable, match="did not answer"):
        caller.ask("POST", url, body=b"{}", seconds=5, most=10)


@pytest.mark.parametrize(
    "begin", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"], ids=["silent", "drops"]
)
def test_who_takes_too_long_is_left(begin: bytes, server: Callable[[Talk], str], caller: Caller) -> None:
    done = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(begin)
        while not done.wait(0.05):
            if begin:
                connection.sendall(b" ")

    with pytest.raises(Unreachable, match="did not answer within") as late:
        caller.ask("GET", server(talk), seconds=0.4, most=10_000)
    done.set()
    assert late.value.code == "timeout"


def test_nonsense_and_nobody_are_told_in_words(server: Callable[[Talk], str], caller: Caller) -> None:
    with pytest.raises(Unreachable, match="did not answer"):
        caller.ask(
            "GET",
            server(lambda connection: connection.sendall(b"\x00\x01 what?\r\n\r\n")),
            seconds=5,
            most=10,
        )
    with pytest.raises(Unreachable, match="did not answer") as nobody:
        caller.ask("GET", "http://127.0.0.1:9/", seconds=5, most=10)
    assert nobody.value.code == "url"


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://[::ffff:169.254.169.254]/", "http://there/"])
def test_no_address_is_talked_to_that_was_not_judged(url: str, tmp_path: Path) -> None:
    with Caller(
        make_settings(tmp_path), lambda host, port: [host if host != "there" else "192.168.1.1"]
    ) as caller:
        with pytest.raises(Unreachable) as refused:
            caller.ask("POST", url, body=b"{}", seconds=5, most=10)
        assert refused.value.code == "address"


@pytest.mark.parametrize(
    "url", ["ftp://localhost/", "file:///etc/passwd", "http://", "localhost:80", "http://a b/", ""]
)
def test_what_is_no_address_is_refused(url: str, caller: Caller) -> None:
    with pytest.raises(Unreachable):
        caller.ask("GET", url, seconds=5, most=10)
