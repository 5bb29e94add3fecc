"""The queue that tells workers of a job: huey on a store of the settings' choosing, with one task in it."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

from huey import PostgresHuey, RedisHuey, SqliteHuey  # type: ignore[import-untyped]
from huey.consumer import Consumer  # type: ignore[import-untyped]

from tagma.settings import Settings


class _Embedded(Consumer):
    """Leaves the process's signals to whoever owns them."""

    def _set_signal_handlers(self) -> None:
        pass


class Engine:
    """Imported only by who queues or does a job: huey takes its time to load."""

    def __init__(self, settings: Settings, run: Callable[[int], None]) -> None:
        store = settings.jobs
        options: dict[str, Any] = {"results": False, "name": "tagma"}
        if store == "embedded":
            self.huey: Any = SqliteHuey(filename=str(settings.data_dir / "jobs.db"), **options)
        elif store.startswith("redis"):
            self.huey = RedisHuey(url=store, **options)
        else:
            self.huey = PostgresHuey(dsn=store, **options)
        self.tell = self.huey.task(name="run")(run)
        self._consumer: Any = None

    def waiting(self) -> int:
        """How many jobs it has been told of that nobody has taken."""
        return int(self.huey.pending_count())

    def work(self, threads: int) -> None:
        for name in ("huey", "huey.consumer"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._consumer = _Embedded(
            self.huey, workers=threads, periodic=False, max_delay=0.2, check_worker_health=False
        )
        self._consumer.start()

    def close(self, seconds: float) -> None:
        """Stop working, wait so long at most for what is under way, and leave the store."""
        if self._consumer is not None:
            self._consumer.stop_flag.set()
            deadline = time.monotonic() + seconds
            for _, thread in self._consumer.worker_threads:
                thread.join(max(deadline - time.monotonic(), 0.05))
            self._consumer = None
        with contextlib.suppress(Exception):  # a lost connection is closed enough
            self.huey.storage.close()
