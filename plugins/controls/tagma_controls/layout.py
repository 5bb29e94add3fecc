"""Tags that only arrange and say things."""

from __future__ import annotations

from tagma.plugin import Bool, DataKey, Number, OneOf, Text, VisualTag
from tagma_controls.common import VISIBILITY


class View(VisualTag):
    """A box around other tags. The root of a config is one; nested ones arrange it with ``style``."""

    name = "View"
    attributes = {
        "display": OneOf("block", "inline", default="block", help="Whether the box takes a line of its own."),
        "style": Text(help="CSS declarations for the box, e.g. display: flex; gap: 12px."),
        "className": Text(help="CSS classes for rules of a Style tag."),
        "idAttr": Text(help="An id for rules of a Style tag."),
        **VISIBILITY,
    }
    example = '<View style="display: flex"><Text name="text" value="$text"/></View>'


class Header(VisualTag):
    """A heading or a line of explanation."""

    name = "Header"
    attributes = {
        "value": DataKey(help="The words, or $key to take them from the task."),
        "size": Number(4, min=1, max=6, help="1 is the largest."),
        "style": Text(help="CSS declarations."),
        "underline": Bool(False, help="Whether to underline it."),
    }
    example = '<Header value="What do you see?"/>'


class Style(VisualTag):
    """CSS rules for this config; they reach nothing outside of it."""

    name = "Style"
    attributes = {}
    children = ()
    example = "<Style>.question { font-weight: 600 }</Style>"
