"""A parsed labeling config, as plugins see it: a tree of nodes with line numbers. The parser is the core's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagma.plugin.tags import Tag

_REFERENCE = re.compile(r"\$([A-Za-z_][\w.\[\]-]*|undefined\$)")


@dataclass(eq=False, slots=False)
class Node:
    """One element of the XML. ``attributes`` keeps the author's spelling; ``get`` looks up without regard to case."""

    tag: str
    """The declared spelling of the tag if it is known, else the author's."""
    attributes: dict[str, str]
    children: list[Node]
    line: int
    text: str = ""
    tag_class: type[Tag] | None = None
    """None for a tag that no loaded plugin provides: its results are kept, shown locked and exported unchanged."""
    parent: Node | None = field(default=None, repr=False)

    @cached_property
    def _lower(self) -> Mapping[str, str]:
        return {key.lower(): value for key, value in self.attributes.items()}

    @cached_property
    def _declared(self) -> dict[str, tuple[bool, Any]]:
        """What ``get`` has found out: whether the attribute is written, and its value or declared default."""
        return {}

    def get(self, name: str, default: Any = None) -> Any:
        """The attribute as its declared Python value (Bool -> bool, Number -> float), else its declared default."""
        known = self._declared.get(name)
        if known is None:
            raw = self._lower.get(name.lower())
            declared = self.tag_class.attribute(name) if self.tag_class else None
            value: Any = raw
            if declared is not None:
                value = declared.default if raw is None else declared.read(raw)
            known = self._declared[name] = (raw is not None, value)
        written, value = known
        return value if written or default is None else default

    def raw(self, name: str) -> str | None:
        """The attribute's text as written, whatever the case of its name."""
        return self._lower.get(name.lower())

    @property
    def name(self) -> str:
        return self._lower.get("name", "")

    @property
    def to_name(self) -> tuple[str, ...]:
        """The objects a control points at."""
        return tuple(part.strip() for part in self._lower.get("toname", "").split(",") if part.strip())

    @property
    def kind(self) -> str:
        """``object``, ``control``, ``visual`` or ``unknown``."""
        return self.tag_class.kind if self.tag_class else "unknown"

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order of the XML."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, *tags: str) -> Iterator[Node]:
        """Nodes below this one whose tag is one of ``tags``."""
        return (node for node in self.walk() if node is not self and node.tag in tags)


@dataclass(frozen=True, slots=True)
class Label:
    """One value that a control offers: a Label, a Choice, a leaf or branch of a Taxonomy."""

    value: str
    """What results hold: the alias if there is one, else the value."""
    text: str
    """What the person reads."""
    attributes: Mapping[str, str]
    path: tuple[str, ...] = ()
    """For nested choices the values from the topmost parent down to this one."""
    line: int = 0


class Offered(list[Label]):
    """What one control offers, in the order of the XML."""

    @cached_property
    def values(self) -> frozenset[str]:
        return frozenset(label.value for label in self)

    @cached_property
    def paths(self) -> frozenset[tuple[str, ...]]:
        return frozenset(label.path for label in self)


@dataclass(eq=False)
class LabelingConfig:
    """The whole config. Two configs are compared by their XML."""

    xml: str
    root: Node

    @cached_property
    def objects(self) -> dict[str, Node]:
        """Object tags by name, in the order of the XML."""
        return {node.name: node for node in self.root.walk() if node.kind == "object" and node.name}

    @cached_property
    def controls(self) -> dict[str, Node]:
        """Control tags by name, in the order of the XML; tags nobody provides are here when they carry a ``toName``."""
        return {
            node.name: node
            for node in self.root.walk()
            if node.name and (node.kind == "control" or (node.kind == "unknown" and node.to_name))
        }

    def named(self, name: str) -> Node | None:
        return self.controls.get(name) or self.objects.get(name)

    @cached_property
    def _offered(self) -> dict[str, Offered]:
        return {name: Offered(_labels(node, ())) for name, node in self.controls.items()}

    def labels(self, control: str) -> Offered:
        """The values ``control`` offers in the order of the XML, nested ones after their parent; not those from data."""
        return self._offered[control]

    def is_dynamic(self, control: str) -> bool:
        """Whether ``control`` takes (some of) its labels from the task's data, or by ``apiUrl`` from elsewhere."""
        node = self.controls[control]
        return node._lower.get("value", "").startswith("$") or "apiurl" in node._lower

    @cached_property
    def references(self) -> dict[str, list[Node]]:
        """Top-level keys of a task's data that the config reads -> the nodes that read them."""
        found: dict[str, list[Node]] = {}
        for node in self.root.walk():
            for raw in node.attributes.values():
                for match in _REFERENCE.finditer(raw):
                    found.setdefault(re.split(r"[.\[]", match[1])[0], []).append(node)
        return found

    @cached_property
    def required_keys(self) -> dict[str, Node]:
        """Keys a task must have: those that object tags show."""
        return {
            key: next(node for node in nodes if node.kind == "object")
            for key, nodes in self.references.items()
            if any(node.kind == "object" for node in nodes)
        }


def _labels(node: Node, path: tuple[str, ...]) -> Iterator[Label]:
    for child in node.children:
        if child.tag_class is not None and child.tag_class.is_label:
            text = child._lower.get("value", "")
            value = child._lower.get("alias") or text
            here = (*path, value)
            yield Label(value=value, text=text, attributes=child.attributes, path=here, line=child.line)
            yield from _labels(child, here)
        elif not child.name:
            yield from _labels(child, path)
