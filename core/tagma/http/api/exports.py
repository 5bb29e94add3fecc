"""Export: formats, an export sent while it is made, and exports kept as files."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import FileResponse, Response, StreamingResponse

from tagma.db.engine import Transaction
from tagma.http.op import Call, Routes
from tagma.http.pipe import Pipe, takes_gzip
from tagma.services import access
from tagma.services.exports import exporting, snapshots
from tagma.services.exports.export_tasks import AnnotationFilter, OnlyId, Options, Shape, TaskFilter

routes = Routes("exports")


@routes.op(
    "GET",
    "/api/projects/{id:int}/export/formats",
    summary="Formats of a project",
    errors=(403, 404),
    spoken=True,
)
async def list_formats(call: Call, id: int) -> list:
    def read(tx: Transaction) -> list[dict[str, Any]]:
        project = access.project(call.site, tx, call.actor, id, "project.export")
        return exporting.formats(call.site, project)

    return await call.read(read)


class ExportQuery(BaseModel):
    exportType: str = ""
    export_type: str = ""
    download_all_tasks: bool = False
    download_resources: bool = True
    interpolate_key_frames: bool = False
    ids: list[int] = []


@routes.op(
    "GET",
    "/api/projects/{id:int}/export",
    summary="Export, sent while it is made",
    errors=(400, 403, 404),
)
async def export(call: Call, id: int, query: ExportQuery) -> Response:
    chosen = TaskFilter(only_with_annotations=not query.download_all_tasks, ids=query.ids or None)
    shape = Shape(interpolate_key_frames=query.interpolate_key_frames)
    settings = {"download_resources": query.download_resources}
    options = Options(task_filter_options=chosen, serialization_options=shape, settings=settings)
    name = query.exportType or query.export_type or "JSON"
    work = await call.read(lambda tx: exporting.prepare(call.site, tx, call.actor, id, name, options))
    return await _sent(call, id, work)


async def _sent(call: Call, id: int, work: exporting.Work) -> Response:
    """An export on its way out while it is made."""
    gzip = takes_gzip(call.request.headers.get("accept-encoding", ""))
    chunks = Pipe(work.write, gzip=gzip).chunks()
    first = await anext(chunks, b"")  # what goes wrong before the first byte is still an error in words
    token = secrets.token_hex(4)  # the content's sum is not known before its end
    file = exporting.file_name(id, work.exporter.suffix, token)
    headers = {
        "Content-Disposition": f'attachment; filename="{file}"',
        "filename": file,
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding",
    }
    if gzip:
        headers["Content-Encoding"] = "gzip"
    return StreamingResponse(_all(first, chunks), media_type=work.exporter.media_type, headers=headers)


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        yield first
        async for chunk in rest:
            yield chunk
    finally:
        await rest.aclose()  # type: ignore[attr-defined]  # the thread that writes must not wait for a reader that has gone


@routes.op(
    "GET", "/api/projects/{id:int}/export/files", summary="Files of exports that are kept", errors=(403, 404)
)
async def list_files(call: Call, id: int) -> dict:
    return {"export_files": await call.read(lambda tx: snapshots.files(call.site, tx, call.actor, id))}


class NewExport(BaseModel):
    title: str = ""
    export_type: str = "JSON"
    task_filter_options: TaskFilter | None = None
    annotation_filter_options: AnnotationFilter | None = None
    serialization_options: Shape | None = None
    settings: dict[str, Any] = {}


@routes.op("GET", "/api/projects/{id:int}/exports/", summary="Exports that are kept", errors=(403, 404))
async def list_exports(call: Call, id: int) -> list:
    def read(tx: Transaction) -> list[dict[str, Any]]:
        rows = snapshots.listing(call.site, tx, call.actor, id)
        return [snapshots.shown(tx, one) for one in rows]

    return await call.read(read)


@routes.op(
    "POST",
    "/api/projects/{id:int}/exports/",
    summary="Make an export that is kept",
    status=201,
    errors=(400, 403, 404),
)
async def create_export(call: Call, id: int, body: NewExport) -> dict:
    shape = body.serialization_options or Shape()
    if shape.drafts is None:
        shape = shape.model_copy(update={"drafts": OnlyId()})
    options = Options(
        task_filter_options=body.task_filter_options,
        annotation_filter_options=body.annotation_filter_options,
        serialization_options=shape,
        settings=body.settings,
    )

    def write(tx: Transaction) -> dict[str, Any]:
        row = snapshots.create(call.site, tx, call.actor, id, body.export_type, options, title=body.title)
        return snapshots.shown(tx, row)

    return await _announced(call, await call.write(write))


async def _announced(call: Call, shown: dict[str, Any]) -> dict[str, Any]:
    await asyncio.to_thread(call.site.jobs.announce, shown["job"])
    return shown


@routes.op(
    "GET", "/api/projects/{id:int}/exports/{pk:int}/", summary="One export", errors=(403, 404), spoken=True
)
async def get_export(call: Call, id: int, pk: int) -> dict:
    return await call.read(lambda tx: snapshots.shown(tx, snapshots.get(call.site, tx, call.actor, id, pk)))


@routes.op(
    "DELETE",
    "/api/projects/{id:int}/exports/{pk:int}/",
    summary="Delete an export",
    status=204,
    errors=(403, 404),
)
async def delete_export(call: Call, id: int, pk: int) -> None:
    for path in await call.write(lambda tx: snapshots.delete(call.site, tx, call.actor, id, pk)):
        path.unlink(missing_ok=True)


class Conversion(BaseModel):
    export_type: str = Field("JSON")
    download_resources: bool = True


@routes.op(
    "POST",
    "/api/projects/{id:int}/exports/{pk:int}/convert",
    summary="Make the same export in another format",
    errors=(400, 403, 404),
)
async def convert_export(call: Call, id: int, pk: int, body: Conversion) -> dict:
    def write(tx: Transaction) -> dict[str, Any]:
        row = snapshots.convert(call.site, tx, call.actor, id, pk, body.export_type)
        return {"export_type": row.export_type, "converted_format": row.id, "job": row.job_id}

    return await _announced(call, await call.write(write))


class DownloadQuery(BaseModel):
    exportType: str = ""
    export_type: str = ""


@routes.op(
    "GET",
    "/api/projects/{id:int}/exports/{pk:int}/download",
    summary="The file of an export, whole or in part",
    errors=(400, 403, 404),
)
async def download_export(call: Call, id: int, pk: int, query: DownloadQuery) -> Response:
    """In a format that it was not converted to, it is converted on the way."""
    name = query.exportType or query.export_type

    def read(tx: Transaction) -> exporting.Work | Path:
        return snapshots.in_format(call.site, tx, call.actor, id, pk, name)

    path = await call.read(read)
    if isinstance(path, exporting.Work):
        return await _sent(call, id, path)
    file = path.name.partition("-")[2]
    headers = {"filename": file, "Cache-Control": "private, no-cache"}
    # Not called JSON, or the way out would compress it, and a download that broke off could not go on from its middle.
    return FileResponse(path, filename=file, headers=headers, media_type="application/octet-stream")
