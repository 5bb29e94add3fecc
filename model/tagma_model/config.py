"""What a project asks for: its labeling config, read as far as a model needs it.

A tag with a ``toName`` is a control, one with a ``name`` and a ``value="$key"`` shows an object of the task, and what
stands inside a control is what it offers. That holds for every tag, also for those of plugins that nobody here knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from tagma_model.control import Control
from tagma_model.errors import ModelError
from tagma_model.offers import Label

_STEP = re.compile(r"[\w$-]+")
UNNAMED = "$undefined$"  # a file uploaded as it is stands under this key


@dataclass(frozen=True)
class Object:
    """Something of a task that is shown: ``<Text name="text" value="$review"/>``."""

    name: str
    tag: str
    key: str
    """Where it stands in the task's data: ``review``, or a path like ``review.body``."""
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, task: Mapping[str, Any]) -> Any:
        """What it shows of ``task``: a text, or the address of a picture or a recording.

        :raises ModelError: the task has no such key.
        """
        here: Any = task.get("data") or {}
        if isinstance(here, Mapping) and UNNAMED in here and self.key not in here:
            return here[UNNAMED]
        for step in _STEP.findall(self.key):
            try:
                here = here[int(step)] if isinstance(here, list) else here[step]
            except (LookupError, TypeError, ValueError):
                message = (
                    f'{self.tag} "{self.name}" shows "{self.key}", which the task\'s data does not have.'
                )
                has = ", ".join(map(str, task.get("data") or ())) or "nothing"
                raise ModelError(message, f"It has: {has}.", task=task.get("id")) from None
        return here


class Config:
    """The labeling config of one project.

    :param xml: as it stands in the project's settings.
    """

    def __init__(self, xml: str) -> None:
        self.xml = xml
        root = _root(xml)
        self.objects: dict[str, Object] = {found.name: found for found in _objects(root)}
        """By name, in the order of the config."""
        self.controls: dict[str, Control] = {}
        """By name, in the order of the config."""
        for element in root.iter():
            if (name := element.get("name")) and (targets := _lower(element).get("toname")):
                shown = [self.objects[one] for one in _words(targets) if one in self.objects]
                offered = [] if _lower(element).get("value", "").startswith("$") else list(_labels(element))
                self.controls[name] = Control(
                    name, element.tag, shown, offered, dict(element.attrib), _words(targets)
                )

    def control(self, *wanted: str, on: str | None = None) -> Control:
        """The first control that is one of ``wanted``, by tag or by name; the first of all without any.

        :param on: the tag of the object it must be about, like ``Text``.
        :raises ModelError: there is none; so this model does not fit the project.
        """
        for name, control in self.controls.items():
            fits = not wanted or name in wanted or control.tag in wanted
            if fits and (on is None or any(shown.tag == on for shown in control.objects)):
                return control
        need = " or ".join(f"<{word}>" for word in wanted) or "a control"
        has = ", ".join(
            f'{one.tag} "{one.name}" on {" and ".join(shown.tag for shown in one.objects) or "nothing"}'
            for one in self.controls.values()
        )
        raise ModelError(
            f"This model needs {need}{f' on <{on}>' if on else ''}, which the labeling config does not have.",
            f"It has: {has or 'no control'}.",
        )

    def __repr__(self) -> str:
        return f"Config({', '.join(map(repr, self.controls.values()))})"


def _root(xml: str) -> ElementTree.Element:
    if not isinstance(xml, str) or not xml.strip():
        raise ModelError("The project has no labeling config yet.", "Set one up in the project's settings.")
    if "<!DOCTYPE" in xml:
        raise ModelError("The labeling config has a DOCTYPE, which is not read.", "Take it out.")
    try:
        return ElementTree.fromstring(xml.strip())
    except ElementTree.ParseError as error:
        line, column = error.position
        raise ModelError(
            f"The labeling config is no XML: {error.msg}.", "Mend it.", line=line, column=column
        ) from error


def _objects(root: ElementTree.Element) -> Iterator[Object]:
    for element in root.iter():
        attributes = _lower(element)
        shown = attributes.get("value") or attributes.get("valuelist") or ""
        if attributes.get("name") and "toname" not in attributes and shown.startswith("$"):
            yield Object(attributes["name"], element.tag, shown[1:], dict(element.attrib))


def _labels(element: ElementTree.Element, path: tuple[str, ...] = ()) -> Iterator[Label]:
    """What stands inside a control: labels and choices, nested ones after their parent."""
    for child in element:
        attributes = _lower(child)
        value = attributes.get("alias") or attributes.get("value", "")
        here = (*path, value) if value else path
        if value:
            yield Label(value, attributes.get("value", value), here, dict(child.attrib))
        yield from _labels(child, here)


def _lower(element: ElementTree.Element) -> dict[str, str]:
    return {key.lower(): value for key, value in element.attrib.items()}


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
