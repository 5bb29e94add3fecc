"""Annotations: submitted, changed, skipped, deleted as tombstones, restored; their history is only ever added to."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Annotation
from tagma.db.types import AS_MADE, now, stamp
from tagma.errors import Conflict, InvalidInput, InvalidResult, NotFound
from tagma.labeling import results
from tagma.plugin.events import AnnotationCreated, AnnotationDeleted, AnnotationUpdated
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import queue, shapes, workplace
from tagma.services.desk.workplace import Workpiece, Workplace
from tagma.services.project import counters, labels
from tagma.services.stored import count_regions, json_text

if TYPE_CHECKING:
    from tagma.services.site import Site

_COLUMNS = (
    "task_id", "project_id", "completed_by", "updated_by", "result", "result_count", "was_cancelled", "ground_truth", "lead_time",
    "unique_id", "parent_prediction", "parent_annotation", "import_id", "bulk_created", "last_action", "draft_created_at",
    "created_at", "updated_at",
)  # fmt: skip
_INSERT = f"INSERT INTO annotation ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)}) RETURNING id"


def create(site: Site, tx: Transaction, actor: Actor, task_id: int, fields: Mapping[str, Any]) -> int:
    """Submit or skip a task; the annotation's id. The same ``unique_id`` again gives the one that is there.

    :raises InvalidInput: the result is no list, or the task can't be skipped.
    :raises tagma.errors.InvalidResult: a result does not fit its tag.
    """
    task = workplace.task(tx, actor, task_id, "annotation.create")
    project = task.place
    unique_id = _unique_id(fields.get("unique_id"))
    skipped = _truth(fields, "was_cancelled")
    if skipped and not task.allow_skip:
        raise _wrong(
            "was_cancelled", "This task must not be skipped.", "Label it, or leave it to somebody else."
        )
    result = check_result(site, tx, task, fields.get("result", [] if skipped else None))
    by = _author(tx, actor, project, fields)
    if _truth(fields, "ground_truth"):
        access.require(project.here, "annotation.ground_truth")
    counters.lock(tx, counters.ONE, {"task": task_id})
    if fields.get("unique_id") is not None:
        standing = _standing(tx, unique_id, task_id, by)
        if standing is not None:
            return standing
    draft = _draft(tx, task_id, actor, fields.get("draft_id"))
    moment = stamp()
    action = "skipped" if skipped else "submitted"
    with counters.counted(tx, project.id, project.skip_queue, by=actor.user_id, task=task_id):
        row = tx.row(
            _INSERT,
            task_id=task_id, project_id=project.id, completed_by=by, updated_by=actor.user_id, result=json_text(result, "result"),
            result_count=count_regions(result), was_cancelled=skipped, ground_truth=_truth(fields, "ground_truth"),
            lead_time=_seconds(fields.get("lead_time"), draft), unique_id=unique_id,
            parent_prediction=_number(fields, "parent_prediction"), parent_annotation=_number(fields, "parent_annotation"),
            import_id=_number(fields, "import_id"), bulk_created=_truth(fields, "bulk_created"), last_action=action,
            draft_created_at=draft[1] if draft else None, created_at=moment, updated_at=AS_MADE,
        )  # fmt: skip
        assert row is not None
        annotation_id = int(row[0])
        if _truth(fields, "ground_truth"):
            _only_ground_truth(tx, project, actor, task_id, annotation_id)
        tx.run(
            "DELETE FROM draft WHERE task_id = :task AND user_id = :me AND annotation_id IS NULL",
            task=task_id,
            me=actor.user_id,
        )
        freed = queue.release(tx, task_id, by) | (
            by != actor.user_id and queue.release(tx, task_id, actor.user_id)
        )
    if freed and skipped:
        queue.rewind(tx, project.id, task_id)
    remember(
        tx, annotation_id, task_id, project.id, actor, action, None, _seconds(fields.get("lead_time"), draft)
    )
    tx.tell(AnnotationCreated(**_who(project, actor), task_id=task_id, annotation_id=annotation_id))
    return annotation_id


def update(
    site: Site,
    tx: Transaction,
    actor: Actor,
    annotation_id: int,
    fields: Mapping[str, Any],
    request_key: str | None = None,
) -> int:
    """Change what is given of result, was_cancelled, ground_truth, lead_time and parents.

    :param request_key: names this very request; sent again, because its answer was lost, it changes nothing.
    """
    found = access.annotation(site, tx, actor, annotation_id, "annotation.change")
    task = workplace.task(tx, actor, found.task_id, "task.view")
    project = task.place
    if "ground_truth" in fields and _truth(fields, "ground_truth") != found.ground_truth:
        access.require(project.here, "annotation.ground_truth")
    skipped = _truth(fields, "was_cancelled") if "was_cancelled" in fields else found.was_cancelled
    if skipped and not found.was_cancelled and not task.allow_skip:
        raise _wrong(
            "was_cancelled", "This task must not be skipped.", "Label it, or leave it to somebody else."
        )
    with counters.counted(tx, project.id, project.skip_queue, by=actor.user_id, task=task.id):
        # read under the lock of the task, so that two changes at once both leave their trace
        tx.session.refresh(found)
        if found.deleted_at is not None:
            raise access.not_found("annotation", annotation_id)
        if request_key and _was_done(tx, annotation_id, request_key):
            return annotation_id
        before = None
        if "result" in fields:
            result = check_result(site, tx, task, fields["result"])
            if result != found.result:
                before, found.result, found.result_count = found.result, result, count_regions(result)
        if "lead_time" in fields:
            found.lead_time = _seconds(fields["lead_time"], None)
        for name in ("parent_prediction", "parent_annotation"):
            if name in fields:
                setattr(found, name, _number(fields, name))
        if "ground_truth" in fields:
            found.ground_truth = _truth(fields, "ground_truth")
            if found.ground_truth:
                _only_ground_truth(tx, project, actor, found.task_id, annotation_id)
        found.was_cancelled = skipped
        found.updated_by = actor.user_id
        found.last_action = "skipped" if skipped else "updated"
        found.updated_at = now()
        tx.session.add(found)
        tx.session.flush()
        tx.run(
            "DELETE FROM draft WHERE task_id = :task AND user_id = :me AND (annotation_id = :id OR annotation_id IS NULL)",
            task=found.task_id, me=actor.user_id, id=annotation_id,
        )  # fmt: skip
        queue.release(tx, found.task_id, actor.user_id)
    queue.rewind(tx, project.id, found.task_id)
    remember(
        tx, annotation_id, found.task_id, project.id, actor, found.last_action, before, found.lead_time, request_key
    )  # fmt: skip
    tx.tell(AnnotationUpdated(**_who(project, actor), task_id=found.task_id, annotation_id=annotation_id))
    return annotation_id


def delete(site: Site, tx: Transaction, actor: Actor, annotation_id: int) -> None:
    """It is counted and shown no more, and can be restored."""
    found = access.annotation(site, tx, actor, annotation_id, "annotation.delete")
    project = workplace.task(tx, actor, found.task_id, "task.view").place
    with counters.counted(tx, project.id, project.skip_queue, by=actor.user_id, task=found.task_id):
        tx.run(
            "UPDATE annotation SET deleted_at = :now, updated_at = :now, updated_by = :by WHERE id = :id",
            now=stamp(), by=actor.user_id, id=annotation_id,
        )  # fmt: skip
        tx.run("DELETE FROM draft WHERE annotation_id = :id", id=annotation_id)
    queue.rewind(tx, project.id, found.task_id)
    remember(tx, annotation_id, found.task_id, project.id, actor, "deleted", None, found.lead_time)
    tx.session.expire_all()
    tx.tell(AnnotationDeleted(**_who(project, actor), task_id=found.task_id, annotation_id=annotation_id))


def restore(site: Site, tx: Transaction, actor: Actor, annotation_id: int) -> int:
    """Undo a deletion. :raises Conflict: it was not deleted."""
    found = tx.session.get(Annotation, annotation_id)
    if found is None:
        raise access.not_found("annotation", annotation_id)
    here = access.within(tx, actor, found.project_id)
    access.require_own(here, "annotation.delete", found.completed_by)
    if found.deleted_at is None:
        raise Conflict(f"Annotation {annotation_id} is not deleted.", hint="There is nothing to restore.")
    project = workplace.task(tx, actor, found.task_id, "task.view").place
    with counters.counted(tx, project.id, project.skip_queue, by=actor.user_id, task=found.task_id):
        tx.run(
            "UPDATE annotation SET deleted_at = NULL, updated_at = :now, updated_by = :by WHERE id = :id",
            now=stamp(), by=actor.user_id, id=annotation_id,
        )  # fmt: skip
    remember(tx, annotation_id, found.task_id, project.id, actor, "restored", None, found.lead_time)
    tx.session.expire_all()
    tx.tell(AnnotationUpdated(**_who(project, actor), task_id=found.task_id, annotation_id=annotation_id))
    return annotation_id


def to_draft(site: Site, tx: Transaction, actor: Actor, annotation_id: int) -> int:
    """Take a submitted annotation back to a draft of the one who asks; the draft's id."""
    found = access.annotation(site, tx, actor, annotation_id, "annotation.delete")
    if actor.user_id is None:
        raise _wrong("user", "A draft belongs to a person; the system has none.")
    moment = stamp()
    row = tx.row(
        "INSERT INTO draft (task_id, project_id, user_id, annotation_id, result, lead_time, was_postponed, created_at, updated_at)"
        " VALUES (:task, :project, :me, NULL, :result, :lead_time, FALSE, :now, :now) RETURNING id",
        task=found.task_id, project=found.project_id, me=actor.user_id, result=json_text(found.result, "result"),
        lead_time=found.lead_time, now=moment,
    )  # fmt: skip
    assert row is not None
    draft_id = int(row[0])
    delete(site, tx, actor, annotation_id)
    return draft_id


