"""The OpenAPI document itself."""

from __future__ import annotations

from tagma.http.op import Call, Routes

routes = Routes("docs")


@routes.op(
    "GET",
    "/docs/api/schema/json/",
    summary="This API as an OpenAPI 3.1 document",
    anonymous=True,
    hidden=True,
)
async def get_openapi(call: Call) -> dict:
    from tagma.http.app import operations
    from tagma.http.openapi import document

    return document(tuple(operations(call.site.plugins)), call.site.settings.public_url)
