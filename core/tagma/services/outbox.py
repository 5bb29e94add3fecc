"""Messages to other machines: put down in the database, sent off any request, again after growing pauses until one is taken.

A thread of the server looks for what is due. A message in work belongs to its sender for ``_CLAIM``; if that sender dies, it
is due again afterwards, so a receiver may get one twice, but never not at all. One receiver that hangs keeps one sender busy,
never the others' messages.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tagma.db.engine import Transaction
from tagma.db.types import now, stamp
from tagma.errors import TagmaError
from tagma.plugin.server import Answer, Message
from tagma.services.caller import Caller

if TYPE_CHECKING:
    from tagma.services.site import Site

log_ = logging.getLogger("tagma.outbox")

PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
)
"""How long to wait after each try that failed; after the last one the message is given up."""
SECONDS = 10.0  # a receiver may take to answer
KEPT = timedelta(days=14)  # messages that were sent or given up stay in the log
_CLAIM = timedelta(seconds=60)
_SENDERS = 4
_IDLE = 30.0  # seconds between looks when nobody wakes us; what is due earlier is known
_CLEARING = 24 * 3600.0  # seconds between clearings of the log
_ANSWER_BYTES = 1 << 14  # of an answer that are read
_ANSWER = 500  # characters of an answer that the log keeps


class _Due(NamedTuple):
    id: int
    record_id: int
    url: str
    headers: str
    body: str
    attempts: int
    insist: bool


# what is put down --------------------------------------------------------------------------------------------------


def put(site: Site, tx: Transaction, messages: Sequence[Message]) -> None:
    """What authorizes lies sealed until it is sent."""
    moment = stamp()
    tx.many(
        "INSERT INTO message (record_id, title, url, headers, body, insist, state, attempts, error, answer, created_at, next_at)"
        " VALUES (:record, :title, :url, :headers, :body, :insist, 'waiting', 0, '', '', :now, :now)",
        [
            {
                "record": one.record_id,
                "title": one.title,
                "url": one.url,
                "headers": orjson.dumps(_sealed(site, one.headers)).decode(),
                "body": one.body.decode(),
                "insist": one.insist,
                "now": moment,
            }
            for one in messages
        ],
    )


def _sealed(site: Site, headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: site.sealer.seal(value) if name.lower() == "authorization" else value
        for name, value in headers.items()
    }


def log(tx: Transaction, record_id: int, limit: int) -> list[dict[str, Any]]:
    names = (
        "id",
        "title",
        "state",
        "attempts",
        "status",
        "answer",
        "error",
        "created_at",
        "sent_at",
        "next_at",
    )
    rows = tx.rows(
        f"SELECT {', '.join(names)} FROM message WHERE record_id = :record ORDER BY id DESC LIMIT :limit",
        record=record_id,
        limit=limit,
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def again(tx: Transaction, record_id: int, message_id: int) -> bool:
    return bool(
        tx.run(
            "UPDATE message SET state = 'waiting', attempts = 0, next_at = :now WHERE id = :id AND record_id = :record",
            now=stamp(),
            id=message_id,
            record=record_id,
        )
    )


def _claim(tx: Transaction, busy: set[int]) -> list[_Due]:
    """What is due: the oldest of each receiver that no sender of this process is at, for a while ours alone."""
    skip = f" AND record_id NOT IN ({','.join(map(str, busy))})" if busy else ""
    lock = " FOR UPDATE SKIP LOCKED" if tx.postgres else ""
    due = tx.rows(
        "SELECT id, record_id, url, headers, body, attempts, insist FROM message WHERE id IN (SELECT min(id) FROM message"
        f" WHERE state = 'waiting' AND next_at <= :now{skip} GROUP BY record_id LIMIT {_SENDERS})"
        f" AND state = 'waiting' AND next_at <= :now{lock}",  # asked again of the row that another server just let go
        now=stamp(),
    )
    for row in due:
        tx.run("UPDATE message SET next_at = :later WHERE id = :id", later=stamp(now() + _CLAIM), id=row[0])
    return [_Due(*row) for row in due]


def _next(tx: Transaction) -> str | None:
    row = tx.row("SELECT min(next_at) FROM message WHERE state = 'waiting'")
    return row[0] if row else None


def _note(tx: Transaction, one: _Due, sent: Answer | None, error: str, late: bool) -> None:
    """What became of a try. :param late: it was heard, and no answer came in time."""
    moment = now()
    tried = one.attempts + 1
    taken = (sent is not None and 200 <= sent.status < 300) or (late and not one.insist)
    state = "sent" if taken else "waiting" if tried <= len(PAUSES) else "given up"
    tx.run(
        "UPDATE message SET state = :state, attempts = :tried, status = :status, answer = :answer, error = :error,"
        " next_at = :next, sent_at = :now WHERE id = :id",
        state=state,
        tried=tried,
        status=sent.status if sent else None,
        answer=sent.text[:_ANSWER].replace("\0", "") if sent else "",
        error=error,
        next=stamp(moment + PAUSES[tried - 1]) if state == "waiting" else None,
        now=stamp(moment),
        id=one.id,
    )


def clear(tx: Transaction) -> None:
    tx.run(
        "DELETE FROM message WHERE state <> 'waiting' AND created_at < :before", before=stamp(now() - KEPT)
    )


# the senders -------------------------------------------------------------------------------------------------------


class Outbox:
    """The thread that sees to it. Nothing runs before :meth:`start`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._busy: set[int] = set()

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="tagma-outbox", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Something was put down."""
        self._wake.set()

    def close(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def drain(self) -> None:
        """Send all that is due now, in this thread."""
        while due := self.site.database.write(lambda tx: _claim(tx, set())):
            for one in due:
                self._send(one)

    def _loop(self) -> None:
        cleared = float("-inf")
        with ThreadPoolExecutor(_SENDERS, thread_name_prefix="tagma-send") as pool:
            while not self._stopping:
                self._wake.clear()
                pause = _IDLE
                try:
                    if time.monotonic() - cleared > _CLEARING:
                        self.site.database.write(clear)
                        cleared = time.monotonic()
                    if len(self._busy) < _SENDERS:
                        due = self.site.database.write(lambda tx: _claim(tx, set(self._busy)))
                        for one in due:
                            self._busy.add(one.record_id)
                            pool.submit(self._see_to, one)
                        pause = 0.0 if due else self._pause()
                except TagmaError:
                    log_.exception("The messages that wait could not be looked at.")
                if pause:
                    self._wake.wait(pause)

    def _pause(self) -> float:
        """Seconds until the next message is due."""
        next_at = self.site.database.read(_next)
        if next_at is None:
            return _IDLE
        due = (type(now()).fromisoformat(next_at) - now()).total_seconds()
        return min(_IDLE, max(0.05, due)) if due > 0 or not self._busy else _IDLE

    def _see_to(self, one: _Due) -> None:
        try:
            self._send(one)
        except TagmaError:
            log_.exception("What became of the message %s could not be noted.", one.id)
        finally:
            self._busy.discard(one.record_id)
            self._wake.set()

    def _send(self, one: _Due) -> None:
        answer, error, late = None, "", False
        try:
            with Caller(self.site.settings) as caller:
                answer = caller.ask(
                    "POST",
                    one.url,
                    body=one.body.encode(),
                    headers=self.site.sealer.opened(orjson.loads(one.headers)),
                    seconds=SECONDS,
                    most=_ANSWER_BYTES,
                )
            if not 200 <= answer.status < 300:
                error = f"The receiver answered {answer.status}."
        except TagmaError as trouble:
            error, late = str(trouble), trouble.code == "timeout"
        self.site.database.write(lambda tx: _note(tx, one, answer, error, late))
