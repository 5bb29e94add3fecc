"""The columns of the data manager: what they are called, what kind of value they hold, and the SQL that reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.errors import InvalidInput, did_you_mean
from tagma.services.table import task_labels

if TYPE_CHECKING:
    from tagma.services.site import Site

Kind = Literal["number", "moment", "text", "bool", "person", "label"]
_LIVE = "FROM annotation a WHERE a.task_id = t.id AND a.deleted_at IS NULL"
_DONE = f"{_LIVE} AND NOT a.was_cancelled"
_GUESSED = "FROM prediction p WHERE p.task_id = t.id"
_OF_MODEL = f"{_GUESSED} AND (:model_version = '' OR p.model_version = :model_version)"


_STATE = (
    ("done", "t.is_labeled"),
    ("draft", "EXISTS (SELECT 1 FROM draft d WHERE d.task_id = t.id)"),
    ("skipped", "t.cancelled_annotations > 0 AND t.total_annotations = 0"),
    ("begun", "t.total_annotations > 0"),
    ("open", "TRUE"),
)
STATES = tuple(name for name, _when in _STATE)
_STATES = " ".join(f"WHEN {when} THEN '{name}'" for name, when in _STATE)
_STATE_ORDER = " ".join(
    f"WHEN {when} THEN {('open', 'begun', 'draft', 'skipped', 'done').index(name)}" for name, when in _STATE
)


@dataclass(frozen=True, slots=True)
class Column:
    """:param sql: one value of ``task t``, or of the rows of ``many`` if that is given."""

    id: str
    title: str
    type: str
    kind: Kind
    sql: str
    many: str = ""
    """``FROM … WHERE …`` of the rows that belong to a task, for a column with several values."""
    sort: str = ""
    """What it is ordered by, if not ``sql``."""
    counter: bool = False
    """Whether 0 means empty."""
    nullable: bool = True
    help: str = ""
    explore: bool = False
    labeling: bool = False
    multiple: bool = False

    @property
    def order_sql(self) -> str:
        return self.sort or self.sql


def _one(id: str, title: str, kind: Kind, sql: str, help: str = "", **more: Any) -> Column:
    type = {
        "number": "Number", "moment": "Datetime", "text": "String", "bool": "Boolean", "person": "List", "label": "List",
    }[kind]  # fmt: skip
    return Column(id, title, more.pop("type", type), kind, sql, help=help, **more)


COLUMNS: dict[str, Column] = {
    column.id: column
    for column in (
        _one("id", "ID", "number", "t.id", "Task ID", explore=True, nullable=False),
        _one("inner_id", "Inner ID", "number", "t.inner_id", "Number of the task in this project, from 1", nullable=False),
        _one("completed_at", "Completed", "moment", "t.completed_at", "When the last annotation made the task labeled", explore=True),
        _one("total_annotations", "Total annotations", "number", "t.total_annotations", "Annotations that were not skipped",
             explore=True, labeling=True, counter=True, nullable=False),
        _one("cancelled_annotations", "Cancelled annotations", "number", "t.cancelled_annotations", "Skips",
             explore=True, counter=True, nullable=False),
        _one("total_predictions", "Total predictions", "number", "t.total_predictions", "Predictions of all models",
             explore=True, counter=True, nullable=False),
        _one("annotators", "Annotated by", "person", "a.completed_by", "Everybody who annotated the task", explore=True,
             many=_LIVE, sort=f"(SELECT min(a.completed_by) {_LIVE})", multiple=True),
        _one("labels", "Labels", "label", "a.result", "Labels and choices that the task was given", many=_DONE, multiple=True,
             sort=f"(SELECT min(substr(a.result, 1, 500)) {_DONE})"),
        _one("annotations_results", "Annotation results", "text", "a.result", "The results of all annotations as text",
             many=_LIVE, sort=f"(SELECT min(substr(a.result, 1, 500)) {_LIVE})"),
        _one("annotations_ids", "Annotation IDs", "number", "a.id", "IDs of all annotations", type="String",
             many=_LIVE, sort=f"(SELECT min(a.id) {_LIVE})"),
        _one("predictions_score", "Prediction score", "number", f"(SELECT avg(p.score) {_OF_MODEL})",
             "Mean score of the predictions shown in this project"),
        _one("predictions_model_versions", "Prediction model versions", "text", "p.model_version", "Models that made predictions",
             type="List", many=_GUESSED, sort=f"(SELECT min(p.model_version) {_GUESSED})", multiple=True),
        _one("predictions_results", "Prediction results", "text", "p.result", "The results of all predictions as text",
             many=_GUESSED, sort=f"(SELECT min(substr(p.result, 1, 500)) {_GUESSED})"),
        _one("file_upload", "Upload filename", "text", "(SELECT f.file FROM file_upload f WHERE f.id = t.file_upload_id)",
             "The uploaded file the task came from"),
        _one("storage_filename", "Storage filename", "text", "t.storage_key", "The object of the storage the task came from"),
        _one("created_at", "Created at", "moment", "t.created_at", "When the task was made", nullable=False),
        _one("updated_at", "Updated at", "moment", "COALESCE(NULLIF(t.updated_at, ''), t.created_at)", "When the task or its annotations last changed", nullable=False),
        _one("updated_by", "Updated by", "person", "t.updated_by", "Who changed it last"),
        _one("avg_lead_time", "Lead Time", "number", f"(SELECT avg(a.lead_time) {_DONE})", "Mean seconds an annotation took", type="Time"),
        _one("state", "State", "text", f"CASE {_STATES} END", "Open, begun, draft, skipped or done", type="State", nullable=False,
             sort=f"CASE {_STATE_ORDER} END"),
        _one("draft_exists", "Drafts", "bool", "EXISTS (SELECT 1 FROM draft d WHERE d.task_id = t.id)",
             "Whether somebody has begun and not submitted", nullable=False),
    )
}  # fmt: skip


class Columned(Protocol):
    """A project, as far as lists of its tasks ask for it."""

    @property
    def id(self) -> int | None: ...
    @property
    def model_version(self) -> str: ...
    @property
    def data_columns(self) -> dict[str, int]: ...


@dataclass(slots=True)
class Scope:
    """What SQL about the tasks of one project needs to know; ``params`` grows while conditions are written."""

    project: Columned
    postgres: bool
    display_types: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.params.setdefault("project", self.project.id)
        self.params.setdefault("model_version", self.project.model_version)

    def bind(self, value: Any) -> str:
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f":{name}"


def find(name: str, scope: Scope) -> Column:
    """The column ``name``, with or without ``tasks:`` and ``filter:`` before it. :raises InvalidInput: there is none."""
    name = name.removeprefix("filter:").removeprefix("tasks:")
    if name.startswith("data."):
        return data_column(name.removeprefix("data."), scope)
    if name in COLUMNS:
        return COLUMNS[name]
    known = [*COLUMNS, *(f"data.{key}" for key in scope.project.data_columns)]
    raise InvalidInput(
        f'There is no column "{name}".',
        {"column": [f'There is no column "{name}".']},
        hint=did_you_mean(name, known),
        column=name,
    )


def data_column(key: str, scope: Scope) -> Column:
    """A field of the task's data as text; numbers are read by :func:`as_number`."""
    if not key or '"' in key or "\\" in key or len(key) > 200:
        words = (
            f'"{key}" can\'t be a column: a field of the data needs a name without quotes and backslashes.'
        )
        raise InvalidInput(words, {"column": [words]}, column=key)
    if scope.postgres:
        sql = f"(t.data ->> {_literal(key, scope)})"
    else:
        path = ('$."' + key + '"').replace("'", "''")
        sql = f"json_extract(t.data, '{path}')"
    return Column(f"data.{key}", key, "String", "text", sql)


