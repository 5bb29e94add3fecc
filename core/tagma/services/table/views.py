"""Views of a project's tasks: saved tabs, and the windows of rows they show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Project, View
from tagma.errors import InvalidInput, NotFound
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.model import model_state
from tagma.services.table import columns, filters
from tagma.services.table.anchors import Anchors
from tagma.services.table.columns import Columned, Scope

if TYPE_CHECKING:
    from tagma.services.site import Site

_ANCHORS: WeakKeyDictionary[Any, Anchors] = WeakKeyDictionary()


@dataclass(slots=True)
class Query:
    """Which tasks, in which order."""

    filters: Any = None
    ordering: list[str] = field(default_factory=list)
    selected: Mapping[str, Any] | None = None
    display_types: dict[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether it is simply all tasks by their id."""
        return not self.has_filters and not self.ordering and self.selected is None

    @property
    def has_filters(self) -> bool:
        return bool(
            self.filters and (self.filters.get("items") if isinstance(self.filters, Mapping) else True)
        )

    def __bool__(self) -> bool:
        return not self.plain


def query_of(given: Any) -> Query:
    """From a view's data, a ``query`` parameter (JSON text or object) or a body. :raises InvalidInput: it is none."""
    if isinstance(given, str):
        try:
            given = orjson.loads(given or "{}")
        except orjson.JSONDecodeError as error:
            raise _wrong("query", f"query must be JSON: {error}.") from error
    if not given:
        return Query()
    if not isinstance(given, Mapping):
        raise _wrong("query", "query must be an object with filters, ordering and selectedItems.")
    ordering = given.get("ordering") or []
    ordering = [ordering] if isinstance(ordering, str) else ordering
    if not isinstance(ordering, list) or not all(isinstance(entry, str) for entry in ordering):
        raise _wrong("ordering", 'ordering must be a list of columns such as ["-tasks:id"].')
    types = given.get("columnsDisplayType") or {}
    selected = given.get("selectedItems")
    return Query(
        given.get("filters"),
        ordering,
        _selection(selected),
        dict(types) if isinstance(types, Mapping) else {},
    )


def _wrong(name: str, words: str, hint: str = "") -> InvalidInput:
    return InvalidInput(words, {name: [words]}, hint=hint)


def _selection(given: Any) -> Mapping[str, Any] | None:
    """``{all, included | excluded}``; None when nothing is said, which is not the same as all."""
    if given is None or given == {}:
        return None
    if isinstance(given, list):
        given = {"all": False, "included": given}
    if not isinstance(given, Mapping) or not isinstance(given.get("all", False), bool):
        raise _wrong(
            "selectedItems",
            'selectedItems must be {"all": false, "included": [ids]} or {"all": true, "excluded": [ids]}.',
        )
    key = "excluded" if given.get("all") else "included"
    ids = given.get(key) or []
    if not isinstance(ids, list) or not all(
        isinstance(one, int) and not isinstance(one, bool) for one in ids
    ):
        raise _wrong("selectedItems", f"selectedItems.{key} must be a list of task ids.")
    if not given.get("all") and not ids:
        return None if "included" not in given else {"all": False, "included": []}
    return {"all": bool(given.get("all")), key: ids}


def condition(tx: Transaction, query: Query, scope: Scope) -> str:
    """What the tasks ``t`` of ``query`` fulfil beside belonging to the project; empty for all."""
    scope.display_types.update(query.display_types)
    parts = [filters.condition(tx, query.filters, scope)]
    if query.selected is not None:
        everything = query.selected["all"]
        ids = query.selected.get("excluded" if everything else "included", [])
        if ids or not everything:
            parts.append(f"{'NOT ' if everything else ''}{_among(ids, scope)}")
    return " AND ".join(part for part in parts if part)


def _among(ids: list[int], scope: Scope) -> str:
    if scope.postgres:
        return f"(t.id = ANY(CAST({scope.bind('{' + ','.join(map(str, ids)) + '}')} AS bigint[])))"
    return f"(t.id IN (SELECT value FROM json_each({scope.bind(orjson.dumps(ids).decode())})))"


def scope_of(tx: Transaction, project: Columned) -> Scope:
    return Scope(project, tx.postgres, params={"model_version": model_state.shown_version(tx, project)})


def get(site: Site, tx: Transaction, actor: Actor, view_id: int, action: str = "task.list") -> View:
    view = tx.session.get(View, view_id)
    if view is None:
        raise access.not_found("view", view_id)
    try:
        access.project(site, tx, actor, view.project_id, action)
    except NotFound:
        raise access.not_found("view", view_id) from None
    return view


# windows -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    ids: list[int]
    total: int
    annotations: int
    predictions: int


def window(site: Site, tx: Transaction, project: Project, query: Query, start: int, length: int) -> Window:
    """The rows ``start`` to ``start + length`` of what ``query`` lists, and what there is in all of them."""
    scope = scope_of(tx, project)
    where = condition(tx, query, scope)
    if where:
        return _filtered(tx, scope, where, columns.order_by(query.ordering, scope), start, length)
    totals = tx.row(
        "SELECT task_number, total_annotations_number, total_predictions_number, list_shifts FROM project WHERE id = :id",
        id=project.id,
    )
    assert totals is not None
    assert project.id is not None
    total = totals[0]
    length = max(0, min(length, total - start))
    order = columns.order_by(query.ordering, scope)
    if not length:
        ids = []
    elif order == "t.id ASC":
        ids = _anchors(site).ids(tx, project.id, totals[3], start, length)
    elif order == "t.id DESC":
        ids = _anchors(site).ids(tx, project.id, totals[3], total - start - length, length)[::-1]
    else:
        ids = _page(tx, scope, "TRUE", order, start, length)
    return Window(ids, total, totals[1], totals[2])


