"""Check results by asking their tag. What no plugin here can judge is kept as it is."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from tagma.errors import InvalidResult, did_you_mean
from tagma.plugin.config import LabelingConfig, Node
from tagma.plugin.tags import ControlTag, ObjectTag

log = logging.getLogger("tagma.labeling")

MAX_DEPTH = 100
"""Lists and objects inside each other; real results use ten."""


class Checked(NamedTuple):
    """``faults`` carry ``severity``: a result with an ``error`` is not in ``kept``, one with a ``warning`` is."""

    kept: list[dict[str, Any]]
    faults: list[InvalidResult]


def check(
    results: Any,
    config: LabelingConfig,
    data: Mapping[str, Any],
    strict: bool = False,
    *,
    doubts: bool = False,
) -> Checked:
    """Every result of one annotation or prediction.

    :param strict: whether a control, object or label that the config does not have is an error, not a warning.
    :param doubts: whether to say too what a person may well have meant, and a model hardly.
    """
    if not isinstance(results, list):
        return Checked([], [InvalidResult("result must be a list.", severity="error", path="result")])
    kept: list[dict[str, Any]] = []
    faults: list[InvalidResult] = []
    rules = _rules(config)
    ids = {one for item in results if isinstance(item, dict) and isinstance(one := item.get("id"), str | int)}
    for place, item in enumerate(results):
        if not isinstance(item, dict):
            faults.append(
                InvalidResult(
                    f"Result {place + 1} is no object.",
                    code="unfit",
                    severity="error",
                    path="",
                    row=place + 1,
                )
            )
            continue
        item, found = _one(item, rules, data, strict, ids)
        if doubts and not found:
            found = _doubted(item, rules)
        for fault in found:
            fault.where = {"region": item.get("id"), "row": place + 1, **fault.where}
        faults += found
        if all(fault.where["severity"] == "warning" for fault in found):
            kept.append(item)
    return Checked(kept, faults)


class _Rule:
    """What results of one control must be, found out once for a config."""

    def __init__(self, config: LabelingConfig, node: Node, tag: type[ControlTag]) -> None:
        self.node, self.tag = node, tag
        self.type, self.own = tag.result_type(), tag.own_key()
        self.targets = frozenset((*node.to_name, node.name))
        self.labels = None if config.is_dynamic(node.name) else config.labels(node.name)
        self.upgrades = _overrides(tag, "upgrade")
        self.judges = _overrides(tag, "check")
        self.doubts = _overrides(tag, "doubts")
        self.picks = tag.has_labels and self.labels is not None and not tag.checks_labels
        self.regions = {
            name: shown.tag_class.Region
            for name, shown in config.objects.items()
            if tag.has_labels and tag.draws is None and self.type == "labels"
            if shown.tag_class is not None and issubclass(shown.tag_class, ObjectTag)
            if shown.tag_class.Region is not None
        }

    def faults(self, item: dict[str, Any], data: Mapping[str, Any], loose: str) -> Iterable[InvalidResult]:
        name = f'{self.node.tag} "{self.node.name}"'
        given = item.get("value")
        try:
            value = self.tag.Value.model_validate(given)
            if self.regions and (region := self.regions.get(str(item.get("to_name")))) is not None:
                region.model_validate(given, context=item)
        except ValidationError as fault:
            for error in fault.errors():
                path = ".".join(map(str, ("value", *error["loc"])))
                yield _fault(f"{name}: {path}: {error['msg']}.", path, "error")
            return
        if self.picks and self.labels is not None:
            offered = self.labels.values
            for place, word in enumerate(getattr(value, self.own, None) or ()):
                if word and word not in offered:
                    message = f'{name} does not offer "{word}".'
                    yield _fault(message, f"value.{self.own}[{place}]", loose, did_you_mean(word, offered))
        if self.judges:
            for path, sentence in self.tag.check(value, node=self.node, labels=self.labels, data=data):
                yield _fault(f"{name}: {sentence}", f"value.{path}", loose)


def _doubted(item: dict[str, Any], rules: Mapping[str, _Rule | None]) -> list[InvalidResult]:
    rule = rules.get(str(item.get("from_name", "")))
    if rule is None or not rule.doubts:
        return []
    said = rule.tag.doubts(rule.tag.Value.model_validate(item.get("value")))
    name = f'{rule.node.tag} "{rule.node.name}"'
    return [_fault(f"{name}: {sentence}", f"value.{path}", "warning") for path, sentence in said]


_known: WeakKeyDictionary[LabelingConfig, dict[str, _Rule | None]] = WeakKeyDictionary()


def _rules(config: LabelingConfig) -> dict[str, _Rule | None]:
    """Control -> its rule; None for a control that no plugin here provides."""
    found = _known.get(config)
    if found is None:
        found = _known[config] = {
            name: _Rule(config, node, node.tag_class)
            if node.tag_class is not None and issubclass(node.tag_class, ControlTag)
            else None
            for name, node in config.controls.items()
        }
    return found


def _overrides(tag: type[ControlTag], method: str) -> bool:
    return getattr(tag, method).__func__ is not getattr(ControlTag, method).__func__


def _one(
    item: dict[str, Any],
    rules: Mapping[str, _Rule | None],
    data: Mapping[str, Any],
    strict: bool,
    ids: set[Any],
) -> tuple[dict[str, Any], list[InvalidResult]]:
    loose = "error" if strict else "warning"
    unfit = _unfit(item)
    if unfit:
        return item, [InvalidResult(unfit, code="unfit", path="value", severity="error")]
    kind = item.get("type")
    if kind == "relation":
        lost = [
            key
            for key in ("from_id", "to_id")
            if not isinstance(item.get(key), str | int) or item[key] not in ids
        ]
        return item, [
            _fault(f'A relation\'s {key} is "{item.get(key)}", which no region has.', key, loose)
            for key in lost
        ]
    name = str(item.get("from_name", ""))
    rule = rules.get(name)
    if rule is None:
        if name in rules:
            return item, []
        message = f'A result belongs to the control "{name}", which the labeling config does not have.'
        return item, [_fault(message, "from_name", loose, did_you_mean(name, rules))]
    node = rule.node
    if kind != rule.type:
        message = f'The result of "{name}" has the type "{kind}", but {node.tag} makes "{rule.type}".'
        return item, [_fault(message, "type", "error")]
    try:
        return _judged(dict(rule.tag.upgrade(item)) if rule.upgrades else item, rule, data, loose)  # type: ignore[arg-type]
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        log.exception("the tag %s of %s broke on a result", node.tag, rule.tag.__module__)
        message = f'{node.tag} "{name}" could not be checked: its plugin broke with {type(error).__name__}: {error}.'
        hint = "The result is kept as it is. Tell the plugin's author."
        return item, [InvalidResult(message, hint=hint, code="plugin", path="value", severity="warning")]


def _judged(
    item: dict[str, Any], rule: _Rule, data: Mapping[str, Any], loose: str
) -> tuple[dict[str, Any], list[InvalidResult]]:
    found = []
    target = item.get("to_name")
    if not isinstance(target, str) or target not in rule.targets:
        message = (
            f'The result of "{rule.node.name}" is about "{target}", which the control does not point at.'
        )
        found.append(_fault(message, "to_name", loose, did_you_mean(str(target), rule.node.to_name)))
    return item, [*found, *rule.faults(item, data, loose)]


def _fault(message: str, path: str, severity: str, hint: str = "") -> InvalidResult:
    return InvalidResult(message, hint=hint, path=path, severity=severity)


def _unfit(value: Any, depth: int = 1) -> str | None:
    """Why JSON could not carry ``value``, a list or an object, or None."""
    if depth >= MAX_DEPTH and value:
        return f"A result is nested more than {MAX_DEPTH} levels deep."
    for child in value.values() if isinstance(value, dict) else value:
        if isinstance(child, dict | list):
            if unfit := _unfit(child, depth + 1):
                return unfit
        elif isinstance(child, float) and not math.isfinite(child):
            return "A result holds NaN or Infinity, which JSON can't carry."
    return None
