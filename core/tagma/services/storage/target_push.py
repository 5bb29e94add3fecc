"""The job of a target storage: writes what still has to be written, and deletes what has to go, until nothing waits.

Where a person asked for a sync, all work of the project is marked first, in steps whose place stands in the target's state;
so a job that dies goes on where it was. Each object is written from what the database holds at that moment and counts as
written in the version it was marked with: what changes meanwhile is written once more.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Project, Record
from tagma.db.types import now, stamp
from tagma.errors import StorageError, TagmaError
from tagma.jobs import Cancelled, Interrupted, JobContext, kind
from tagma.plugin.storages import Storage
from tagma.services import records
from tagma.services.desk import shapes
from tagma.services.desk.shapes import listed
from tagma.services.storage import storages, targets
from tagma.services.storage.storage_forms import TARGETS

if TYPE_CHECKING:
    from tagma.services.site import Site

BATCH = 128  # objects read at once
BYTES = 16 << 20  # of stored results that a batch should hold
AT_ONCE = 16  # written at the same time
_LOOK = 0.3  # seconds between looks whether this process stops
MARKED = 5000  # at one step of a sync

_PERSON = ("id", "first_name", "last_name", "email")


class _Item(NamedTuple):
    id: int
    version: int


@kind(targets.JOB)
def run_push(job: JobContext) -> Mapping[str, Any]:
    """The job; params: ``record``."""
    record = job.site.database.read(lambda tx: _record(tx, int(job.params["record"])))
    if record is None:
        return {}
    push = _Push(job, record)
    try:
        push.run()
        while not push.finish():
            push.run()
    except Cancelled:
        words = "Writing was stopped; what changed since waits. Sync goes on with it."
        push.note({"status": "failed", "traceback": words, "stopped": True, "sync": None})
        raise
    except Interrupted:
        raise
    except Exception as error:
        tries = int(record.state.get("tries") or 0) + 1
        words = (
            str(error)
            if isinstance(error, TagmaError)
            else f"{type(error).__name__}; the server's log says more."
        )
        push.note({"status": "failed", "traceback": words, "tries": tries, "retry_at": targets.pause(tries)})
        raise
    return {"written": push.written, "deleted": push.deleted}


def _record(tx: Transaction, record_id: int) -> Record | None:
    record = tx.session.get(Record, record_id)
    project = tx.session.get(Project, record.project_id) if record is not None else None
    tx.session.expunge_all()
    return record if project is not None and project.deleted_at is None else None


class _Push:
    """One run."""

    def __init__(self, job: JobContext, record: Record) -> None:
        self.job = job
        self.site: Site = job.site
        self.record_id = record.id or 0
        self.project_id = record.project_id or 0
        self.scheme = TARGETS.scheme(record.kind)
        self.settings = record.settings
        self.whole_tasks = bool(record.settings.get("whole_tasks"))
        self.sync: dict[str, Any] | None = record.state.get("sync")
        self.meta: dict[str, Any] = dict(record.state.get("meta") or {})
        self.written = self.deleted = 0

    def note(self, state: Mapping[str, Any]) -> None:
        self.site.database.write(lambda tx: records.note(self.site, tx, self.record_id, state))

    def run(self) -> None:
        with storages.opened(self.site, self.scheme, self.settings, TARGETS) as storage:
            if self.sync is not None:
                self.meta |= {"attempts": self.job.attempts, "time_in_progress": stamp()}
                self.note({"status": "in_progress", "meta": self.meta})
            while self.sync is not None and not self.sync.get("marked"):
                self.job.check()
                self.sync = self.site.database.write(self._mark)
            while items := self.site.database.read(self._due):
                self._write(storage, items)
                self.job.progress(self.written + self.deleted, self._total(), "objects")

    def finish(self) -> bool:
        """Say the end; False where a sync was asked for since the run began, which must not be told the end of another one.

        A run that only wrote what changed leaves the marks of the last sync, unless that had failed.
        """
        state: dict[str, Any] = {"tries": 0, "retry_at": None, "traceback": None, "status": "completed"}
        if self.sync is not None:
            self.meta |= {"time_completed": stamp()}
            state |= {"sync": None, "meta": self.meta, "last_sync_count": self.sync["count"]}

        def end(tx: Transaction) -> bool:
            record = records.held(tx, self.record_id)
            if record is not None and self.sync is None and record.state.get("sync"):
                self.sync, self.meta = record.state["sync"], dict(record.state.get("meta") or {})
                return False
            records.note(self.site, tx, self.record_id, {**state, "last_sync": now().isoformat()})
            return True

        return self.site.database.write(end)

    def _mark(self, tx: Transaction) -> dict[str, Any]:
        """The next step of a sync: some thousands more still have to be written."""
        assert self.sync is not None
        if tx.row("SELECT 1 FROM record WHERE id = :id", id=self.record_id) is None:
            return {**self.sync, "marked": True}  # disconnected meanwhile
        table, mark = ("annotation a", targets.mark_annotations)
        which = "a.project_id = :project AND a.id > :after AND a.deleted_at IS NULL"
        if self.whole_tasks:
            table, mark = ("task t", targets.mark_tasks)
            which = "t.project_id = :project AND t.id > :after AND t.total_annotations + t.cancelled_annotations > 0"
        name = table[-1]
        params = {"project": self.project_id, "after": self.sync["after"]}
        row = tx.row(
            f"SELECT max(id), count(*) FROM (SELECT {name}.id FROM {table} WHERE {which} ORDER BY {name}.id LIMIT {MARKED}) s",
            params,
        )
        last, count = row if row is not None else (None, 0)
        step = {**self.sync, "marked": True}
        if last is not None:
            mark(tx, self.record_id, f"{which} AND {name}.id <= :last", {**params, "last": last})
            step = {"after": last, "count": self.sync["count"] + count}
        records.note(self.site, tx, self.record_id, {"sync": step})
        return step

    def _due(self, tx: Transaction) -> list[_Item]:
        """The next batch: those that failed least come first, and no more of them than memory should hold."""
        of_item = "a.task_id" if self.whole_tasks else "a.id"
        rows = tx.rows(
            f"SELECT item_id, version, (SELECT sum(length(a.result)) FROM annotation a WHERE {of_item} = o.item_id)"
            f" FROM target_object o WHERE record_id = :id AND version <> written ORDER BY tries, item_id LIMIT {BATCH}",
            id=self.record_id,
        )
        items: list[_Item] = []
        size = 0
        for item, version, length in rows:
            size += length or 0
            if items and size > BYTES:
                break
            items.append(_Item(item, version))
        return items

    def _total(self) -> int | None:
        return self.sync["count"] if self.sync is not None else None

    def _write(self, storage: Storage, items: Sequence[_Item]) -> None:
        """:raises StorageError: not one of them could be written."""
        bodies = self.site.database.read(lambda tx: self._bodies(tx, [one.id for one in items]))
        done: list[_Item] = []
        failed: list[_Item] = []
        faults: list[StorageError] = []
        for item, fault in self._all_put(storage, items, bodies):
            (failed if fault else done).append(item)
            faults += [fault] if fault else []
        self.site.database.write(lambda tx: self._settle(tx, done, failed, bodies))
        written = sum(one.id in bodies for one in done)
        self.written += written
        self.deleted += len(done) - written
        if faults and not done:
            raise faults[0]

    def _all_put(
        self, storage: Storage, items: Sequence[_Item], bodies: Mapping[int, bytes]
    ) -> Iterator[tuple[_Item, StorageError | None]]:
        """Each with what was refused of it, several at the same time, in threads that the end of the server need not wait for.

        :raises Interrupted: this process stops; what is on its way may or may not arrive.
        """
        left: SimpleQueue[_Item] = SimpleQueue()
        for one in items:
            left.put(one)
        ended: SimpleQueue[tuple[_Item, BaseException | None]] = SimpleQueue()

        def work() -> None:
            while True:
                try:
                    item = left.get_nowait()
                except Empty:
                    return
                try:
                    self._put(storage, item.id, bodies.get(item.id))
                    ended.put((item, None))
                except BaseException as error:
                    ended.put((item, error))

        for _ in range(min(AT_ONCE, len(items))):
            threading.Thread(target=work, name="tagma-target", daemon=True).start()
        for _ in items:
            while True:
                if self.job.stopping:
                    raise Interrupted
                try:
                    item, error = ended.get(timeout=_LOOK)
                    break
                except Empty:
                    continue
            if error is not None and not isinstance(error, StorageError):
                raise error
            yield item, error

    def _put(self, storage: Storage, item: int, body: bytes | None) -> None:
        key = f"{item}.json" if self.whole_tasks else str(item)
        if body is not None:
            storage.put(key, io.BytesIO(body))
        elif self.settings.get("can_delete_objects"):
            storage.delete(key)

    def _settle(
        self, tx: Transaction, done: Sequence[_Item], failed: Sequence[_Item], bodies: Mapping[int, bytes]
    ) -> None:
        def given(items: Sequence[_Item]) -> list[dict[str, int]]:
            return [
                {"record": self.record_id, "item": one.id, "version": one.version} for one in sorted(items)
            ]

        where = "WHERE record_id = :record AND item_id = :item"
        tx.many(
            f"UPDATE target_object SET written = :version, tries = 0 {where}",
            given([one for one in done if one.id in bodies]),
        )
        tx.many(
            f"DELETE FROM target_object {where} AND version = :version",
            given([one for one in done if one.id not in bodies]),
        )
        tx.many(f"UPDATE target_object SET tries = tries + 1 {where} AND version = :version", given(failed))

    def _bodies(self, tx: Transaction, ids: Sequence[int]) -> dict[int, bytes]:
        """What is to be written for each; those missing are gone from the project."""
        if self.whole_tasks:
            found = shapes.simple_tasks(tx, ids)
            return {
                one["id"]: orjson.dumps(one)
                for one in found
                if one["project"] == self.project_id and one["annotations"]
            }
        made = shapes.annotations(tx, f"a.id IN ({listed(ids)})", expand=True)
        made = [one for one in made if one["project"] == self.project_id]
        tasks = {one["id"]: one for one in shapes.bare_tasks(tx, sorted({one["task"] for one in made}))}
        return {
            one["id"]: orjson.dumps(
                {**one, "task": tasks[one["task"]], "completed_by": _person(one["completed_by"])}
            )
            for one in made
            if one["task"] in tasks
        }


def _person(found: Any) -> Any:
    return {key: found[key] for key in _PERSON} if isinstance(found, dict) else found
