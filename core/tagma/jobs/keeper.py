"""Heartbeats of the jobs that run here, and jobs that somebody else left behind."""

from __future__ import annotations

import functools
import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta

import orjson

from tagma.db.engine import Database, Transaction
from tagma.db.types import now, stamp

log = logging.getLogger("tagma.jobs")

ATTEMPTS = 3  # a job that kills its worker as often as this is given up
BEAT_SECONDS = 2.0
STALE_SECONDS = 30.0  # without a heartbeat for this long a worker counts as dead


class Keeper:
    """:param running: the jobs under way here. :param idle: whether the engine knows of no job that waits.
    :param tick: called at every beat."""

    def __init__(
        self,
        database: Database,
        worker: str,
        running: Callable[[], set[int]],
        idle: Callable[[], bool],
        announce: Callable[[int], None],
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.database = database
        self.worker = worker
        self._running = running
        self._idle = idle
        self._announce = announce
        self._tick = tick
        self._thread: threading.Thread | None = None

    def start(self, stopping: threading.Event) -> None:
        """Beat and reap in a thread until ``stopping`` is set."""
        self._thread = threading.Thread(
            target=self._keep, args=(stopping,), name="tagma-jobs-keeper", daemon=True
        )
        self._thread.start()

    def join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)
            self._thread = None

    def _keep(self, stopping: threading.Event) -> None:
        while True:
            try:
                self.beat()
                self.reap()
                self._tick()
            except Exception:
                log.exception("the keeper of jobs stumbled; it goes on")
            if stopping.wait(BEAT_SECONDS):
                return

    def beat(self) -> None:
        mine = sorted(self._running())
        if mine:
            listed = ",".join(map(str, mine))
            self.database.write(
                lambda tx: tx.run(
                    f"UPDATE job SET heartbeat_at = :at WHERE id IN ({listed}) AND worker = :worker AND state = 'running'",
                    at=stamp(),
                    worker=self.worker,
                )
            )

    def reap(self) -> list[int]:
        """Queue jobs again whose worker died, give up those that died too often, and announce what waits unheard."""
        mine = self._running()
        stale = stamp(now() - timedelta(seconds=STALE_SECONDS))
        rows = self.database.read(
            lambda tx: tx.rows("SELECT id, worker, heartbeat_at, attempts FROM job WHERE state = 'running'")
        )
        dead = [
            row for row in rows if row[0] not in mine and ((row[2] or "") < stale or self._is_gone(row[1]))
        ]
        for job_id, worker, _, attempts in dead:
            self.database.write(
                functools.partial(_take_back, job_id=job_id, worker=worker, attempts=attempts)
            )
        for (job_id,) in self.database.read(
            lambda tx: tx.rows("SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 100")
        ):
            if self._idle() or job_id in {row[0] for row in dead}:
                self._announce(job_id)
        return [row[0] for row in dead]

    def _is_gone(self, worker: str) -> bool:
        """Whether a worker of this machine no longer lives; for others only the heartbeat tells."""
        host, _, rest = worker.partition(":")
        pid, _, _ = rest.partition(":")
        if host != socket.gethostname() or not pid.isdecimal() or os.name == "nt":
            return False
        if int(pid) == os.getpid():
            return worker != self.worker  # the same number in an earlier life of this machine
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def _take_back(tx: Transaction, job_id: int, worker: str, attempts: int) -> None:
    if attempts < ATTEMPTS:
        tx.run(
            "UPDATE job SET state = 'queued', worker = '' WHERE id = :id AND worker = :worker AND state = 'running'",
            id=job_id,
            worker=worker,
        )
        return
    error = {
        "code": "job-died",
        "where": {"job": job_id},
        "message": f"The worker died {attempts} times while it did this.",
        "hint": "Look into the server's log; often memory ran out. Then start it again, in smaller parts if you can.",
    }
    tx.run(
        "UPDATE job SET state = 'failed', error = :error, finished_at = :at WHERE id = :id AND worker = :worker"
        " AND state = 'running'",
        error=orjson.dumps(error).decode(),
        at=stamp(),
        id=job_id,
        worker=worker,
    )
