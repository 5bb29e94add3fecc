"""Jobs: what long work is under way, how far it is, and stopping it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Job
from tagma.http.op import Call, Routes
from tagma.services import access

routes = Routes("jobs")


class JobQuery(BaseModel):
    project: int | None = None


def _shown(job: Job) -> dict[str, Any]:
    return job.model_dump(mode="json", exclude={"params", "checkpoint", "worker", "organization_id"})


def _job(call: Call, tx: Transaction, job_id: int) -> Job:
    """One's own job, or anybody's in the organization for managers; all else does not exist."""
    job = tx.session.get(Job, job_id)
    actor = call.actor
    if job is None or job.organization_id != actor.organization_id:
        raise access.not_found("job", job_id)
    access.require(actor, "job.view" if job.user_id == actor.user_id else "job.view_others")
    return job


@routes.op("GET", "/api/jobs/", summary="The latest jobs, newest first", spoken=True)
async def list_jobs(call: Call, query: JobQuery) -> list[Any]:
    actor = call.actor

    def read(tx: Transaction) -> list[dict[str, Any]]:
        wanted = select(Job).where(Job.organization_id == actor.organization_id)
        if query.project is not None:
            wanted = wanted.where(Job.project_id == query.project)
        if not access.allowed(actor, "job.view_others"):
            wanted = wanted.where(Job.user_id == actor.user_id)
        return [_shown(job) for job in tx.session.exec(wanted.order_by(Job.id.desc()).limit(100))]  # type: ignore[union-attr]

    return await call.read(read)


@routes.op(
    "GET",
    "/api/jobs/{id:int}/",
    summary="One job: state, progress, result or error",
    errors=(404,),
    spoken=True,
)
async def get_job(call: Call, id: int) -> dict[str, Any]:
    return await call.read(lambda tx: _shown(_job(call, tx, id)))


@routes.op("POST", "/api/jobs/{id:int}/cancel", summary="Ask a job to stop", errors=(404, 409))
async def cancel_job(call: Call, id: int) -> dict[str, Any]:
    def write(tx: Transaction) -> dict[str, Any]:
        _job(call, tx, id)
        call.site.jobs.cancel(tx, id)
        tx.session.expire_all()
        return _shown(_job(call, tx, id))

    return await call.write(write)
