"""Media of connected storages: a redirect to the storage's own link, or the bytes through this server, in parts."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response, StreamingResponse

from tagma.db.engine import Transaction
from tagma.http.api.media import SAFE, media_type
from tagma.http.op import Call, Routes
from tagma.http.pipe import Pipe
from tagma.labeling.task_data import texts
from tagma.plugin.shapes import Task
from tagma.plugin.storages import StoredObject
from tagma.services import access
from tagma.services.media.media_source import SiteMedia
from tagma.services.storage import storage_media
from tagma.services.storage.storage_media import Place

routes = Routes("media")

_PART = 8 << 20  # bytes sent for a range that names no end
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class ResolveQuery(BaseModel):
    fileuri: str


@routes.op(
    "GET",
    "/tasks/{id:int}/resolve/",
    summary="A file of a task's storage, or at an address that the task names",
    errors=(400, 404, 424),
)
async def resolve_task(call: Call, id: int, query: ResolveQuery) -> Response:
    uri = storage_media.named(query.fileuri)

    def find(tx: Transaction) -> Place | Task:
        if uri.startswith(("http://", "https://")):
            task = access.task(call.site, tx, call.actor, id)
            if uri in texts(task.data):
                return {"id": id, "project": task.project_id, "data": task.data}
        return storage_media.of_task(call.site, tx, call.actor, id, uri)

    found = await call.read(find, inline=not uri.startswith("http"))  # rows by their keys
    return await (_answer(call, found) if isinstance(found, Place) else _fetched(call, uri, found))


async def _fetched(call: Call, uri: str, task: Task) -> Response:
    """What stands at another server's address: a page may not ask for it, and that server may not let it."""
    file = await asyncio.to_thread(SiteMedia(call.site, task["project"]).open, uri, task)

    def chunks() -> Iterator[bytes]:
        with file:
            while chunk := file.read(1 << 18):
                yield chunk

    name = unquote(urlsplit(uri).path.rpartition("/")[2])
    return StreamingResponse(chunks(), media_type=media_type(call, name), headers=SAFE)


@routes.op("GET", "/projects/{id:int}/resolve/", summary="A file of a project's storage", errors=(400, 404))
async def resolve_project(call: Call, id: int, query: ResolveQuery) -> Response:
    return await _answer(
        call,
        await call.read(
            lambda tx: storage_media.find(call.site, tx, call.actor, id, storage_media.named(query.fileuri))
        ),
    )


@routes.op("GET", "/tasks/{id:int}/presign/", summary="The old name of resolve", hidden=True)
async def presign_task(call: Call, id: int, query: ResolveQuery) -> Response:
    return await resolve_task(call, id, query)


@routes.op("GET", "/projects/{id:int}/presign/", summary="The old name of resolve", hidden=True)
async def presign_project(call: Call, id: int, query: ResolveQuery) -> Response:
    return await resolve_project(call, id, query)


async def _answer(call: Call, place: Place) -> Response:
    asked = call.request.headers
    whole = "range" not in asked and "if-none-match" not in asked
    seen = await place.look_here() if whole else None
    if seen is None:
        seen = await asyncio.to_thread(place.look, whole)
    if seen.meta is None:
        headers = {"Cache-Control": f"no-store, max-age={place.seconds}"}
        return RedirectResponse(seen.link, 303, headers)
    found = seen.meta
    tag = _tag(found)
    headers = {**SAFE, "Cache-Control": "private, max-age=3600", "ETag": tag, "Accept-Ranges": "bytes"}
    if asked.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if seen.body is not None:
        return Response(seen.body, headers=headers, media_type=media_type(call, place.key))
    start, end, partly = _range(asked.get("range", ""), found.size)
    if start >= end > 0:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{found.size}"})
    if partly:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    headers["Content-Length"] = str(end - start)
    work = functools.partial(place.copy, start=start, end=end)
    return StreamingResponse(
        Pipe(work).chunks(),
        206 if partly else 200,
        headers=headers,
        media_type=media_type(call, place.key),
    )


def _tag(found: StoredObject) -> str:
    said = f"{found.key} {found.size} {found.version}"
    return f'"{hashlib.sha256(said.encode()).hexdigest()[:32]}"'


def _range(asked: str, size: int) -> tuple[int, int, bool]:
    """Start, end (exclusive) and whether it is a part; several ranges at once get the whole, as they may."""
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match[0] == "bytes=-":
        return 0, size, False
    first, last = match[1], match[2]
    if not first:
        return max(0, size - int(last)), size, True
    start = int(first)
    end = min(int(last) + 1 if last else start + _PART, size)
    return start, end, True
