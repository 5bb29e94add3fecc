"""Tasks as exporters get them: a page after the other in one transaction, so that memory does not grow with the project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, cast

import orjson
from pydantic import BaseModel

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.labeling import key_frames
from tagma.plugin.formats import Report
from tagma.plugin.shapes import Task
from tagma.services.access import Actor
from tagma.services.desk import shapes
from tagma.services.desk.shapes import listed
from tagma.services.table import views
from tagma.services.table.columns import Scope

if TYPE_CHECKING:
    from tagma.services.site import Site

PAGE = 500  # tasks read at once at most
FIRST = 50  # and before it is known how large they are
BYTES = 8 << 20  # of stored JSON that a page should hold

Which = Literal["only", "exclude"] | None


class TaskFilter(BaseModel):
    """Which tasks; what is not said does not matter."""

    view: int | None = None
    skipped: Which = None
    finished: Which = None
    annotated: Which = None
    only_with_annotations: bool = False
    ids: list[int] | None = None
    filters: Any = None
    selectedItems: Any = None


class AnnotationFilter(BaseModel):
    """Which annotations of these tasks."""

    usual: bool | None = True
    ground_truth: bool | None = None
    skipped: bool | None = None


class OnlyId(BaseModel):
    only_id: bool = True


class Shape(BaseModel):
    """What is written whole and what by its id."""

    predictions: OnlyId | None = None
    drafts: OnlyId | None = None
    annotations__completed_by: OnlyId | None = None
    include_annotation_history: bool | None = None
    interpolate_key_frames: bool | None = None


class Options(BaseModel):
    """Everything a person chooses for one export beside the format."""

    task_filter_options: TaskFilter | None = None
    annotation_filter_options: AnnotationFilter | None = None
    serialization_options: Shape | None = None
    settings: dict[str, Any] = {}
    """For the exporter."""


class Selection:
    """The tasks of one export, read in the order of their ids.

    :param parse: whether stored JSON is wanted as values, or as the text it is.
    :param report: told of what was not done as asked.
    """

    def __init__(
        self,
        site: Site,
        tx: Transaction,
        actor: Actor,
        project: Project,
        options: Options,
        *,
        parse: bool = True,
        report: Report | None = None,
    ) -> None:
        self.tx = tx
        self.parse = parse
        self.report = report or Report()
        self._bytes = 0  # of the last page
        self.stored: Callable[[str], Any] = orjson.loads if parse else orjson.Fragment
        self.project = project
        self.filter = options.task_filter_options or TaskFilter()
        self.kept = options.annotation_filter_options
        self.shape = options.serialization_options or Shape()
        self.scope = Scope(project, tx.postgres)
        self.where = self._where(site, actor)

    def _where(self, site: Site, actor: Actor) -> str:
        chosen = self.filter
        yes, no = ("TRUE", "FALSE") if self.tx.postgres else ("1", "0")
        parts = [
            _either("t.cancelled_annotations > 0", "t.cancelled_annotations = 0", chosen.skipped),
            _either(f"t.is_labeled = {yes}", f"t.is_labeled = {no}", chosen.finished),
            _either("t.total_annotations > 0", "t.total_annotations = 0", chosen.annotated),
            "t.total_annotations + t.cancelled_annotations > 0" if chosen.only_with_annotations else "",
            f"t.id IN ({listed(chosen.ids)})" if chosen.ids is not None else "",
        ]
        if chosen.view is not None:
            query = views.wanted(site, self.tx, actor, chosen.view, "")
            parts.append(views.condition(self.tx, query, self.scope))
        if chosen.filters or chosen.selectedItems is not None:
            query = views.query_of({"filters": chosen.filters, "selectedItems": chosen.selectedItems})
            parts.append(views.condition(self.tx, query, self.scope))
        return " AND ".join(part for part in parts if part) or "TRUE"

    def check(self) -> None:
        """:raises InvalidInput: the database does not understand the filter."""
        self.tx.rows(
            f"SELECT t.id FROM task t WHERE t.project_id = :project AND {self.where} LIMIT 0", self._params()
        )

    def count(self) -> int:
        row = self.tx.row(
            f"SELECT count(*) FROM task t WHERE t.project_id = :project AND {self.where}", self._params()
        )
        return int(row[0]) if row else 0

    def _params(self, **more: Any) -> Mapping[str, Any]:
        return {**self.scope.params, "project": self.project.id, **more}

    def __iter__(self) -> Iterator[Task]:
        after, size = 0, FIRST
        while tasks := self._read_page(after, size):
            after = tasks[-1]["id"]
            size = min(PAGE, max(1, BYTES * len(tasks) // max(self._bytes, 1)))
            yield from tasks

    def _read_page(self, after: int, size: int) -> list[Task]:
        """Tasks with what hangs on them, as they were at one moment."""
        self._bytes = 0
        if self.tx.postgres:  # its transaction sees one moment from beginning to end
            return self._tasks(self._page(after, size))
        self.tx.run("BEGIN")  # not longer than a page: SQLite's journal can't be tidied meanwhile
        try:
            return self._tasks(self._page(after, size))
        finally:
            self.tx.run("COMMIT")

    def _page(self, after: int, size: int) -> list[int]:
        return [
            row[0]
            for row in self.tx.rows(
                f"SELECT t.id FROM task t WHERE t.project_id = :project AND t.id > :after_id AND {self.where}"
                f" ORDER BY t.id LIMIT {size}",
                self._params(after_id=after),
            )
        ]

    def _tasks(self, ids: list[int]) -> list[Task]:
        if not ids:
            return []
        inside = listed(ids)
        annotations = self._annotations(inside)
        predictions = self._predictions(inside)
        drafts = self._drafts(inside)
        data, stored = self.tx.json_text("t.data"), self.stored
        rows = self.tx.rows(
            f"SELECT t.id, {data}, t.meta, t.created_at, t.updated_at, t.inner_id, t.total_annotations,"
            " t.cancelled_annotations, t.total_predictions, t.updated_by, f.file, t.allow_skip"
            f" FROM task t LEFT JOIN file_upload f ON f.id = t.file_upload_id WHERE t.id IN ({inside}) ORDER BY t.id"
        )
        found = []
        for row in rows:
            self._bytes += len(row[1])
            task = {
                "id": row[0], "annotations": annotations.get(row[0], []),
                "file_upload": row[10].rpartition("/")[2] if row[10] else None,
                "drafts": drafts.get(row[0], []), "predictions": predictions.get(row[0], []),
                "data": stored(row[1]), "meta": stored(row[2]) if row[2] else {}, "created_at": row[3],
                "updated_at": row[4] or row[3], "allow_skip": bool(row[11]), "inner_id": row[5], "total_annotations": row[6],
                "cancelled_annotations": row[7], "total_predictions": row[8], "comment_count": 0,
                "unresolved_comment_count": 0, "last_comment_updated_at": None, "project": self.project.id,
                "updated_by": row[9], "comment_authors": [],
            }  # fmt: skip
            found.append(cast(Task, task))
        return found

    def _annotations(self, inside: str) -> dict[int, list[dict[str, Any]]]:
        rows = self.tx.rows(
            "SELECT a.task_id, a.id, a.completed_by, a.result, a.was_cancelled, a.ground_truth, a.created_at, a.updated_at,"
            " a.draft_created_at, a.lead_time, a.result_count, a.unique_id, a.import_id, a.last_action, a.bulk_created,"
            " a.updated_by, a.parent_prediction, a.parent_annotation FROM annotation a"
            f" WHERE a.task_id IN ({inside}) AND a.deleted_at IS NULL ORDER BY a.id"
        )
        expanded = self.shape.annotations__completed_by
        who = shapes.people(self.tx, (row[2] for row in rows)) if expanded and not expanded.only_id else {}
        found: dict[int, list[dict[str, Any]]] = {}
        for row in rows:
            if not self._wanted(bool(row[4]), bool(row[5])):
                continue
            self._bytes += len(row[3])
            found.setdefault(row[0], []).append({
                "id": row[1], "completed_by": who.get(row[2], row[2]), "result": self._result(row),
                "was_cancelled": bool(row[4]), "ground_truth": bool(row[5]), "created_at": row[6], "updated_at": row[7] or row[6],
                "draft_created_at": row[8], "lead_time": row[9], "prediction": {}, "result_count": row[10],
                "unique_id": row[11], "import_id": row[12], "last_action": row[13], "bulk_created": bool(row[14]),
                "task": row[0], "project": self.project.id, "updated_by": row[15], "parent_prediction": row[16],
                "parent_annotation": row[17], "last_created_by": None,
            })  # fmt: skip
        return found

    def _result(self, row: Any) -> Any:
        if not self.shape.interpolate_key_frames or '"sequence"' not in row[3]:
            return self.stored(row[3])
        result = orjson.loads(row[3])
        for _ in range(key_frames.fill_in(result)):
            self.report.leave_out(
                "frames between key frames that lie too far apart", f"annotation {row[1]} of task {row[0]}"
            )
        return result

    def _wanted(self, skipped: bool, truth: bool) -> bool:
        if self.kept is None:
            return True
        usual = bool(self.kept.usual) and not skipped and not truth
        return usual or (bool(self.kept.ground_truth) and truth) or (bool(self.kept.skipped) and skipped)

    def _predictions(self, inside: str) -> dict[int, list[Any]]:
        only_id = self.shape.predictions is None or self.shape.predictions.only_id
        found: dict[int, list[Any]] = {}
        if only_id:
            for task_id, number in self.tx.rows(
                f"SELECT p.task_id, p.id FROM prediction p WHERE p.task_id IN ({inside}) ORDER BY p.id"
            ):
                found.setdefault(task_id, []).append(number)
            return found
        for one in shapes.predictions(self.tx, f"p.task_id IN ({inside})"):
            found.setdefault(one["task"], []).append(self._read(one))
        return found

    def _drafts(self, inside: str) -> dict[int, list[Any]]:
        only_id = self.shape.drafts is not None and self.shape.drafts.only_id
        found: dict[int, list[Any]] = {}
        for one in shapes.drafts(self.tx, f"d.task_id IN ({inside})"):
            found.setdefault(one["task"], []).append(one["id"] if only_id else self._read(one))
        return found

    def _read(self, one: dict[str, Any]) -> dict[str, Any]:
        """A shape of the wire, with stored JSON as values if the exporter looks into it."""
        return cast("dict[str, Any]", orjson.loads(orjson.dumps(one))) if self.parse else one


def _either(only: str, exclude: str, which: Which) -> str:
    return {"only": only, "exclude": exclude}[which] if which else ""
