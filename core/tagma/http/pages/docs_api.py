"""The REST API, drawn from the same document programs read."""

from __future__ import annotations

from starlette.responses import Response

from tagma.http.op import Call, Routes
from tagma.http.pages import page, redirect

routes = Routes("pages")


@routes.op("GET", "/docs/api", page=True)
async def api_docs(call: Call) -> Response:
    return page(call, "docs_api.html")


@routes.op("GET", "/swagger/", page=True, anonymous=True)
async def swagger(call: Call) -> Response:
    """Where people of the field look for it."""
    return redirect(call.request, "/docs/api", 302)
