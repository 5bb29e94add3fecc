"""The batch door: rows of thousands of tasks, with their annotations and predictions, by a handful of statements.

A batch is made ready without the database, so that the one writer of SQLite is held only while rows go in, and can be
packed to wait on disk until the last task of an import has been found good.
"""

from __future__ import annotations

import marshal
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import SEQUENTIAL, Project
from tagma.db.types import AS_MADE, stamp
from tagma.errors import TagmaError
from tagma.plugin.events import PredictionsCreated, TasksCreated
from tagma.plugin.shapes import TaskDraft
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.imports.annotators import Annotators, members
from tagma.services.project import counters
from tagma.services.project.counters import Tally
from tagma.services.stored import count_regions, invalid, json_text, new_unique_ids

if TYPE_CHECKING:
    from tagma.services.site import Site

OnFault = Callable[[int, TagmaError], None]

LARGEST = 2**31 - 1  # of what people send as a whole number

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


def insert_drafts(
    site: Site,
    tx: Transaction,
    actor: Actor,
    project: Project,
    drafts: Sequence[TaskDraft],
    *,
    storage_keys: Sequence[str] | None = None,
    ground_truth: bool = True,
    on_fault: OnFault | None = None,
) -> list[int]:
    """Put drafts in at once; their ids.

    The data are taken as they are (``tasks.check_data`` is the caller's). Who made an annotation (``completed_by``) may be
    absent, the id of a member or ``{"email": …}`` of one.

    :param ground_truth: what an annotation is that does not say it.
    :param on_fault: told of each draft that can't be stored, which is then left out; without it the first fault raises.
    """
    people = Annotators(lambda: members(tx, actor))
    batch = Batch(actor, project, people, ground_truth=ground_truth)
    for number, draft in enumerate(drafts):
        try:
            batch.add(draft, storage_keys[number] if storage_keys else None)
        except TagmaError as error:
            if on_fault is None:
                raise
            on_fault(number, error)
    return batch.write(tx)


class Rules(NamedTuple):
    """The project's settings that decide about overlap and what is finished."""

    maximum: int
    cohort: int
    skip_queue: str
    sampling: str

    @property
    def shuffled(self) -> bool:
        """Whether tasks need a place in a random order; without one they take less room."""
        return self.sampling != SEQUENTIAL


