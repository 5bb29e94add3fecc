"""The trash: what is deleted goes out of sight at once, and comes back with its ids and its history for some time.

A project in the trash is one with ``deleted_at``. Deleted tasks move to a project of their own that is in the trash from the
beginning (``trash_of`` names where they were): so every list, counter and queue of their old project is right without
knowing of the trash, and its partial indexes hold nothing deleted. Deleted annotations are tombstones where they are; those
of one action share their moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.db.types import now, stamp
from tagma.errors import Conflict
from tagma.jobs import JobContext, kind
from tagma.plugin.events import AnnotationUpdated, ProjectCreated, ProjectDeleted, TasksCreated, TasksDeleted
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import shapes, tasks
from tagma.services.project import counters, projects
from tagma.services.project.counters import Tally

if TYPE_CHECKING:
    from tagma.services.site import Site

_INSIDE = "t.id IN (SELECT id FROM chosen)"
_MOVED = ("annotation", "prediction", "draft", "comment")  # what names the project of its task
_MOST = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """Tasks that were deleted together; ``id`` is their place in the trash, None if there was nothing or no trash is kept."""

    count: int
    id: int | None = None


# into the trash ----------------------------------------------------------------------------------------------------


def put_tasks(
    site: Site, tx: Transaction, actor: Actor, project: Project, where: str, params: Mapping[str, Any]
) -> Batch:
    """Delete the project's tasks that fulfil ``where`` (on ``task t``)."""
    if not site.settings.trash_days:
        return Batch(tasks.delete_where(tx, actor, project, where, params))
    assert project.id is not None
    query = f"SELECT t.id FROM task t WHERE t.project_id = :project AND {where}"
    with bulk.chosen(tx, query, {**params, "project": project.id}) as count:
        if not count:
            return Batch(0)
        batch = Project(
            organization_id=project.organization_id,
            title=project.title,
            trash_of=project.id,
            deleted_at=now(),
            deleted_by=actor.user_id,
        )
        tx.session.add(batch)
        tx.session.flush()
        assert batch.id is not None
        ids = _move(tx, project.id, batch.id)
    tx.session.expire_all()
    tx.tell(
        TasksDeleted(
            organization_id=project.organization_id,
            project_id=project.id,
            user_id=actor.user_id,
            task_ids=ids,
        )
    )
    return Batch(count, batch.id)


def put_task(site: Site, tx: Transaction, actor: Actor, task_id: int) -> Batch:
    task = access.task(site, tx, actor, task_id, "task.delete")
    project = access.project(site, tx, actor, task.project_id, "task.delete")
    return put_tasks(site, tx, actor, project, "t.id = :task", {"task": task_id})


def put_all_tasks(site: Site, tx: Transaction, actor: Actor, project_id: int) -> Batch:
    project = access.project(site, tx, actor, project_id, "task.delete")
    return put_tasks(site, tx, actor, project, "TRUE", {})


def put_project(site: Site, tx: Transaction, actor: Actor, project_id: int) -> list[str]:
    """Gives the files that nothing names any more, which are some only where no trash is kept."""
    project = access.project(site, tx, actor, project_id, "project.delete")
    if not site.settings.trash_days:
        return _gone(tx, actor, project)
    project.deleted_at, project.deleted_by = now(), actor.user_id
    tx.session.flush()
    tx.tell(ProjectDeleted(**_who(project, actor)))
    return []


def _move(tx: Transaction, from_: int, to: int) -> tuple[int, ...]:
    """The chosen tasks, with all that hangs on them, from one project to another; counters go along."""
    counters.lock(tx, _INSIDE, {})
    by = counters.tally(tx, _INSIDE, {})
    columns = tasks.columns_of_chosen(tx, from_)
    ids = tuple(row[0] for row in tx.rows("SELECT id FROM chosen ORDER BY id"))
    tx.run("DELETE FROM lease WHERE task_id IN (SELECT id FROM chosen)")
    for table in _MOVED:
        tx.run(f"UPDATE {table} SET project_id = :to WHERE task_id IN (SELECT id FROM chosen)", to=to)
    tx.run("UPDATE task SET project_id = :to WHERE id IN (SELECT id FROM chosen)", to=to)
    counters.move(tx, from_, Tally() - by)
    counters.move(tx, to, by, among=True)
    tasks.recount_columns(tx, from_, {}, columns)
    tasks.recount_columns(tx, to, columns, {})
    return ids


