"""What was deleted and can still be put back: of the whole organization, or of one project."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

from tagma.db.engine import Transaction
from tagma.db.types import now
from tagma.http.i18n import Words, language_of, words
from tagma.http.op import Call, Routes
from tagma.http.pages import page
from tagma.services import access
from tagma.services.desk import trash

routes = Routes("pages")


class TrashQuery(BaseModel):
    project: int | None = None


@routes.op("GET", "/trash", page=True)
async def trash_page(call: Call, query: TrashQuery) -> Response:
    access.require(call.actor, "project.delete")
    speak = words(call.site, language_of(call.request))
    await asyncio.to_thread(trash.sweep, call.site)

    def read(tx: Transaction) -> tuple[Any, list[dict[str, Any]]]:
        project = access.project(call.site, tx, call.actor, query.project) if query.project else None
        return project, trash.listing(call.site, tx, call.actor, query.project)

    project, entries = await call.read(read)
    return page(
        call,
        "trash.html",
        project=project,
        entries=[_shown(entry, speak) for entry in entries],
        days=call.site.settings.trash_days,
    )


def _shown(entry: dict[str, Any], speak: Words) -> dict[str, Any]:
    tasks = speak.tn("{n} task", "{n} tasks", entry["tasks"])
    annotations = speak.tn("{n} annotation", "{n} annotations", entry["annotations"])
    what = {
        "project": speak.t("Project “{title}”", title=entry["title"]),
        "tasks": speak.t("{tasks} of “{title}”", tasks=tasks, title=entry["title"]),
        "annotations": speak.t("{annotations} of “{title}”", annotations=annotations, title=entry["title"]),
    }
    person = entry["deleted_by"] or {}
    name = f"{person.get('first_name', '')} {person.get('last_name', '')}".strip() or person.get("email", "")
    left = datetime.fromisoformat(entry["expires_at"]) - now() if entry["expires_at"] else None
    return {
        **entry,
        "what": what[entry["kind"]],
        "with": {"project": f"{tasks}, {annotations}", "tasks": annotations}.get(entry["kind"], ""),
        "icon": {"project": "folder", "tasks": "list", "annotations": "pencil"}[entry["kind"]],
        "name": name,
        "ago": speak.ago(datetime.fromisoformat(entry["deleted_at"])),
        "moment": speak.moment(datetime.fromisoformat(entry["deleted_at"])),
        "left": speak.tn("in {n} day", "in {n} days", max(0, -(-left // timedelta(days=1)))) if left else "",
    }
