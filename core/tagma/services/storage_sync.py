"""Sync of a storage: objects that are no tasks yet become tasks, by batches; each is linked, so that it comes in once.

A file of tasks may be larger than a batch: the storage's ``state["open_key"]`` names the one that is half read, whose
linked rows the next run passes over. It moves in the transaction of the batch, so a worker that dies leaves no gap.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import Project, Record
from tagma.db.types import now, stamp
from tagma.errors import ImportFailed, TagmaError
from tagma.jobs import Cancelled, Interrupted, JobContext, kind
from tagma.plugin.formats import Draft, SourceFile
from tagma.plugin.storages import Storage
from tagma.services import access, records, storages
from tagma.services.access import Actor
from tagma.services.annotators import Annotators, members
from tagma.services.import_checks import Checker
from tagma.services.import_sources import UNNAMED, Reader, Sources, Upload, sort
from tagma.services.task_batches import Batch

if TYPE_CHECKING:
    from tagma.services.site import Site

BATCH = 1000
EXAMPLES = 5  # names of new objects in a plan
FAULTS = 100  # kept for the report; the rest is counted


@dataclass(frozen=True)
class _Row:
    """One task to be, and where it is from."""

    key: str
    number: int
    task: dict[str, Any]


def start(
    site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int
) -> tuple[dict[str, Any], int]:
    """Queue a sync, or find the one under way; the storage as the wire has it and the job's id, to be announced."""
    storages.class_of(site, scheme)
    record = records.get(site, tx, actor, record_id, storages.KIND + scheme, "record.change")
    if storages.under_way(tx, record):
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
        site, tx, record_id, {"status": "queued", "last_sync_job": job_id, "traceback": None, "meta": meta}
    )
    return storages.shown(site, tx, record), job_id