def _anchors(site: Site) -> Anchors:
    return _ANCHORS.setdefault(site, Anchors())


def _page(tx: Transaction, scope: Scope, where: str, order: str, start: int, length: int) -> list[int]:
    rows = tx.rows(
        f"SELECT t.id FROM task t WHERE t.project_id = :project AND {where} ORDER BY {order} LIMIT :length OFFSET :start",
        scope.params, length=length, start=start,
    )  # fmt: skip
    return [row[0] for row in rows]


def _filtered(tx: Transaction, scope: Scope, where: str, order: str, start: int, length: int) -> Window:
    """The page, and the totals of all that fulfil ``where``."""
    if order.startswith(
        "t.id "
    ):  # comes by an index, so a page ends early and would only be held up by the totals
        ids = _page(tx, scope, where, order, start, length)
        if not start and len(ids) < length:
            where = f"t.id IN ({','.join(map(str, ids)) or 'NULL'})"  # they are all there is
        return Window(ids, *_totals(tx, scope, where))
    rows = tx.rows(
        "SELECT t.id, count(*) OVER (), sum(t.total_annotations) OVER (), sum(t.total_predictions) OVER ()"
        f" FROM task t WHERE t.project_id = :project AND {where} ORDER BY {order} LIMIT :length OFFSET :start",
        scope.params, length=max(length, 1), start=start,
    )  # fmt: skip
    if not rows:
        return Window([], *_totals(tx, scope, where))
    return Window([row[0] for row in rows][:length], rows[0][1], int(rows[0][2]), int(rows[0][3]))


def _totals(tx: Transaction, scope: Scope, where: str) -> tuple[int, int, int]:
    """Tasks, annotations and predictions."""
    row = tx.row(
        "SELECT count(*), COALESCE(sum(t.total_annotations), 0), COALESCE(sum(t.total_predictions), 0)"
        f" FROM task t WHERE t.project_id = :project AND {where}",
        scope.params,
    )
    assert row is not None
    return row[0], int(row[1]), int(row[2])


# tabs --------------------------------------------------------------------------------------------------------------


def as_dict(view: View) -> dict[str, Any]:
    return {
        "id": view.id,
        "project": view.project_id,
        "user": view.user_id,
        "order": view.order,
        "data": view.data,
    }


def listed(site: Site, tx: Transaction, actor: Actor, project_id: int) -> list[dict[str, Any]]:
    access.project(site, tx, actor, project_id, "project.view")
    rows = tx.rows(
        'SELECT id, project_id, user_id, "order", data FROM view WHERE project_id = :p ORDER BY "order", id',
        p=project_id,
    )
    return [
        {"id": r[0], "project": r[1], "user": r[2], "order": r[3], "data": orjson.Fragment(r[4])}
        for r in rows
    ]


def create(site: Site, tx: Transaction, actor: Actor, project_id: int, data: Mapping[str, Any]) -> View:
    project = access.project(site, tx, actor, project_id, "view.change")
    _check(tx, project, data)
    row = tx.row('SELECT COALESCE(max("order") + 1, 0) FROM view WHERE project_id = :p', p=project_id)
    assert row is not None
    view = View(project_id=project_id, user_id=actor.user_id, order=row[0], data=dict(data))
    tx.session.add(view)
    tx.session.flush()
    return view


def update(
    site: Site, tx: Transaction, actor: Actor, view_id: int, data: Mapping[str, Any], *, whole: bool = False
) -> View:
    view = get(site, tx, actor, view_id, "view.change")
    project = access.project(site, tx, actor, view.project_id, "view.change")
    merged = dict(data) if whole else {**view.data, **data}
    _check(tx, project, merged)
    view.data = merged
    tx.session.add(view)
    tx.session.flush()
    return view


def _check(tx: Transaction, project: Project, data: Any) -> None:
    """:raises InvalidInput: filters or ordering that would not work later."""
    if not isinstance(data, Mapping):
        raise _wrong("data", "data must be an object with the settings of the tab.")
    query = query_of(data)
    scope = scope_of(tx, project)
    condition(tx, query, scope)
    columns.order_by(query.ordering, scope)


def delete(site: Site, tx: Transaction, actor: Actor, view_id: int) -> None:
    tx.session.delete(get(site, tx, actor, view_id, "view.change"))


def reset(site: Site, tx: Transaction, actor: Actor, project_id: int) -> None:
    access.project(site, tx, actor, project_id, "view.change")
    tx.run("DELETE FROM view WHERE project_id = :p", p=project_id)


def reorder(site: Site, tx: Transaction, actor: Actor, project_id: int, ids: list[int]) -> None:
    access.project(site, tx, actor, project_id, "view.change")
    known = {row[0] for row in tx.rows("SELECT id FROM view WHERE project_id = :p", p=project_id)}
    strange = [one for one in ids if one not in known]
    if strange:
        raise _wrong("ids", f"The project has no view {strange[0]}.", "Ask for the list of views again.")
    tx.many(
        'UPDATE view SET "order" = :place WHERE id = :id AND project_id = :project',
        [{"place": place, "id": one, "project": project_id} for place, one in enumerate(ids)],
    )


def wanted(site: Site, tx: Transaction, actor: Actor, view_id: int | None, given: Any) -> Query:
    """What a stored view asks for, else what the request itself says."""
    return query_of(get(site, tx, actor, view_id, "project.view").data if view_id is not None else given)
