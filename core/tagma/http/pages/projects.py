"""The projects: a card each, with how far the work is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from starlette.responses import Response

from tagma.db.engine import Transaction
from tagma.http.i18n import Words, language_of, words
from tagma.http.op import Call, Routes
from tagma.http.pages import page
from tagma.plugin.config import LabelingConfig
from tagma.services import access

routes = Routes("pages")

MOST = 200  # cards on the page; search finds the others
_ORDER = {
    "activity": "(p.pinned_at IS NULL), p.last_activity DESC",
    "newest": "p.id DESC",
    "name": "lower(p.title)",
    "left": "(p.task_number - p.finished_task_number) DESC, p.id DESC",
}
_ICONS = {
    "Image": "image",
    "Audio": "activity",
    "Video": "video",
    "TimeSeries": "activity",
    "Text": "file-text",
}


class Listed(NamedTuple):
    """What a card needs: columns of the table ``project``, then who made it."""

    id: int
    title: str
    label_config: str
    last_activity: Any  # a moment as the driver has it
    task_number: int
    finished_task_number: int
    total_annotations_number: int
    skipped_annotations_number: int
    total_predictions_number: int
    owner_email: str | None
    owner_name: str | None


@routes.op("GET", "/projects/", page=True)
async def projects(call: Call) -> Response:
    speak = words(call.site, language_of(call.request))
    q = call.request.query_params.get("q", "").strip()[:200]
    sort = call.request.query_params.get("sort", "activity")
    sort = sort if sort in _ORDER else "activity"

    def read(tx: Transaction) -> tuple[list[Listed], int]:
        condition, params = access.visible(call.actor, "p")
        if q:
            condition += " AND lower(p.title) LIKE :q ESCAPE '!'"
            params["q"] = "%" + q.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        rows = tx.rows(
            f"SELECT {', '.join(f'p.{name}' for name in Listed._fields[:-2])}, a.email,"
            " trim(a.first_name || ' ' || a.last_name)"
            f" FROM project p LEFT JOIN account a ON a.id = p.created_by WHERE {condition}"
            f" ORDER BY {_ORDER[sort]} LIMIT {MOST}",
            params,
        )
        total = (
            len(rows)
            if len(rows) < MOST
            else tx.rows(f"SELECT count(*) FROM project p WHERE {condition}", params)[0][0]
        )
        return [Listed(*row) for row in rows], total

    rows, total = await call.read(read)
    may_create = access.allowed(call.actor, "project.create")
    return page(
        call,
        "projects.html",
        projects=[card(call.site.config(row.label_config), row, speak) for row in rows],
        total=total,
        q=q,
        sort=sort,
        sorts=[
            ("activity", speak.t("Last activity")),
            ("newest", speak.t("Newest first")),
            ("name", speak.t("By name")),
            ("left", speak.t("Most left to do")),
        ],
        may_create=may_create,
        data={"samples": samples(call) if may_create and not rows and not q else []},
    )


def samples(call: Call) -> list[dict[str, Any]]:
    """Presets that bring tasks to try them on."""
    return [
        {
            "title": preset.text("title", language_of(call.request)),
            "plugin": preset.plugin,
            "name": preset.name,
        }
        for preset in call.site.plugins.presets()
        if preset.sample
    ]


def card(config: LabelingConfig, row: Listed, speak: Words) -> dict[str, Any]:
    """What a card shows of a row of ``project``."""
    shown = next(iter(config.objects.values()), None)
    moment = (
        row.last_activity
        if isinstance(row.last_activity, datetime)
        else datetime.fromisoformat(row.last_activity)
    )
    return {
        "id": row.id,
        "title": row.title,
        "task_number": row.task_number,
        "finished": row.finished_task_number,
        "annotations": row.total_annotations_number,
        "skipped": row.skipped_annotations_number,
        "predictions": row.total_predictions_number,
        "done_all": bool(row.task_number) and row.finished_task_number >= row.task_number,
        "icon": _ICONS.get(shown.tag, "tags") if shown else "tags",
        "kind": kind(config),
        "owner": row.owner_name or row.owner_email or "",
        "moment": moment.isoformat(),
        "moment_words": speak.moment(moment),
        "ago": speak.ago(moment),
    }


def kind(config: LabelingConfig) -> str:
    """The tags that matter, as the config names them: ``Image · RectangleLabels``."""
    names = [node.tag for node in [*config.objects.values(), *config.controls.values()]]
    return " · ".join(dict.fromkeys(names))
