"""Where a window of a long list begins, without counting up to it.

A project's tasks in the order of their ids are numbered in steps: every ``_STEP``-th id is remembered. Tasks that join at the
end change nothing before them; whatever else comes or goes counts up ``project.list_shifts``, and then the steps are found anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from tagma.db.engine import Transaction

_STEP = 2000
_KEPT = 200  # projects


@dataclass(slots=True)
class _Steps:
    shifts: int
    ids: list[int] = field(default_factory=lambda: [0])
    """``ids[k]`` is the id just before row ``k * _STEP``."""


class Anchors:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._projects: OrderedDict[int, _Steps] = OrderedDict()

    def ids(self, tx: Transaction, project_id: int, shifts: int, start: int, length: int) -> list[int]:
        """Ids of the rows ``start`` to ``start + length`` in rising order.

        :param shifts: the project's ``list_shifts``, read in the same transaction.
        """
        step, rest = divmod(start, _STEP)
        with self._lock:
            steps = self._current(project_id, shifts)
            while len(steps.ids) <= step:
                row = tx.row(
                    "SELECT id FROM task WHERE project_id = :project AND id > :after ORDER BY id LIMIT 1 OFFSET :offset",
                    project=project_id, after=steps.ids[-1], offset=_STEP - 1,
                )  # fmt: skip
                if row is None:
                    return []
                steps.ids.append(row[0])
            after = steps.ids[step]
        rows = tx.rows(
            "SELECT id FROM task WHERE project_id = :project AND id > :after ORDER BY id LIMIT :length OFFSET :offset",
            project=project_id, after=after, length=length, offset=rest,
        )  # fmt: skip
        return [row[0] for row in rows]

    def _current(self, project_id: int, shifts: int) -> _Steps:
        steps = self._projects.get(project_id)
        if steps is None or steps.shifts != shifts:
            steps = self._projects[project_id] = _Steps(shifts)
        self._projects.move_to_end(project_id)
        while len(self._projects) > _KEPT:
            self._projects.popitem(last=False)
        return steps
