"""The Starlette application: middleware from the outside in, then the routes of API, pages and files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from anyio import CapacityLimiter
from sqlalchemy.exc import DataError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware

from tagma.db.engine import Transaction
from tagma.errors import TagmaError, Unavailable
from tagma.http import api, assets, pages
from tagma.http.auth import authenticate
from tagma.http.errors import on_http_exception, on_tagma_error, on_unexpected, on_unstorable
from tagma.http.op import Operation, starlette_routes
from tagma.http.paths import Paths
from tagma.http.security import Security

if TYPE_CHECKING:
    from tagma.plugin.manager import PluginManager
    from tagma.services.site import Site

_PLAIN_FUNCTIONS = 8  # operations that are plain functions, at once
HEALTH_SECONDS = 5.0


class SubPath:
    """Strips the public address's sub-path when the proxy passes it on, and tells the application of it either way."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app = app
        self.root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.root_path and scope["type"] == "http":
            path = scope["path"]
            if not (path == self.root_path or path.startswith(self.root_path + "/")):
                path = self.root_path + path
            scope = {**scope, "root_path": self.root_path, "path": path}
        await self.app(scope, receive, send)


class WhoAsks:
    """Finds the actor once, before any route; a key that does not hold is reported only where one is needed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "/static/" not in scope["path"]:
            request = Request(scope)
            try:
                scope["tagma.actor"] = await authenticate(request)
            except TagmaError as error:
                scope["tagma.trouble"] = error
        await self.app(scope, receive, send)


def operations(plugins: PluginManager | None = None) -> list[Operation]:
    """Every operation of the core, in the order of the documentation, then those of plugins."""
    found: list[Operation] = []
    for package in (api, pages):
        for name in package.MODULES:
            routes = getattr(import_module(f"{package.__name__}.{name}"), "routes", None)
            found += routes.operations if routes else []
    if plugins is not None:
        found += plugins.operations({operation.key for operation in found})
    return found


def _answers(tx: Transaction) -> None:
    tx.rows("SELECT version_num FROM alembic_version")


async def health(request: Request) -> Response:
    """Up means that the database answers. :raises Unavailable: it does not; in words, with 503."""
    site: Site = request.app.state.site
    try:
        await asyncio.wait_for(site.database.aread(_answers), HEALTH_SECONDS)
    except TimeoutError as error:
        raise Unavailable(
            f"The database did not answer within {HEALTH_SECONDS:.0f} seconds.",
            hint="Look whether it runs and is reached from here.",
            code="database",
        ) from error
    return JSONResponse({"status": "UP"})


def create_app(site: Site, *, run_jobs: bool = True) -> Starlette:
    """:param run_jobs: whether this process works on jobs too, as the settings say, or leaves them to workers."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if run_jobs:
            site.jobs.work_here()
            site.outbox.start()
        yield
        site.links.close()

    app = Starlette(
        routes=[
            Paths(
                [
                    Route("/health", health),
                    Route("/health/", health),
                    *assets.routes,
                    *starlette_routes(operations(site.plugins)),
                ]
            )
        ],
        middleware=[
            Middleware(SubPath, root_path=site.settings.root_path),
            Middleware(CompressMiddleware, minimum_size=1000),
            Middleware(Security),
            Middleware(WhoAsks),
        ],
        exception_handlers={
            TagmaError: on_tagma_error,
            HTTPException: on_http_exception,
            DataError: on_unstorable,
            OverflowError: on_unstorable,
            Exception: on_unexpected,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.site = site
    app.state.plain_functions = CapacityLimiter(_PLAIN_FUNCTIONS)
    return app
