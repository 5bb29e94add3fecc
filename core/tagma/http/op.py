"""What runs an operation: the check of what comes in, and the answer. How one is declared: :mod:`tagma.plugin.routes`."""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from anyio.to_thread import run_sync
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tagma.db.engine import Transaction
from tagma.errors import InvalidInput, NotFound, NotSignedIn, TooLarge
from tagma.http.said import localized

# What a module of operations needs comes from here, whichever floor it was declared on.
from tagma.plugin.routes import Operation as Operation
from tagma.plugin.routes import RawJson as RawJson
from tagma.plugin.routes import Routes as Routes
from tagma.services.plugin_server import PluginServer

if TYPE_CHECKING:
    from tagma.services.access import Actor
    from tagma.services.site import Site

T = TypeVar("T")
JSON_LIMIT = 250 * 1024**2  # bytes of one JSON body; larger work goes in as a file
LARGEST_ID = 2**31 - 1  # of a row; no path can mean more
_DEEPEST = 900  # brackets; the parser's own limit is 1024


class Call:
    """One request, as an operation sees it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.site: Site = request.app.state.site

    @property
    def actor(self) -> Actor:
        """Who asks. :raises NotSignedIn: nobody, or with a key that does not hold."""
        actor = self.request.scope.get("tagma.actor")
        if actor is None:
            trouble = self.request.scope.get("tagma.trouble")
            raise trouble or NotSignedIn(
                "Authentication credentials were not provided.",
                hint="Sign in, or send a token in the Authorization header.",
            )
        return actor

    @cached_property
    def server(self) -> PluginServer:
        return PluginServer(self.site)

    @property
    def maybe_actor(self) -> Actor | None:
        return self.request.scope.get("tagma.actor")

    async def read(self, work: Callable[[Transaction], T], *, inline: bool = False) -> T:
        return await self.site.database.aread(work, inline=inline)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        return await self.site.database.awrite(work)

    async def body(self) -> Any:
        """The JSON, form or multipart fields of the request; files are not read here."""
        kind = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            form = await self.request.form()
            return {key: form[key] if len(form.getlist(key)) == 1 else form.getlist(key) for key in form}
        raw = await read_limited(self.request, JSON_LIMIT)
        return loads(raw) if raw.strip() else {}


async def read_limited(request: Request, limit: int) -> bytes:
    """:raises TooLarge: the body is longer than ``limit`` bytes, before all of it was read."""
    declared = request.headers.get("content-length", "")
    chunks: list[bytes] = []
    size = int(declared) if declared.isdecimal() and int(declared) > limit else 0
    if not size:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                break
            chunks.append(chunk)
    if size > limit:
        raise TooLarge(
            f"The request holds more than {limit // 1024**2} MiB.",
            hint="Send it as a file to the project's import instead.",
        )
    return b"".join(chunks)


def loads(raw: bytes) -> Any:
    """JSON from a stranger. :raises InvalidInput: with line and column of what is wrong."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        message = str(error).split(": line")[0]
        raise InvalidInput(
            f"JSON parse error - {message}: line {error.lineno} column {error.colno}.",
            hint="Check the body near that place.",
            code="json",
            line=error.lineno,
        ) from error


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(type(value).__name__)


async def run(operation: Operation, request: Request) -> Response:
    call = Call(request)
    if not operation.anonymous:
        _ = call.actor
    given: dict[str, Any] = {name: request.path_params[name] for name in operation.parameters}
    for value in given.values():
        if isinstance(value, int) and value > LARGEST_ID:
            raise NotFound(f"There is nothing with the number {value}.", hint="Check the address.")
    if operation.query is not None:
        given["query"] = check_query(operation.query, request)
    if operation.body is not None:
        given["body"] = check_body(operation.body, await call.body())
    if _waits(operation.handler):
        answer = await operation.handler(call, **given)
    else:
        limiter = request.app.state.plain_functions
        answer = await run_sync(partial(operation.handler, call, **given), limiter=limiter)
    if operation.spoken and not isinstance(answer, Response | RawJson):
        answer = localized(request, answer)
    return respond(answer, operation.status)


@functools.lru_cache(4096)
def _waits(handler: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(handler)


def respond(answer: Any, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status_code=status)
    body = answer.body if isinstance(answer, RawJson) else dumps(answer)
    return Response(body, status_code=status, media_type="application/json")


def check_query(model: type[BaseModel], request: Request) -> BaseModel:
    given: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        values = request.query_params.getlist(info.alias or name) or request.query_params.getlist(
            f"{info.alias or name}[]"
        )
        if values:
            given[info.alias or name] = values if typing.get_origin(info.annotation) is list else values[-1]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from error


def check_body(shape: Any, given: Any) -> Any:
    if shape is Any:
        return given
    try:
        return _adapter(shape).validate_python(given)
    except ValidationError as error:
        raise invalid(error) from error


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(shape: Any) -> TypeAdapter[Any]:
    key = shape if isinstance(shape, type) else str(shape)
    if key not in _ADAPTERS:
        _ADAPTERS[key] = TypeAdapter(shape)
    return _ADAPTERS[key]


def invalid(error: ValidationError) -> InvalidInput:
    """Pydantic's findings as the wire's ``validation_errors``."""
    fields: dict[str, list[str]] = {}
    for found in error.errors(include_url=False, include_context=False):
        place = ".".join(str(part) for part in found["loc"]) or "non_field_errors"
        words = "This field is required." if found["type"] == "missing" else f"{found['msg']}."
        fields.setdefault(place, []).append(words)
    return InvalidInput("Validation error", fields)


def starlette_routes(operations: list[Operation]) -> list[Route]:
    """One route for each path, with and without the slash; 405 for methods nobody declared."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        methods = by_path.setdefault(operation.path.rstrip("/") or "/", {})
        if operation.method in methods:
            raise RuntimeError(f"{operation.method} {operation.path} is declared twice")
        methods[operation.method] = operation
    routes = []
    for path, known in by_path.items():

        async def endpoint(request: Request, methods: dict[str, Operation] = known) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await run(methods[method], request)

        for spelled in {path, path if path == "/" else path + "/"}:
            routes.append(Route(spelled, endpoint, methods=list(known)))
    return routes


def is_model(shape: Any) -> bool:
    return (
        isinstance(shape, type) and not isinstance(shape, types.GenericAlias) and issubclass(shape, BaseModel)
    )
