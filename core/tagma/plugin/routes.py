"""Typed operations: one declaration is the route, the check of what comes in, and its page in the OpenAPI document.

::

    routes = Routes("webhooks")

    @routes.op("GET", "/api/webhooks/{id:int}/", summary="One webhook", errors=(404,))
    def get_webhook(call: Call, id: int, query: WebhookQuery) -> dict: ...

Path parameters are passed by name. ``query`` is a model filled from the query string, ``body`` a model, a list of models or
plain JSON (``dict``, ``list``, ``Any``); forms are taken as well. What is returned may be a model, anything JSON knows,
:class:`RawJson`, None or a Starlette response. Every route answers with and without a slash at the end. A plain function runs
in a thread, so it may wait for the database and for other machines; a coroutine must not.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel

from tagma.plugin.server import Actor, Server

_PARAMETER = re.compile(r"\{[^}]*\}")


class RawJson:
    """JSON that is already text, sent as it stands."""

    def __init__(self, body: bytes | str) -> None:
        self.body = body.encode() if isinstance(body, str) else body


class Call(Protocol):
    """One request, as an operation of a plugin sees it."""

    @property
    def actor(self) -> Actor:
        """Who asks. :raises NotSignedIn: nobody, or with a key that does not hold."""

    @property
    def server(self) -> Server: ...


@dataclass(frozen=True, eq=False)
class Operation:
    """What one route declares; the OpenAPI document is written from a list of these."""

    method: str
    path: str
    handler: Callable[..., Any]
    noun: str
    summary: str
    status: int
    errors: tuple[int, ...]
    anonymous: bool
    hidden: bool
    page: bool
    query: type[BaseModel] | None
    body: Any
    answer: Any
    spoken: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What it claims: its method and path, however its parameters are called and whether a slash ends it."""
        return f"{self.method} {_PARAMETER.sub('{}', self.path).rstrip('/')}"


class Routes:
    """The operations of one noun."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self.operations: list[Operation] = []

    def op(
        self,
        method: str,
        path: str,
        *,
        summary: str = "",
        status: int = 200,
        errors: tuple[int, ...] = (),
        anonymous: bool = False,
        hidden: bool = False,
        page: bool = False,
        spoken: bool = False,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare an operation.

        :param hidden: leave it out of the OpenAPI document (pages are left out anyway).
        :param spoken: the answer holds sentences for people, which are said in the reader's language.
        """

        def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
            hints = typing.get_type_hints(handler)
            names = [name for name in inspect.signature(handler).parameters if name != "call"]
            summed = summary or (inspect.getdoc(handler) or "").split("\n")[0]
            self.operations.append(
                Operation(
                    method,
                    path,
                    handler,
                    self.noun,
                    summed,
                    status,
                    errors,
                    anonymous,
                    hidden,
                    page,
                    query=hints.get("query"),
                    body=hints.get("body"),
                    answer=hints.get("return"),
                    spoken=spoken,
                    parameters={name: hints[name] for name in names if name not in ("query", "body")},
                )
            )
            return handler

        return declare
