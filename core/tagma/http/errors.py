"""Every error in one place: the field's JSON envelope for programs, a page for people; stack traces stay in the log."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tagma import __version__
from tagma.errors import ConfigError, InvalidInput, ManyFaults, NotFound, TagmaError, TooManyTries
from tagma.http import absent
from tagma.http.said import localized

log = logging.getLogger("tagma.http")

_NO_XML = ("config-xml", "config-doctype")
"""Of a config that is no XML the field's protocol tells in ``detail`` alone."""


def envelope(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """The wire's error body, with keys that are ours (``code``, ``hint``, ``where``, ``faults``) beside."""
    return {
        "id": str(uuid.uuid4()),
        "status_code": status,
        "version": __version__,
        "detail": detail,
        "exc_info": None,
        **more,
    }


def body_of(error: TagmaError) -> dict[str, Any]:
    more: dict[str, Any] = {"code": error.code, "hint": error.hint, "where": error.where}
    detail = error.message
    if isinstance(error, InvalidInput) and error.fields:
        detail, more["validation_errors"] = "Validation error", error.fields
        if error.message != "Validation error":
            more["message"] = error.message
    if isinstance(error, ManyFaults):
        more["faults"] = [fault.as_dict() for fault in error.faults]
    if isinstance(error, ConfigError) and error.code not in _NO_XML:
        words = [fault.message for fault in error.faults or [error]]
        detail, more["message"], more["validation_errors"] = (
            "Validation error",
            error.message,
            {"label_config": words},
        )
    return envelope(error.status, detail, **more)


def wants_page(request: Request) -> bool:
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    return "text/html" in request.headers.get("accept", "") and not path.startswith(
        ("/api/", "/data/", "/static/", "/plugins/")
    )


async def on_tagma_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TagmaError)
    if isinstance(error, NotFound):
        error = _told_why(request, error)
    if error.status >= 500:
        log.error("%s %s: %s", request.method, request.url.path, error, exc_info=error.__cause__ or error)
    headers = {"Retry-After": str(error.where.get("seconds", 60))} if isinstance(error, TooManyTries) else {}
    if error.status == 413:
        headers["Connection"] = "close"  # what is still coming is not read
    if error.status == 401:
        headers["WWW-Authenticate"] = "Token"
    if wants_page(request):
        from tagma.http.pages.errors import error_page

        return error_page(request, error)
    return JSONResponse(localized(request, body_of(error)), error.status, headers=headers)


def _told_why(request: Request, error: NotFound) -> NotFound:
    """Of a path that clients know from elsewhere: why it is not served here."""
    why = absent.reason(request.scope["path"].removeprefix(request.scope.get("root_path", "")))
    if why is None:
        return error
    return NotFound(
        why.sentence, hint="The page docs/author/sdk.md lists what each call does here.", code="absent"
    )


async def on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.scope["path"]
    if error.status_code == 404:
        return await on_tagma_error(
            request,
            NotFound(
                f"There is nothing at {path}.", hint="Check the address; the API is described at /docs/api."
            ),
        )
    if error.status_code == 405:
        words = f'Method "{request.method}" not allowed.'
        return JSONResponse(
            envelope(
                405, words, code="method", hint=f"Allowed here: {(error.headers or {}).get('Allow', '')}."
            ),
            405,
            headers=error.headers,
        )
    return JSONResponse(
        envelope(error.status_code, error.detail, code="http"), error.status_code, headers=error.headers
    )


async def on_unstorable(request: Request, error: Exception) -> Response:
    """A number or a text that no column of the database can hold; nothing of the request was kept."""
    log.info("%s %s: %s", request.method, request.url.path, error, exc_info=error)
    words = str(getattr(error, "orig", None) or error).splitlines()[0]
    return await on_tagma_error(
        request,
        InvalidInput(
            f"The request holds a value that can't be kept: {words}.",
            hint="Whole numbers reach to 9,223,372,036,854,775,807, ids to 2,147,483,647; text may not hold the character NUL.",
        ),
    )


async def on_unexpected(request: Request, error: Exception) -> Response:
    number = str(uuid.uuid4())
    log.error("%s %s failed (%s)", request.method, request.url.path, number, exc_info=error)
    trouble = TagmaError(
        f"The server failed on this request; its log has the details under {number}.",
        hint="Nothing that was acknowledged before is lost. Try again; if it happens again, tell your admin the number.",
        code="unexpected",
    )
    trouble.status = 500  # type: ignore[misc]
    if wants_page(request):
        from tagma.http.pages.errors import error_page

        return error_page(request, trouble)
    return JSONResponse(localized(request, {**body_of(trouble), "id": number}), 500)
