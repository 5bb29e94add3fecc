"""A labeling config with the labels that people added to its controls while they labeled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lxml import etree

from tagma.labeling import xml as xml_reader


def with_labels(xml: str, added: Mapping[str, Iterable[Sequence[str]]]) -> str:
    """The XML with each path of words as choices inside each other, below the control of that name."""
    root = xml_reader.read(xml)
    for control in root.iter(etree.Element):
        for path in added.get(control.get("name", ""), ()):
            _add(control, path)
    return str(etree.tostring(root, encoding="unicode"))


def _add(control: Any, path: Sequence[str]) -> None:
    children = [child.tag for child in control if isinstance(child.tag, str)]
    word, place = (children[0] if children else "Choice"), control
    for value in path:
        inside = [child for child in place if isinstance(child.tag, str)]
        found = next((child for child in inside if child.get("value") == value), None)
        place = etree.SubElement(place, word, value=value) if found is None else found
