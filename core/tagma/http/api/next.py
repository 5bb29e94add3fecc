"""The next task of a project for the one who asks."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from tagma.db.engine import Transaction
from tagma.http.op import Call, Routes
from tagma.services.desk import queue, shapes
from tagma.services.model import model_state, suggesting
from tagma.services.storage import addresses
from tagma.services.table import views

routes = Routes("next")


class NextQuery(BaseModel):
    view: int | None = None
    query: str = ""
    exclude: str = ""
    """Ids of tasks the person has open already, with commas."""


def hand(call: Call, tx: Transaction, id: int, wanted: views.Query, exclude: list[int]) -> dict[str, Any]:
    """Reserve the next task and show it with its work, for :func:`opened`."""
    handed = queue.next_task(call.site, tx, call.actor, id, wanted, exclude)
    me = call.actor.user_id
    task = shapes.dm_tasks(
        tx,
        [handed.task_id],
        full=True,
        user_id=me,
        annotator=me,
        model_version=model_state.shown_version(tx, handed.place),
        resolve=addresses.resolver(call.site, tx, id),
    )[0]
    evaluates = bool(handed.place.evaluates or handed.place.model_version)
    return {**task, "queue": handed.queue, "unique_lock_id": handed.token, "evaluates": evaluates}


def opened(call: Call, handed: dict[str, Any]) -> dict[str, Any]:
    """What the person gets; models that are to be asked about the task are asked meanwhile."""
    if handed.pop("evaluates"):
        suggesting.begin(call.site, handed["project"], handed["id"])
    return handed


@routes.op("GET", "/api/projects/{id:int}/next/", summary="Reserve the next task", errors=(403, 404))
async def next_task(call: Call, id: int, query: NextQuery) -> dict:
    exclude = [int(part) for part in query.exclude.split(",") if part.strip().isdecimal()]

    def work(tx: Transaction) -> dict[str, Any]:
        wanted = views.wanted(call.site, tx, call.actor, query.view, query.query)
        return hand(call, tx, id, wanted, exclude)

    return opened(call, await call.write(work))