# out of it again ---------------------------------------------------------------------------------------------------


def restore(site: Site, tx: Transaction, actor: Actor, batch_id: int) -> dict[str, Any]:
    """A project, or tasks into theirs. :raises Conflict: their project is in the trash itself, or is gone."""
    found = _in_trash(tx, actor, batch_id)
    if found.trash_of is None:
        access.require(actor, "project.delete")
        found.deleted_at = found.deleted_by = None
        tx.session.flush()
        tx.tell(ProjectCreated(**_who(found, actor)))
        return {"project": found.id, "tasks": found.task_number}
    home = tx.session.get(Project, found.trash_of)
    if home is None or home.deleted_at is not None:
        raise Conflict(
            f'These tasks belong to the project "{found.title}", which is in the trash itself.',
            hint="Restore the project first.",
        )
    access.require(access.within(tx, actor, found.trash_of), "task.delete")
    assert home.id is not None
    assert found.id is not None
    with bulk.chosen(tx, "SELECT t.id FROM task t WHERE t.project_id = :batch", {"batch": found.id}):
        counters.settle(tx, home.skip_queue, _INSIDE, {})
        ids = _move(tx, found.id, home.id)
    tx.run("DELETE FROM queue_cursor WHERE project_id = :project", project=home.id)  # open tasks anywhere
    tx.session.expunge(found)
    tx.run("DELETE FROM project WHERE id = :id", id=batch_id)
    tx.session.expire_all()
    tx.tell(TasksCreated(**_who(home, actor), task_ids=ids))
    return {"project": home.id, "tasks": len(ids)}


def restore_annotations(site: Site, tx: Transaction, actor: Actor, project_id: int, moment: datetime) -> int:
    """The annotations that were deleted together at ``moment``; how many."""
    project = access.project(site, tx, actor, project_id, "annotation.delete_others")
    told = {"project": project_id, "moment": stamp(moment), "now": stamp(), "me": actor.user_id}
    which = "project_id = :project AND deleted_at = :moment"
    query = f"SELECT DISTINCT task_id FROM annotation WHERE {which}"
    with (
        bulk.chosen(tx, query, told),
        counters.counted(tx, project_id, project.skip_queue, _INSIDE, by=actor.user_id),
    ):
        tx.run(
            "INSERT INTO annotation_history (annotation_id, task_id, project_id, user_id, action, lead_time, created_at)"
            f" SELECT id, task_id, project_id, :me, 'restored', lead_time, :now FROM annotation WHERE {which}",
            told,
        )
        back = tx.rows(f"SELECT id, task_id FROM annotation WHERE {which} ORDER BY id", told)
        tx.run(
            f"UPDATE annotation SET deleted_at = NULL, updated_at = :now, updated_by = :me WHERE {which}",
            told,
        )
    for annotation_id, task_id in back:
        tx.tell(AnnotationUpdated(**_who(project, actor), task_id=task_id, annotation_id=annotation_id))
    tx.session.expire_all()
    return len(back)


# what lies in it ---------------------------------------------------------------------------------------------------


def listing(site: Site, tx: Transaction, actor: Actor, project_id: int | None = None) -> list[dict[str, Any]]:
    """Newest first; with ``project_id`` only what was deleted in that project, annotations too."""
    access.require(actor, "project.delete")
    found = tx.rows(
        "SELECT b.id, b.trash_of, b.title, b.task_number, b.total_annotations_number, b.deleted_at, b.deleted_by"
        " FROM project b WHERE b.organization_id = :organization AND b.deleted_at IS NOT NULL"
        f"{'' if project_id is None else ' AND b.trash_of = :project'} ORDER BY b.deleted_at DESC LIMIT {_MOST}",
        organization=actor.organization_id,
        project=project_id,
    )
    entries = [
        {"kind": "project" if row[1] is None else "tasks", "id": row[0], "project": row[1] or row[0], "title": row[2],
         "tasks": row[3], "annotations": row[4], "deleted_at": row[5], "deleted_by": row[6],
         "expires_at": stamp(datetime.fromisoformat(row[5]) + timedelta(days=site.settings.trash_days)),
         "restore": f"/api/trash/{row[0]}/restore"}
        for row in found
    ]  # fmt: skip
    if project_id is not None:
        entries += _annotations(site, tx, actor, project_id)
    who = shapes.people(tx, (entry["deleted_by"] for entry in entries))
    for entry in entries:
        entry["deleted_by"] = who.get(entry["deleted_by"])
    return sorted(entries, key=lambda entry: entry["deleted_at"], reverse=True)


