"""Work of plugins on a file of a task."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from tagma.http.op import Call, Routes
from tagma.services.media import task_jobs

routes = Routes("media")


class StartBody(BaseModel):
    file: str = Field(description="The file's address as the task's data has it, or $key of it.")
    params: dict[str, Any] = Field(default_factory=dict, description="What the work needs to know.")


@routes.op(
    "POST",
    "/api/tasks/{id:int}/jobs/{kind}/",
    summary="Begin work of a plugin on a file of a task; the job to look at",
    status=201,
    errors=(400, 403, 404),
)
def start_task_job(call: Call, id: int, kind: str, body: StartBody) -> dict[str, int]:
    return {"job": task_jobs.start(call.site, call.actor, id, kind, body.file, body.params)}