# history -----------------------------------------------------------------------------------------------------------


def remember(
    tx: Transaction,
    annotation_id: int,
    task_id: int,
    project_id: int,
    actor: Actor,
    action: str | None,
    before: Any,
    lead_time: float | None,
    request_key: str | None = None,
) -> None:
    """Add to the history. ``before``: the result this action replaced, None when it replaced none; so the newest result is
    stored once, in the annotation itself."""
    tx.run(
        "INSERT INTO annotation_history (annotation_id, task_id, project_id, user_id, action, result, lead_time, created_at,"
        " request_key) VALUES (:annotation, :task, :project, :user, :action, :result, :lead_time, :now, :key)",
        annotation=annotation_id, task=task_id, project=project_id, user=actor.user_id, action=action or "updated",
        result=None if before is None else json_text(before, "result"), lead_time=lead_time, now=stamp(),
        key=request_key,
    )  # fmt: skip


def _was_done(tx: Transaction, annotation_id: int, request_key: str) -> bool:
    return bool(
        tx.row(
            "SELECT 1 FROM annotation_history WHERE annotation_id = :id AND request_key = :key",
            id=annotation_id,
            key=request_key,
        )
    )


def history(site: Site, tx: Transaction, actor: Actor, annotation_id: int) -> list[dict[str, Any]]:
    """What the annotation was after each action, the oldest first; a deleted one has its history too."""
    found = tx.row("SELECT project_id, completed_by, result FROM annotation WHERE id = :id", id=annotation_id)
    if found is None:
        raise access.not_found("annotation", annotation_id)
    try:
        access.require_own(access.within(tx, actor, found[0]), "annotation.view", found[1])
    except NotFound:
        raise access.not_found("annotation", annotation_id) from None
    rows = tx.rows(
        "SELECT id, task_id, project_id, user_id, action, result, lead_time, created_at FROM annotation_history"
        " WHERE annotation_id = :id ORDER BY id DESC",
        id=annotation_id,
    )
    who = shapes.people(tx, (row[3] for row in rows))
    result, steps = found[2], []
    for row in rows:
        steps.append(
            {
                "id": row[0], "annotation": annotation_id, "task": row[1], "project": row[2], "action": row[4],
                "result": orjson.Fragment(result), "lead_time": row[6], "created_at": row[7], "created_by": who.get(row[3]),
            }
        )  # fmt: skip
        result = row[5] if row[5] is not None else result
    return steps[::-1]


