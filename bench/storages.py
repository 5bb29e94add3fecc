"""Storages on a real S3 server: a sync of many keys, one more that finds nothing new, and small objects read through the server
against what the client library does alone.

Run: ``uv run --group dev bench/storages.py [keys, objects] [postgres | database url]``.
"""

from __future__ import annotations

import asyncio
import base64
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import obstore
from common import CONFIG, Fetcher, Figures, Server, arguments, serving
from obstore.store import S3Store

from tagma_objects.testing import Server as S3
from tagma_objects.testing import s3_server

READERS = (1, 8)
ROUNDS = 5
AT_ONCE = 64
SMALL = b"x" * 2048


async def fill(store: S3Store, folder: str, count: int, body: bytes) -> None:
    limit = asyncio.Semaphore(AT_ONCE)

    async def put(number: int) -> None:
        async with limit:
            await obstore.put_async(store, f"{folder}/{number:07d}.txt", body)

    await asyncio.gather(*(put(number) for number in range(count)))


def connect(server: Server, s3: S3, bucket: str, folder: str) -> tuple[int, int]:
    """A new project with a storage; both numbers."""
    project = server.project(CONFIG, folder)
    settings = s3.settings(bucket, prefix=folder, presign=False)
    asked = {"project": project, "use_blob_urls": True, **settings}
    return project, int(server.ask("POST", "/api/storages/s3", asked)["id"])


def sync(server: Server, storage: int) -> float:
    """Seconds."""
    begun = time.perf_counter()
    server.finish(server.ask("POST", f"/api/storages/s3/{storage}/sync")["last_sync_job"])
    return time.perf_counter() - begun


def by_readers(read: Callable[[list[int]], None], count: int, readers: int) -> float:
    """Objects a second by some readers at once."""
    parts = [list(range(count))[at::readers] for at in range(readers)]
    with ThreadPoolExecutor(readers) as pool:
        begun = time.perf_counter()
        list(pool.map(read, parts))
        return count / (time.perf_counter() - begun)


def reading(server: Server, figures: Figures, store: S3Store, project: int, count: int) -> None:
    tasks = server.ask("GET", f"/api/tasks/?project={project}&page_size={count}&fields=all&resolve_uri=false")
    addresses = []
    for task in tasks["tasks"]:
        word = base64.urlsafe_b64encode(task["data"]["text"].encode()).decode()
        addresses.append(f"/tasks/{task['id']}/resolve/?fileuri={word}")

    def alone(numbers: list[int]) -> None:
        for number in numbers:
            body: Any = obstore.get(store, f"small/{number:07d}.txt").bytes()
            assert len(body) == len(SMALL)

    def through(numbers: list[int]) -> None:
        fetcher = Fetcher(server)
        for number in numbers:
            assert fetcher.get(addresses[number]) == (200, len(SMALL))
        fetcher.close()

    for readers in READERS:
        for one in (alone, through):
            by_readers(one, min(count, 200), readers)  # warm
        rounds = [
            (by_readers(alone, count, readers), by_readers(through, count, readers)) for _ in range(ROUNDS)
        ]
        words = f"{count:,} objects of 2 KiB, {readers} at once"
        figures.add(f"{words}: the library alone", statistics.median(one for one, _ in rounds), "/s")
        figures.add(f"{words}: through the server", statistics.median(one for _, one in rounds), "/s")
        share = statistics.median(through / alone for alone, through in rounds)
        figures.add(f"{words}: through the server, of the library alone", share, "x", "0.5")


def main() -> None:
    name, (many, some) = arguments(100_000, 1_000)
    figures = Figures("storages" + ("-postgres" if name else ""))
    with (
        tempfile.TemporaryDirectory(prefix="tagma-bench-s3-") as folder,
        s3_server(Path(folder)) as s3,
        serving(name) as (server, _, _),
    ):
        bucket = s3.bucket()
        store = s3.store(bucket)
        asyncio.run(fill(store, "small", some, SMALL))
        project, storage = connect(server, s3, bucket, "small")
        sync(server, storage)
        reading(server, figures, store, project, some)
        asyncio.run(fill(store, "many", many, b"1"))
        begun = time.perf_counter()
        assert sum(len(chunk) for chunk in obstore.list(store, "many")) == many
        figures.add(f"{many:,} keys listed by the library alone", many / (time.perf_counter() - begun), "/s")
        _, storage = connect(server, s3, bucket, "many")
        figures.add(f"{many:,} keys become tasks", many / sync(server, storage), "/s", "5,000")
        figures.add(f"{many:,} keys that are known", many / sync(server, storage), "/s")
        figures.add("server's memory at its peak", server.peak(), "MiB")
    print(figures.save())


if __name__ == "__main__":
    main()
