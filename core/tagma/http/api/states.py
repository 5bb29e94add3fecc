"""Through which states of work something went. None are kept as yet, which is what the open edition of the field answers too."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from tagma.db.engine import Transaction
from tagma.errors import NotFound
from tagma.http.op import Call, Routes
from tagma.http.paging import paged
from tagma.services import access

routes = Routes("states")

_FIND = {"project": access.project, "task": access.task, "annotation": access.annotation}


class HistoryQuery(BaseModel):
    page: int = Field(1, ge=1, le=10**9)
    page_size: int = Field(100, ge=1, le=1000)


@routes.op(
    "GET",
    "/api/fsm/entities/{entity}/{id:int}/history",
    summary="States it went through: none are kept",
    errors=(400, 403, 404),
)
async def state_history(call: Call, entity: str, id: int, query: HistoryQuery) -> dict:
    def work(tx: Transaction) -> Any:
        find = _FIND.get(entity)
        if find is None:
            raise NotFound(
                f'There is no kind of thing called "{entity[:80]}".', hint=f"There are {', '.join(_FIND)}."
            )
        return find(call.site, tx, call.actor, id)

    await call.read(work)
    return paged(call, 0, query.page, query.page_size, [])
