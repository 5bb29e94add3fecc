"""Who gets which task next.

A task is handed out while ``task.free_slots`` is above 0: its overlap less the people who count for it less the people who
hold a lease on it. Taking a lease lowers it in the same statement's transaction, so no task goes beyond its overlap, however
many people and processes ask. The partial index that is read here holds open tasks only.

With an overlap above 1 a person walks past the tasks they have done; ``queue_cursor`` remembers how far, and is moved back
when a task before it becomes open again. It is only a hint: what is not found after it is looked for from the beginning.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.db.tables import SEQUENTIAL
from tagma.db.types import now, stamp
from tagma.errors import NotFound
from tagma.services.access import Actor
from tagma.services.desk import workplace
from tagma.services.desk.workplace import Workplace
from tagma.services.project import counters
from tagma.services.table import columns, views
from tagma.services.table.views import Query

if TYPE_CHECKING:
    from tagma.services.site import Site

_SCALE = 1_000_000_000  # a random key as the whole number a cursor keeps
_SWEPT = 200  # expired leases given back by one request

_NOT_MINE = (
    "NOT EXISTS (SELECT 1 FROM annotation a WHERE a.completed_by = :me AND a.project_id = t.project_id"
    " AND a.task_id = t.id AND a.deleted_at IS NULL)"
)
_POSTPONED = "EXISTS (SELECT 1 FROM draft d WHERE d.task_id = t.id AND d.user_id = :me AND d.was_postponed AND d.annotation_id IS NULL)"
_HELD = "EXISTS (SELECT 1 FROM lease l WHERE l.task_id = t.id AND l.user_id = :me)"


@dataclass(frozen=True, slots=True)
class Handed:
    """A task for a person, why this one, and the lease that reserves it."""

    task_id: int
    queue: str
    token: str
    place: Workplace


def next_task(
    site: Site,
    tx: Transaction,
    actor: Actor,
    project_id: int,
    query: Query | None = None,
    exclude: list[int] | None = None,
) -> Handed:
    """Lease the next task of the project to the actor.

    :param query: filters and order of a view; None to go by the project's sampling.
    :param exclude: tasks the person has open already, so that the next can be fetched ahead.
    :raises NotFound: code ``no-task``; says why there is none.
    """
    project = workplace.project(tx, actor, project_id, "annotation.create")
    sweep(tx)
    return _Search(site, tx, actor, project, query or Query(), exclude or []).run()


class _Search:
    def __init__(
        self, site: Site, tx: Transaction, actor: Actor, project: Workplace, query: Query, exclude: list[int]
    ) -> None:
        self.site, self.tx, self.actor, self.project, self.query = site, tx, actor, project, query
        self.scope = views.scope_of(tx, project)
        self.scope.params["me"] = actor.user_id
        self.filter = views.condition(tx, query, self.scope)
        self.given = f" AND {self.filter}" if self.filter else ""
        if exclude:
            self.given += f" AND t.id NOT IN ({','.join(str(int(one)) for one in exclude)})"
        self.explicit = bool(query)

    def run(self) -> Handed:
        for step in (self.held, self.fresh, self.postponed, self.skipped):
            found = step()
            if found is not None:
                return self.lease(*found)
        raise self.nothing()

    # where a task may come from, in this order

    def held(self) -> tuple[int, str] | None:
        """What the person was given and has not finished."""
        row = self.tx.row(
            "SELECT t.id FROM lease own JOIN task t ON t.id = own.task_id"
            f" WHERE own.user_id = :me AND t.project_id = :project AND {_NOT_MINE} AND NOT {_POSTPONED}{self.given}"
            " ORDER BY own.id LIMIT 1",
            self.scope.params,
        )
        return (row[0], "Data manager queue" if self.explicit else "Task lock") if row else None

    def fresh(self) -> tuple[int, str] | None:
        if self.explicit:
            order = columns.order_by(self.query.ordering, self.scope)
            return self.named(self.pick(order=order), "Data manager queue")
        if self.project.annotator_evaluation_enabled and self.project.ground_truth_number:
            truth = " AND EXISTS (SELECT 1 FROM annotation g WHERE g.task_id = t.id AND g.ground_truth AND g.deleted_at IS NULL)"
            found = self.pick(truth)
            if found:
                return found, "Onboarding ground truth queue"
        if self.project.show_overlap_first and self.project.maximum_annotations > 1:
            shared = self.by_sampling(" AND t.overlap > 1")
            if shared:
                return shared
        return self.by_sampling("")

    def by_sampling(self, more: str) -> tuple[int, str] | None:
        sampling = self.project.sampling
        if sampling == "Uncertainty sampling" and self.project.model_version:
            found = self.least_certain(more)
            if found:
                return found, "Active learning or random queue"
        if sampling == SEQUENTIAL:
            return self.named(self.walk("t.id", 1, more), "Sequence queue")
        return self.named(self.at_random(more), "Uniform random queue")

    def postponed(self) -> tuple[int, str] | None:
        row = self.open_row(f" AND {_NOT_MINE} AND {_POSTPONED} AND NOT t.is_labeled")
        return (row, "Postponed draft queue") if row else None

    def skipped(self) -> tuple[int, str] | None:
        """For REQUEUE_FOR_ME: what the person skipped, the longest ago first."""
        if self.project.skip_queue != "REQUEUE_FOR_ME":
            return None
        row = self.tx.row(
            "SELECT t.id FROM annotation s JOIN task t ON t.id = s.task_id WHERE s.completed_by = :me AND s.project_id = :project"
            " AND s.was_cancelled AND s.deleted_at IS NULL AND NOT t.is_labeled AND NOT EXISTS (SELECT 1 FROM annotation a"
            " WHERE a.task_id = t.id AND a.completed_by = :me AND NOT a.was_cancelled AND a.deleted_at IS NULL)"
            f"{self.given} ORDER BY COALESCE(NULLIF(s.updated_at, ''), s.created_at), s.id LIMIT 1",
            self.scope.params,
        )
        return (row[0], "Skipped queue") if row else None

    @staticmethod
    def named(found: int | None, queue: str) -> tuple[int, str] | None:
        return (found, queue) if found else None

    # how one is picked

    def pick(self, more: str = "", order: str = "t.id", **params: Any) -> int | None:
        """The first open task that is not mine, locked on PostgreSQL until the lease stands."""
        sql = (
            f"SELECT t.id FROM task t WHERE t.project_id = :project AND t.free_slots > 0 AND {_NOT_MINE}"
            f" AND NOT {_POSTPONED}{self.given}{more} ORDER BY {order} LIMIT 1"
        )
        return self.locking(sql, params)

    def locking(self, sql: str, params: dict[str, Any]) -> int | None:
        if not self.tx.postgres:
            row = self.tx.row(sql, self.scope.params, **params)
            return row[0] if row else None
        # First pass by what others are just taking; only when nothing else is left wait for them.
        for wait in (" FOR UPDATE OF t SKIP LOCKED", " FOR UPDATE OF t"):
            row = self.tx.row(sql + wait, self.scope.params, **params)
            if row:
                return int(row[0])
        return None

    def open_row(self, more: str) -> int | None:
        """A task that is open, or whose slot the person holds already."""
        return self.locking(
            f"SELECT t.id FROM task t WHERE t.project_id = :project AND (t.free_slots > 0 OR {_HELD}){self.given}{more}"
            " ORDER BY t.id LIMIT 1",
            {},
        )

    def walk(self, key: str, scale: int, more: str) -> int | None:
        """Along ``key`` from where the person has come to, then from the beginning."""
        row = self.tx.row(
            "SELECT after_id FROM queue_cursor WHERE project_id = :p AND user_id = :me",
            p=self.project.id,
            me=self.actor.user_id,
        )
        after = row[0] / scale if row and scale > 1 else row[0] if row else 0
        found = self.pick(f" AND {key} > :after{more}", key, after=after) if after else None
        found = found or self.pick(more, key)
        if found and self.repeats():
            place = self.tx.row(f"SELECT {key} FROM task t WHERE t.id = :id", id=found)
            assert place is not None
            self.advance(int(place[0] * scale) - 1, bool(row))
        return found

    def repeats(self) -> bool:
        """Whether the person may meet open tasks that they have done."""
        return self.project.maximum_annotations > 1 or self.project.skip_queue == "REQUEUE_FOR_OTHERS"

    def advance(self, to: int, exists: bool) -> None:
        sql = (
            "UPDATE queue_cursor SET after_id = :to WHERE project_id = :p AND user_id = :me"
            if exists
            else "INSERT INTO queue_cursor (project_id, user_id, after_id) VALUES (:p, :me, :to)"
            " ON CONFLICT (project_id, user_id) DO UPDATE SET after_id = excluded.after_id"
        )
        self.tx.run(sql, p=self.project.id, me=self.actor.user_id, to=max(0, to))

    def at_random(self, more: str) -> int | None:
        """With one annotation a task: any. With several: everybody walks the same random order, so that tasks are finished."""
        if self.project.maximum_annotations > 1:
            return self.walk("t.random_key", _SCALE, more)
        pivot = secrets.randbelow(_SCALE) / _SCALE
        return self.pick(f" AND t.random_key >= :pivot{more}", "t.random_key", pivot=pivot) or self.pick(
            more, "t.random_key"
        )

    def least_certain(self, more: str) -> int | None:
        """By the scores of the version that the project shows; what it predicted without one comes after."""
        for known, order in (
            ("IS NOT NULL", "p.score, p.task_id"),
            ("IS NULL", "p.task_id"),
        ):  # as the index has them
            found = self.locking(
                "SELECT t.id FROM prediction p JOIN task t ON t.id = p.task_id WHERE p.project_id = :project"
                f" AND p.model_version = :model_version AND p.task_labeled = FALSE AND p.score {known}"
                f" AND t.free_slots > 0 AND {_NOT_MINE} AND NOT {_POSTPONED}{self.given}{more} ORDER BY {order} LIMIT 1",
                {},
            )
            if found:
                return found
        return None

    # the lease, or the reason why there is none

    def lease(self, task_id: int, queue: str) -> Handed:
        expires = stamp(now() + timedelta(seconds=self.site.settings.task_lock_ttl))
        own = self.tx.row(
            "SELECT id, token FROM lease WHERE task_id = :task AND user_id = :me",
            task=task_id,
            me=self.actor.user_id,
        )
        if own:
            self.tx.run("UPDATE lease SET expires_at = :expires WHERE id = :id", expires=expires, id=own[0])
            return Handed(task_id, queue, own[1], self.project)
        token = secrets.token_hex(16)
        self.tx.run(
            "INSERT INTO lease (task_id, project_id, user_id, token, created_at, expires_at)"
            " VALUES (:task, :project, :me, :token, :now, :expires)",
            task=task_id, project=self.project.id, me=self.actor.user_id, token=token, now=stamp(), expires=expires,
        )  # fmt: skip
        if queue == "Skipped queue":  # the skip holds a slot already
            counters.settle(self.tx, self.project.skip_queue, counters.ONE, {"task": task_id})
        else:
            self.tx.run("UPDATE task SET free_slots = free_slots - 1 WHERE id = :task", task=task_id)
        return Handed(task_id, queue, token, self.project)

    def nothing(self) -> NotFound:
        project, me = self.project, self.actor.user_id
        counts = self.tx.row(
            "SELECT task_number, finished_task_number FROM project WHERE id = :p", p=project.id
        )  # fmt: skip
        assert counts is not None
        total, finished = counts
        if not total:
            return _none("empty", f'The project "{project.title}" has no tasks yet.', "Import some first.")
        if finished >= total:
            return _none(
                "all-done", f"All {total} tasks of this project are labeled.", "Nothing is left to do here."
            )
        if self.filter:
            row = self.tx.row(
                f"SELECT 1 FROM task t WHERE t.project_id = :project AND {self.filter} LIMIT 1",
                self.scope.params,
            )
            if row is None:
                return _none(
                    "filter-empty",
                    "No task fulfils the filters of this tab.",
                    "Change or remove its filters.",
                )
        held = self.tx.row(
            "SELECT count(DISTINCT l.task_id) FROM lease l JOIN task t ON t.id = l.task_id WHERE l.project_id = :project"
            f" AND l.user_id <> :me AND NOT t.is_labeled AND {_NOT_MINE}{self.given}",
            self.scope.params,
        )
        if held and held[0]:
            return _none(
                "held", f"The remaining {_tasks(held[0])} being labeled by other people right now.",
                "Try again later: a task comes back when it is skipped, or when the time reserved for it is over.", held=held[0],
            )  # fmt: skip
        if me is not None and self.filter:
            return _none(
                "yours-done",
                "You have done all tasks of this tab that are open to you.",
                "Choose another tab.",
            )
        return _none(
            "yours-done", f"You have done all tasks that are open to you; {total - finished} of {total} wait for other people.",
            "Ask others to label, or an administrator to lower the number of annotations for each task.",
        )  # fmt: skip


def _tasks(count: int) -> str:
    return "task is" if count == 1 else f"{count} tasks are"


def _none(reason: str, words: str, hint: str, **where: Any) -> NotFound:
    return NotFound(words, hint=hint, code="no-task", reason=reason, **where)


# giving back -------------------------------------------------------------------------------------------------------


def sweep(tx: Transaction) -> int:
    """Give back what was reserved for people who did not come back; how many."""
    lock = " FOR UPDATE SKIP LOCKED" if tx.postgres else ""
    late = tx.rows(
        f"SELECT id, task_id, project_id, user_id FROM lease WHERE expires_at < :now ORDER BY task_id LIMIT {_SWEPT}{lock}",
        now=stamp(),
    )
    for lease_id, task_id, project_id, _user in late:
        tx.run("DELETE FROM lease WHERE id = :id", id=lease_id)
        _reopen(tx, task_id, project_id)
    return len(late)


def release(tx: Transaction, task_id: int, user_id: int | None) -> bool:
    """Drop a person's lease on a task; whoever calls settles the task's counters."""
    return bool(
        tx.run("DELETE FROM lease WHERE task_id = :task AND user_id = :user", task=task_id, user=user_id)
    )


def give_back(site: Site, tx: Transaction, actor: Actor, task_id: int) -> None:
    """The person leaves the task; the next one may have it."""
    task = workplace.task(tx, actor, task_id, "task.view")
    if release(tx, task_id, actor.user_id):
        _reopen(tx, task_id, task.place.id)


def _reopen(tx: Transaction, task_id: int, project_id: int) -> None:
    row = tx.row("SELECT skip_queue FROM project WHERE id = :id", id=project_id)
    if row is not None:
        counters.lock(tx, counters.ONE, {"task": task_id})
        counters.settle(tx, row[0], counters.ONE, {"task": task_id})
        rewind(tx, project_id, task_id)


def rewind(tx: Transaction, project_id: int, task_id: int) -> None:
    """Let everybody who has gone past this task meet it again."""
    row = tx.row("SELECT random_key, free_slots FROM task WHERE id = :id", id=task_id)
    project = tx.row("SELECT sampling FROM project WHERE id = :id", id=project_id)
    if row is None or project is None or row[1] <= 0:
        return
    place = task_id if project[0] == SEQUENTIAL else int(row[0] * _SCALE)
    tx.run(
        "UPDATE queue_cursor SET after_id = :before WHERE project_id = :project AND after_id >= :place",
        before=max(0, place - 1), project=project_id, place=place,
    )  # fmt: skip
