"""One run of one job, as its handler sees it; and which handler does which kind."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, Protocol

import orjson

from tagma.db.engine import Database, Transaction
from tagma.db.types import stamp
from tagma.settings import Settings

WRITE_SECONDS = 0.4  # progress is written at most this often

Handler = Callable[["JobContext"], Mapping[str, Any]]
HANDLERS: dict[str, Handler] = {}


class Home(Protocol):
    """What jobs need of the site."""

    settings: Settings
    database: Database


class Cancelled(Exception):
    """The person asked to stop; handlers let it pass after tidying up."""


class Interrupted(Exception):
    """This process stops, or another worker has taken the job over; the job goes on elsewhere from its checkpoint."""


def kind(name: str) -> Callable[[Handler], Handler]:
    """Register the handler of a kind of job."""

    def register(handler: Handler) -> Handler:
        HANDLERS[name] = handler
        return handler

    return register


@dataclass(frozen=True)
class Claim:
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

    def __init__(self, site: Home, worker: str, stopping: Event, claim: Claim) -> None:
        self.site: Any = site
        self.id = claim.id
        self.kind = claim.kind
        self.organization_id = claim.organization_id
        self.project_id = claim.project_id
        self.user_id = claim.user_id
        self.params = claim.params
        self.checkpoint = claim.checkpoint
        self.attempts = claim.attempts
        self._worker = worker
        self._stopping = stopping
        self._written = 0.0
        self._asked = 0.0
        self._shown = 0.0
        self._cancelled = False

    def progress(self, done: int, total: int | None = None, unit: str = "", note: str = "") -> None:
        """Say how far the work is; cheap enough for every row. The place where a job is cancelled or interrupted.

        :raises Cancelled: the person asked to stop.
        """
        moment = time.monotonic()
        if moment - self._written < WRITE_SECONDS and not self._stopping.is_set():
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

    def show(self, result: Mapping[str, Any]) -> None:
        """Let whoever looks at the job see what there is so far; cheap enough for every row."""
        moment = time.monotonic()
        if moment - self._shown >= WRITE_SECONDS:
            self._shown = moment
            self._update("result = :result", result=orjson.dumps(result).decode())

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
            row = self.site.database.read(
                lambda tx: tx.row("SELECT cancel_asked FROM job WHERE id = :id", id=self.id)
            )
            self._cancelled = row is None or bool(row[0])
        return self._cancelled

    @property
    def stopping(self) -> bool:
        """Whether this process is stopping, so that nothing may be waited for any more."""
        return self._stopping.is_set()

    def check(self) -> None:
        """:raises Cancelled: the person asked to stop. :raises Interrupted: this process is stopping."""
        if self._stopping.is_set():
            raise Interrupted
        if self.cancelled:
            raise Cancelled

    def _update(self, assignments: str, **values: Any) -> None:
        self.site.database.write(lambda tx: self._update_in(tx, assignments, **values))

    def _update_in(self, tx: Transaction, assignments: str, **values: Any) -> None:
        touched = tx.run(
            f"UPDATE job SET {assignments}, heartbeat_at = :beat WHERE id = :id AND worker = :worker AND state = 'running'",
            beat=stamp(),
            id=self.id,
            worker=self._worker,
            **values,
        )
        if not touched:
            raise Interrupted