@kind("storage_sync")
def run_sync(job: JobContext) -> dict[str, Any]:
    """The job; params: ``record``, ``actor``."""
    sync = _Sync(job)
    sync.begin()
    try:
        sync.run()
    except Interrupted:
        raise  # another worker goes on
    except Cancelled:
        sync.finish("failed", "The sync was stopped; what it had brought in stays.")
        raise
    except TagmaError as error:
        sync.finish("failed", str(error))
        raise
    sync.finish("completed_with_errors" if sync.fault_count else "completed", sync.words())
    return {
        "task_count": sync.made,
        "tasks_existed": sync.existed,
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
        self.open_key: str | None = self.record.state.get("open_key")
        self.meta: dict[str, Any] = dict(self.record.state.get("meta") or {})
        self.seen = self.made = self.existed = self.fault_count = 0
        self.faults: list[TagmaError] = []

    def _load(self, tx: Transaction) -> tuple[Record, Project]:
        record = records.get(self.site, tx, self.actor, self.record_id, storages.KIND, "record.change")
        project = access.project(self.site, tx, self.actor, record.project_id or 0, "project.import")
        tx.session.expunge_all()
        return record, project

    def begin(self) -> None:
        self.made = int(self.job.checkpoint.get("made", 0))
        self.meta |= {"attempts": self.job.attempts, "time_in_progress": stamp()}
        self._note({"status": "in_progress", "meta": self.meta})

    def finish(self, status: str, words: str | None) -> None:
        ended = now()
        self.meta |= {"time_completed": stamp(), "tasks_existed": self.existed}
        state: dict[str, Any] = {"status": status, "traceback": words, "meta": self.meta}
        if status != "failed":
            state |= {"last_sync": ended.isoformat(), "last_sync_count": self.made, "open_key": None}
        self._note(state)

    def _note(self, state: dict[str, Any]) -> None:
        self.site.database.write(lambda tx: records.note(self.site, tx, self.record_id, state))

    def words(self) -> str | None:
        """All faults as the traceback that people read."""
        said = [str(fault) for fault in self.faults]
        if self.fault_count > len(said):
            said.append(f"… and {self.fault_count - len(said)} more.")
        return "\n".join(said) or None

    def run(self) -> None:
        scheme = self.record.kind.removeprefix(storages.KIND)
        with storages.opened(self.site, scheme, self.settings) as storage:
            keys = wanted(storage, self.settings)
            while batch := list(islice(keys, BATCH)):
                new = self._new(batch)
                if self.settings.get("use_blob_urls"):
                    self._write(list(self._objects(storage, new)), None)
                    continue
                for key in new:
                    self._file(storage, key)

    def _new(self, keys: list[str]) -> list[str]:
        """Those that are no tasks yet, or only half."""
        linked = linked_keys(self.site, self.record_id, keys) - {self.open_key}
        self.existed += len(linked)
        return [key for key in keys if key not in linked]

    def _objects(self, storage: Storage, keys: Iterable[str]) -> Iterator[_Row]:
        """One task for each object: its address under the first field that the labeling set-up shows."""
        shown = [key for key in self.config.required_keys if key != "undefined$"]
        for key in keys:
            data = {shown[0] if shown else UNNAMED: storage.uri(key)}
            yield from self._checked(Draft({"data": data}, key, 1))

    def _file(self, storage: Storage, key: str) -> None:
        """The tasks in one file, read by the importer that knows it."""
        with _on_disk(storage, key) as path:
            sources = sort(self.site, [Upload(SourceFile(path, key))])
            if not sources.tasks:
                self._fault(_no_tasks(sources, key))
                return
            done = self._rows_of(key) if key == self.open_key else set()
            rows = (row for row in self._read(sources, key) if row.number not in done)
            while batch := list(islice(rows, BATCH)):
                self._write(batch, key)

    def _rows_of(self, key: str) -> set[int]:
        sql = "SELECT row FROM storage_link WHERE record_id = :record AND key = :key"
        return set(
            self.site.database.read(
                lambda tx: [row[0] for row in tx.rows(sql, record=self.record_id, key=key)]
            )
        )

    def _read(self, sources: Sources, key: str) -> Iterator[_Row]:
        for one, _ in Reader(self.site, sources, self.config, {}):
            if isinstance(one, Draft):
                yield from self._checked(Draft(one.task, key, one.row))
            else:
                self._fault(one.error)

    def _checked(self, draft: Draft) -> Iterator[_Row]:
        self.seen += 1
        self.job.progress(self.seen, None, "tasks")
        self.checker.columns = (
            None  # files of a storage come one by one and may differ, unlike those of one import
        )
        try:
            yield _Row(draft.file, draft.row, self.checker.check(draft))
        except TagmaError as error:
            self._fault(error)

    def _fault(self, error: TagmaError) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS:
            self.faults.append(error)

    def _write(self, rows: list[_Row], open_key: str | None) -> None:
        batch = Batch(self.actor, self.project, self.people)
        kept: list[_Row] = []
        for row in rows:
            try:
                batch.add(row.task, row.key)
                kept.append(row)
            except TagmaError as error:
                self._fault(_placed(error, row))
        if rows:
            self.made = self.site.database.write(lambda tx: self._write_in(tx, batch, kept, open_key))
            self.open_key = open_key

    def _write_in(self, tx: Transaction, batch: Batch, rows: list[_Row], open_key: str | None) -> int:
        """Tasks, their links and the place to go on from, in one transaction that may be tried again."""
        access.project(self.site, tx, self.actor, self.project.id or 0, "project.import")
        records.get(self.site, tx, self.actor, self.record_id, storages.KIND, "record.change")
        ids = batch.write(tx)
        at = stamp()
        links = [(self.record_id, task, row.key, row.number, at) for task, row in zip(ids, rows, strict=True)]
        bulk.insert(tx, "storage_link", ("record_id", "task_id", "key", "row", "created_at"), links)
        records.note(self.site, tx, self.record_id, {"open_key": open_key})
        made = self.made + len(ids)
        self.job.save({"made": made}, tx)
        return made


def wanted(storage: Storage, settings: Mapping[str, Any]) -> Iterator[str]:
    """Keys that the person's filter lets through."""
    fits = re.compile(settings.get("regex_filter") or "")
    deep = settings.get("recursive_scan", True)
    for found in storage.list(deep=deep):
        if found.key.endswith("/"):
            continue
        if fits.match(storage.named(found.key)):
            yield found.key


def linked_keys(site: Site, record_id: int, keys: Sequence[str]) -> set[str | None]:
    """Those of ``keys`` that became tasks."""
    names = {f"k{number}": key for number, key in enumerate(keys)}
    listed = ",".join(f":{name}" for name in names)
    sql = f"SELECT DISTINCT key FROM storage_link WHERE record_id = :record AND key IN ({listed})"
    return set(site.database.read(lambda tx: [row[0] for row in tx.rows(sql, names, record=record_id)]))


def plan(site: Site, actor: Actor, scheme: str, record_id: int) -> dict[str, Any]:
    """What a sync would do: objects that are new, known, and gone from the storage though their tasks are here.

    May take as long as the storage's network. :raises StorageError: it can't be listed.
    """
    settings = site.database.read(
        lambda tx: records.get(site, tx, actor, record_id, storages.KIND + scheme, "record.change").settings
    )
    new, known = 0, 0
    first: list[str] = []
    with storages.opened(site, scheme, settings) as storage:
        keys = wanted(storage, settings)
        while batch := list(islice(keys, BATCH)):
            there = linked_keys(site, record_id, batch)
            fresh = [key for key in batch if key not in there]
            new, known = new + len(fresh), known + len(there)
            first += fresh[: EXAMPLES - len(first)]
    row = site.database.read(
        lambda tx: tx.row("SELECT count(DISTINCT key) FROM storage_link WHERE record_id = :id", id=record_id)
    )
    assert row is not None
    return {"new": new, "known": known, "gone": max(0, row[0] - known), "first": first}


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
