"""Tasks: put in one by one or in batches of thousands, changed, deleted."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import orjson

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import Project, Task
from tagma.db.types import stamp
from tagma.errors import InvalidInput, TagmaError
from tagma.plugin.events import PredictionsCreated, TasksCreated, TasksDeleted
from tagma.plugin.shapes import TaskDraft
from tagma.services import access, counters
from tagma.services.access import Actor
from tagma.services.counters import Tally

if TYPE_CHECKING:
    from tagma.services.site import Site

OnFault = Callable[[int, TagmaError], None]

_TASK = (
    "id",
    "project_id",
    "inner_id",
    "data",
    "meta",
    "overlap",
    "free_slots",
    "random_key",
    "is_labeled",
    "allow_skip",
    "total_annotations",
    "cancelled_annotations",
    "total_predictions",
    "total_drafts",
    "completed_at",
    "updated_by",
    "file_upload_id",
    "storage_key",
    "created_at",
    "updated_at",
)
_ANNOTATION = (
    "id",
    "task_id",
    "project_id",
    "completed_by",
    "updated_by",
    "result",
    "result_count",
    "was_cancelled",
    "ground_truth",
    "lead_time",
    "unique_id",
    "import_id",
    "bulk_created",
    "last_action",
    "created_at",
    "updated_at",
)
_HISTORY = ("annotation_id", "task_id", "project_id", "user_id", "action", "lead_time", "created_at")
_PREDICTION = ("id", "task_id", "project_id", "result", "score", "model_version", "created_at", "updated_at")


def json_text(value: Any, field: str) -> str:
    """JSON as it is stored. :raises InvalidInput: it holds what a database can't keep."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError) as error:
        raise _invalid(field, f"{field} can't be kept as JSON: {error}.") from error
    if "\\u0000" in text and field != "result":
        raise _invalid(field, f"{field} holds a zero character (\\u0000), which no database keeps in text.")
    return text


def _invalid(field: str, words: str) -> InvalidInput:
    return InvalidInput(words, {field: [words]}, hint="Change it and send it again.", field=field)


def count_regions(result: Sequence[Any]) -> int:
    """Distinct region ids; relations and items without an id make none."""
    return len({item["id"] for item in result if isinstance(item, dict) and isinstance(item.get("id"), str)})


def new_unique_ids(count: int) -> Iterator[str]:
    raw = os.urandom(16 * count).hex()
    for at in range(0, 32 * count, 32):
        word = raw[at : at + 32]
        yield f"{word[:8]}-{word[8:12]}-4{word[13:16]}-a{word[17:20]}-{word[20:]}"


def create(site: Site, tx: Transaction, actor: Actor, fields: Mapping[str, Any]) -> int:
    """One task from ``{project, data, meta?, overlap?, annotations?, predictions?}``; its id."""
    if not isinstance(fields.get("project"), int):
        raise InvalidInput("Validation error", {"project": ["This field is required."]})
    project = access.project(site, tx, actor, fields["project"], "task.create")
    check_data(site, project, fields.get("data"))
    draft = cast(TaskDraft, {key: value for key, value in fields.items() if key != "project"})
    return insert_drafts(site, tx, actor, project, [draft])[0]


def check_data(site: Site, project: Project, data: Any) -> None:
    """:raises InvalidInput: ``data`` lacks what the project's config shows, or has it in a form its tag can't show."""
    if not isinstance(data, dict):
        raise _invalid("data", 'data must be an object with the fields of the task, such as {"text": "…"}.')
    if not data:
        raise _invalid("data", "data is empty: the task would have nothing to show.")
    words = []
    for key, node in site.config(project.label_config).required_keys.items():
        if key == "undefined$" or "$undefined$" in data:
            continue
        if key not in data:
            words.append(
                f'"{key}" key is expected in task data: {node.tag} "{node.name}" shows it (line {node.line}).'
            )
        elif data[key] is not None and node.tag_class is not None:
            expected = node.tag_class.accepts(data[key])  # type: ignore[attr-defined]
            if expected:
                words.append(f'data["{key}"] must be {expected}, because {node.tag} "{node.name}" shows it.')
    if words:
        raise InvalidInput(
            words[0], {"data": words}, hint="Add the key, or change the labeling configuration.", field="data"
        )


