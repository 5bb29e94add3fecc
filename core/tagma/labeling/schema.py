"""What the config editor knows of every tag: for completion, and for the page that describes them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagma.plugin.manager import PluginManager


def completion(manager: PluginManager) -> dict[str, Any]:
    """``{tag: {kind, plugin, help, attributes, children, targets, example}}`` of every tag that is loaded."""
    return {
        tag.name: {
            "kind": tag.kind,
            "plugin": manager.owner(tag),
            "help": inspect.getdoc(tag) or "",
            "attributes": {name: attribute.as_dict() for name, attribute in tag.attributes.items()},
            "children": None if tag.children is None else list(tag.children),
            "targets": list(getattr(tag, "targets", ())),
            "example": tag.example,
        }
        for tag in dict.fromkeys(manager.tags.values())
    }
