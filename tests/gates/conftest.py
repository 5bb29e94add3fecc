"""A proxy as admins put one before a server: TLS, and a sub-path that is passed on or taken away."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme

_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-authorization"}


class Proxy(ThreadingHTTPServer):
    """Passes all below ``/tagma`` on to ``target``; anything else is somebody else's site."""

    daemon_threads = True
    target = ""  # host:port, known when the server behind has started

    def __init__(self, strips: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.strips = strips
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("localhost").configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.address = f"https://localhost:{self.server_port}/tagma"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes a connection is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def handle_any(self) -> None:
        if not (self.path + "/").startswith("/tagma/"):
            self.send_error(404, "Another site")
            return
        path = self.path.removeprefix("/tagma") if self.server.strips else self.path
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": self.client_address[0]}
        upstream = http.client.HTTPConnection(self.server.target, timeout=60)
        try:
            upstream.request(self.command, path or "/", body, headers)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*_HOP, "content-length", "date"}:
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def proxy() -> Callable[..., AbstractContextManager[Proxy]]:
    @contextmanager
    def standing(*, strips: bool = False) -> Iterator[Proxy]:
        server = Proxy(strips)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        server.server_close()
        thread.join()

    return standing