# small things ------------------------------------------------------------------------------------------------------


def check_result(site: Site, tx: Transaction, task: Workpiece, given: Any) -> list[Any]:
    """The results to store. :raises InvalidInput: no list. :raises InvalidResult: one does not fit its tag."""
    if not isinstance(given, list):
        kind = "nothing" if given is None else type(given).__name__
        raise _wrong(
            "result",
            f"result must be a list of results, not {kind}.",
            "Send [] for an annotation without any.",
        )
    xml = task.place.label_config
    kept, faults = results.check(given, site.config(xml), task.data, strict=True)
    if faults and (config := labels.config_with(site, tx, task.place.id, xml)):
        kept, faults = results.check(given, config, task.data, strict=True)
    if faults:
        first = faults[0]
        raise InvalidResult(first.message, faults, hint=first.hint, **first.where)
    return kept


def _wrong(name: str, words: str, hint: str = "") -> InvalidInput:
    return InvalidInput(words, {name: [words]}, hint=hint)


def _who(project: Workplace, actor: Actor) -> dict[str, Any]:
    return {"organization_id": project.organization_id, "project_id": project.id, "user_id": actor.user_id}


def _author(tx: Transaction, actor: Actor, project: Workplace, fields: Mapping[str, Any]) -> int | None:
    """The actor, or the member named by somebody who may change other people's work."""
    given = fields.get("completed_by")
    if given is None or given == actor.user_id:
        return actor.user_id
    access.require(project.here, "annotation.change_others")
    row = tx.row(
        "SELECT user_id FROM membership WHERE organization_id = :o AND user_id = :u AND deleted_at IS NULL",
        o=actor.organization_id, u=given if isinstance(given, int) else -1,
    )  # fmt: skip
    if row is None:
        raise _wrong("completed_by", f"completed_by names {given!r}, who is no member of this organization.")
    return int(row[0])


