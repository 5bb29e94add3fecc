"""The one thread that writes an SQLite file.

SQLite's own lock is unfair under many writers, so they queue here and are committed in groups. Each work of a group stands in
a savepoint of its own: one that fails takes nothing of the others with it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from tagma.db.checkpoints import Checkpoints
from tagma.db.trouble import unavailable

if TYPE_CHECKING:
    from tagma.db.engine import Database, Transaction

T = TypeVar("T")
_CACHE_KIB = (
    32_000  # indexes of many tasks are changed all over; readers need less, and there are many of them
)
_GROUP = 64  # writes committed together at most
_Work = tuple[Callable[["Transaction"], Any], Future[Any]]


class Writer:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()
        self.checkpoints = Checkpoints(database)

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Queue ``work``; the future holds its answer once that is safe on disk."""
        future: Future[T] = Future()
        if threading.current_thread() is self.thread:
            raise RuntimeError("a write inside a write: pass the transaction on instead")
        with self.lock:
            if self.thread is None:
                self.thread = threading.Thread(target=self._loop, name="tagma-writer", daemon=True)
                self.thread.start()
        self.queue.put((work, future))
        return future

    def close(self) -> None:
        if self.thread is not None:
            self.queue.put(None)
            self.thread.join()
            self.thread = None
        self.checkpoints.close()

    def _loop(self) -> None:
        connection: Connection | None = None
        going = True
        while going:
            group, going = self._gather()
            if not group:
                break
            try:
                connection = connection or self._connect()
                done = self._run(connection, group)
            except BaseException as error:  # the group as a whole failed: nothing of it was written
                if connection is not None:
                    connection.invalidate()  # a fresh one for the next group
                    connection.close()
                    connection = None
                trouble = unavailable(error, self.database) if isinstance(error, DBAPIError) else error
                for _, future in group:
                    if not future.done():
                        future.set_exception(trouble)
                continue
            for future, answer, events in done:
                self.database.publish(events)
                future.set_result(answer)
            self.checkpoints.committed()
        if connection is not None:
            connection.close()

    def _connect(self) -> Connection:
        connection = self.database.engine.connect()
        driver: Any = connection.connection.dbapi_connection
        driver.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        return connection

    def _gather(self) -> tuple[list[_Work], bool]:
        """What waits, the first of it waited for; and whether to go on after it."""
        group: list[_Work] = []
        more = self.queue.get()
        while more is not None:
            group.append(more)
            if len(group) == _GROUP:
                return group, True
            try:
                more = self.queue.get_nowait()
            except queue.Empty:
                return group, True
        return group, False

    def _run(self, connection: Connection, group: list[_Work]) -> list[Any]:
        done = []
        with connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            driver: Any = connection.connection.dbapi_connection
            for work, future in group:
                if not future.set_running_or_notify_cancel():
                    continue
                driver.execute("SAVEPOINT work")
                transaction = self.database.transaction(connection)
                try:
                    answer = work(transaction)
                    transaction.finish()
                    driver.execute("RELEASE work")
                except Exception as error:
                    if not driver.in_transaction:
                        raise  # SQLite gave up the whole group (disk full, I/O error): nobody's work was written
                    transaction.close()
                    driver.execute("ROLLBACK TO work")
                    driver.execute("RELEASE work")
                    future.set_exception(
                        unavailable(error, self.database) if isinstance(error, OperationalError) else error
                    )
                else:
                    done.append((future, answer, transaction.events))
                finally:
                    transaction.close()
        return done
