"""What is computed once from a task's media: the file itself when it is there, else the job to wait for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel
from starlette.responses import FileResponse, JSONResponse, Response

from tagma.errors import NotFound
from tagma.http.op import Call, Routes
from tagma.services.media import derived, deriving
from tagma.services.media.derived import Product, Shelf
from tagma.services.site import Site

routes = Routes("media")

_KEPT = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "sandbox"}


class FileQuery(BaseModel):
    """Whatever else is asked is for the plugin."""

    model_config = {"extra": "allow"}
    file: str


class _Waiting(Exception):
    """Somebody has to compute it first."""

    def __init__(self, product: Product) -> None:
        self.product = product


@routes.op(
    "GET",
    "/api/tasks/{id:int}/derived/{data_type}/{kind}",
    summary="What is computed from a file of a task: itself (with Range), a window of it, or the job to wait for",
    errors=(400, 404, 424),
)
def get_derived(call: Call, id: int, data_type: str, kind: str, query: FileQuery) -> Response:
    """200 with the bytes, or 202 with ``{job, state, done, total, note}``: ask again when the job has ended."""
    site = call.site
    source = site.database.read(lambda tx: derived.source(site, tx, call.actor, id, query.file))
    asked = {name: value for name, value in call.request.query_params.items() if name != "file"}
    try:
        return _found(site, Shelf(site, source.identity()), data_type, kind, asked)
    except _Waiting as waiting:
        return JSONResponse(deriving.wanted(site, call.actor, id, source, waiting.product), 202)


def _found(site: Site, shelf: Shelf, name: str, kind: str, asked: Mapping[str, str]) -> Response:
    data_type = derived.data_type_named(site, name)

    def made(kind: str, params: Mapping[str, str] | None = None) -> Path:
        product = derived.product(site, name, kind, params or {})
        place = shelf.find(product)
        if place is None:
            raise _Waiting(product)
        return place

    if kind in data_type.derivations:
        return FileResponse(made(kind, asked), media_type=data_type.derivations[kind], headers=_KEPT)
    window = data_type().window(kind, asked, made)
    if window is None:
        raise NotFound(f'The data type "{name}" has no "{kind}".')
    body, media_type = window
    return Response(body, media_type=media_type, headers=_KEPT)
