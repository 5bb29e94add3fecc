"""Storages of a project, of whatever kinds the plugins bring: settings, a try, a sync, and files served from them."""

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
from tagma.services import storage_sync, storages

routes = Routes("storages")


class ProjectQuery(BaseModel):
    project: int


@routes.op("GET", "/api/storages/types", summary="The kinds of storages there are, with their forms")
async def types(call: Call) -> list[dict[str, Any]]:
    return [
        {"name": scheme, "title": found.title, "settings": storages.model_of(found).model_json_schema()}
        for scheme, found in sorted(call.site.plugins.storages.items())
    ]


@routes.op("GET", "/api/storages/", summary="All storages of a project", errors=(403, 404), spoken=True)
async def list_all(call: Call, query: ProjectQuery) -> list[dict[str, Any]]:
    return await call.read(lambda tx: storages.listing(call.site, tx, call.actor, query.project))


@routes.op("GET", "/api/storages/{scheme}", summary="Storages of one kind", errors=(403, 404))
async def list_kind(call: Call, scheme: str, query: ProjectQuery) -> list[dict[str, Any]]:
    storages.class_of(call.site, scheme)
    return await call.read(lambda tx: storages.listing(call.site, tx, call.actor, query.project, scheme))


@routes.op("POST", "/api/storages/{scheme}", summary="Connect a storage", status=201, errors=(400, 403, 404))
async def create(call: Call, scheme: str, body: dict[str, Any]) -> dict[str, Any]:
    await _tried(call, scheme, body, None)
    return await call.write(lambda tx: storages.create(call.site, tx, call.actor, scheme, body))


@routes.op(
    "POST", "/api/storages/{scheme}/validate", summary="Try a storage's settings", errors=(400, 403, 404)
)
async def validate(call: Call, scheme: str, body: dict[str, Any]) -> None:
    known = body.get("id")
    await _tried(
        call, scheme, body, int(known) if isinstance(known, int | str) and str(known).isdecimal() else None
    )


@routes.op("GET", "/api/storages/{scheme}/{id:int}", summary="One storage", errors=(403, 404))
async def get(call: Call, scheme: str, id: int) -> dict[str, Any]:
    return await call.read(lambda tx: storages.get(call.site, tx, call.actor, scheme, id))


async def _change(call: Call, scheme: str, id: int, body: dict[str, Any]) -> dict[str, Any]:
    await _tried(call, scheme, body, id)
    return await call.write(lambda tx: storages.change(call.site, tx, call.actor, scheme, id, body))


@routes.op("PATCH", "/api/storages/{scheme}/{id:int}", summary="Change a storage", errors=(400, 403, 404))
async def change(call: Call, scheme: str, id: int, body: dict[str, Any]) -> dict[str, Any]:
    return await _change(call, scheme, id, body)


@routes.op("PUT", "/api/storages/{scheme}/{id:int}", summary="Change a storage", errors=(400, 403, 404))
async def replace(call: Call, scheme: str, id: int, body: dict[str, Any]) -> dict[str, Any]:
    return await _change(call, scheme, id, body)


@routes.op(
    "DELETE",
    "/api/storages/{scheme}/{id:int}",
    summary="Disconnect a storage; its tasks stay",
    status=204,
    errors=(403, 404),
)
async def delete(call: Call, scheme: str, id: int) -> None:
    await call.write(lambda tx: storages.delete(call.site, tx, call.actor, scheme, id))


@routes.op(
    "POST",
    "/api/storages/{scheme}/{id:int}/sync",
    summary="Bring in what is new, as a job (last_sync_job)",
    errors=(403, 404),
)
async def sync(call: Call, scheme: str, id: int) -> dict[str, Any]:
    answer, job_id = await call.write(lambda tx: storage_sync.start(call.site, tx, call.actor, scheme, id))
    call.site.jobs.announce(job_id)
    return answer


@routes.op(
    "GET",
    "/api/storages/{scheme}/{id:int}/plan",
    summary="What a sync would bring in",
    errors=(403, 404, 424),
)
async def plan(call: Call, scheme: str, id: int) -> dict[str, Any]:
    return await asyncio.to_thread(storage_sync.plan, call.site, call.actor, scheme, id)


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
    path = await call.read(lambda tx: storages.served(call.site, tx, call.actor, uri))
    return file_response(call, path)


async def _tried(call: Call, scheme: str, fields: dict[str, Any], record_id: int | None) -> None:
    """Check the settings, then the storage itself, outside of any transaction: its network may be slow."""

    def prepare(tx: Transaction) -> dict[str, Any]:
        return storages.prepare(call.site, tx, call.actor, scheme, fields, record_id)

    settings = await call.read(prepare)
    await asyncio.to_thread(storages.probe, call.site, scheme, settings)
