"""From the XML of a labeling config to a tree of nodes.

``parse`` opens whatever is stored and never raises: tags that nobody provides become nodes without a class.
``check`` names every fault at once. ``parse_strict`` is both, for what people save.

A fault is a :class:`~tagma.errors.ConfigError` with ``where``: line, tag, attribute and ``severity``. An ``error``
keeps a config from being saved; a ``warning`` is shown and nothing else, since such configs work elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tagma.errors import ConfigError
from tagma.labeling import check as rules
from tagma.labeling import xml as xml_reader
from tagma.plugin.config import LabelingConfig, Node
from tagma.plugin.tags import Tag

if TYPE_CHECKING:
    from tagma.plugin.manager import PluginManager

Tags = Mapping[str, type[Tag]]


def parse(xml: str, tags: Tags) -> LabelingConfig:
    """The tree of a stored config. One that is no XML at all has an empty root."""
    try:
        return _tree(xml, tags)
    except ConfigError:
        return LabelingConfig(xml, Node("View", {}, [], 1, tag_class=tags.get("view")))


def check(xml: str, tags: Tags, *, kept: Iterable[str] = ()) -> list[ConfigError]:
    """Every fault, in the order of the lines.

    :param kept: unknown tags that stand in the stored config already, which an edit of something else may keep.
    """
    try:
        config = _tree(xml, tags)
    except ConfigError as fault:
        fault.where.setdefault("severity", "error")
        return [fault]
    return rules.faults(config, tags, frozenset(name.lower() for name in kept))


def errors(faults: Iterable[ConfigError]) -> list[ConfigError]:
    """The faults that keep a config from being saved."""
    return [fault for fault in faults if fault.where.get("severity") != "warning"]


def parse_strict(xml: str, tags: Tags, *, kept: Iterable[str] = ()) -> LabelingConfig:
    """The tree of a config that is about to be saved.

    :raises ConfigError: ``faults`` holds every fault, warnings too.
    """
    faults = check(xml, tags, kept=kept)
    blocking = errors(faults)
    if not blocking:
        return _tree(xml, tags)
    if len(blocking) == 1:
        only = blocking[0]
        raise ConfigError(only.message, faults, hint=only.hint, code=only.code, **only.where)
    raise ConfigError(
        f"The labeling config has {len(blocking)} faults.", faults, hint="Mend them all; each names its line."
    )


def as_browser_tree(config: LabelingConfig, manager: PluginManager) -> dict[str, Any]:
    """The tree as the page gets it.

    Each node: ``tag``, ``kind``, ``known``, ``plugin``, ``attrs`` (texts, under the declared spelling), ``values`` (typed, with
    defaults; literals only), ``line``, ``text``, ``children``.
    """
    return _browser_node(config.root, manager)


def _browser_node(node: Node, manager: PluginManager) -> dict[str, Any]:
    tag = node.tag_class
    return {
        "tag": node.tag,
        "kind": node.kind,
        "known": tag is not None,
        "plugin": manager.owner(tag) if tag else None,
        "attrs": node.attributes
        if tag is None
        else {tag.spelling(key): value for key, value in node.attributes.items()},
        "values": {} if tag is None or tag.is_label else _values(node, tag),
        "line": node.line,
        "text": node.text,
        "children": [_browser_node(child, manager) for child in node.children],
    }


def _values(node: Node, tag: type[Tag]) -> dict[str, Any]:
    values = {}
    for name, declared in tag.attributes.items():
        raw = node.raw(name)
        if raw is None:
            if declared.default is not None:
                values[name] = declared.default
        elif not raw.startswith("$"):
            try:
                values[name] = declared.read(raw)
            except (
                ValueError
            ):  # a stored config may hold what today's check would refuse: the default stands in
                values[name] = declared.default
    return values


def _tree(xml: str, tags: Tags) -> LabelingConfig:
    return LabelingConfig(xml, _node(xml_reader.read(xml), tags, None))


def _node(element: Any, tags: Tags, parent: Node | None) -> Node:
    name = element.tag.rpartition("}")[2]
    tag = tags.get(name.lower())
    attributes = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
    spelling = tag.name if tag else name
    node = Node(spelling, attributes, [], element.sourceline or 0, (element.text or "").strip(), tag, parent)
    # Comments and processing instructions have no tag; what follows them still belongs to this node's text.
    node.children = [_node(child, tags, node) for child in element if isinstance(child.tag, str)]
    tails = [child.tail for child in element if not isinstance(child.tag, str) and child.tail]
    if tails:
        node.text = (node.text + "".join(tails)).strip()
    return node
