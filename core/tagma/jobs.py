"""Long work: import, export, sync. The ``job`` table is the truth, the engine is only told ``run(job_id)``.

A handler is registered by kind and gets a :class:`JobContext`. It must be safe to begin again at its checkpoint: the worker
may die at any moment, and another one takes the job up.

::

    @kind("import")
    def run_import(job: JobContext) -> dict: ...

    job_id = site.jobs.start("import", actor, project_id, {"files": [1, 2]})

A job belongs to the worker named in its row. Whatever a worker writes about a job names itself in the condition, so a
worker that was given up for dead and comes back can't disturb the one that took over.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import orjson

from tagma.db.engine import Database, Transaction
from tagma.db.tables import Job
from tagma.db.types import now, stamp
from tagma.errors import Conflict, NotFound, TagmaError
from tagma.plugin.events import JobFinished
from tagma.settings import Settings

log = logging.getLogger("tagma.jobs")

ATTEMPTS = 3  # a job that kills its worker as often as this is given up
BEAT_SECONDS = 2.0
STALE_SECONDS = 30.0  # without a heartbeat for this long a worker counts as dead
WRITE_SECONDS = 0.4  # progress is written at most this often
STOP_SECONDS = 0.9

Handler = Callable[["JobContext"], Mapping[str, Any]]
_HANDLERS: dict[str, Handler] = {}
ENDED = ("completed", "failed", "cancelled")


class Home(Protocol):
    """What jobs need of the site."""

    settings: Settings
    database: Database


class Who(Protocol):
    """Who starts a job."""

    @property
    def user_id(self) -> Any: ...
    @property
    def organization_id(self) -> Any: ...


class Cancelled(Exception):
    """The person asked to stop; handlers let it pass after tidying up."""


class Interrupted(Exception):
    """This process stops, or another worker has taken the job over; the job goes on elsewhere from its checkpoint."""


def kind(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job."""

    def register(handler: Handler) -> Handler:
        _HANDLERS[name] = handler
        return handler

    return register


@dataclass(frozen=True)
class _Claim:
    id: int
    kind: str
    organization_id: int
    project_id: int | None
    user_id: int | None
    params: dict[str, Any]
    checkpoint: dict[str, Any]
    attempts: int


class JobContext:
    """One run of one job, as its handler sees it."""

    def __init__(self, jobs: Jobs, claim: _Claim) -> None:
        self.site: Any = jobs.site
        self.id = claim.id
        self.kind = claim.kind
        self.organization_id = claim.organization_id
        self.project_id = claim.project_id
        self.user_id = claim.user_id
        self.params = claim.params
        self.checkpoint = claim.checkpoint
        self.attempts = claim.attempts
        self._jobs = jobs
        self._written = 0.0
        self._asked = 0.0
        self._cancelled = False

    def progress(self, done: int, total: int | None = None, unit: str = "", note: str = "") -> None:
        """Say how far the work is; cheap enough for every row. The place where a job is cancelled or interrupted.

        :raises Cancelled: the person asked to stop.
        """
        moment = time.monotonic()
        if moment - self._written < WRITE_SECONDS and not self._jobs.stopping.is_set():
            return
        self._written = moment
        self.check()
        self._update(
            "done = :done, total = :total, unit = :unit, note = :note",
            done=done,
            total=total,
            unit=unit,
            note=note,
        )

    def save(self, checkpoint: dict[str, Any], tx: Transaction | None = None) -> None:
        """Remember how far the work is, so that it goes on from here.

        :param tx: the transaction that does this part of the work: then both happen or neither does.
        """
        self.checkpoint = checkpoint
        text = orjson.dumps(checkpoint).decode()
        if tx is None:
            self._update("checkpoint = :checkpoint", checkpoint=text)
        else:
            self._update_in(tx, "checkpoint = :checkpoint", checkpoint=text)

    @property
    def cancelled(self) -> bool:
        """Whether the person asked to stop; looked up at most a few times a second."""
        moment = time.monotonic()
        if not self._cancelled and moment - self._asked >= WRITE_SECONDS:
            self._asked = moment
            row = self._jobs.site.database.read(
                lambda tx: tx.row("SELECT cancel_asked FROM job WHERE id = :id", id=self.id)
            )
            self._cancelled = row is None or bool(row[0])
        return self._cancelled

    def check(self) -> None:
        """:raises Cancelled: the person asked to stop. :raises Interrupted: this process is stopping."""
        if self._jobs.stopping.is_set():
            raise Interrupted
        if self.cancelled:
            raise Cancelled

    def _update(self, assignments: str, **values: Any) -> None:
        self._jobs.site.database.write(lambda tx: self._update_in(tx, assignments, **values))

    def _update_in(self, tx: Transaction, assignments: str, **values: Any) -> None:
        touched = tx.run(
            f"UPDATE job SET {assignments}, heartbeat_at = :beat WHERE id = :id AND worker = :worker AND state = 'running'",
            beat=stamp(),
            id=self.id,
            worker=self._jobs.worker,
            **values,
        )
        if not touched:
            raise Interrupted


