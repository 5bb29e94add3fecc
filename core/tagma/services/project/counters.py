"""Counters of tasks and projects, and when a task is labeled or may be handed out.

A task's own columns are settled from its annotations and leases, which are few; the project's are moved by the difference,
so that a change costs the same in a project of ten tasks and of a million.

A person counts for a task once, however many annotations they made. Skips count as the project's ``skip_queue`` says:

====================  ================  ================
mode                  makes it labeled  holds a slot
====================  ================  ================
REQUEUE_FOR_OTHERS    no                no
REQUEUE_FOR_ME        no                yes, for the one who skipped
IGNORE_SKIPPED        yes               yes
====================  ================  ================
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tagma.db.engine import Transaction
from tagma.db.types import stamp

ONE = "t.id = :task"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a set of tasks adds to its project's counters, in the order of ``_COLUMNS``."""

    tasks: int = 0
    finished: int = 0
    annotations: int = 0
    skipped: int = 0
    ground_truth: int = 0
    annotated: int = 0
    predictions: int = 0

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) - getattr(other, name) for name in _COLUMNS))


_COLUMNS = {
    "tasks": "task_number",
    "finished": "finished_task_number",
    "annotations": "total_annotations_number",
    "skipped": "skipped_annotations_number",
    "ground_truth": "ground_truth_number",
    "annotated": "num_tasks_with_annotations",
    "predictions": "total_predictions_number",
}


def tally(tx: Transaction, where: str, params: dict[str, Any]) -> Tally:
    """:param where: a condition on ``task t``."""
    row = tx.row(
        "SELECT own.tasks, own.finished, theirs.annotations, theirs.skipped, theirs.truth, theirs.annotated, own.predictions FROM"
        " (SELECT count(*) AS tasks, COALESCE(sum(CASE WHEN t.is_labeled THEN 1 ELSE 0 END), 0) AS finished,"
        f" COALESCE(sum(t.total_predictions), 0) AS predictions FROM task t WHERE {where}) AS own,"
        " (SELECT COALESCE(sum(CASE WHEN a.was_cancelled THEN 0 ELSE 1 END), 0) AS annotations,"
        " COALESCE(sum(CASE WHEN a.was_cancelled THEN 1 ELSE 0 END), 0) AS skipped,"
        " COALESCE(sum(CASE WHEN a.ground_truth THEN 1 ELSE 0 END), 0) AS truth,"
        " count(DISTINCT CASE WHEN NOT a.was_cancelled AND NOT a.ground_truth THEN a.task_id END) AS annotated"
        f" FROM annotation a JOIN task t ON t.id = a.task_id WHERE a.deleted_at IS NULL AND {where}) AS theirs",
        params,
    )
    assert row is not None
    return Tally(*row)


def move(tx: Transaction, project_id: int, by: Tally, *, among: bool = False) -> None:
    """Add ``by`` to the project's counters.

    :param among: whether tasks came in among those that were there, not only after them.
    """
    changed = {name: getattr(by, name) for name in _COLUMNS if getattr(by, name)}
    sets = "".join(f", {_COLUMNS[name]} = {_COLUMNS[name]} + :{name}" for name in changed)
    if by.tasks < 0 or among:
        sets += ", list_shifts = list_shifts + 1"
    tx.run(
        f"UPDATE project SET last_activity = :now{sets} WHERE id = :id", changed, now=stamp(), id=project_id
    )


_HERE = "a.task_id = t.id AND a.deleted_at IS NULL"
_PERSON = "COALESCE(a.completed_by, -a.id)"


