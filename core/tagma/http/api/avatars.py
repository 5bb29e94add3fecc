"""Pictures of people."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.responses import Response

from tagma.errors import InvalidInput
from tagma.http.api.media import file_response
from tagma.http.op import Call, Routes
from tagma.services.people import avatars

routes = Routes("users")


@routes.op("POST", "/api/users/{id:int}/avatar/", summary="A picture of a person", errors=(400, 403, 404))
async def set_avatar(call: Call, id: int) -> dict:
    """Multipart, in the field ``avatar``: JPEG, PNG or GIF, at most 1 MiB and 1200 pixels a side."""
    name, body = await _picture(call)
    suffix = await asyncio.to_thread(avatars.check, call.site, name, body)
    before = await call.write(lambda tx: avatars.put(call.site, tx, call.actor, id, suffix, body))
    _unlink(before)
    return {"detail": "avatar saved"}


@routes.op(
    "DELETE", "/api/users/{id:int}/avatar/", summary="No picture any more", status=204, errors=(403, 404)
)
async def delete_avatar(call: Call, id: int) -> None:
    _unlink(await call.write(lambda tx: avatars.remove(call.site, tx, call.actor, id)))


@routes.op("GET", "/data/avatars/{name}", summary="The picture itself", errors=(404,))
async def get_avatar(call: Call, name: str) -> Response:
    return file_response(call, avatars.served(call.site, name))


async def _picture(call: Call) -> tuple[str, bytes]:
    if call.request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with call.request.form(max_files=1) as form:
            sent = form.get("avatar") or next((one for one in form.values()), None)
            if isinstance(sent, UploadFile):
                return sent.filename or "", await sent.read(avatars.MOST_BYTES + 1)
    words = "Send the picture as a file."
    raise InvalidInput(words, {"avatar": [words]}, hint='multipart/form-data, in the field "avatar".')


def _unlink(path: Path | None) -> None:
    if path is not None:
        path.unlink(missing_ok=True)
