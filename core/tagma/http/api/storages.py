"""Storages of a project, of whatever kinds the plugins bring: sources and targets, their settings, a try, a sync."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel
from starlette.responses import Response

from tagma.db.engine import Transaction
from tagma.errors import NotFound
from tagma.http.api.media import file_response
from tagma.http.op import Call, Routes
from tagma.services.storage import storage_look, storage_media, storage_plan, storage_sync, storages, targets
from tagma.services.storage import target_push as target_push  # its kind of job has to be known here
from tagma.services.storage.storage_forms import SOURCES, TARGETS, Side, class_of, layout, model_of

routes = Routes("storages")


class ProjectQuery(BaseModel):
    project: int


def declare(side: Side, noun: str) -> None:
    """What sources and targets have in common. Targets are declared first: their paths look like those of a kind "export"."""

    def op(method: str, path: str, name: str, summary: str, **more: Any) -> Any:
        def named(handler: Any) -> Any:
            handler.__name__ = f"{name}_{noun}"
            return routes.op(method, side.base + path, summary=f"{summary} ({noun})", **more)(handler)

        return named

    @op("GET", "/types", "types_of", "The kinds of storages there are, with their forms")
    async def types(call: Call) -> list[dict[str, Any]]:
        return [
            {
                "name": scheme,
                "title": found.title,
                "links": found.links(),
                "settings": model_of(found, side).model_json_schema(),
            }
            for scheme, found in side.kinds(call.site).items()
        ]

    @op("GET", "/", "list_all", "All storages of a project", errors=(403, 404), spoken=True)
    async def list_all(call: Call, query: ProjectQuery) -> list[dict[str, Any]]:
        return await call.read(lambda tx: storages.listing(call.site, tx, call.actor, side, query.project))

    @op("GET", "/{scheme}", "list_kind_of", "Storages of one kind", errors=(403, 404), spoken=True)
    async def list_kind(call: Call, scheme: str, query: ProjectQuery) -> list[dict[str, Any]]:
        class_of(call.site, scheme, side)
        return await call.read(
            lambda tx: storages.listing(call.site, tx, call.actor, side, query.project, scheme)
        )

    @op(
        "GET", "/{scheme}/form", "form_of", "The form of a kind of storages, as rows of fields", errors=(404,)
    )
    async def form(call: Call, scheme: str) -> list[dict[str, Any]]:
        return layout(class_of(call.site, scheme, side), side)

    @op("POST", "/{scheme}", "create", "Connect a storage", status=201, errors=(400, 403, 404))
    async def create(call: Call, scheme: str, body: dict[str, Any]) -> dict[str, Any]:
        await _tried(call, side, scheme, body, None)
        if side is TARGETS:
            answer, job_id = await call.write(
                lambda tx: targets.create(call.site, tx, call.actor, scheme, body)
            )
            call.site.jobs.announce(job_id)
            return answer

        def write(tx: Transaction) -> dict[str, Any]:
            made = storages.create(call.site, tx, call.actor, side, scheme, body)
            return storages.shown(call.site, tx, made)

        return await call.write(write)

    @op("POST", "/{scheme}/validate", "validate", "Try a storage's settings", errors=(400, 403, 404))
    async def validate(call: Call, scheme: str, body: dict[str, Any]) -> None:
        await _tried(call, side, scheme, body, _known(body))

    @op("GET", "/{scheme}/{id:int}", "get", "One storage", errors=(403, 404), spoken=True)
    async def get(call: Call, scheme: str, id: int) -> dict[str, Any]:
        return await call.read(lambda tx: storages.get(call.site, tx, call.actor, side, scheme, id))

    async def write_change(call: Call, scheme: str, id: int, body: dict[str, Any]) -> dict[str, Any]:
        await _tried(call, side, scheme, body, id)
        if side is TARGETS:
            answer, job_id = await call.write(
                lambda tx: targets.change(call.site, tx, call.actor, scheme, id, body)
            )
            if job_id is not None:
                call.site.jobs.announce(job_id)
            return answer

        def write(tx: Transaction) -> dict[str, Any]:
            changed = storages.change(call.site, tx, call.actor, side, scheme, id, body)
            return storages.shown(call.site, tx, changed)

        return await call.write(write)

    @op("PATCH", "/{scheme}/{id:int}", "change", "Change a storage", errors=(400, 403, 404))
    async def change(call: Call, scheme: str, id: int, body: dict[str, Any]) -> dict[str, Any]:
        return await write_change(call, scheme, id, body)

    @op("PUT", "/{scheme}/{id:int}", "replace", "Change a storage", errors=(400, 403, 404))
    async def replace(call: Call, scheme: str, id: int, body: dict[str, Any]) -> dict[str, Any]:
        return await write_change(call, scheme, id, body)

    @op(
        "DELETE",
        "/{scheme}/{id:int}",
        "delete",
        "Disconnect a storage; tasks and written objects stay",
        status=204,
        errors=(403, 404),
    )
    async def delete(call: Call, scheme: str, id: int) -> None:
        await call.write(lambda tx: storages.delete(call.site, tx, call.actor, side, scheme, id))

    @op(
        "POST",
        "/{scheme}/{id:int}/sync",
        "sync",
        "Bring in what is new, or write everything, as a job (last_sync_job)",
        errors=(403, 404),
    )
    async def sync(call: Call, scheme: str, id: int) -> dict[str, Any]:
        begin = targets.sync if side is TARGETS else storage_sync.start
        answer, job_id = await call.write(lambda tx: begin(call.site, tx, call.actor, scheme, id))
        call.site.jobs.announce(job_id)
        return answer


declare(TARGETS, "target")


@routes.op(
    "POST",
    "/api/storages/{scheme}/files",
    summary="The first objects that a sync with these settings would look at; a row of nulls where more follow",
    errors=(400, 403, 404, 424),
)
async def files(call: Call, scheme: str, body: dict[str, Any]) -> dict[str, Any]:
    settings = await _prepared(call, SOURCES, scheme, body, _known(body))
    limit = storage_look.limit_of(body)
    return await asyncio.to_thread(storage_look.files, call.site, scheme, settings, limit)


@routes.op(
    "POST",
    "/api/storages/{scheme}/{id:int}/plan",
    summary="Find out what a sync would do, as a job (job); nothing is brought in",
    status=202,
    errors=(403, 404),
)
async def plan(call: Call, scheme: str, id: int) -> dict[str, Any]:
    job_id = await call.write(lambda tx: storage_plan.start(call.site, tx, call.actor, scheme, id))
    call.site.jobs.announce(job_id)
    return {"job": job_id}


@routes.op(
    "POST",
    "/api/storages/{scheme}/{id:int}/probe",
    summary="Whether this page's origin may fetch links of the storage's own, and the rule that would let it",
    errors=(403, 404, 424),
)
async def probe_links(call: Call, scheme: str, id: int) -> dict[str, Any]:
    settings = await call.read(lambda tx: storage_look.record(call.site, tx, call.actor, scheme, id))
    origin = call.request.headers.get("origin") or str(call.request.base_url).rstrip("/")
    return await asyncio.to_thread(storage_look.probe, call.site, scheme, settings, origin)


declare(SOURCES, "source")


class FileQuery(BaseModel):
    d: str


@routes.op(
    "GET", "/data/local-files/", summary="A file of a folder that is connected as a storage", errors=(404,)
)
async def local_file(call: Call, query: FileQuery) -> Response:
    if not call.site.settings.local_files_serving:
        raise NotFound(
            "This server serves no files of its own folders.",
            hint="Its admin can allow it with local_files_serving = true and local_files_root.",
        )
    uri = f"/data/local-files/?d={quote(query.d)}"
    path = await call.read(lambda tx: storage_media.served(call.site, tx, call.actor, uri))
    return file_response(call, path)


def _known(fields: dict[str, Any]) -> int | None:
    """The storage whose secrets are to be used where none are given."""
    known = fields.get("id")
    return int(known) if isinstance(known, int | str) and str(known).isdecimal() else None


async def _prepared(
    call: Call, side: Side, scheme: str, fields: dict[str, Any], record_id: int | None
) -> dict[str, Any]:
    return await call.read(
        lambda tx: storages.prepare(call.site, tx, call.actor, side, scheme, fields, record_id)
    )


async def _tried(call: Call, side: Side, scheme: str, fields: dict[str, Any], record_id: int | None) -> None:
    """Check the settings, then the storage itself, outside of any transaction: its network may be slow."""
    settings = await _prepared(call, side, scheme, fields, record_id)
    await asyncio.to_thread(storages.probe, call.site, side, scheme, settings)
