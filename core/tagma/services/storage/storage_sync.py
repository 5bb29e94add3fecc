"""Sync of a storage: objects that are no tasks yet become tasks, by batches; each is linked, so that it comes in once.

A link keeps the version of its object. Where that is another now, a file of tasks is read again and what is new or other in
it comes in; of a single object's task only the date of change moves, since its address is the same. A file of tasks may be
larger than a batch: until its end is reached its links say that it is half read, and the next run takes it for changed. Links
are written with their tasks, so a worker that dies leaves no gap and repeats nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import Project, Record
from tagma.db.types import now, stamp
from tagma.errors import ImportFailed, StorageError, TagmaError
from tagma.jobs import Cancelled, Interrupted, JobContext, kind
from tagma.plugin.formats import Draft, SourceFile
from tagma.plugin.storages import Storage, StoredObject
from tagma.services import access, records
from tagma.services.access import Actor
from tagma.services.desk import tasks
from tagma.services.desk.task_batches import Batch
from tagma.services.imports.annotators import Annotators, members
from tagma.services.imports.import_checks import Checker
from tagma.services.imports.import_sources import UNNAMED, Reader, Sources, Upload
from tagma.services.imports.import_sources import sort as pick
from tagma.services.storage import storage_changes, storages
from tagma.services.storage.storage_forms import SOURCES, class_of
from tagma.services.storage.storage_links import HALF, Sorted, links, settle, sort, wanted

if TYPE_CHECKING:
    from tagma.services.site import Site

BATCH = 1000
EXAMPLES = 5  # names of new objects in a plan
_AGAIN = "asked_again"  # in a record's state: somebody asked while a sync was under way
REFUSED = 1000  # objects one after another: then it is no fault of theirs
FAULTS = 100  # kept for the report; the rest is counted


@dataclass(frozen=True)
class _Row:
    """One task to be, and where it is from."""

    key: str
    number: int
    task: dict[str, Any]
    version: str


def start(
    site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int
) -> tuple[dict[str, Any], int]:
    """Queue a sync, or let the one under way go through the storage once more, since it may be past what is asked for; the
    storage as the wire has it and the job's id, to be announced."""
    class_of(site, scheme)
    record = records.get(site, tx, actor, record_id, SOURCES.prefix + scheme, "record.change")
    records.held(tx, record_id)  # a sync under way can't say its end while this is decided
    # One that has said its end is over, though its job may still be closing.
    if record.state.get("status") in storages.UNDER_WAY and storages.under_way(tx, record):
        if record.state["status"] == "in_progress":
            records.note(site, tx, record_id, {_AGAIN: True})
        return storages.shown(site, tx, record), int(record.state["last_sync_job"])
    who = {"user_id": actor.user_id, "organization_id": actor.organization_id, "role": actor.role}
    job_id = site.jobs.enqueue(
        tx, "storage_sync", actor, record.project_id, {"record": record_id, "actor": who}
    )
    meta = {
        **record.state.get("meta", {}),
        "time_queued": stamp(),
        "time_in_progress": None,
        "time_completed": None,
    }
    records.note(
        site,
        tx,
        record_id,
        {"status": "queued", "last_sync_job": job_id, "traceback": None, "meta": meta, _AGAIN: False},
    )
    return storages.shown(site, tx, record), job_id


@kind("storage_sync")
def run_sync(job: JobContext) -> dict[str, Any]:
    """The job; params: ``record``, ``actor``."""
    sync = _Sync(job)
    sync.begin()
    try:
        sync.run()
        while not sync.complete():
            sync.run()
    except Interrupted:
        raise  # another worker goes on
    except Cancelled:
        sync.fail("The sync was stopped; what it had brought in stays.")
        raise
    except TagmaError as error:
        sync.fail(str(error))
        raise
    return {
        "task_count": sync.made,
        "tasks_existed": sync.existed,
        "changed": sync.changed,
        "fault_count": sync.fault_count,
        "faults": [fault.as_dict() for fault in sync.faults],
    }