def _unique_id(given: Any) -> str:
    if given is None:
        return str(uuid.uuid4())
    try:
        return str(uuid.UUID(str(given)))
    except ValueError:
        raise _wrong(
            "unique_id", f"unique_id must be a UUID, not {given!r}.", "Leave it out to have one made."
        ) from None


def _standing(tx: Transaction, unique_id: str, task_id: int, by: int | None) -> int | None:
    """The annotation that this very save made before, when its answer was lost."""
    row = tx.row(
        "SELECT id, task_id, completed_by, deleted_at FROM annotation WHERE unique_id = :unique",
        unique=unique_id,
    )
    if row is None:
        return None
    if row[1] == task_id and row[2] == by and row[3] is None:
        return int(row[0])
    raise Conflict(
        f"Another annotation has the unique_id {unique_id}.",
        hint="Send a new one, or none.",
        unique_id=unique_id,
    )


def _draft(tx: Transaction, task_id: int, actor: Actor, draft_id: Any) -> tuple[Any, Any] | None:
    """Lead time and beginning of the draft that becomes the annotation."""
    row = tx.row(
        "SELECT lead_time, created_at FROM draft WHERE task_id = :task AND user_id = :me AND annotation_id IS NULL"
        " ORDER BY CASE WHEN id = :id THEN 0 ELSE 1 END, id DESC LIMIT 1",
        task=task_id, me=actor.user_id, id=draft_id if isinstance(draft_id, int) else 0,
    )  # fmt: skip
    return (row[0], row[1]) if row else None


def _only_ground_truth(
    tx: Transaction, project: Workplace, actor: Actor, task_id: int, annotation_id: int
) -> None:
    """Also of those that were deleted, so that none comes back as a second one."""
    rows = tx.rows(
        "UPDATE annotation SET ground_truth = FALSE WHERE task_id = :task AND id <> :id AND ground_truth"
        " RETURNING id, deleted_at",
        task=task_id,
        id=annotation_id,
    )
    for other, deleted_at in rows:
        if deleted_at is None:
            tx.tell(AnnotationUpdated(**_who(project, actor), task_id=task_id, annotation_id=other))


def _truth(fields: Mapping[str, Any], name: str) -> bool:
    given = fields.get(name)
    if isinstance(given, str):
        return given.lower() in ("1", "true", "yes")
    return bool(given)


def _number(fields: Mapping[str, Any], name: str) -> int | None:
    given = fields.get(name)
    if given is None or (isinstance(given, int) and not isinstance(given, bool)):
        return given
    raise _wrong(name, f"{name} must be a number, not {given!r}.")


def _seconds(given: Any, draft: tuple[Any, Any] | None) -> float | None:
    if given is None:
        return draft[0] if draft else None
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _wrong("lead_time", f"lead_time must be a number of seconds, not {given!r}.")
    return float(given)