def insert_drafts(
    site: Site,
    tx: Transaction,
    actor: Actor,
    project: Project,
    drafts: Sequence[TaskDraft],
    *,
    file_upload_id: int | None = None,
    storage_keys: Sequence[str] | None = None,
    ground_truth: bool = True,
    on_fault: OnFault | None = None,
) -> list[int]:
    """The batch door: thousands of tasks with their annotations and predictions by a handful of statements.

    The data are taken as they are (``check_data`` is the caller's). Who made an annotation (``completed_by``) may be absent,
    the id of a member or ``{"email": …}`` of one.

    :param ground_truth: what an annotation is that does not say it.
    :param on_fault: told of each draft that can't be stored, which is then left out; without it the first fault raises.
    """
    batch = _Batch(tx, actor, project, file_upload_id, ground_truth)
    for number, draft in enumerate(drafts):
        try:
            batch.add(draft, storage_keys[number] if storage_keys else None)
        except TagmaError as error:
            if on_fault is None:
                raise
            on_fault(number, error)
    return batch.write()


class _Batch:
    """Rows of one batch: gathered first, so that a fault leaves nothing behind."""

    def __init__(
        self, tx: Transaction, actor: Actor, project: Project, file_upload_id: int | None, ground_truth: bool
    ) -> None:
        self.tx, self.actor, self.project = tx, actor, project
        self.file_upload_id, self.ground_truth = file_upload_id, ground_truth
        self.now = stamp()
        self.tasks: list[list[Any]] = []
        self.annotations: list[list[Any]] = []
        self.predictions: list[list[Any]] = []
        self.columns: Counter[str] = Counter()
        self.tally = Tally()
        self.model_version = ""
        self._people: dict[int | str, int] | None = None
        self.finishes = project.skip_queue == "IGNORE_SKIPPED"
        self.holds = project.skip_queue != "REQUEUE_FOR_OTHERS"

    @property
    def people(self) -> dict[int | str, int]:
        """Members of the organization by id and by e-mail."""
        if self._people is None:
            rows = self.tx.rows(
                "SELECT u.id, u.email FROM membership m JOIN account u ON u.id = m.user_id"
                " WHERE m.organization_id = :organization AND m.deleted_at IS NULL",
                organization=self.actor.organization_id,
            )
            self._people = {row[0]: row[0] for row in rows} | {row[1].lower(): row[0] for row in rows}
        return self._people

    def person(self, given: Any) -> int | None:
        if given is None:
            return self.actor.user_id
        wanted = given
        if isinstance(given, dict):
            wanted = given.get("email") or given.get("id")
        found = (
            self.people.get(wanted.lower() if isinstance(wanted, str) else wanted)
            if isinstance(wanted, int | str)
            else None
        )
        if found is None:
            raise InvalidInput(
                f"completed_by names {wanted!r}, who is no member of this organization.",
                {"completed_by": [f"Unknown annotator {wanted!r}."]},
                hint="Invite that person first, or leave completed_by out to import in your own name.",
            )
        return found

    def overlap(self, draft: Mapping[str, Any], random_key: float) -> int:
        given = draft.get("overlap")
        if isinstance(given, int) and not isinstance(given, bool) and given > 0:
            return given
        return (
            self.project.maximum_annotations
            if random_key * 100 < self.project.overlap_cohort_percentage
            else 1
        )

    def add(self, draft: Mapping[str, Any], storage_key: str | None) -> None:
        data = draft.get("data")
        if not isinstance(data, dict):
            raise _invalid("data", "data must be an object with the fields of the task.")
        text = json_text(data, "data")
        meta = json_text(draft["meta"], "meta") if draft.get("meta") is not None else None
        at = len(self.tasks)
        annotations = [self._annotation(at, one) for one in draft.get("annotations") or ()]
        predictions = [self._prediction(at, one) for one in draft.get("predictions") or ()]
        random_key = random.random()
        overlap = self.overlap(draft, random_key)
        task = [
            0,
            self.project.id,
            0,
            text,
            meta,
            overlap,
            overlap,
            random_key,
            False,
            bool(draft.get("allow_skip", True)),
            0,
            0,
            len(predictions),
            0,
            None,
            None,
            self.file_upload_id,
            storage_key,
            self.now,
            self.now,
        ]
        if annotations:
            self._count(task, annotations, overlap)
        self.tasks.append(task)
        self.annotations += annotations
        self.predictions += predictions
        self.columns.update(data.keys())  # a mapping would be taken for counts

    def _annotation(self, at: int, given: Any) -> list[Any]:
        if not isinstance(given, dict) or not isinstance(given.get("result"), list):
            raise _invalid("annotations", "Each annotation must be an object whose result is a list.")
        by = self.person(given.get("completed_by"))
        created = _moment(given.get("created_at"), self.now)
        skipped = bool(given.get("was_cancelled", False))
        lead_time = given.get("lead_time")
        return [
            0,
            at,
            self.project.id,
            by,
            by,
            json_text(given["result"], "result"),
            count_regions(given["result"]),
            skipped,
            bool(given.get("ground_truth", self.ground_truth and not skipped)),
            float(lead_time) if isinstance(lead_time, int | float) else None,
            "",
            given.get("id") if isinstance(given.get("id"), int) else None,
            False,
            "imported",
            created,
            _moment(given.get("updated_at"), created),
        ]

    def _prediction(self, at: int, given: Any) -> list[Any]:
        if not isinstance(given, dict) or not isinstance(given.get("result"), list):
            raise _invalid("predictions", "Each prediction must be an object whose result is a list.")
        version = str(given.get("model_version") or "undefined")
        score = given.get("score")
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
            raise _invalid("predictions", f"A prediction's score must be a number, not {score!r}.")
        self.model_version = version
        return [
            0,
            at,
            self.project.id,
            json_text(given["result"], "result"),
            score,
            version,
            self.now,
            self.now,
        ]

    def _count(self, task: list[Any], annotations: list[list[Any]], overlap: int) -> None:
        done = [one for one in annotations if not one[7]]
        finished = {one[3] for one in (annotations if self.finishes else done)}
        holding = {one[3] for one in (annotations if self.holds else done)}
        labeled = len(finished) >= overlap
        task[6] = overlap - len(holding)
        task[8], task[10], task[11] = labeled, len(done), len(annotations) - len(done)
        task[14] = max(one[14] for one in annotations) if labeled else None
        task[15] = annotations[-1][3]
        old = self.tally
        self.tally = Tally(
            0,
            old.finished + labeled,
            old.annotations + len(done),
            old.skipped + len(annotations) - len(done),
            old.ground_truth + sum(one[8] for one in annotations),
            old.annotated + any(not one[8] for one in done),
            0,
        )

    def write(self) -> list[int]:
        tx, project_id = self.tx, self.project.id
        assert project_id is not None
        if not self.tasks:
            return []
        inner = self._project()
        ids = bulk.take_ids(tx, "task", len(self.tasks))
        for offset, (row, number) in enumerate(zip(self.tasks, ids, strict=True)):
            row[0], row[2] = number, inner + offset + 1
        bulk.insert(tx, "task", _TASK, self.tasks)
        self._write_annotations(ids)
        self._write_predictions(ids)
        tx.tell(TasksCreated(**self._who(), task_ids=tuple(ids)))
        if self.predictions:
            tx.tell(
                PredictionsCreated(
                    **self._who(), task_ids=tuple(dict.fromkeys(row[1] for row in self.predictions))
                )
            )
        return ids

    def _who(self) -> dict[str, Any]:
        return {
            "organization_id": self.project.organization_id,
            "project_id": self.project.id,
            "user_id": self.actor.user_id,
        }

    def _project(self) -> int:
        """Move the project's counters; what its last inner id was."""
        tx, count = self.tx, len(self.tasks)
        lock = " FOR UPDATE" if tx.postgres else ""
        row = tx.row(
            f"SELECT last_inner_id, data_columns, model_version FROM project WHERE id = :id{lock}",
            id=self.project.id,
        )
        assert row is not None
        columns = Counter(orjson.loads(row[1]))
        columns.update(self.columns)
        tx.run(
            "UPDATE project SET last_inner_id = last_inner_id + :count, data_columns = :columns, model_version = :version"
            " WHERE id = :id",
            count=count,
            columns=orjson.dumps(columns).decode(),
            version=row[2] or self.model_version,
            id=self.project.id,
        )
        old = self.tally
        assert self.project.id is not None
        counters.move(
            tx,
            self.project.id,
            Tally(
                count,
                old.finished,
                old.annotations,
                old.skipped,
                old.ground_truth,
                old.annotated,
                len(self.predictions),
            ),
        )
        if tx.session.identity_map:
            tx.session.expire_all()
        return int(row[0])

    def _write_annotations(self, ids: list[int]) -> None:
        if not self.annotations:
            return
        numbers = bulk.take_ids(self.tx, "annotation", len(self.annotations))
        for row, number, unique in zip(self.annotations, numbers, new_unique_ids(len(numbers)), strict=True):
            row[0], row[1], row[10] = number, ids[row[1]], unique
        bulk.insert(self.tx, "annotation", _ANNOTATION, self.annotations)
        bulk.insert(
            self.tx,
            "annotation_history",
            _HISTORY,
            (
                (row[0], row[1], row[2], self.actor.user_id, "imported", row[9], self.now)
                for row in self.annotations
            ),
        )

    def _write_predictions(self, ids: list[int]) -> None:
        if not self.predictions:
            return
        numbers = bulk.take_ids(self.tx, "prediction", len(self.predictions))
        for row, number in zip(self.predictions, numbers, strict=True):
            row[0], row[1] = number, ids[row[1]]
        bulk.insert(self.tx, "prediction", _PREDICTION, self.predictions)


