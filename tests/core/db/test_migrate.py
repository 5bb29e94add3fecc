import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from tagma.db import migrate, tables
from tagma.db.engine import Database
from tagma.errors import Unavailable

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("organization", sa.Column("motto", sa.String(), nullable=True))
"""


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url or str(tmp_path / "tagma.sqlite3"))
    yield database
    database.close()


def newer_migrations(folder: Path) -> Path:
    """The migrations of a Tagma that has one more."""
    shutil.copytree(migrate.FOLDER, folder)
    (folder / "versions" / "9999_motto.py").write_text(NEXT.format(head=migrate.known_versions()[-1]))
    return folder


def test_the_migrations_make_the_tables_as_they_are_declared(database: Database) -> None:
    migrate.prepare(database)
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    assert tables.Project.metadata is SQLModel.metadata
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": migrate.same_type})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_database_that_is_up_to_date_is_left_alone(database: Database) -> None:
    migrate.prepare(database)
    from sqlalchemy import event

    seen: list[str] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda c, u, statement, *rest: seen.append(statement)
    )
    migrate.prepare(database)
    assert len([one for one in seen if "alembic_version" in one and one.startswith("SELECT")]) == 1
    assert not any(one.startswith(("CREATE", "ALTER", "INSERT", "BEGIN")) for one in seen)


def test_an_older_file_is_brought_up_to_date_and_kept_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(str(tmp_path / "tagma.sqlite3"))
    migrate.prepare(database)
    database.write(lambda tx: tx.session.add(tables.Organization(title="Kept", invite_token="x")))
    head = migrate.known_versions()[-1]
    monkeypatch.setattr(migrate, "FOLDER", newer_migrations(tmp_path / "migrations"))
    migrate.prepare(database)
    assert tuple(database.read(lambda tx: tx.rows("SELECT title, motto FROM organization"))[0]) == (
        "Kept",
        None,
    )
    database.close()
    snapshot = sqlite3.connect(tmp_path / f"tagma.sqlite3.{head}-before-9999")
    assert snapshot.execute("SELECT title FROM organization").fetchall() == [("Kept",)]
    assert snapshot.execute("SELECT version_num FROM alembic_version").fetchall() == [(head,)]
    snapshot.close()


def test_a_newer_database_is_refused_in_one_sentence(database: Database) -> None:
    migrate.prepare(database)
    database.write(lambda tx: tx.run("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="newer Tagma") as caught:
        migrate.prepare(database)
    assert caught.value.code == "database-newer"