def _literal(key: str, scope: Scope) -> str:
    """Words stand in the SQL itself, so that an index on the expression is found; anything odd is bound."""
    return f"'{key}'" if re.fullmatch(r"[\w .-]+", key) else scope.bind(key)


def as_number(column: Column, scope: Scope) -> str:
    """The SQL of a data column read as a number; NULL where it is none."""
    sql = column.sql
    if scope.postgres:
        return f"(CASE WHEN {sql} ~ '^\\s*[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?\\s*$' THEN CAST({sql} AS double precision) END)"
    return (
        f"(CASE WHEN typeof({sql}) IN ('integer', 'real') THEN {sql}"
        f" WHEN {sql} GLOB '*[0-9]*' AND NOT trim({sql}) GLOB '*[^-+.0-9eE]*' THEN CAST({sql} AS REAL) END)"
    )


def order_by(ordering: list[str], scope: Scope) -> str:
    """``ORDER BY`` for the first entry, what is empty last; by id among equals."""
    given = next((entry for entry in ordering if entry), "")
    down = given.startswith("-")
    name = given.lstrip("-").removeprefix("tasks:")
    down = down or name.startswith("-")
    name = name.lstrip("-")
    direction = "DESC" if down else "ASC"
    if not name or name in ("id", "inner_id"):
        return f"t.id {direction}"
    column = find(name, scope)
    sql = column.order_sql
    if column.id.startswith("data.") and scope.display_types.get(f"tasks:{column.id}", "") == "Number":
        sql = as_number(column, scope)
    nulls = " NULLS LAST" if column.nullable else ""
    return f"{sql} {direction}{nulls}, t.id {direction}"


def listed(site: Site, tx: Transaction, project: Project) -> list[dict[str, Any]]:
    """The columns as the wire tells them, those of the data first among their kind."""
    people = [
        row[0]
        for row in tx.rows(
            "SELECT user_id FROM membership WHERE organization_id = :id AND deleted_at IS NULL ORDER BY user_id",
            id=project.organization_id,
        )
    ]
    versions = [
        row[0]
        for row in tx.rows(
            "SELECT DISTINCT model_version FROM prediction WHERE project_id = :id ORDER BY 1", id=project.id
        )
    ]
    config = site.config(project.label_config)
    labels = [label["value"] for label in task_labels.offered(config)]
    choices = {
        "annotators": people,
        "updated_by": people,
        "predictions_model_versions": versions,
        "state": [*STATES],
        "labels": labels,
    }
    found = [_as_dict(column, choices.get(column.id)) for column in COLUMNS.values()]
    keys = list(project.data_columns)
    if keys:
        found.append(
            {
                "id": "data",
                "title": "data",
                "type": "List",
                "target": "tasks",
                "children": keys,
                "project_defined": False,
            }
        )
    for key in keys:
        nodes = config.references.get(key, [])
        shown = next((node for node in nodes if node.kind == "object"), None)
        is_file = shown is not None and getattr(shown.tag_class, "data_type", None)
        type = shown.tag if shown is not None and is_file else "String" if nodes else "Unknown"
        found.append(
            {
                "id": key, "title": key, "type": type, "target": "tasks", "parent": "data", "help": "", "project_defined": True,
                "visibility_defaults": {"explore": True, "labeling": bool(nodes)},
            }
        )  # fmt: skip
    return found


def _as_dict(column: Column, items: list[Any] | None) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": column.id, "title": column.title, "type": column.type, "target": "tasks", "help": column.help,
        "visibility_defaults": {"explore": column.explore, "labeling": column.labeling}, "project_defined": False,
    }  # fmt: skip
    if items is not None:
        shape["schema"] = {"items": items, "multiple": column.multiple}
    return shape