def _moment(given: Any, default: str) -> str:
    """A moment of the wire in the stored form; an unreadable one is not worth losing an annotation for."""
    from datetime import UTC, datetime

    if not isinstance(given, str):
        return default
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return default
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def update(site: Site, tx: Transaction, actor: Actor, task_id: int, fields: Mapping[str, Any]) -> Task:
    """Change ``data`` (as a whole), ``meta``, ``overlap`` or ``allow_skip``."""
    task = access.task(site, tx, actor, task_id, "task.change")
    project = access.project(site, tx, actor, task.project_id, "task.change")
    assert project.id is not None
    if fields.get("project", project.id) != project.id:
        raise _invalid("project", "A task can't move to another project; export it and import it there.")
    if "data" in fields:
        check_data(site, project, fields["data"])
        json_text(fields["data"], "data")
        _recount_columns(tx, project.id, Counter(list(fields["data"])), Counter(list(task.data)))
        task.data = fields["data"]
    if "meta" in fields:
        task.meta = fields["meta"]
    if "allow_skip" in fields:
        task.allow_skip = bool(fields["allow_skip"])
    overlap = fields.get("overlap", task.overlap)
    if isinstance(overlap, bool) or not isinstance(overlap, int) or overlap < 1:
        raise _invalid("overlap", f"overlap must be a whole number of at least 1, not {overlap!r}.")
    with counters.counted(tx, project.id, project.skip_queue, by=actor.user_id, task=task_id):
        task.overlap = overlap
        tx.session.add(task)
        tx.session.flush()
    tx.session.refresh(task)
    return task


