"""Tasks: made one by one, changed, deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import orjson

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import Project, Task
from tagma.errors import InvalidInput, InvalidResult
from tagma.labeling import task_data
from tagma.plugin.events import TasksDeleted
from tagma.plugin.shapes import TaskDraft
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk.prediction_door import WARNINGS, Door
from tagma.services.desk.task_batches import insert_drafts
from tagma.services.project import counters
from tagma.services.project.counters import Tally
from tagma.services.stored import invalid, json_text

if TYPE_CHECKING:
    from tagma.services.site import Site


class Created(NamedTuple):
    """``warnings`` say what of its predictions does not fit and was kept all the same."""

    id: int
    warnings: list[InvalidResult]


def create(site: Site, tx: Transaction, actor: Actor, fields: Mapping[str, Any]) -> Created:
    """One task from ``{project, data, meta?, overlap?, annotations?, predictions?}``."""
    if not isinstance(fields.get("project"), int):
        raise InvalidInput("Validation error", {"project": ["This field is required."]})
    project = access.project(site, tx, actor, fields["project"], "task.create")
    check_data(site, project, fields.get("data"))
    draft = {key: value for key, value in fields.items() if key != "project"}
    given, warnings = draft.get("predictions"), list[InvalidResult]()
    if isinstance(given, list) and all(isinstance(one, dict) for one in given):
        door = Door(site, project)
        passed = [door.check(one, draft["data"]) for one in given]
        draft["predictions"] = [
            {**one, "result": good.result, "score": good.score}
            for one, good in zip(given, passed, strict=True)
        ]
        warnings = [fault for good in passed for fault in good.warnings][:WARNINGS]
    return Created(insert_drafts(site, tx, actor, project, [cast(TaskDraft, draft)])[0], warnings)


def check_data(site: Site, project: Project, data: Any) -> None:
    """:raises InvalidInput: ``data`` lacks what the project's config shows, or has it in a form its tag can't show."""
    if not isinstance(data, dict):
        raise invalid("data", 'data must be an object with the fields of the task, such as {"text": "…"}.')
    if not data:
        raise invalid("data", "data is empty: the task would have nothing to show.")
    words = task_data.faults(site.config(project.label_config), data)
    if words:
        raise InvalidInput(
            words[0], {"data": words}, hint="Add the key, or change the labeling configuration.", field="data"
        )


def update(site: Site, tx: Transaction, actor: Actor, task_id: int, fields: Mapping[str, Any]) -> Task:
    """Change ``data`` (as a whole), ``meta``, ``overlap`` or ``allow_skip``."""
    task = access.task(site, tx, actor, task_id, "task.change")
    project = access.project(site, tx, actor, task.project_id, "task.change")
    assert project.id is not None
    if fields.get("project", project.id) != project.id:
        raise invalid("project", "A task can't move to another project; export it and import it there.")
    if "data" in fields:
        check_data(site, project, fields["data"])
        json_text(fields["data"], "data")
        recount_columns(tx, project.id, Counter(list(fields["data"])), Counter(list(task.data)))
        task.data = fields["data"]
    if "meta" in fields:
        task.meta = fields["meta"]
    if "allow_skip" in fields:
        task.allow_skip = bool(fields["allow_skip"])
    overlap = fields.get("overlap", task.overlap)
    if isinstance(overlap, bool) or not isinstance(overlap, int) or overlap < 1:
        raise invalid("overlap", f"overlap must be a whole number of at least 1, not {overlap!r}.")
    with counters.counted(tx, project.id, project.skip_queue, by=actor.user_id, task=task_id):
        task.overlap = overlap
        tx.session.add(task)
        tx.session.flush()
    tx.session.refresh(task)
    return task


def recount_columns(
    tx: Transaction, project_id: int, more: Mapping[str, int], fewer: Mapping[str, int]
) -> None:
    """Keep ``project.data_columns``, the number of tasks that have each key."""
    lock = " FOR UPDATE" if tx.postgres else ""
    row = tx.row(f"SELECT data_columns FROM project WHERE id = :id{lock}", id=project_id)
    assert row is not None
    columns = Counter(orjson.loads(row[0]))
    columns.update(more)
    columns.subtract(fewer)
    left = {key: count for key, count in columns.items() if count > 0}
    tx.run(
        "UPDATE project SET data_columns = :columns WHERE id = :id",
        columns=orjson.dumps(left).decode(),
        id=project_id,
    )


def delete_where(
    tx: Transaction, actor: Actor, project: Project, where: str, params: Mapping[str, Any]
) -> int:
    """Delete the project's tasks that fulfil ``where`` (on ``task t``) for good, with all that hangs on them; how many.

    What a person deletes goes to the trash instead: :mod:`tagma.services.desk.trash`.
    """
    assert project.id is not None
    query = f"SELECT t.id FROM task t WHERE t.project_id = :project AND {where}"
    with bulk.chosen(tx, query, {**params, "project": project.id}) as count:
        if not count:
            return 0
        inside = "t.id IN (SELECT id FROM chosen)"
        gone = counters.tally(tx, inside, {})
        ids = tuple(row[0] for row in tx.rows("SELECT id FROM chosen"))
        columns = columns_of_chosen(tx, project.id)
        for table in ("annotation_history", "draft", "prediction", "lease", "annotation"):
            tx.run(f"DELETE FROM {table} WHERE task_id IN (SELECT id FROM chosen)")
        tx.run("DELETE FROM task WHERE id IN (SELECT id FROM chosen)")
        counters.move(tx, project.id, Tally() - gone)
        recount_columns(tx, project.id, {}, columns)
    tx.session.expire_all()
    tx.tell(
        TasksDeleted(
            organization_id=project.organization_id,
            project_id=project.id,
            user_id=actor.user_id,
            task_ids=ids,
        )
    )
    return count


_COLUMNS_OF_CHOSEN = {
    False: "SELECT j.key, count(*) FROM task t, json_each(t.data) j WHERE t.id IN (SELECT id FROM chosen) GROUP BY j.key",
    True: "SELECT j.key, count(*) FROM task t, jsonb_object_keys(t.data) AS j(key)"
    " WHERE t.id IN (SELECT id FROM chosen) GROUP BY j.key",
}


def columns_of_chosen(tx: Transaction, project_id: int) -> Counter[str]:
    """How many of the tasks in ``chosen``, which are of this project, have each key of data."""
    row = tx.row(
        "SELECT data_columns, task_number = (SELECT count(*) FROM chosen) FROM project WHERE id = :id",
        id=project_id,
    )
    assert row is not None
    if row[1]:  # all of them: no need to look at each
        return Counter(orjson.loads(row[0]))
    return Counter(dict(map(tuple, tx.rows(_COLUMNS_OF_CHOSEN[tx.postgres]))))
