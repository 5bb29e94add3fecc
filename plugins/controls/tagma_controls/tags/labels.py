"""Labels that mark regions of any object."""

from __future__ import annotations

from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    Hotkey,
    Number,
    OneOf,
    Result,
    Text,
    Value,
    VisualTag,
    common,
)


class Label(VisualTag):
    """One label of a labels control."""

    name = "Label"
    is_label = True
    children = ()
    open_attributes = True
    attributes = {
        "value": Text(help="What the person reads, and what results hold unless there is an alias."),
        "alias": Text(help="What results hold instead of the value."),
        "hint": Text(help="Shown when the pointer rests on it."),
        "hotkey": Hotkey(help="The key that picks it; by itself 1 to 9, then letters."),
        "selected": Bool(False, help="Picked when the task opens."),
        "maxUsages": Number(min=1, help="How many regions may have it."),
        "showAlias": Bool(False, help="Show the alias beside the value."),
        "aliasStyle": Text("opacity:0.6", help="CSS of the alias."),
        "size": Text("medium", help="Size of the words."),
        "background": Color(help="Its colour; one of a palette if left out."),
        "selectedColor": Color("#ffffff", help="Colour of the words while it is picked."),
        "granularity": OneOf(
            "symbol", "word", "sentence", "paragraph", help="What a text selection snaps to."
        ),
        "html": Text(help="Rich words instead of the value."),
        "category": Number(help="Its number in formats that count classes."),
        "groupCanContain": Text(help="Labels that regions inside one of this label may have."),
    }


class Labels(ControlTag):
    """Labels for spans of text, or for shapes drawn by a Rectangle and the like."""

    name = "Labels"
    has_labels = True
    attributes = {
        **common.control(),
        **common.smart(),
        **common.labels(),
        "groupDepth": Number(help="How deep labels are grouped."),
        "opacity": Number(0.2, min=0, max=1, help="How opaque regions are filled."),
        "fillColor": Color(help="Fill of regions."),
        "strokeColor": Color(help="Outline of regions."),
        "strokeWidth": Number(1, min=0, help="Width of the outline in pixels."),
        "fillOpacity": Number(min=0, max=1, help="Opacity of the fill alone."),
    }
    example = """<View>
  <Labels name="label" toName="text"><Label value="Person"/><Label value="Place"/></Labels>
  <Text name="text" value="$text"/>
</View>"""

    class Value(Value):
        labels: list[str]

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        """Overlap of the two spans where both are spans, times that of their labels."""
        first, second = a.get("value", {}), b.get("value", {})
        return jaccard(first.get("labels", ()), second.get("labels", ())) * _overlap(first, second)


def jaccard(a: object, b: object) -> float:
    """Shared items by all items, 1 for two empty lists."""
    left = {_hashable(item) for item in a} if isinstance(a, list | tuple) else set()
    right = {_hashable(item) for item in b} if isinstance(b, list | tuple) else set()
    return len(left & right) / len(left | right) if left | right else 1.0


def _hashable(item: object) -> object:
    return tuple(item) if isinstance(item, list) else item


def _overlap(a: dict, b: dict) -> float:
    ends = [value.get(key) for value in (a, b) for key in ("start", "end")]
    if not all(isinstance(end, int | float) for end in ends):
        return 1.0
    shared = min(ends[1], ends[3]) - max(ends[0], ends[2])
    union = max(ends[1], ends[3]) - min(ends[0], ends[2])
    return max(0.0, shared / union) if union > 0 else 1.0
