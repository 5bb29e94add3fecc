"""Target storages: what of a project's work has to be written there, and when that is begun.

A change of work is noted in the very transaction that makes it (:func:`note`), as one statement for a project that has
targets; so nothing is lost however the server ends, and a target that is down costs whoever labels nothing. Each target has
one job, :mod:`tagma.services.storage.target_push`, which is queued again whenever there is something to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Record
from tagma.db.types import now, stamp
from tagma.jobs import every
from tagma.plugin import events as happened
from tagma.services import access, records
from tagma.services.access import Actor
from tagma.services.desk.shapes import listed
from tagma.services.storage import storages
from tagma.services.storage.storage_forms import TARGETS

if TYPE_CHECKING:
    from tagma.services.site import Site

JOB = "target_push"
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600))
"""How long a target that refuses is left alone; after the last one again and again so long."""

_UPSERT = "ON CONFLICT (record_id, item_id) DO UPDATE SET version = target_object.version + 1"
_PER_ANNOTATION = (happened.AnnotationCreated, happened.AnnotationUpdated, happened.AnnotationDeleted)
_PER_TASKS = (happened.TasksCreated, happened.TasksDeleted)


# what a person asks for ---------------------------------------------------------------------------------------------


def create(
    site: Site, tx: Transaction, actor: Actor, scheme: str, fields: Mapping[str, Any]
) -> tuple[dict[str, Any], int]:
    """Connect a target, which begins with all there is; the job that writes it has to be announced."""
    record = storages.create(site, tx, actor, TARGETS, scheme, fields)
    return sync(site, tx, actor, scheme, record.id or 0)


def change(
    site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int, fields: Mapping[str, Any]
) -> tuple[dict[str, Any], int | None]:
    """Changed settings are tried at once; those that name objects otherwise begin with all there is."""
    before = records.get(site, tx, actor, record_id, TARGETS.prefix + scheme, "record.change").settings
    record = storages.change(site, tx, actor, TARGETS, scheme, record_id, fields)
    if record.settings.get("whole_tasks") != before.get("whole_tasks"):
        tx.run("DELETE FROM target_object WHERE record_id = :id", id=record_id)
        return sync(site, tx, actor, scheme, record_id)
    records.note(site, tx, record_id, {"retry_at": None, "tries": 0, "stopped": False})
    return storages.shown(site, tx, record), begin(site, tx, record) if _has_work(tx, record) else None


def sync(
    site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int
) -> tuple[dict[str, Any], int]:
    """Write everything once more; the storage as the wire has it and its job, to be announced."""
    record = records.get(site, tx, actor, record_id, TARGETS.prefix + scheme, "record.change")
    if not record.state.get("sync"):
        meta = {
            **record.state.get("meta", {}),
            "time_queued": stamp(),
            "time_in_progress": None,
            "time_completed": None,
        }
        state = {"sync": {"after": 0, "count": 0}, "status": "queued", "traceback": None, "meta": meta}
        records.note(site, tx, record_id, {**state, "retry_at": None, "tries": 0, "stopped": False})
    job_id = begin(site, tx, record)
    return storages.shown(site, tx, record), job_id


def begin(site: Site, tx: Transaction, record: Record) -> int:
    """Queue the target's job unless it waits or runs; its id, to be announced."""
    job_id = record.state.get("last_sync_job")
    if job_id is None:
        server = access.system(record.organization_id)
        job_id = site.jobs.enqueue(tx, JOB, server, record.project_id, {"record": record.id})
        records.note(site, tx, record.id or 0, {"last_sync_job": job_id})
    else:
        tx.flush()
        site.jobs.again(tx, job_id)
        tx.session.expire_all()
    return int(job_id)


# what happens to work -----------------------------------------------------------------------------------------------


def note(tx: Transaction, events: Sequence[Any]) -> None:
    """Mark what these events changed as still to be written, in the targets of their projects."""
    annotations: dict[int, set[tuple[int, int]]] = {}
    tasks: dict[int, set[int]] = {}
    for event in events:
        if isinstance(event, _PER_ANNOTATION):
            annotations.setdefault(event.project_id or 0, set()).add((event.annotation_id, event.task_id))
        elif isinstance(event, _PER_TASKS):
            tasks.setdefault(event.project_id or 0, set()).update(event.task_ids)
    for project in annotations.keys() | tasks.keys():
        for record_id, text in tx.rows(
            "SELECT id, settings FROM record WHERE project_id = :project AND kind LIKE 'target.%'",
            project=project,
        ):
            changed, moved = annotations.get(project, set()), tasks.get(project, set())
            if orjson.loads(text).get("whole_tasks"):
                _mark(tx, record_id, ((task, task) for task in moved | {task for _, task in changed}))
            else:
                _mark(tx, record_id, changed)
                _mark_tasks(tx, record_id, moved)


