"""The route that answers a path is the one that a plain list of the same routes would have found."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tagma.http.paths import Paths

PATHS = ("/", "/health", "/api/tasks/", "/api/tasks/{id:int}", "/api/{rest:path}", "/{word}", "/{word}/more", "/api/tasks/own")  # fmt: skip


async def told(request: Request) -> Response:
    return PlainTextResponse(f"{request.scope['route'].path} {dict(request.path_params)}")


@pytest.mark.parametrize("root", ["", "/sub"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["/", "/health", "/health/", "/api", "/api/", "/api/tasks", "/api/tasks/", "/api/tasks/7", "/api/tasks/x", "/api/other/1", "/own",
     "/own/more", "/own/less", "//", "/api//tasks"],
)  # fmt: skip
def test_the_same_route_answers(path: str, method: str, root: str) -> None:
    routes = [Route(one, told, methods=["GET"]) for one in PATHS]
    routes.append(Route("/api/tasks/{id:int}", told, methods=["DELETE"]))
    answers = []
    for given in (routes, [Paths(routes)]):
        app = Starlette(routes=given)
        app.router.redirect_slashes = False
        with TestClient(app, root_path=root) as client:
            found = client.request(method, f"http://test{root}{path}")
            answers.append((found.status_code, found.text, found.headers.get("allow")))
    assert answers[0] == answers[1]
