"""The database: one door for reading, one for writing, the same on SQLite and PostgreSQL.

``write(work)`` runs ``work(transaction)`` and returns after the commit. On SQLite all writes go through one thread that
commits them in groups, because SQLite's own lock is unfair under many writers; on PostgreSQL each runs in the caller's
thread and is repeated when the server asks for it. Events told with ``transaction.tell`` go out after the commit.
"""

from __future__ import annotations

import asyncio
import functools
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from tagma.errors import Unavailable

T = TypeVar("T")
_GROUP = 64  # writes committed together at most
_BUSY_SECONDS = 5.0
_NAMED = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")


@functools.lru_cache(4096)
def _for_psycopg(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


class Transaction:
    """What a service works with. ``session`` is for plain work, ``rows``/``run`` are the short way for hot paths."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self.connection = connection
        self.database = database
        self.events: list[Any] = []
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = Session(
                bind=self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
            )
        return self._session

    @property
    def postgres(self) -> bool:
        return self.database.postgres

    def rows(self, sql: str, params: Mapping[str, Any] | None = None, **named: Any) -> Sequence[Any]:
        """Run SQL with ``:name`` parameters at the driver's level; values go in and come out as the driver has them,
        so JSON and moments are text (``json_text`` makes it so on PostgreSQL)."""
        self._flush()
        sql = _for_psycopg(sql) if self.postgres else sql
        return self.connection.exec_driver_sql(sql, {**(params or {}), **named}).all()

    def row(self, sql: str, params: Mapping[str, Any] | None = None, **named: Any) -> Any | None:
        found = self.rows(sql, params, **named)
        return found[0] if found else None

    def run(self, sql: str, params: Mapping[str, Any] | None = None, **named: Any) -> int:
        """Like ``rows`` for statements; returns the number of rows touched."""
        self._flush()
        sql = _for_psycopg(sql) if self.postgres else sql
        return self.connection.exec_driver_sql(sql, {**(params or {}), **named}).rowcount

    def many(self, sql: str, sets: Sequence[Mapping[str, Any]]) -> None:
        """One statement for many sets of parameters (``executemany``)."""
        if not sets:
            return
        self._flush()
        sql = _for_psycopg(sql) if self.postgres else sql
        self.connection.exec_driver_sql(sql, [dict(one) for one in sets])

    def stream(
        self, sql: str, params: Mapping[str, Any] | None = None, size: int = 1000
    ) -> Iterator[Sequence[Any]]:
        """Rows in batches from a server-side cursor."""
        sql = _for_psycopg(sql) if self.postgres else sql
        # Options of the statement, not of the connection: those would stay for whatever comes next.
        result = self.connection.exec_driver_sql(
            sql, dict(params or {}), execution_options={"stream_results": True, "yield_per": size}
        )
        yield from result.partitions(size)

    def json_text(self, column: str) -> str:
        """A searchable JSON column as text in a SELECT."""
        return f"{column}::text" if self.postgres else column

    def tell(self, event: Any) -> None:
        """Say what happened; listeners hear it after the commit, or never if there is none."""
        self.events.append(event)

    def _flush(self) -> None:
        if self._session is not None:
            self._session.flush()

    def _finish(self) -> None:
        if self._session is not None:
            self._session.commit()  # of its savepoint; the transaction itself is committed by who began it

    def _close(self) -> None:
        if self._session is not None:
            self._session.close()


class Database:
    def __init__(self, url: str, *, threads: int = 4) -> None:
        """:param url: ``sqlite:///path``, ``postgresql://…``, or a path of an SQLite file."""
        if "://" not in url:
            url = f"sqlite:///{Path(url).absolute()}"
        url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
        self.url = sqlalchemy.engine.make_url(url)
        self.postgres = self.url.get_backend_name() == "postgresql"
        self.listeners: list[Callable[[list[Any]], None]] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="tagma-db")
        if self.postgres:
            self.engine: Engine = sqlalchemy.create_engine(
                self.url, pool_size=threads + 4, max_overflow=8, pool_pre_ping=True
            )
            self._writer: _Writer | None = None
        else:
            self.engine = sqlalchemy.create_engine(self.url, pool_size=threads + 4, max_overflow=8)
            sqlalchemy_event.listen(self.engine, "connect", _prepare_sqlite)
            self._writer = _Writer(self)

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None."""
        return None if self.postgres or not self.url.database else Path(self.url.database)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads, in this thread."""
        try:
            connection = self.engine.connect()
        except DBAPIError as error:
            raise unavailable(error, self) from error
        try:
            transaction = Transaction(connection, self)
            yield transaction
        finally:
            transaction._close()
            connection.rollback()
            connection.close()

    def read(self, work: Callable[[Transaction], T]) -> T:
        with self.reading() as transaction:
            return work(transaction)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in a transaction and return what it returns, once it is safe on disk."""
        if self._writer is not None:
            return self._writer.submit(work).result()
        return self._write_postgres(work)

    async def aread(self, work: Callable[[Transaction], T], *, inline: bool = False) -> T:
        """:param inline: for bounded reads by key on SQLite, where a thread hop costs more than the read."""
        if inline and not self.postgres:
            return self.read(work)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.read, work)

    async def awrite(self, work: Callable[[Transaction], T]) -> T:
        if self._writer is not None:
            return await asyncio.wrap_future(self._writer.submit(work))
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._write_postgres, work)

    def _write_postgres(self, work: Callable[[Transaction], T], tries: int = 4) -> T:
        for left in range(tries, 0, -1):
            try:
                with self.engine.begin() as connection:
                    transaction = Transaction(connection, self)
                    try:
                        answer = work(transaction)
                        transaction._finish()
                    finally:
                        transaction._close()
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) in ("40001", "40P01") and left > 1:
                    continue
                raise unavailable(error, self) from error
            self._publish(transaction.events)
            return answer
        raise AssertionError("unreachable")

    def _publish(self, events: list[Any]) -> None:
        if events:
            for listener in self.listeners:
                listener(events)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._pool.shutdown(wait=True)
        self.engine.dispose()


class _Writer:
    """The one thread that writes an SQLite file."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.queue: queue.Queue[tuple[Callable[[Transaction], Any], Future[Any]] | None] = queue.Queue()
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
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

    def _loop(self) -> None:
        connection: Connection | None = None
        going = True
        while going:
            first = self.queue.get()
            if first is None:
                break
            group = [first]
            while len(group) < _GROUP:
                try:
                    more = self.queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    going = False
                    break
                group.append(more)
            try:
                connection = connection or self.database.engine.connect()
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
                self.database._publish(events)
                future.set_result(answer)
        if connection is not None:
            connection.close()

    def _run(
        self, connection: Connection, group: Iterable[tuple[Callable[[Transaction], Any], Future[Any]]]
    ) -> list[Any]:
        done = []
        with connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for work, future in group:
                if not future.set_running_or_notify_cancel():
                    continue
                transaction = Transaction(connection, self.database)
                savepoint = connection.begin_nested()
                try:
                    answer = work(transaction)
                    transaction._finish()
                    savepoint.commit()
                except Exception as error:
                    if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
                        raise  # SQLite gave up the whole group (disk full, I/O error): nobody's work was written
                    transaction._close()
                    savepoint.rollback()
                    future.set_exception(
                        unavailable(error, self.database) if isinstance(error, OperationalError) else error
                    )
                else:
                    done.append((future, answer, transaction.events))
                finally:
                    transaction._close()
        return done


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by hand: readers deferred, writers at once
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.execute("PRAGMA cache_size=-32000")
    cursor.close()


def unavailable(error: BaseException, database: Database) -> Unavailable:
    """What a driver's trouble means to a person."""
    words = str(getattr(error, "orig", None) or error)
    place = str(database.file) if database.file else database.url.render_as_string(hide_password=True)
    if "locked" in words or "busy" in words:
        return Unavailable(
            f"The database {place} is locked by another program.",
            hint="Close the other program (a second Tagma, a database browser) and try again; nothing was lost.",
            code="database-locked",
        )
    if "full" in words:
        return Unavailable(
            f"The disk that holds {place} is full.",
            hint="Free some space and try again; nothing was written.",
            code="disk-full",
        )
    if "readonly" in words or "unable to open" in words:
        return Unavailable(
            f"The database {place} can't be written.",
            hint="Check that the folder exists and that this user may write to it.",
            code="database-readonly",
        )
    return Unavailable(
        f"The database {place} did not answer: {words.splitlines()[0] if words else error!r}.",
        hint="Check that it runs and that the address is right.",
        code="database",
    )