class _Sync:
    """One sync under way."""

    def __init__(self, job: JobContext) -> None:
        self.job = job
        self.site: Site = job.site
        self.actor = Actor(**job.params["actor"])
        self.record_id = int(job.params["record"])
        self.record, self.project = self.site.database.read(self._load)
        self.settings = self.record.settings
        self.config = self.site.config(self.project.label_config)
        self.checker = Checker(self.site, self.project)
        self.people = Annotators(lambda: self.site.database.read(lambda tx: members(tx, self.actor)))
        self.meta: dict[str, Any] = dict(self.record.state.get("meta") or {})
        self.seen = self.made = self.existed = self.changed = self.fault_count = 0
        self.rounds = 1
        self.refused = 0  # objects one after another, up to now
        self.faults: list[TagmaError] = []

    def _load(self, tx: Transaction) -> tuple[Record, Project]:
        record = records.get(self.site, tx, self.actor, self.record_id, SOURCES.prefix, "record.change")
        project = access.project(self.site, tx, self.actor, record.project_id or 0, "project.import")
        tx.session.expunge_all()
        return record, project

    def begin(self) -> None:
        self.made = int(self.job.checkpoint.get("made", 0))
        self.meta |= {"attempts": self.job.attempts, "time_in_progress": stamp()}
        self._note({"status": "in_progress", "meta": self.meta, _AGAIN: False})

    def complete(self) -> bool:
        """Say the end; False where a sync was asked for meanwhile, which must not be told the end of this one."""
        status = "completed_with_errors" if self.fault_count else "completed"

        def end(tx: Transaction) -> bool:
            record = records.held(tx, self.record_id)
            if record is not None and record.state.get(_AGAIN):
                records.note(self.site, tx, self.record_id, {_AGAIN: False})
                return False
            state = {"last_sync": now().isoformat(), "last_sync_count": self.made}
            records.note(self.site, tx, self.record_id, {**self._ended(status, self.words()), **state})
            return True

        if self.site.database.write(end):
            return True
        self.rounds += 1
        self.fault_count, self.faults = 0, []
        return False

    def fail(self, words: str) -> None:
        self._note({**self._ended("failed", words), _AGAIN: False})

    def _ended(self, status: str, words: str | None) -> dict[str, Any]:
        self.meta |= {"time_completed": stamp(), "tasks_existed": self.existed}
        return {"status": status, "traceback": words, "meta": self.meta}

    def _note(self, state: dict[str, Any]) -> None:
        self.site.database.write(lambda tx: records.note(self.site, tx, self.record_id, state))

    def words(self) -> str | None:
        """All faults as the traceback that people read."""
        said = [str(fault) for fault in self.faults]
        if self.fault_count > len(said):
            said.append(f"… and {self.fault_count - len(said)} more.")
        return "\n".join(said) or None

    def run(self) -> None:
        scheme = self.record.kind.removeprefix(SOURCES.prefix)
        with storages.opened(self.site, scheme, self.settings) as storage:
            objects = wanted(storage, self.settings)
            while batch := list(islice(objects, BATCH)):
                self._bring_in(storage, self._sorted(batch))

    def _sorted(self, found: Sequence[StoredObject]) -> Sorted:
        keys = [one.key for one in found]
        there = self.site.database.read(lambda tx: links(tx, self.record_id, keys))
        batch = sort(found, there)
        if self.rounds == 1:  # later ones also know what this sync itself brought in
            self.existed += batch.known + len(batch.changed)
        for one in batch.troubled:
            assert one.trouble is not None
            self._fault(one.trouble)
        if batch.unknown:
            self.site.database.write(lambda tx: settle(tx, self.record_id, batch.unknown))
        return batch

    def _bring_in(self, storage: Storage, batch: Sorted) -> None:
        if self.settings.get("use_blob_urls"):
            self._write(list(self._objects(storage, batch.new)))
            if batch.changed:
                self.site.database.write(lambda tx: self._touch(tx, batch.changed))
                self.changed += len(batch.changed)
            return
        for found, again in [*((one, False) for one in batch.new), *((one, True) for one in batch.changed)]:
            try:
                self._file(storage, found, again=again)
            except StorageError as error:
                self.refused += 1
                if error.code != "object" or self.refused == REFUSED:
                    raise  # the storage itself
                self._fault(error)
            else:
                self.refused = 0

    def _touch(self, tx: Transaction, found: Sequence[StoredObject]) -> None:
        """What lies at these addresses is another now; whoever looks for tasks by their date of change finds them."""
        tx.many(
            "UPDATE task SET updated_at = :now WHERE id IN"
            " (SELECT task_id FROM storage_link WHERE record_id = :record AND key = :key)",
            [{"now": stamp(), "record": self.record_id, "key": one.key} for one in found],
        )
        settle(tx, self.record_id, found)

    def _objects(self, storage: Storage, found: Iterable[StoredObject]) -> Iterator[_Row]:
        """One task for each object: its address under the first field that the labeling set-up shows."""
        shown = [key for key in self.config.required_keys if key != "undefined$"]
        for one in found:
            data = {shown[0] if shown else UNNAMED: storage.uri(one.key)}
            yield from self._checked(Draft({"data": data}, one.key, 1), one.version)

    def _file(self, storage: Storage, found: StoredObject, *, again: bool) -> None:
        """The tasks in one file, read by the importer that knows it."""
        with _on_disk(storage, found.key) as path:
            sources = pick(self.site, [Upload(SourceFile(path, storage.file_name(found.key)))])
            if not sources.tasks:
                self._fault(_no_tasks(sources, found.key))
                return
            rows = self._read(sources, found.key)
            if again:
                rows = self._other(found.key, rows)
            batch = list(islice(rows, BATCH))
            if not again and len(batch) < BATCH:  # the whole file at once
                self._write([replace(row, version=found.version) for row in batch])
                return
            while batch:
                self._write(batch)
                batch = list(islice(rows, BATCH))
        self.site.database.write(lambda tx: settle(tx, self.record_id, [found]))

    def _other(self, key: str, rows: Iterable[_Row]) -> Iterator[_Row]:
        """Those rows of a file read before that are new; tasks whose rows changed are changed."""
        known = self.site.database.read(
            lambda tx: storage_changes.read(tx, self.record_id, self.project.id or 0, key)
        )
        for row in [row for row in rows if not known.has(row.task["data"])]:
            task = known.taken_over(row.number)
            if task is None:
                yield replace(row, number=known.number(row.number))
            elif task.worked_on:
                self._fault(_worked_on(row, task.id))
            else:
                self._change(task.id, row)

    def _change(self, task_id: int, row: _Row) -> None:
        data = {"data": row.task["data"]}
        try:
            self.site.database.write(lambda tx: tasks.update(self.site, tx, self.actor, task_id, data))
        except TagmaError as error:  # it went to the trash, for one
            self._fault(_placed(error, row))
        else:
            self.changed += 1

    def _read(self, sources: Sources, key: str) -> Iterator[_Row]:
        for one, _ in Reader(self.site, sources, self.config, {}):
            if isinstance(one, Draft):
                yield from self._checked(Draft(one.task, key, one.row), HALF)
            else:
                self._fault(one.error)

    def _checked(self, draft: Draft, version: str) -> Iterator[_Row]:
        self.seen += 1
        self.job.progress(self.seen, None, "tasks")
        self.checker.columns = (
            None  # files of a storage come one by one and may differ, unlike those of one import
        )
        try:
            yield _Row(draft.file, draft.row, self.checker.check(draft), version)
        except TagmaError as error:
            self._fault(error)

    def _fault(self, error: TagmaError) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS:
            self.faults.append(error)

    def _write(self, rows: list[_Row]) -> None:
        batch = Batch(self.actor, self.project, self.people)
        kept: list[_Row] = []
        for row in rows:
            try:
                batch.add(row.task, row.key)
                kept.append(row)
            except TagmaError as error:
                self._fault(_placed(error, row))
        if rows:
            self.made = self.site.database.write(lambda tx: self._write_in(tx, batch, kept))

    def _write_in(self, tx: Transaction, batch: Batch, rows: list[_Row]) -> int:
        """Tasks and their links, in one transaction that may be tried again."""
        access.project(self.site, tx, self.actor, self.project.id or 0, "project.import")
        records.get(self.site, tx, self.actor, self.record_id, SOURCES.prefix, "record.change")
        ids = batch.write(tx)
        at = stamp()
        made = [
            (self.record_id, task, row.key, row.number, row.version, at)
            for task, row in zip(ids, rows, strict=True)
        ]
        bulk.insert(tx, "storage_link", ("record_id", "task_id", "key", "row", "version", "created_at"), made)
        self.job.save({"made": self.made + len(ids)}, tx)
        return self.made + len(ids)


