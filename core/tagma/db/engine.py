"""The database: one door for reading, one for writing, the same on SQLite and PostgreSQL.

``write(work)`` runs ``work(transaction)`` and returns after the commit. On SQLite all writes go through one thread that
commits them in groups, because SQLite's own lock is unfair under many writers; on PostgreSQL each runs in the caller's
thread and is repeated when the server asks for it. Events told with ``transaction.tell`` go out after the commit.
"""

from __future__ import annotations

import asyncio
import functools
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session

from tagma.db.checkpoints import LONGEST
from tagma.db.trouble import unavailable
from tagma.db.writer import Writer

T = TypeVar("T")
_BUSY_SECONDS = 5.0
_STATEMENTS = 512  # compiled ones that an SQLite connection keeps
_NAMED = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")


@functools.lru_cache(4096)
def _for_psycopg(sql: str) -> str:
    return _NAMED.sub(r"%(\1)s", sql.replace("%", "%%"))


class Transaction:
    """What a service works with. ``session`` is for plain work; ``rows``, ``run`` and ``many`` go to the driver itself, which
    costs half of what SQLAlchemy's own way to it does."""

    def __init__(self, connection: Connection, database: Database) -> None:
        self.connection = connection
        self.database = database
        self.postgres = database.postgres
        self.driver: Any = connection.connection.dbapi_connection
        self.events: list[Any] = []
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        if self._session is None:
            self._session = Session(
                bind=self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
            )
        return self._session

    def rows(self, sql: str, params: Mapping[str, Any] | None = None, **named: Any) -> list[tuple[Any, ...]]:
        """Run SQL with ``:name`` parameters at the driver's level; values go in and come out as the driver has them,
        so JSON and moments are text (``json_text`` makes it so on PostgreSQL)."""
        return self._execute(sql, params, named).fetchall()

    def row(self, sql: str, params: Mapping[str, Any] | None = None, **named: Any) -> tuple[Any, ...] | None:
        return self._execute(sql, params, named).fetchone()

    def run(self, sql: str, params: Mapping[str, Any] | None = None, **named: Any) -> int:
        """Like ``rows`` for statements; returns the number of rows touched."""
        return self._execute(sql, params, named).rowcount

    def _execute(self, sql: str, params: Mapping[str, Any] | None, named: dict[str, Any]) -> Any:
        if self._session is not None:
            self._session.flush()
        if self.postgres:
            sql = _for_psycopg(sql)
        given = {**params, **named} if params else named
        try:
            return self.driver.execute(sql, given)
        except self.database.driver_error as error:
            raise self._said(error, sql, given) from error

    def many(self, sql: str, sets: Sequence[Mapping[str, Any]]) -> None:
        """One statement for many sets of parameters (``executemany``)."""
        if not sets:
            return
        self.flush()
        cursor = self.driver.cursor()
        try:
            cursor.executemany(_for_psycopg(sql) if self.postgres else sql, sets)
        except self.database.driver_error as error:
            raise self._said(error, sql, sets[0]) from error
        finally:
            cursor.close()

    def stream(
        self, sql: str, params: Mapping[str, Any] | None = None, size: int = 1000
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows in batches from a server-side cursor."""
        self.flush()
        if self.postgres:
            cursor = self.driver.cursor(name=f"tagma_{secrets.token_hex(8)}")
            sql = _for_psycopg(sql)
        else:
            cursor = self.driver.cursor()
        try:
            cursor.execute(sql, dict(params or {}))
            while batch := cursor.fetchmany(size):
                yield batch
        except self.database.driver_error as error:
            raise self._said(error, sql, params) from error
        finally:
            cursor.close()

    def _said(self, error: BaseException, sql: str, params: Any) -> BaseException:
        """The driver's error as SQLAlchemy would have raised it, so that whoever catches knows one family only."""
        base = self.database.driver_error
        return DBAPIError.instance(sql, params, error, base, hide_parameters=True)

    def json_text(self, column: str) -> str:
        """A searchable JSON column as text in a SELECT."""
        return f"{column}::text" if self.postgres else column

    def tell(self, event: Any) -> None:
        """Say what happened; listeners hear it after the commit, or never if there is none."""
        self.events.append(event)

    def flush(self) -> None:
        """Send what the session holds, so that a statement beside it sees it."""
        if self._session is not None:
            self._session.flush()

    def finish(self) -> None:
        if self.events:
            for note in self.database.notes:
                note(self, self.events)
        if self._session is not None:
            self._session.commit()  # of its savepoint; the transaction itself is committed by who began it

    def close(self) -> None:
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
        self.notes: list[Callable[[Transaction, list[Any]], None]] = []
        """Called in a transaction that told events, before it is committed: for what must not be lost on the way."""
        self._here = threading.Lock()
        self._kept: Connection | None = None
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="tagma-db")
        if self.postgres:
            self.engine: Engine = sqlalchemy.create_engine(
                self.url, pool_size=threads + 4, max_overflow=8, pool_pre_ping=True
            )
            self._writer: Writer | None = None
        else:
            self.engine = sqlalchemy.create_engine(
                self.url,
                pool_size=threads + 4,
                max_overflow=8,
                connect_args={"cached_statements": _STATEMENTS},
            )
            sqlalchemy_event.listen(self.engine, "connect", _prepare_sqlite)
            self._writer = Writer(self)
        self.driver_error: type[Exception] = self.engine.dialect.loaded_dbapi.Error

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
            transaction = self.transaction(connection)
            yield transaction
        except OperationalError as error:  # the server went away, the disk fails
            raise unavailable(error, self) from error
        finally:
            transaction.close()
            connection.rollback()
            connection.close()

    def transaction(self, connection: Connection) -> Transaction:
        return Transaction(connection, self)

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
            return self._read_here(work)
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.read, work)

    def _read_here(self, work: Callable[[Transaction], T]) -> T:
        """On a connection that is kept for this: each request does it, and to take one and give it back costs more than such a
        read. One event loop never needs a second; another one that comes meanwhile takes the usual way."""
        if not self._here.acquire(blocking=False):
            return self.read(work)
        try:
            if self._kept is None:
                self._kept = self.engine.connect()
            transaction = self.transaction(self._kept)
            try:
                return work(transaction)
            finally:
                transaction.close()
                if self._kept.in_transaction():
                    self._kept.rollback()
        except OperationalError as error:  # the disk fails
            if self._kept is not None:
                self._kept.invalidate()
                self._kept.close()
                self._kept = None
            raise unavailable(error, self) from error
        finally:
            self._here.release()

    async def awrite(self, work: Callable[[Transaction], T]) -> T:
        if self._writer is not None:
            return await asyncio.wrap_future(self._writer.submit(work))
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._write_postgres, work)

    def _write_postgres(self, work: Callable[[Transaction], T], tries: int = 4) -> T:
        for left in range(tries, 0, -1):
            try:
                with self.engine.begin() as connection:
                    transaction = self.transaction(connection)
                    try:
                        answer = work(transaction)
                        transaction.finish()
                    finally:
                        transaction.close()
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) in ("40001", "40P01") and left > 1:
                    continue
                raise unavailable(error, self) from error
            self.publish(transaction.events)
            return answer
        raise AssertionError("unreachable")

    def publish(self, events: list[Any]) -> None:
        if events:
            for listener in self.listeners:
                listener(events)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._pool.shutdown(wait=True)
        if self._kept is not None:
            self._kept.close()
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by hand: readers deferred, writers at once
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA wal_autocheckpoint={LONGEST}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.execute("PRAGMA cache_size=-8000")
    cursor.close()