def _annotations(site: Site, tx: Transaction, actor: Actor, project_id: int) -> list[dict[str, Any]]:
    project = access.project(site, tx, actor, project_id, "annotation.delete_others")
    rows = tx.rows(
        "SELECT deleted_at, min(updated_by), count(*), count(DISTINCT task_id) FROM annotation WHERE project_id = :project"
        f" AND deleted_at IS NOT NULL GROUP BY deleted_at ORDER BY deleted_at DESC LIMIT {_MOST}",
        project=project_id,
    )
    return [
        {"kind": "annotations", "id": None, "project": project_id, "title": project.title, "tasks": row[3],
         "annotations": row[2], "deleted_at": row[0], "deleted_by": row[1], "expires_at": None,
         "restore": annotations_path(project_id, row[0])}
        for row in rows
    ]  # fmt: skip


def annotations_path(project_id: int, moment: str) -> str:
    """Where to POST to restore the annotations that were deleted together."""
    return f"/api/trash/annotations/restore?project={project_id}&deleted_at={moment.replace('+', '%2B')}"


# for good ----------------------------------------------------------------------------------------------------------


def purge(site: Site, tx: Transaction, actor: Actor, batch_id: int) -> list[str]:
    """Delete for good; gives the files that nothing names any more, for :func:`projects.forget_files`."""
    found = _in_trash(tx, actor, batch_id)
    access.require(actor, "project.delete")
    return _gone(tx, actor, found)


def _gone(tx: Transaction, actor: Actor, project: Project) -> list[str]:
    """The project and the tasks that were deleted in it before."""
    files = []
    for (batch_id,) in tx.rows("SELECT id FROM project WHERE trash_of = :id", id=project.id):
        if batch := tx.session.get(Project, batch_id):
            files += projects.erase(tx, batch)
    if project.trash_of is None and project.deleted_at is None:
        tx.tell(ProjectDeleted(**_who(project, actor)))
    return files + projects.erase(tx, project)


def expired(site: Site, tx: Transaction) -> list[tuple[int, int]]:
    """What has lain in the trash long enough: its number and organization."""
    limit = stamp(now() - timedelta(days=site.settings.trash_days))
    rows = tx.rows(
        "SELECT id, organization_id FROM project WHERE deleted_at < :limit ORDER BY id LIMIT 1000",
        limit=limit,
    )
    return [(row[0], row[1]) for row in rows]


def sweep(site: Site) -> None:
    """Begin to delete what is too old, if anything is; cheap enough to be asked whenever somebody looks at the trash."""
    late = site.database.read(lambda tx: expired(site, tx))
    if late:
        site.jobs.start("empty_trash", access.system(late[0][1]), None, {})


@kind("empty_trash")
def empty(job: JobContext) -> dict[str, Any]:
    """One at a time, each whole; a worker that dies leaves only whole ones."""
    done = 0
    while late := job.site.database.read(lambda tx: expired(job.site, tx)):
        for batch_id, organization_id in late:
            job.progress(done, done + len(late), "items")

            def erase(tx: Transaction, batch: int = batch_id, where: int = organization_id) -> list[str]:
                found = tx.session.get(Project, batch)
                still = found is not None and found.deleted_at is not None  # somebody may have restored it
                return _gone(tx, access.system(where), found) if found is not None and still else []

            projects.forget_files(job.site, job.site.database.write(erase))
            done += 1
    return {"count": done}


def _in_trash(tx: Transaction, actor: Actor, batch_id: int) -> Project:
    found = tx.session.get(Project, batch_id)
    if found is None or found.deleted_at is None or found.organization_id != actor.organization_id:
        raise access.not_found("entry of the trash", batch_id)
    return found


def _who(project: Project, actor: Actor) -> dict[str, Any]:
    return {
        "organization_id": project.organization_id,
        "project_id": project.id,
        "user_id": actor.user_id,
    }
