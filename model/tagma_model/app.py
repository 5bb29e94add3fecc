"""The wire: what Tagma and Label Studio ask a model server. Every answer is JSON, also that of a mistake."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import logging
import os
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tagma_model.blame import ModelBroke
from tagma_model.errors import ModelError
from tagma_model.model import Model
from tagma_model.project_model import Projects

log = logging.getLogger("tagma_model")

PATIENCE = 90.0
"""Seconds that the answer to START_TRAINING waits for what becomes of it; labeling servers give up after 100."""


def make_app(kind: type[Model], folder: Path, user: str = "", password: str = "") -> Starlette:
    """A model server.

    :param kind: the author's class.
    :param folder: for what projects keep; a folder in it for each.
    :param user: with ``password``, whom to let in (basic authentication); "" for everybody.
    """
    projects = Projects(kind, folder)

    async def health(_request: Request) -> Response:
        states = {
            one.project: {"learning": one.learning, "trouble": one.trouble, "broke": one.broke}
            for one in projects
        }
        return JSONResponse({"status": "UP", "model_class": kind.__name__, "projects": states})

    async def setup(request: Request) -> Response:
        given = await _body(request)
        model = await run_in_threadpool(
            projects.of(given.get("project")).setup,
            str(given.get("schema") or ""),
            str(given.get("hostname") or ""),
            str(given.get("access_token") or ""),
            given.get("extra_params"),
        )
        return JSONResponse({"model_version": model.version})

    async def predict(request: Request) -> Response:
        given = await _body(request)
        tasks = given.get("tasks")
        if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
            raise ModelError("/predict was asked without tasks.", 'Send {"tasks": [{"id": 1, "data": {…}}]}.')
        params = given.get("params")
        context = params.get("context") if isinstance(params, dict) else None
        results, version = await run_in_threadpool(
            projects.of(given.get("project")).predict,
            given.get("label_config") or None,
            tasks,
            context or None,
        )
        return JSONResponse({"results": results, "model_version": version})

    async def webhook(request: Request) -> Response:
        data = await _body(request)
        event = data.pop("action", None)
        if not isinstance(event, str):
            raise ModelError(
                '/webhook was told of no "action".', "It names what happened, like START_TRAINING."
            )
        model = projects.of_event(data)
        if model.learn(event, data):
            told: dict[str, Any] = {"status": "ok", "result": {}}
            # Who pressed the button wants to know what became of it; whoever tells of an annotation goes on.
            if event != "START_TRAINING" or not await run_in_threadpool(model.rest, PATIENCE):
                told["job"] = event
            return JSONResponse(told, 201)
        learns = ", ".join(kind.learns_from) if kind.can_fit() else "nothing: it has no method fit"
        return JSONResponse({"status": "Unknown event", "detail": f"{kind.__name__} learns from {learns}."})

    async def versions(request: Request) -> Response:
        given = await _body(request) if request.method == "POST" else {}
        name = given.get("project") or request.query_params.get("project")
        asked = [projects.of(name)] if name else list(projects)
        found = [version for one in asked for version in await run_in_threadpool(one.versions)]
        return JSONResponse({"versions": list(dict.fromkeys(found))})

    return Starlette(
        routes=[
            Route("/", health),
            Route("/health", health),
            Route("/setup", setup, methods=["POST"]),
            Route("/predict", predict, methods=["POST"]),
            Route("/webhook", webhook, methods=["POST"]),
            Route("/versions", versions, methods=["GET", "POST"]),
        ],
        middleware=[Middleware(_Door, user=user, password=password)] if user else [],
        exception_handlers={ModelError: _refused, HTTPException: _unknown, Exception: _broken},
    )


def from_environment() -> Starlette:
    """The app that ``tagma-model start --reload`` makes anew in a process of its own."""
    from tagma_model.loading import load_class

    there = os.environ
    kind = load_class(Path(there["TAGMA_MODEL_DIR"]))
    user, password = there.get("TAGMA_MODEL_USER", ""), there.get("TAGMA_MODEL_PASSWORD", "")
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    return make_app(kind, Path(there["TAGMA_MODEL_DATA"]), user, password)


async def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise ModelError(f"The body of {request.url.path} is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise ModelError(f"The body of {request.url.path} is no JSON object but {type(found).__name__}.")
    return found


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ModelError)
    if not isinstance(error, ModelBroke):  # that one is in the log already, with its trace
        log.warning("%s: %s", request.url.path, error)
    return JSONResponse(error.as_dict(), 500 if isinstance(error, ModelBroke) else 400)


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = f"{request.method} {request.url.path} is nothing a model server knows."
    hint = "It knows GET /health and /versions, POST /setup, /predict and /webhook."
    return JSONResponse(ModelError(words, hint).as_dict(), error.status_code, headers=error.headers)


async def _broken(_request: Request, error: Exception) -> Response:
    words = f"The model server broke: {type(error).__name__}: {error}."
    return JSONResponse(ModelError(words, "Its log has the whole trace.").as_dict(), 500)


class _Door(BaseHTTPMiddleware):
    """Basic authentication for all but the question whether it is alive."""

    def __init__(self, app: Any, user: str, password: str) -> None:
        super().__init__(app)
        self._key = f"{user}:{password}".encode()

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            key = base64.b64decode(given, validate=True) if scheme.lower() == "basic" else b""
        except binascii.Error:
            key = b""
        if request.url.path == "/health" or hmac.compare_digest(key, self._key):
            return await call_next(request)
        words = ModelError("The model server wants a user and a password.", "Enter them in the model's form.")
        return JSONResponse(words.as_dict(), 401, headers={"WWW-Authenticate": 'Basic realm="model"'})
