"""Check results by asking their tag. What no plugin here can judge is kept as it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from tagma.errors import InvalidResult, did_you_mean
from tagma.plugin.config import LabelingConfig, Node
from tagma.plugin.tags import ControlTag, ObjectTag

MAX_DEPTH = 100
"""Lists and objects inside each other; real results use ten."""


class Checked(NamedTuple):
    """``faults`` carry ``severity``: a result with an ``error`` is not in ``kept``, one with a ``warning`` is."""

    kept: list[dict[str, Any]]
    faults: list[InvalidResult]


def check(results: Any, config: LabelingConfig, data: Mapping[str, Any], strict: bool = False) -> Checked:
    """Every result of one annotation or prediction.

    :param strict: whether a control, object or label that the config does not have is an error, not a warning.
    """
    if not isinstance(results, list):
        return Checked([], [InvalidResult("result must be a list.", severity="error", path="result")])
    kept: list[dict[str, Any]] = []
    faults: list[InvalidResult] = []
    ids = {item.get("id") for item in results if isinstance(item, dict)}
    for place, item in enumerate(results):
        if not isinstance(item, dict):
            faults.append(
                InvalidResult(f"Result {place + 1} is no object.", severity="error", path=f"[{place}]")
            )
            continue
        item, found = _one(item, config, data, strict, ids)
        for fault in found:
            fault.where = {"region": item.get("id"), "row": place + 1, **fault.where}
        faults += found
        if all(fault.where["severity"] == "warning" for fault in found):
            kept.append(item)
    return Checked(kept, faults)


def _one(
    item: dict[str, Any], config: LabelingConfig, data: Mapping[str, Any], strict: bool, ids: set[Any]
) -> tuple[dict[str, Any], list[InvalidResult]]:
    loose = "error" if strict else "warning"
    unfit = _unfit(item)
    if unfit:
        return item, [_fault(unfit, "value", "error")]
    if item.get("type") == "relation":
        lost = [key for key in ("from_id", "to_id") if item.get(key) not in ids]
        return item, [
            _fault(f'A relation\'s {key} is "{item.get(key)}", which no region has.', key, loose)
            for key in lost
        ]
    name = str(item.get("from_name", ""))
    node = config.controls.get(name)
    if node is None:
        message = f'A result belongs to the control "{name}", which the labeling config does not have.'
        return item, [_fault(message, "from_name", loose, did_you_mean(name, config.controls))]
    tag = node.tag_class
    if tag is None or not issubclass(tag, ControlTag):
        return item, []
    if item.get("type") != tag.result_type():
        message = f'The result of "{name}" has the type "{item.get("type")}", but {node.tag} makes "{tag.result_type()}".'
        return item, [_fault(message, "type", "error")]
    item = dict(tag.upgrade(item))  # type: ignore[arg-type]
    found = []
    if item.get("to_name") not in (*node.to_name, name):
        message = (
            f'The result of "{name}" is about "{item.get("to_name")}", which the control does not point at.'
        )
        found.append(_fault(message, "to_name", loose, did_you_mean(str(item.get("to_name")), node.to_name)))
    return item, [*found, *_value(item, node, tag, config, data, loose)]


def _value(
    item: dict[str, Any],
    node: Node,
    tag: type[ControlTag],
    config: LabelingConfig,
    data: Mapping[str, Any],
    loose: str,
) -> Iterable[InvalidResult]:
    given = item.get("value")
    try:
        value = tag.Value.model_validate(given)
        target = config.objects.get(str(item.get("to_name")))
        shows = target.tag_class if target else None
        general = tag.has_labels and tag.draws is None and tag.result_type() == "labels"
        if general and shows is not None and issubclass(shows, ObjectTag) and shows.Region is not None:
            shows.Region.model_validate(given)
    except ValidationError as fault:
        for error in fault.errors():
            path = ".".join(map(str, ("value", *error["loc"])))
            yield _fault(f'{node.tag} "{node.name}": {path}: {error["msg"]}.', path, "error")
        return
    labels = None if config.is_dynamic(node.name) else config.labels(node.name)
    if tag.has_labels and labels is not None:
        # A tag that has its own check (paths of a tree) judges what is offered by itself.
        own = getattr(value, tag.own_key(), None) if tag.check.__func__ is ControlTag.check.__func__ else None  # type: ignore[attr-defined]
        offered = {label.value for label in labels}
        for place, word in enumerate(own or ()):
            if word and word not in offered:
                message = f'{node.tag} "{node.name}" does not offer "{word}".'
                yield _fault(message, f"value.{tag.own_key()}[{place}]", loose, did_you_mean(word, offered))
    for path, sentence in tag.check(value, node=node, labels=labels, data=data):
        yield _fault(f'{node.tag} "{node.name}": {sentence}', f"value.{path}", loose)


def _fault(message: str, path: str, severity: str, hint: str = "") -> InvalidResult:
    return InvalidResult(message, hint=hint, path=path, severity=severity)


def _unfit(value: Any) -> str | None:
    """Why JSON could not carry ``value``, or None; level by level, so that depth costs no stack."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if any(isinstance(item, float) and not math.isfinite(item) for item in level):
            return "A result holds NaN or Infinity, which JSON can't carry."
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return None
    return f"A result is nested more than {MAX_DEPTH} levels deep."
