"""Asks model servers for suggestions and tells them what people labeled, in the protocol that model servers of the field speak."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Predictor, Server, hookimpl
from tagma.plugin.events import Event

requires_api = 1


@hookimpl
def register_predictors() -> Iterable[type[Predictor]]:
    from tagma_ml.predictor import HttpPredictor

    return [HttpPredictor]


@hookimpl
def on_event(event: Event, server: Server) -> None:
    from tagma_ml.telling import tell

    tell(event, server)