def _mark(tx: Transaction, record_id: int, items: Iterable[tuple[int, int]]) -> None:
    tx.many(
        "INSERT INTO target_object (record_id, item_id, task_id, version, written, tries)"
        f" VALUES (:record, :item, :task, 1, 0, 0) {_UPSERT}",
        [{"record": record_id, "item": item, "task": task} for item, task in sorted(items)],
    )


def _mark_tasks(tx: Transaction, record_id: int, tasks: Iterable[int]) -> None:
    """The annotations of tasks that came or went: those there are, and those that were written once."""
    inside = listed(sorted(tasks))
    if inside == "NULL":
        return
    tx.run(
        f"UPDATE target_object SET version = version + 1 WHERE record_id = :record AND task_id IN ({inside})",
        record=record_id,
    )
    mark_annotations(
        tx, record_id, f"a.task_id IN ({inside})", {}, "ON CONFLICT (record_id, item_id) DO NOTHING"
    )


def mark_annotations(
    tx: Transaction, record_id: int, where: str, params: Mapping[str, Any], conflict: str = _UPSERT
) -> None:
    tx.run(
        "INSERT INTO target_object (record_id, item_id, task_id, version, written, tries)"
        f" SELECT :record, a.id, a.task_id, 1, 0, 0 FROM annotation a WHERE {where} {conflict}",
        {**params, "record": record_id},
    )


def mark_tasks(
    tx: Transaction, record_id: int, where: str, params: Mapping[str, Any], conflict: str = _UPSERT
) -> None:
    tx.run(
        "INSERT INTO target_object (record_id, item_id, task_id, version, written, tries)"
        f" SELECT :record, t.id, t.id, 1, 0, 0 FROM task t WHERE {where} {conflict}",
        {**params, "record": record_id},
    )


def wake(site: Site, event: Any) -> None:
    """A listener: begin to write what the event left to be written."""
    if isinstance(event, (*_PER_ANNOTATION, *_PER_TASKS)):
        _begin_all(site, "r.project_id = :project", {"project": event.project_id})


@every(5)
def catch_up(site: Site) -> None:
    """Begin where something still waits: a target that was down, a server that ended before it could begin."""
    _begin_all(site, "TRUE", {})


def _begin_all(site: Site, where: str, params: Mapping[str, Any]) -> None:
    def find(tx: Transaction) -> list[int]:
        rows = tx.rows(
            "SELECT r.id, r.state FROM record r JOIN project p ON p.id = r.project_id"
            f" WHERE r.kind LIKE 'target.%' AND p.deleted_at IS NULL AND {where}",
            params,
        )
        moment = stamp()
        found = []
        for record_id, text in rows:
            state = orjson.loads(text)
            if state.get("stopped") or (state.get("retry_at") or "") > moment:
                continue
            if state.get("sync") or _waits(tx, record_id):
                found.append(record_id)
        return found

    def start(tx: Transaction, record_id: int) -> int | None:
        record = tx.session.get(Record, record_id)
        if record is None or storages.under_way(tx, record):
            return None
        return begin(site, tx, record)

    for record_id in site.database.read(find):
        job_id = site.database.write(lambda tx, one=record_id: start(tx, one))  # type: ignore[misc]
        if job_id is not None:
            site.jobs.announce(job_id)


def _has_work(tx: Transaction, record: Record) -> bool:
    return bool(record.state.get("sync")) or _waits(tx, record.id or 0)


def _waits(tx: Transaction, record_id: int) -> bool:
    row = tx.row(
        "SELECT 1 FROM target_object WHERE record_id = :id AND version <> written LIMIT 1", id=record_id
    )
    return row is not None


def pause(tries: int) -> str:
    """When a target that refused so often is tried again."""
    return stamp(now() + PAUSES[min(tries, len(PAUSES)) - 1])