class Jobs:
    """The jobs of a site: start them, and work on them here if this process is asked to."""

    def __init__(self, site: Home) -> None:
        self.site = site
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.stopping = threading.Event()
        self._huey: Any = None
        self._consumer: Any = None
        self._keeper: threading.Thread | None = None
        self._running: set[int] = set()
        self._lock = threading.Lock()

    # start, look, cancel

    def start(
        self, kind: str, actor: Who, project_id: int | None = None, params: dict[str, Any] | None = None
    ) -> int:
        """Queue a job and return its id at once."""
        job_id = self.site.database.write(lambda tx: self.enqueue(tx, kind, actor, project_id, params))
        self.announce(job_id)
        return job_id

    def enqueue(
        self,
        tx: Transaction,
        kind: str,
        actor: Who,
        project_id: int | None = None,
        params: dict[str, Any] | None = None,
    ) -> int:
        """Write a job as part of ``tx``. Call :meth:`announce` after the commit; if nobody does, a worker finds it a
        little later."""
        if kind not in _HANDLERS:
            raise LookupError(f"nobody handles jobs of the kind {kind!r}")
        job = Job(
            organization_id=actor.organization_id,
            project_id=project_id,
            user_id=actor.user_id,
            kind=kind,
            params=params or {},
        )
        tx.session.add(job)
        tx.session.flush()
        assert job.id is not None
        return job.id

    def announce(self, job_id: int) -> None:
        """Tell the engine; when it does not answer the job still waits in the table."""
        try:
            self._engine().run(job_id)
        except Exception:
            log.warning(
                "the job queue did not take job %s; a worker will find it in the table", job_id, exc_info=True
            )

    def cancel(self, tx: Transaction, job_id: int) -> None:
        """Ask a job to stop; one that has not begun ends at once.

        :raises Conflict: it has ended already.
        """
        moment = stamp()
        if tx.run(
            "UPDATE job SET state = 'cancelled', cancel_asked = :yes, finished_at = :at WHERE id = :id AND state = 'queued'",
            yes=True,
            at=moment,
            id=job_id,
        ):
            return
        if not tx.run(
            "UPDATE job SET cancel_asked = :yes WHERE id = :id AND state = 'running'", yes=True, id=job_id
        ):
            row = tx.row("SELECT state FROM job WHERE id = :id", id=job_id)
            if row is None:
                raise NotFound(f"There is no job {job_id}.")
            raise Conflict(f"Job {job_id} has ended already: {row[0]}.", hint="Nothing is left to stop.")

    # work

    def work_here(self, threads: int | None = None) -> None:
        """Work on jobs in threads of this process, as many as the settings say, until :meth:`close`."""
        threads = self.site.settings.job_threads if threads is None else threads
        if threads == 0 or self._consumer is not None:
            return
        from huey.consumer import Consumer  # type: ignore[import-untyped]

        class Embedded(Consumer):
            """Leaves the process's signals to whoever owns them."""

            def _set_signal_handlers(self) -> None:
                pass

        for name in ("huey", "huey.consumer"):
            logging.getLogger(name).setLevel(logging.WARNING)
        engine = self._engine()
        self._consumer = Embedded(
            engine.huey, workers=threads, periodic=False, max_delay=0.2, check_worker_health=False
        )
        self._consumer.start()
        self._keeper = threading.Thread(target=self._keep, name="tagma-jobs-keeper", daemon=True)
        self._keeper.start()

    def work_until_stopped(self, threads: int) -> None:
        """``tagma worker``: work on jobs until SIGINT or SIGTERM, then hand back what is unfinished."""
        import signal

        done = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: done.set())
        self.work_here(threads)
        while not done.wait(0.5):
            pass
        self.close()

    def drain(self) -> None:
        """Work in this thread until no job waits; for tests and for commands without a server."""
        while True:
            waiting = self.site.database.read(
                lambda tx: tx.rows("SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 1")
            )
            if not waiting:
                return
            self.run(waiting[0][0])

    def run(self, job_id: int) -> None:
        """Take a job if it is free and see it to its end; what goes wrong is written in its row."""
        claim = self._claim(job_id)
        if claim is None:
            return
        context = JobContext(self, claim)
        with self._lock:
            self._running.add(job_id)
        try:
            handler = _HANDLERS.get(claim.kind)
            if handler is None:
                raise NotFound(
                    f'Nobody here handles jobs of the kind "{claim.kind}".',
                    hint="Run workers of the same version.",
                )
            result = handler(context)
        except Cancelled:
            self._finish(context, "cancelled")
        except Interrupted:
            self._hand_back(context)
        except TagmaError as error:
            self._finish(context, "failed", error=error.as_dict())
        except Exception as error:
            log.exception("job %s (%s) failed", job_id, claim.kind)
            self._finish(context, "failed", error=_unexpected(error, job_id))
        else:
            self._finish(context, "completed", result=result)
        finally:
            with self._lock:
                self._running.discard(job_id)

    def close(self) -> None:
        """Stop working here; jobs under way are handed back at their checkpoint. Takes less than a second."""
        self.stopping.set()
        if self._consumer is not None:
            self._consumer.stop_flag.set()
            deadline = time.monotonic() + STOP_SECONDS
            for _, thread in self._consumer.worker_threads:
                thread.join(max(deadline - time.monotonic(), 0.05))
            self._consumer = None
        if self._keeper is not None:
            self._keeper.join(STOP_SECONDS)
            self._keeper = None
        if self._huey is not None:
            with contextlib.suppress(Exception):  # a lost connection is closed enough
                self._huey.huey.storage.close()
            self._huey = None

    def _claim(self, job_id: int) -> _Claim | None:
        def claim(tx: Transaction) -> _Claim | None:
            taken = tx.run(
                "UPDATE job SET state = 'running', worker = :worker, attempts = attempts + 1, heartbeat_at = :at,"
                " started_at = COALESCE(started_at, :at) WHERE id = :id AND state = 'queued'",
                worker=self.worker,
                at=stamp(),
                id=job_id,
            )
            job = tx.session.get(Job, job_id, populate_existing=True) if taken else None
            if job is None:
                return None
            return _Claim(
                job_id,
                job.kind,
                job.organization_id,
                job.project_id,
                job.user_id,
                dict(job.params),
                dict(job.checkpoint),
                job.attempts,
            )

        return self.site.database.write(claim)

    def _finish(
        self,
        context: JobContext,
        state: str,
        result: Mapping[str, Any] | None = None,
        error: dict[str, Any] | None = None,
    ) -> None:
        def finish(tx: Transaction) -> None:
            changed = tx.run(
                "UPDATE job SET state = :state, result = :result, error = :error, finished_at = :at, checkpoint = '{}'"
                " WHERE id = :id AND worker = :worker AND state = 'running'",
                state=state,
                result=orjson.dumps(dict(result or {}), default=str).decode(),
                at=stamp(),
                id=context.id,
                error=orjson.dumps(error, default=str).decode() if error else None,
                worker=self.worker,
            )
            if changed:
                tx.tell(
                    JobFinished(
                        organization_id=context.organization_id,
                        project_id=context.project_id,
                        user_id=context.user_id,
                        job_id=context.id,
                        kind=context.kind,
                        state=state,
                    )
                )

        self.site.database.write(finish)

    def _hand_back(self, context: JobContext) -> None:
        """Being interrupted is nobody's fault, so it does not count as an attempt."""
        self.site.database.write(
            lambda tx: tx.run(
                "UPDATE job SET state = 'queued', attempts = attempts - 1, worker = ''"
                " WHERE id = :id AND worker = :worker AND state = 'running'",
                id=context.id,
                worker=self.worker,
            )
        )

    # the keeper: heartbeats of what runs here, and jobs that somebody else left behind

    def _keep(self) -> None:
        while True:
            try:
                self.beat()
                self.reap()
            except Exception:
                log.exception("the keeper of jobs stumbled; it goes on")
            if self.stopping.wait(BEAT_SECONDS):
                return

    def beat(self) -> None:
        with self._lock:
            mine = sorted(self._running)
        if mine:
            listed = ",".join(map(str, mine))
            self.site.database.write(
                lambda tx: tx.run(
                    f"UPDATE job SET heartbeat_at = :at WHERE id IN ({listed}) AND worker = :worker AND state = 'running'",
                    at=stamp(),
                    worker=self.worker,
                )
            )

    def reap(self) -> list[int]:
        """Queue jobs again whose worker died, give up those that died too often, and announce what waits unheard."""
        with self._lock:
            mine = set(self._running)
        stale = stamp(now() - timedelta(seconds=STALE_SECONDS))
        rows = self.site.database.read(
            lambda tx: tx.rows("SELECT id, worker, heartbeat_at, attempts FROM job WHERE state = 'running'")
        )
        dead = [
            row for row in rows if row[0] not in mine and ((row[2] or "") < stale or self._is_gone(row[1]))
        ]
        for job_id, worker, _, attempts in dead:
            self.site.database.write(
                functools.partial(_take_back, job_id=job_id, worker=worker, attempts=attempts)
            )
        for (job_id,) in self.site.database.read(
            lambda tx: tx.rows("SELECT id FROM job WHERE state = 'queued' ORDER BY id LIMIT 100")
        ):
            if not self._engine().huey.pending_count() or job_id in {row[0] for row in dead}:
                self.announce(job_id)
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

    def _engine(self) -> _Engine:
        with self._lock:
            if self._huey is None:
                self._huey = _Engine(self.site.settings, self.run)
            return self._huey


class _Engine:
    """huey on a store of the settings' choosing, with one task in it."""

    def __init__(self, settings: Settings, run: Callable[[int], None]) -> None:
        store = settings.jobs
        options: dict[str, Any] = {"results": False, "name": "tagma"}
        if store == "embedded":
            from huey import SqliteHuey  # type: ignore[import-untyped]

            file: Path = settings.data_dir / "jobs.db"
            self.huey: Any = SqliteHuey(filename=str(file), **options)
        elif store.startswith("redis"):
            from huey import RedisHuey

            self.huey = RedisHuey(url=store, **options)
        else:
            from huey import PostgresHuey

            self.huey = PostgresHuey(dsn=store, **options)
        self.run = self.huey.task(name="run")(run)


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


def _unexpected(error: Exception, job_id: int) -> dict[str, Any]:
    return {
        "code": "unexpected",
        "message": f"Something went wrong that nobody foresaw: {type(error).__name__}.",
        "hint": f"The server's log has the details under job {job_id}.",
        "where": {"job": job_id},
    }