def _recount_columns(
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


def delete(site: Site, tx: Transaction, actor: Actor, task_id: int) -> None:
    task = access.task(site, tx, actor, task_id, "task.delete")
    project = access.project(site, tx, actor, task.project_id, "task.delete")
    delete_where(tx, actor, project, "t.id = :task", {"task": task_id})


def delete_all(site: Site, tx: Transaction, actor: Actor, project_id: int) -> int:
    """Every task of the project."""
    project = access.project(site, tx, actor, project_id, "task.delete")
    return delete_where(tx, actor, project, "TRUE", {})


def delete_where(
    tx: Transaction, actor: Actor, project: Project, where: str, params: Mapping[str, Any]
) -> int:
    """Delete the project's tasks that fulfil ``where`` (on ``task t``) with all that hangs on them; how many."""
    assert project.id is not None
    query = f"SELECT t.id FROM task t WHERE t.project_id = :project AND {where}"
    with bulk.chosen(tx, query, {**params, "project": project.id}) as count:
        if not count:
            return 0
        inside = "t.id IN (SELECT id FROM chosen)"
        gone = counters.tally(tx, inside, {})
        ids = tuple(row[0] for row in tx.rows("SELECT id FROM chosen"))
        columns = (
            Counter(dict(map(tuple, tx.rows(_COLUMNS_OF_CHOSEN[tx.postgres]))))
            if count < _all(tx, project.id)
            else None
        )
        for table in ("annotation_history", "draft", "prediction", "lease", "annotation"):
            tx.run(f"DELETE FROM {table} WHERE task_id IN (SELECT id FROM chosen)")
        tx.run("DELETE FROM task WHERE id IN (SELECT id FROM chosen)")
        counters.move(tx, project.id, Tally() - gone)
        if columns is None:
            tx.run("UPDATE project SET data_columns = '{}' WHERE id = :id", id=project.id)
        else:
            _recount_columns(tx, project.id, {}, columns)
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


def _all(tx: Transaction, project_id: int) -> int:
    row = tx.row("SELECT count(*) FROM task WHERE project_id = :id", id=project_id)
    assert row is not None
    return int(row[0])


def ids_in(tx: Transaction, project_id: int, ids: Iterable[int]) -> set[int]:
    """Those of ``ids`` that are tasks of the project."""
    wanted = list(dict.fromkeys(ids))
    found: set[int] = set()
    for at in range(0, len(wanted), 10_000):
        listed = ",".join(str(int(one)) for one in wanted[at : at + 10_000]) or "NULL"
        found.update(
            row[0]
            for row in tx.rows(
                f"SELECT id FROM task WHERE project_id = :p AND id IN ({listed})", p=project_id
            )
        )
    return found
