"""Queueing jobs, cancelling them, and seeing them to their end."""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Job
from tagma.db.types import stamp
from tagma.errors import Conflict, NotFound, TagmaError, Unavailable
from tagma.jobs.clock import Clock
from tagma.jobs.context import HANDLERS, Cancelled, Claim, Home, Interrupted, JobContext
from tagma.jobs.keeper import Keeper
from tagma.plugin.events import JobFinished

if TYPE_CHECKING:
    from tagma.jobs.engine import Engine

log = logging.getLogger("tagma.jobs")

STOP_SECONDS = 0.9


class Who(Protocol):
    """Who starts a job."""

    @property
    def user_id(self) -> Any: ...
    @property
    def organization_id(self) -> Any: ...


class Jobs:
    """The jobs of a site: start them, and work on them here if this process is asked to."""

    def __init__(self, site: Home) -> None:
        self.site = site
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.stopping = threading.Event()
        self.keeper = Keeper(
            site.database,
            self.worker,
            self._under_way,
            lambda: not self._engine().waiting(),
            self.announce,
            Clock(site).tick,
        )
        self._made: Engine | None = None
        self._working = False
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
        if kind not in HANDLERS:
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

    def again(self, tx: Transaction, job_id: int) -> bool:
        """Queue a job that has ended once more, as if new; False if it waits or runs, or is not there. Announce it after the
        commit."""
        return bool(
            tx.run(
                "UPDATE job SET state = 'queued', worker = '', attempts = 0, cancel_asked = :no, checkpoint = '{}', result = '{}',"
                " error = NULL, done = 0, total = NULL, note = '', started_at = NULL, finished_at = NULL"
                " WHERE id = :id AND state NOT IN ('queued', 'running')",
                no=False,
                id=job_id,
            )
        )

    def announce(self, job_id: int) -> None:
        """Tell the engine; when it does not answer the job still waits in the table."""
        try:
            self._engine().tell(job_id)
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

    def check(self) -> None:
        """:raises Unavailable: the place where jobs queue can't be had; without it they would wait for ever."""
        try:
            self._engine().waiting()
        except Exception as error:
            place = re.sub(r"(?<=://)[^/@]*@", "", self.site.settings.jobs)
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise Unavailable(
                f"The queue of jobs at {place} does not answer: {said}.",
                hint="Look whether it runs, or mend the setting jobs (TAGMA_JOBS).",
                code="jobs",
            ) from error

    def work_here(self, threads: int | None = None) -> None:
        """Work on jobs in threads of this process, as many as the settings say, until :meth:`close`."""
        threads = self.site.settings.job_threads if threads is None else threads
        if threads == 0 or self._working:
            return
        self._working = True
        self._engine().work(threads)
        self.keeper.start(self.stopping)

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
        context = JobContext(self.site, self.worker, self.stopping, claim)
        with self._lock:
            self._running.add(job_id)
        try:
            handler = HANDLERS.get(claim.kind)
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
        if self._made is not None:
            self._made.close(STOP_SECONDS)
        self.keeper.join(STOP_SECONDS)
        self._made = None

    def _claim(self, job_id: int) -> Claim | None:
        def claim(tx: Transaction) -> Claim | None:
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
            return Claim(
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

    def _under_way(self) -> set[int]:
        with self._lock:
            return set(self._running)

    def _engine(self) -> Engine:
        with self._lock:
            if self._made is None:
                from tagma.jobs.engine import Engine

                self._made = Engine(self.site.settings, self.run)
            return self._made


def _unexpected(error: Exception, job_id: int) -> dict[str, Any]:
    return {
        "code": "unexpected",
        "message": f"Something went wrong that nobody foresaw: {type(error).__name__}.",
        "hint": f"The server's log has the details under job {job_id}.",
        "where": {"job": job_id},
    }
