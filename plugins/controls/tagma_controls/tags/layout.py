"""Layout and words."""

from __future__ import annotations

from tagma.plugin import Bool, DataKey, Number, OneOf, Text, VisualTag, common


class View(VisualTag):
    """A box that holds other tags; the root of every config. ``style`` lays them out."""

    name = "View"
    attributes = {
        "display": OneOf("block", "inline", default="block", help="Below each other, or in a line."),
        "style": Text(help="CSS, like display: flex; gap: 1em."),
        "className": Text(help="A class for rules of a Style tag."),
        "idAttr": Text(help="An id for rules of a Style tag."),
        **common.visibility(),
    }
    example = '<View style="display: flex"><Header value="Left"/><Header value="Right"/></View>'


class Header(VisualTag):
    """A heading: fixed words or a value of the task."""

    name = "Header"
    attributes = {
        "value": DataKey(required=True, help="The words, which may hold $key."),
        "size": Number(4, min=1, max=6, help="1 is the largest."),
        "style": Text(help="CSS of the heading."),
        "underline": Bool(False, help="Draw a line below."),
        **common.visibility(),
    }
    example = '<View><Header value="What do you see?"/></View>'


class Style(VisualTag):
    """CSS rules for this config; they reach nothing outside of it."""

    name = "Style"
    children = ()
    example = "<View><Style>.wide { width: 100% }</Style></View>"
