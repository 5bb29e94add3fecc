"""A text classifier that learns from submitted annotations, so that people are asked where it is least certain."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Predictor, hookimpl

requires_api = 1


@hookimpl
def register_predictors() -> Iterable[type[Predictor]]:
    from tagma_active_learning.predictor import TextClassifier

    return [TextClassifier]
