"""The one door of predictions, whether they come over the API, with an import, from a storage or from a model.

What can't be kept as JSON, or is no result at all, is always refused. What does not fit the labeling config is kept with a
warning, as clients of Label Studio expect, or refused where the project is strict.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tagma.db.tables import Project
from tagma.errors import InvalidPrediction, InvalidResult
from tagma.labeling import results
from tagma.plugin.config import LabelingConfig
from tagma.plugin.tags import ControlTag

if TYPE_CHECKING:
    from tagma.services.site import Site

WARNINGS = 100  # answered to one request; nobody reads more


class Passed(NamedTuple):
    """What is stored. ``warnings`` say what of it can't be drawn, or is odd, each with its ``path``."""

    result: list[Any]
    score: float | None
    warnings: list[InvalidResult]


class Door:
    """Knows a project's config and whether it is strict."""

    def __init__(self, site: Site, project: Project) -> None:
        self.config = site.config(project.label_config)
        self.strict = project.strict_predictions

    def check(self, given: Mapping[str, Any], data: Mapping[str, Any]) -> Passed:
        """:param data: of the task it is about. :raises InvalidPrediction: with each fault's path, reason and suggestion."""
        result = given.get("result")
        if not isinstance(result, list):
            result = wrapped(self.config, result)
        faults = faults_of(self.config, result, data)
        score, doubt = _score(given.get("score"))
        faults += [doubt] if doubt else []
        refused = [one for one in faults if one.code == "unfit" or (self.strict and one.code != "plugin")]
        if refused:
            raise _refusal(refused)
        return Passed(result, score, faults)


def faults_of(config: LabelingConfig, result: Any, data: Mapping[str, Any]) -> list[InvalidResult]:
    """What is wrong with a stored result, each with its whole path: ``result[2].value.width``."""
    faults = results.check(result, config, data, doubts=True).faults
    for fault in faults:
        inside = str(fault.where.get("path", ""))
        row = fault.where.pop("row", None)
        if row is not None:
            fault.where["path"] = f"result[{row - 1}]" + (
                inside if inside.startswith("[") else f".{inside}" if inside else ""
            )
            fault.where["result"] = row - 1
    return faults


def wrapped(config: LabelingConfig, given: Any) -> list[Any]:
    """A short form for the first control that can mean it: ``{"choices": ["A"]}``, or a bare ``"A"`` or ``4``."""
    for name, node in config.controls.items():
        if node.tag_class is None:
            continue
        control = cast(type[ControlTag], node.tag_class)
        own, kind = control.own_key(), control.result_type()
        if isinstance(given, Mapping) and (own in given or kind in given):
            value = {own if key == kind else key: inside for key, inside in given.items()}
        elif isinstance(given, str) and kind in ("choices", "textarea"):
            value = {own: [given]}
        elif isinstance(given, int | float) and not isinstance(given, bool) and kind in _BARE:
            value = {own: given if kind in ("rating", "number") else [str(given)]}
        else:
            continue
        to_name = node.to_name[0] if node.to_name else ""
        return [{"from_name": name, "to_name": to_name, "type": kind, "value": value}]
    words = f"result must be a list of results; no control of this project reads {_shown(given)}."
    raise InvalidPrediction(words, {"result": [words]}, path="result")


_BARE = ("rating", "number", "choices", "textarea")


def _score(given: Any) -> tuple[float | None, InvalidResult | None]:
    if given is None:
        return None, None
    if isinstance(given, bool) or not isinstance(given, int | float):
        words = f"score must be a number, not {_shown(given)}."
        raise InvalidPrediction(words, {"score": [words]}, path="score")
    try:
        score = float(given)
    except OverflowError:
        score = math.inf
    if not math.isfinite(score):
        words = f"score is {score}, which is no number."
        raise InvalidPrediction(words, {"score": [words]}, path="score")
    if 0 <= score <= 1:
        return score, None
    hint = "Uncertainty sampling works with any numbers of which more is surer; a page shows them best from 0 to 1."
    return score, InvalidResult(
        f"score is {given:g}, outside 0 to 1.", hint=hint, path="score", severity="warning"
    )


def _refusal(faults: list[InvalidResult]) -> InvalidPrediction:
    fields: dict[str, list[str]] = {}
    for fault in faults[:WARNINGS]:
        path = str(fault.where.get("path", "result"))
        fields.setdefault("score" if path == "score" else "result", []).append(f"{path}: {fault}")
    first = faults[0]
    words = first.message if len(faults) == 1 else f"{len(faults)} faults; the first: {first.message}"
    return InvalidPrediction(
        words,
        fields,
        hint=first.hint,
        path=first.where.get("path"),
        region=first.where.get("region"),
        faults=faults[:WARNINGS],
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
