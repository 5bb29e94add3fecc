"""Brings a database to the tables of this version of Tagma, or says in one sentence why that can't be.

A migration's number is its file's: ``versions/0007_words.py``. So the newest one is known without importing alembic, and a
start on a database that is up to date costs one query. ``python -m tagma.db.migrate "words"`` writes the next migration
from the difference between the migrations so far and ``tables.py``; read it before you keep it.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from tagma import __version__
from tagma.db.engine import Database
from tagma.db.trouble import unavailable
from tagma.db.types import SearchableJson
from tagma.errors import Unavailable

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7240116  # any number: the advisory lock by which two servers starting on one PostgreSQL wait for each other


def known_versions() -> list[str]:
    return sorted(file.name.split("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def prepare(database: Database) -> None:
    """Create the tables, or bring them up to date; keeps a snapshot of an SQLite file before it changes it.

    :raises Unavailable: the database can't be used, or belongs to a newer Tagma.
    """
    head = known_versions()[-1]
    try:
        with database.engine.connect() as connection:
            if current_version(connection) == head:
                return
        with _alone(database) as connection:
            before = current_version(connection)  # once more: another server may have been faster
            if before == head:
                return
            if before is not None:
                _refuse_newer(database, before)
                _snapshot(database, before)
            _upgrade(connection)
    except DBAPIError as error:
        raise unavailable(error, database) from error


def current_version(connection: Connection) -> str | None:
    """The number of the last migration the database has seen; None for an empty database."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction nobody else migrates beside."""
    with database.engine.connect() as connection:
        if not database.postgres:
            connection.exec_driver_sql(
                "PRAGMA foreign_keys=OFF"
            )  # a table that is rebuilt must not empty others
            connection.rollback()
        try:
            with connection.begin():
                connection.exec_driver_sql(
                    f"SELECT pg_advisory_xact_lock({_LOCK})" if database.postgres else "BEGIN IMMEDIATE"
                )
                yield connection
        finally:
            if not database.postgres:
                connection.invalidate()  # its foreign keys are off


def _refuse_newer(database: Database, version: str) -> None:
    if version in known_versions():
        return
    place = database.file or database.url.render_as_string(hide_password=True)
    raise Unavailable(
        f"The database {place} was written by a newer Tagma (its version is {version}; Tagma {__version__} knows"
        f" {known_versions()[-1]}).",
        hint="Start that newer Tagma, or restore the snapshot kept beside the database before it was brought up to date.",
        code="database-newer",
    )


def _snapshot(database: Database, version: str) -> Path | None:
    """A copy of the SQLite file as it was, ``tagma.sqlite3.before-<next version>``; kept until somebody deletes it."""
    source = database.file
    if source is None:
        return None
    copy = source.with_name(f"{source.name}.{version}-before-{known_versions()[-1]}")
    if not copy.exists():
        part = copy.with_name(copy.name + ".part")
        try:
            with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(part)) as new:
                old.backup(new)
            part.replace(copy)
        except (sqlite3.Error, OSError) as error:
            part.unlink(missing_ok=True)
            raise Unavailable(
                f"No snapshot of {source} could be kept: {error}.",
                hint="The database was left as it is. Free as much space as it takes, and start again.",
                code="snapshot",
            ) from error
    return copy


def _config(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection, target: str = "head") -> None:
    from alembic import command

    command.upgrade(_config(connection), target)


def same_type(context: Any, _inspected: Any, _column: Any, found: Any, wanted: Any) -> bool | None:
    """Whether a column's type differs; searchable JSON is another type on each database, which alembic does not see."""
    if isinstance(wanted, SearchableJson):
        return not isinstance(found, JSONB if context.dialect.name == "postgresql" else Text)
    return None


def write_migration(words: str) -> Path:
    """The next migration: what ``tables.py`` has that the migrations so far have not."""
    from alembic import command

    number = f"{int(known_versions()[-1]) + 1:04}" if known_versions() else "0001"
    folder = Path(tempfile.mkdtemp())
    database = Database(str(folder / "empty.sqlite3"))
    try:
        with _alone(database) as connection:
            if known_versions():
                _upgrade(connection)
            script = command.revision(_config(connection), words, autogenerate=True, rev_id=number)
    finally:
        database.close()
        shutil.rmtree(folder)
    return Path(script.path)  # type: ignore[union-attr]


if __name__ == "__main__":
    print(write_migration(" ".join(sys.argv[1:]) or "change"))
