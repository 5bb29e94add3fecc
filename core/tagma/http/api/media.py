"""Uploaded files and small pictures of them: only for people of the project, with Range, and never run as a page."""

from __future__ import annotations

import asyncio
import functools
import mimetypes
from pathlib import Path
from urllib.parse import unquote

from pydantic import BaseModel, Field
from starlette.responses import FileResponse, Response

from tagma.db.engine import Transaction
from tagma.errors import NotFound
from tagma.http.op import Call, Routes
from tagma.services import access
from tagma.services.imports import uploads
from tagma.services.media import previews
from tagma.services.people import avatars

routes = Routes("media")

_AS_TEXT = (".html", ".htm", ".xhtml", ".xml", ".xsl", ".js", ".mjs", ".mht", ".mhtml")
SAFE = {
    "Content-Security-Policy": "sandbox",
    "Cache-Control": "private, max-age=86400",
}


def media_type(call: Call, name: str) -> str:
    """How a file somebody sent us goes out: pages and scripts as plain text; the sandbox stops the rest."""
    suffix = Path(name).suffix.lower()
    if suffix in _AS_TEXT:
        return "text/plain"
    data_type = call.site.plugins.data_type_for(suffix) if suffix else None
    kind = (data_type.media_types.get(suffix) if data_type else None) or _known(suffix)
    return kind or "application/octet-stream"


@functools.lru_cache(256)
def _known(suffix: str) -> str | None:
    return mimetypes.guess_type(f"file{suffix}")[0]


def file_response(call: Call, path: Path) -> Response:
    """The bytes of a file, whole or in part."""
    return FileResponse(path, media_type=media_type(call, path.name), headers=SAFE)


async def _uploaded(call: Call, file: str) -> Response:
    path = await call.read(lambda tx: uploads.served(call.site, tx, call.actor, file))
    return file_response(call, path)


@routes.op(
    "GET",
    "/data/upload/{project:int}/{name}",
    summary="An uploaded file, whole or in part",
    errors=(403, 404),
)
async def get_upload(call: Call, project: int, name: str) -> Response:
    return await _uploaded(call, f"upload/{project}/{name}")


class FileQuery(BaseModel):
    filepath: str


@routes.op("GET", "/storage-data/uploaded/", summary="An uploaded file by its path", errors=(403, 404))
async def get_stored(call: Call, query: FileQuery) -> Response:
    """Pictures of people too: ``avatars/<name>``."""
    path = query.filepath.removeprefix("/data/").lstrip("/")
    if path.startswith("avatars/"):
        return file_response(call, avatars.served(call.site, path.removeprefix("avatars/")))
    return await _uploaded(call, path)


class ThumbnailQuery(BaseModel):
    key: str = ""
    size: int = Field(160, ge=16, le=1024)


@routes.op("GET", "/api/tasks/{id:int}/thumbnail", summary="A small picture of a task's media", errors=(404,))
async def thumbnail(call: Call, id: int, query: ThumbnailQuery) -> Response:
    def find(tx: Transaction) -> Path:
        task = access.task(call.site, tx, call.actor, id)
        values = [task.data.get(query.key)] if query.key else list(task.data.values())
        for value in values:
            if isinstance(value, str) and value.startswith("/data/upload/"):
                return uploads.served(call.site, tx, call.actor, unquote(value.removeprefix("/data/")))
        raise NotFound(f"Task {id} has no uploaded file to make a small picture of.", task=id)

    path = await call.read(find)
    body, kind = await asyncio.to_thread(previews.preview, call.site, path, query.size)
    return Response(body, media_type=kind, headers=SAFE)
