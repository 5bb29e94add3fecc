"""The parsed config as the API sends it, and what of stored work a new config would orphan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tagma.plugin.config import LabelingConfig, Node

_FREE = {"textarea", "chatmessage"}  # their values are no labels: a new config can't orphan them
_INDEX = re.compile(r"\{\{\w+\}\}")


def parsed(config: LabelingConfig) -> dict[str, Any]:
    """``{control: {type, to_name, inputs, labels, labels_attrs, …}}`` as in the reference of the API (§2.1)."""
    return {name: _control(config, name, node) for name, node in config.controls.items() if node.to_name}


def _control(config: LabelingConfig, name: str, node: Node) -> dict[str, Any]:
    labels = config.labels(name)
    entry: dict[str, Any] = {
        "type": node.tag,
        "to_name": list(node.to_name),
        "inputs": [_input(config.objects[target]) for target in node.to_name if target in config.objects],
        "labels": [label.value for label in labels],
        "labels_attrs": {label.value: dict(label.attributes) for label in labels},
    }
    if config.is_dynamic(name):
        entry["dynamic_labels"] = True
    indexes = set(_INDEX.findall(name))
    if indexes:
        entry["regex"] = dict.fromkeys(sorted(indexes), ".*")
    condition = _condition(node)
    if condition:
        entry["conditionals"] = condition
    return entry


def _input(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {"type": node.tag, "value": (node._lower.get("value") or "").lstrip("$") or None}
    found["valueType"] = node._lower.get("valuetype")
    if "valuelist" in node._lower:
        found["valueList"] = node._lower["valuelist"].lstrip("$")
    return found


def _condition(node: Node) -> dict[str, str] | None:
    attributes = node._lower
    if "perregion" not in attributes and "visiblewhen" not in attributes:
        return None
    for attribute, kind in (
        ("whentagname", "tag"),
        ("whenlabelvalue", "label"),
        ("whenchoicevalue", "choice"),
    ):
        if attributes.get(attribute):
            return {"type": kind, "name": attributes[attribute]}
    return None


def lost(
    new: LabelingConfig, used_controls: Iterable[str], used_labels: Mapping[str, Iterable[str]] | None = None
) -> list[str]:
    """Sentences about stored annotations that ``new`` would orphan; none when it fits.

    :param used_controls: ``from|to|type`` of results that are stored.
    :param used_labels: control -> labels that are stored; None to let labels go.
    """
    words = []
    for key in used_controls:
        from_name, to_name, kind = [*key.split("|"), "", ""][:3]
        if kind.lower() in _FREE or kind.lower() == "relation":
            continue
        node = new.controls.get(from_name) or new.objects.get(from_name)
        if node is None:
            words.append(f'Annotations were made with the control "{from_name}", which the new config lacks.')
        elif to_name != from_name and to_name not in node.to_name:
            words.append(f'Annotations of "{from_name}" are about "{to_name}", which it no longer points at.')
        elif (
            node.tag_class is not None
            and node.tag.lower() != kind.lower()
            and not _also_makes(new, node, kind)
        ):
            words.append(f'"{from_name}" was a {kind} when annotations were made; now it is a {node.tag}.')
    for control, labels in (used_labels or {}).items():
        if control in new.controls and not new.is_dynamic(control):
            offered = {label.value for label in new.labels(control)}
            gone = sorted(set(labels) - offered)
            if gone:
                words.append(
                    f'Annotations carry the labels {", ".join(gone)} of "{control}", which the new config lacks.'
                )
    return words


def _also_makes(config: LabelingConfig, node: Node, kind: str) -> bool:
    """A Labels control also makes results of the shape's type, and the other way round."""
    return any(
        other.tag.lower() == kind.lower()
        for other in config.controls.values()
        if other.to_name == node.to_name
    )
