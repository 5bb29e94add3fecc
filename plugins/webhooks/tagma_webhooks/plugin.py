"""Tells other programs what happened, by HTTP."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Routes, Server, hookimpl
from tagma.plugin.events import Event

requires_api = 1


@hookimpl
def register_routes() -> Iterable[Routes]:
    from tagma_webhooks.api import routes

    return [routes]


@hookimpl
def on_event(event: Event, server: Server) -> None:
    from tagma_webhooks.sending import tell

    tell(event, server)