class Batch:
    """Rows of many tasks, gathered first, so that a fault leaves nothing behind."""

    def __init__(
        self, actor: Actor, project: Project, people: Annotators, *, ground_truth: bool = True
    ) -> None:
        assert project.id is not None
        self.actor, self.people, self.ground_truth = actor, people, ground_truth
        self.project_id, self.organization_id = project.id, project.organization_id
        self.rules = Rules(
            project.maximum_annotations,
            project.overlap_cohort_percentage,
            project.skip_queue,
            project.sampling,
        )
        self.now = stamp()
        self.tasks: list[list[Any]] = []
        self.annotations: list[list[Any]] = []  # each with the place of its task in front
        self.predictions: list[list[Any]] = []
        self.own_overlap: dict[int, int] = {}  # place of a task -> the overlap its draft names
        self.columns: Counter[str] = Counter()
        self.model_version = ""
        self.bytes = 0

    @property
    def rows(self) -> int:
        """How long it keeps the writer: every row costs about the same."""
        return len(self.tasks) + 2 * len(self.annotations) + len(self.predictions)

    def add(
        self, draft: Mapping[str, Any], storage_key: str | None = None, file_upload_id: int | None = None
    ) -> None:
        """:raises InvalidInput: the draft holds what can't be stored; the batch is as before."""
        data = draft.get("data")
        if not isinstance(data, dict):
            raise invalid("data", "data must be an object with the fields of the task.")
        text = json_text(data, "data")
        meta = draft.get("meta")
        at = len(self.tasks)
        given = draft.get("annotations")
        annotations = [self._annotation(at, one) for one in given] if given else []
        given = draft.get("predictions")
        predictions = [self._prediction(at, one) for one in given] if given else []
        chance = random.random()
        overlap = draft.get("overlap")
        if isinstance(overlap, int) and 0 < overlap <= LARGEST and overlap is not True:
            self.own_overlap[at] = overlap
        else:
            overlap = self.rules.maximum if chance * 100 < self.rules.cohort else 1
        task = [
            0, self.project_id, 0, text, json_text(meta, "meta") if meta is not None else None, overlap, overlap, chance if self.rules.shuffled else 0.0,
            False, bool(draft.get("allow_skip", True)), 0, 0, len(predictions), 0, None, None, file_upload_id,
            storage_key, self.now, AS_MADE,
        ]  # fmt: skip
        if annotations:
            self._settle(task, annotations)
            self.annotations += annotations
        self.tasks.append(task)
        self.predictions += predictions
        self.columns.update(data.keys())  # a mapping would be taken for counts
        self.bytes += len(text)

    def _annotation(self, at: int, given: Any) -> list[Any]:
        if not isinstance(given, dict) or not isinstance(given.get("result"), list):
            raise invalid("annotations", "Each annotation must be an object whose result is a list.")
        who = given.get("completed_by")
        by = self.actor.user_id if who is None else self.people.find(who)
        created = _moment(given.get("created_at"), self.now)
        changed = _moment(given.get("updated_at"), created)
        skipped = bool(given.get("was_cancelled", False))
        lead_time = given.get("lead_time")
        number = given.get("id")
        result = given["result"]
        text = json_text(result, "result")
        self.bytes += len(text)
        return [
            at, 0, 0, self.project_id, by, by, text, count_regions(result), skipped,
            bool(given.get("ground_truth", self.ground_truth and not skipped)),
            float(lead_time) if isinstance(lead_time, int | float) else None, "",
            number if isinstance(number, int) and abs(number) <= LARGEST else None, False, "imported", created,
            changed if changed != created else AS_MADE,
        ]  # fmt: skip

    def _prediction(self, at: int, given: Any) -> list[Any]:
        if not isinstance(given, dict) or not isinstance(given.get("result"), list):
            raise invalid("predictions", "Each prediction must be an object whose result is a list.")
        version = str(given.get("model_version") or "undefined")
        if "\0" in version:
            raise invalid("predictions", "A prediction's model_version holds a zero character.")
        score = given.get("score")
        if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
            raise invalid("predictions", f"A prediction's score must be a number, not {score!r}.")
        self.model_version = version
        text = json_text(given["result"], "result")
        self.bytes += len(text)
        return [at, 0, 0, self.project_id, text, score, version, self.now, AS_MADE]

    def _settle(self, task: list[Any], annotations: list[list[Any]]) -> None:
        """The counters of a task with annotations, as ``counters.settle`` would find them."""
        overlap = task[_OVERLAP]
        done = [one for one in annotations if not one[_SKIPPED]]
        finishing = annotations if self.rules.skip_queue == "IGNORE_SKIPPED" else done
        holding = done if self.rules.skip_queue == "REQUEUE_FOR_OTHERS" else annotations
        task[_SLOTS] = overlap - len({one[_PERSON] for one in holding})
        task[_LABELED] = len({one[_PERSON] for one in finishing}) >= overlap
        task[_DONE], task[_SKIPS] = len(done), len(annotations) - len(done)
        task[_COMPLETED] = max(one[_CREATED] for one in annotations) if task[_LABELED] else None
        task[_UPDATED_BY] = annotations[-1][_PERSON]

    def _respread(self, rules: Rules) -> None:
        """Somebody changed the project after this batch was made ready."""
        self.rules = rules
        theirs: dict[int, list[list[Any]]] = {}
        for row in self.annotations:
            theirs.setdefault(row[0], []).append(row)
        for at, task in enumerate(self.tasks):
            chance = random.random()
            task[_CHANCE] = chance if rules.shuffled else 0.0
            spread = rules.maximum if chance * 100 < rules.cohort else 1
            task[_OVERLAP] = task[_SLOTS] = self.own_overlap.get(at, spread)
            if at in theirs:
                self._settle(task, theirs[at])

    def _tally(self) -> Tally:
        done = [one for one in self.annotations if not one[_SKIPPED]]
        return Tally(
            tasks=len(self.tasks),
            finished=sum(task[_LABELED] for task in self.tasks),
            annotations=len(done),
            skipped=len(self.annotations) - len(done),
            ground_truth=sum(one[_TRUTH] for one in self.annotations),
            annotated=len({one[0] for one in done if not one[_TRUTH]}),
            predictions=len(self.predictions),
        )

    def write(self, tx: Transaction) -> list[int]:
        """Ids of the tasks, in the order they were added. May be tried again in another transaction."""
        if not self.tasks:
            return []
        inner = self._move_project(tx)
        ids = bulk.take_ids(tx, "task", len(self.tasks))
        for row, number in zip(self.tasks, ids, strict=True):
            inner += 1
            row[0], row[2] = number, inner
        bulk.insert(tx, "task", _TASK, self.tasks)
        if self.annotations:
            self._write_annotations(tx, ids)
        if self.predictions:
            numbers = bulk.take_ids(tx, "prediction", len(self.predictions))
            for row, number in zip(self.predictions, numbers, strict=True):
                row[1], row[2] = number, ids[row[0]]
            bulk.insert(tx, "prediction", _PREDICTION, (row[1:] for row in self.predictions))
            if self.annotations:
                counters.settle_open(tx, "t.id BETWEEN :first AND :last", {"first": ids[0], "last": ids[-1]})
        self._tell(tx, ids)
        return ids

    def _write_annotations(self, tx: Transaction, ids: list[int]) -> None:
        numbers = bulk.take_ids(tx, "annotation", len(self.annotations))
        for row, number, unique in zip(self.annotations, numbers, new_unique_ids(len(numbers)), strict=True):
            row[1], row[2], row[_UNIQUE] = number, ids[row[0]], unique
        bulk.insert(tx, "annotation", _ANNOTATION, (row[1:] for row in self.annotations))
        me, now = self.actor.user_id, self.now
        history = ((row[1], row[2], row[3], me, "imported", row[_LEAD], now) for row in self.annotations)
        bulk.insert(tx, "annotation_history", _HISTORY, history)

    def _move_project(self, tx: Transaction) -> int:
        """Move the project's counters; what its last inner id was."""
        lock = " FOR UPDATE" if tx.postgres else ""
        row = tx.row(
            "SELECT last_inner_id, data_columns, model_version, maximum_annotations, overlap_cohort_percentage, skip_queue,"
            " sampling"
            f" FROM project WHERE id = :id{lock}",
            id=self.project_id,
        )
        if row is None:
            raise access.not_found("project", self.project_id)
        if self.rules != row[3:7]:
            self._respread(Rules(*row[3:7]))
        columns = Counter(orjson.loads(row[1]))
        columns.update(self.columns)
        tx.run(
            "UPDATE project SET last_inner_id = last_inner_id + :count, data_columns = :columns, model_version = :version"
            " WHERE id = :id",
            count=len(self.tasks),
            columns=orjson.dumps(columns).decode(),
            version=row[2] or self.model_version,
            id=self.project_id,
        )
        counters.move(tx, self.project_id, self._tally())
        if tx.session.identity_map:
            tx.session.expire_all()
        return int(row[0])

    def _tell(self, tx: Transaction, ids: list[int]) -> None:
        who: dict[str, Any] = {
            "organization_id": self.organization_id,
            "project_id": self.project_id,
            "user_id": self.actor.user_id,
        }
        tx.tell(TasksCreated(**who, task_ids=tuple(ids)))
        if self.predictions:
            about = dict.fromkeys(ids[row[0]] for row in self.predictions)
            tx.tell(PredictionsCreated(**who, task_ids=tuple(about)))

    def pack(self) -> bytes:
        """The rows, to be kept on this machine for a while; ``unpack`` of a fresh batch takes them in."""
        rows = self.tasks, self.annotations, self.predictions
        rest = (
            self.own_overlap,
            dict(self.columns),
            self.model_version,
            tuple(self.rules),
            self.now,
            self.bytes,
        )
        whole: Any = (*rows, *rest)  # plain values all the way down, which marshal writes fastest
        return marshal.dumps(whole)

    def unpack(self, packed: bytes) -> None:
        self.tasks, self.annotations, self.predictions, *rest = marshal.loads(packed)
        self.own_overlap, columns, self.model_version, rules, self.now, self.bytes = rest
        self.columns, self.rules = Counter(columns), Rules(*rules)


_OVERLAP, _SLOTS, _CHANCE, _LABELED, _DONE, _SKIPS, _COMPLETED, _UPDATED_BY = (
    _TASK.index(name)
    for name in ("overlap", "free_slots", "random_key", "is_labeled", "total_annotations", "cancelled_annotations",
                 "completed_at", "updated_by")
)  # fmt: skip
_PERSON, _SKIPPED, _TRUTH, _LEAD, _UNIQUE, _CREATED = (
    _ANNOTATION.index(name) + 1
    for name in ("completed_by", "was_cancelled", "ground_truth", "lead_time", "unique_id", "created_at")
)


def _moment(given: Any, default: str) -> str:
    """A moment of the wire in the stored form; an unreadable one is not worth losing an annotation for."""
    if not isinstance(given, str):
        return default
    try:
        moment = datetime.fromisoformat(given)
        return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return default
