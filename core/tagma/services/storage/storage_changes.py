"""A file of tasks that was read before and is another now: which of its tasks are there, which changed, which are new.

Tasks are known by their data, not by their place, so a row put in at the top changes nothing but itself. A task that a row
in the same place took over is changed with it, unless somebody has worked on it; tasks whose rows went away stay.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from tagma.db.engine import Transaction


class KnownTask(NamedTuple):
    row: int
    id: int
    here: bool  # not in the trash
    worked_on: bool


class KnownTasks:
    """Those of one file. Each is matched once: twice the same row are two tasks."""

    def __init__(self, rows: Sequence[tuple[int, int, bool, str, int]]) -> None:
        self._by_data: dict[bytes, list[KnownTask]] = defaultdict(list)
        self._by_row: dict[int, KnownTask] = {}
        for row, task_id, here, data, work in rows:
            known = KnownTask(row, task_id, here, work > 0)
            self._by_data[_digest(orjson.loads(data))].append(known)
            self._by_row[row] = known
        self._rows = set(self._by_row)
        self._next = max(self._rows, default=0) + 1

    def has(self, data: Any) -> bool:
        """Whether a task of this data is there, which is taken out."""
        same = self._by_data.get(_digest(data))
        if not same:
            return False
        self._by_row.pop(same.pop().row)
        return True

    def taken_over(self, row: int) -> KnownTask | None:
        """The task that stood in this place with data that the file no longer has."""
        found = self._by_row.pop(row, None)
        return found if found is not None and found.here else None

    def number(self, row: int) -> int:
        """A number for a new row that no other of the file has."""
        if row in self._rows:
            row, self._next = self._next, self._next + 1
        self._rows.add(row)
        self._next = max(self._next, row + 1)
        return row


def read(tx: Transaction, record_id: int, project_id: int, key: str) -> KnownTasks:
    rows = tx.rows(
        f"SELECT l.row, t.id, t.project_id, {tx.json_text('t.data')}, t.total_annotations + t.cancelled_annotations"
        " + (SELECT count(*) FROM draft d WHERE d.task_id = t.id)"
        " FROM storage_link l JOIN task t ON t.id = l.task_id WHERE l.record_id = :record AND l.key = :key ORDER BY l.row DESC",
        record=record_id,
        key=key,
    )
    return KnownTasks([(row[0], row[1], row[2] == project_id, row[3], row[4]) for row in rows])


def _digest(data: Any) -> bytes:
    return hashlib.blake2b(orjson.dumps(data, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
