"""Moves what was written from SQLite's log into its file, beside the writer, so that nobody's save waits for the disk.

SQLite would do it inside the commit that makes the log long, and let that one wait. Here a thread of its own does most of it
with a passive checkpoint, which blocks nobody; a commit has to see to it only when the log grows very long all the same, as it
does under writing without a pause, and then little is left to move.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagma.db.engine import Database

LONGEST = 16_384  # pages of the log, 64 MiB, after which a commit moves them itself
_COMMITS = 64  # after so many the thread looks after the log

log = logging.getLogger("tagma.db")


class Checkpoints:
    def __init__(self, database: Database) -> None:
        self.database = database
        self._commits = 0
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def committed(self) -> None:
        """Told by the writer after each commit."""
        self._commits += 1
        if self._commits % _COMMITS == 0:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="tagma-checkpoint", daemon=True)
                self._thread.start()
            self._wake.set()

    def close(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _loop(self) -> None:
        connection = self.database.engine.raw_connection()
        try:
            while self._wake.wait() and not self._stopping:
                self._wake.clear()
                self._move(connection.driver_connection)
        finally:
            connection.close()

    def _move(self, connection: Any) -> None:
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except self.database.driver_error:  # the disk is full, say: the writer says so to whom it concerns
            log.exception("The log of the database could not be moved into its file.")