def settle(
    tx: Transaction,
    skip_queue: str,
    where: str,
    params: dict[str, Any],
    *,
    touched: dict[str, Any] | None = None,
) -> None:
    """Make the columns of tasks agree with their annotations and leases.

    :param touched: ``{now, by}`` of the change that made it necessary; None when nobody changed anything.
    """
    touch = " updated_at = :now, updated_by = :by," if touched else ""
    finishes = "" if skip_queue == "IGNORE_SKIPPED" else " AND NOT a.was_cancelled"
    holds = " AND NOT a.was_cancelled" if skip_queue == "REQUEUE_FOR_OTHERS" else ""
    labeled = f"(SELECT count(DISTINCT {_PERSON}) FROM annotation a WHERE {_HERE}{finishes}) >= t.overlap"
    tx.run(
        f"UPDATE task AS t SET{touch}"
        f" total_annotations = (SELECT count(*) FROM annotation a WHERE {_HERE} AND NOT a.was_cancelled),"
        f" cancelled_annotations = (SELECT count(*) FROM annotation a WHERE {_HERE} AND a.was_cancelled),"
        f" is_labeled = {labeled},"
        f" completed_at = CASE WHEN {labeled} THEN (SELECT max(a.created_at) FROM annotation a WHERE {_HERE}) END,"
        f" free_slots = t.overlap - (SELECT count(*) FROM (SELECT {_PERSON} AS person FROM annotation a WHERE {_HERE}{holds}"
        " UNION SELECT l.user_id FROM lease l WHERE l.task_id = t.id) AS taken)"
        f" WHERE {where}",
        {**params, **(touched or {})},
    )
    settle_open(tx, where, params)


def settle_predictions(tx: Transaction, where: str, params: dict[str, Any]) -> None:
    tx.run(
        "UPDATE task AS t SET total_predictions = (SELECT count(*) FROM prediction p WHERE p.task_id = t.id)"
        f" WHERE {where}",
        params,
    )
    settle_open(tx, where, params)


def settle_open(tx: Transaction, where: str, params: dict[str, Any]) -> None:
    """Make predictions say whether their task is labeled."""
    tx.run(
        "UPDATE prediction SET task_labeled = NOT task_labeled WHERE task_id IN"
        f" (SELECT t.id FROM task t WHERE {where}) AND task_labeled <> (SELECT t.is_labeled FROM task t WHERE t.id = prediction.task_id)",
        params,
    )


@contextmanager
def counted(
    tx: Transaction,
    project_id: int,
    skip_queue: str,
    where: str = ONE,
    *,
    by: int | None = None,
    touch: bool = True,
    **params: Any,
) -> Iterator[None]:
    """Change annotations of the tasks of ``where`` inside; afterwards every counter is right.

    :param by: who changes, for ``updated_by``.
    """
    lock(tx, where, params)
    before = tally(tx, where, params)
    yield
    settle(tx, skip_queue, where, params, touched={"now": stamp(), "by": by} if touch else None)
    move(tx, project_id, tally(tx, where, params) - before)


def lock(tx: Transaction, where: str, params: dict[str, Any]) -> None:
    """Wait until nobody else changes these tasks; always in the order of ids, so that nobody waits in a circle."""
    if tx.postgres:
        tx.rows(f"SELECT t.id FROM task t WHERE {where} ORDER BY t.id FOR UPDATE", params)


def shuffle(tx: Transaction, project_id: int) -> None:
    """Give every task its place in a random order, which only a project that hands out by chance keeps."""
    chance = "random()" if tx.postgres else "(random() + 9223372036854775808.0) / 18446744073709551616.0"
    tx.run(f"UPDATE task SET random_key = {chance} WHERE project_id = :project", project=project_id)


def respread(tx: Transaction, project_id: int, skip_queue: str, maximum: int, cohort: int) -> None:
    """Give tasks their overlap anew: ``cohort`` percent of them ``maximum``, those with most annotations first, the rest 1."""
    where = "t.project_id = :project"
    params = {"project": project_id}
    with counted(tx, project_id, skip_queue, where, touch=False, **params):
        if cohort >= 100 or maximum == 1:
            tx.run("UPDATE task SET overlap = :maximum WHERE project_id = :project", params, maximum=maximum)
            return
        tx.run("UPDATE task SET overlap = 1 WHERE project_id = :project", params)
        tx.run(
            "UPDATE task SET overlap = :maximum WHERE id IN (SELECT id FROM task WHERE project_id = :project"
            " ORDER BY total_annotations DESC, random() LIMIT"
            " (SELECT count(*) * :cohort / 100 FROM task WHERE project_id = :project))",
            params,
            maximum=maximum,
            cohort=cohort,
        )
