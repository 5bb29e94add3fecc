"""Many rows at once, by the fastest road each driver has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tagma.db.engine import Transaction


def take_ids(tx: Transaction, table: str, count: int) -> list[int]:
    """Numbers for rows still to be inserted, rising; nobody else gets them."""
    if tx.postgres:
        rows = tx.rows(f"SELECT nextval('{table}_id_seq') FROM generate_series(1, :count)", count=count)
        return sorted(row[0] for row in rows)
    last = tx.rows("SELECT seq FROM sqlite_sequence WHERE name = :name", name=table)
    begin = (last[0][0] if last else 0) + 1
    return list(range(begin, begin + count))


def insert(tx: Transaction, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Values as the driver wants them: JSON and moments as text."""
    tx.flush()
    cursor = tx.driver.cursor()
    names = ", ".join(columns)
    try:
        if tx.postgres:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
    finally:
        cursor.close()


@contextmanager
def chosen(tx: Transaction, query: str, params: dict[str, Any] | None = None) -> Iterator[int]:
    """The ids that ``query`` selects, kept in a temporary table ``chosen(id)`` for set-based work; gives their number."""
    tx.run("DROP TABLE IF EXISTS chosen")
    tx.run("CREATE TEMPORARY TABLE chosen (id INTEGER PRIMARY KEY)")
    tx.run(f"INSERT INTO chosen {query}", params)
    row = tx.row("SELECT count(*) FROM chosen")
    assert row is not None
    yield row[0]
    tx.run("DROP TABLE IF EXISTS chosen")
