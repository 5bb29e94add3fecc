import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagma.db import checkpoints, engine
from tagma.db.engine import Database, Transaction
from tagma.errors import Unavailable


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url or str(tmp_path / "one.sqlite3"))
    database.write(lambda tx: tx.run("CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"))
    database.write(lambda tx: tx.run("INSERT INTO counter VALUES (1, 0)"))
    yield database
    database.close()


def value(database: Database) -> int:
    return database.read(lambda tx: tx.rows("SELECT n FROM counter WHERE id = 1"))[0][0]


def test_what_write_returns_is_already_committed(database: Database) -> None:
    assert database.write(lambda tx: tx.run("UPDATE counter SET n = :n", n=7)) == 1
    assert value(database) == 7


def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    def add(tx: Transaction) -> None:
        tx.run("UPDATE counter SET n = n + 1 WHERE id = 1")

    threads = [threading.Thread(target=lambda: [database.write(add) for _ in range(25)]) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(database) == 400


def test_a_failing_write_changes_nothing_and_its_events_are_never_told(database: Database) -> None:
    told: list[Any] = []
    database.listeners.append(told.extend)

    def fail(tx: Transaction) -> None:
        tx.run("UPDATE counter SET n = 99")
        tx.tell("never")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(fail)
    database.write(lambda tx: tx.tell("after the commit"))
    assert value(database) == 0
    assert told == ["after the commit"]


def test_parameters_pass_percent_signs_and_colons_untouched(database: Database) -> None:
    found = database.read(lambda tx: tx.rows("SELECT '50%' AS a, :b AS b WHERE 'x' LIKE '%'", b="10:30 100%"))
    assert tuple(found[0]) == ("50%", "10:30 100%")


def test_a_database_locked_by_another_program_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_BUSY_SECONDS", 0.05)
    database = Database(str(tmp_path / "one.sqlite3"))
    database.write(lambda tx: tx.run("CREATE TABLE counter (n INTEGER)"))
    other = sqlite3.connect(tmp_path / "one.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Unavailable, match="locked by another program") as caught:
            database.write(lambda tx: tx.run("INSERT INTO counter VALUES (1)"))
        assert "nothing was lost" in caught.value.hint
    finally:
        other.execute("ROLLBACK")
        other.close()
    database.write(lambda tx: tx.run("INSERT INTO counter VALUES (1)"))
    assert database.read(lambda tx: tx.rows("SELECT count(*) FROM counter"))[0][0] == 1
    database.close()


def test_a_full_disk_is_said_in_words_and_the_next_write_works_again(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "one.sqlite3"))
    database.write(lambda tx: tx.run("CREATE TABLE note (words TEXT)"))
    pages = database.write(lambda tx: tx.rows("PRAGMA page_count"))[0][0]
    database.write(
        lambda tx: tx.rows(f"PRAGMA max_page_count = {pages + 2}")
    )  # how SQLite lets one play a full disk
    with pytest.raises(Unavailable, match=r"disk .* is full"):
        database.write(lambda tx: tx.run("INSERT INTO note VALUES (:words)", words="x" * 200_000))
    database.write(lambda tx: tx.run("INSERT INTO note VALUES ('short')"))
    assert database.read(lambda tx: tx.rows("SELECT words FROM note"))[0][0] == "short"
    database.close()


def test_a_write_inside_a_write_is_refused_instead_of_hanging(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "one.sqlite3"))
    with pytest.raises(RuntimeError, match="write inside a write"):
        database.write(lambda _: database.write(lambda tx: tx.run("SELECT 1")))
    database.close()


def test_what_was_written_comes_into_the_file_beside_the_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_COMMITS", 2)
    moved = threading.Event()
    loop = checkpoints.Checkpoints._move

    def move(self: checkpoints.Checkpoints, connection: Any) -> None:
        loop(self, connection)
        moved.set()

    monkeypatch.setattr(checkpoints.Checkpoints, "_move", move)
    database = Database(str(tmp_path / "one.sqlite3"))
    database.write(lambda tx: tx.run("CREATE TABLE page (body TEXT)"))
    assert database.file
    before = database.file.stat().st_size
    database.write(lambda tx: tx.run("INSERT INTO page VALUES (:body)", body="x" * 100_000))
    assert moved.wait(30)
    assert database.file.stat().st_size > before + 100_000
    assert database.read(lambda tx: tx.rows("SELECT length(body) FROM page")) == [(100_000,)]
    database.close()