class _on_disk:
    """A file of a storage as a path: its own, or a copy that is taken away again."""

    def __init__(self, storage: Storage, key: str) -> None:
        self.storage, self.key = storage, key
        self.copy: Path | None = None

    def __enter__(self) -> Path:
        path = self.storage.path(self.key)
        if path is not None:
            return path
        with (
            self.storage.open(self.key) as source,
            tempfile.NamedTemporaryFile(suffix=Path(self.key).suffix, delete=False) as out,
        ):
            self.copy = Path(out.name)
            shutil.copyfileobj(source, out)
        return self.copy

    def __exit__(self, *error: object) -> None:
        if self.copy is not None:
            self.copy.unlink(missing_ok=True)


def _no_tasks(sources: Sources, key: str) -> TagmaError:
    if sources.faults:
        return sources.faults[0]
    return ImportFailed(
        f"{key} is no file of tasks.",
        hint="Switch on use_blob_urls to make a task of each file, or set a filter such as .*\\.json",
        file=key,
    )


def _placed(error: TagmaError, row: _Row) -> ImportFailed:
    where: dict[str, Any] = {**error.where, "file": row.key, "row": row.number}
    return ImportFailed(error.message, hint=error.hint, code=error.code, **where)


def _worked_on(row: _Row, task_id: int) -> ImportFailed:
    return ImportFailed(
        f"Row {row.number} of {row.key} changed, but somebody has worked on its task {task_id}, which stays as it was.",
        hint="Change the task's data by hand if the work still fits.",
        file=row.key,
        row=row.number,
        task=task_id,
    )
