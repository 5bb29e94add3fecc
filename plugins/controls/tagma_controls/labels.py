"""Labels for regions that the object itself makes: spans of a text, stretches of a sound, plain shapes on a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tagma.errors import did_you_mean
from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    DataKey,
    Hotkey,
    Node,
    Number,
    OneOf,
    Result,
    Text,
    VisualTag,
)
from tagma.plugin import (
    Label as OfferedLabel,
)
from tagma.plugin import (
    Value as BaseValue,
)
from tagma_controls.common import CONTROL, VISIBILITY, jaccard


class Labels(ControlTag):
    """A row of labels: choose one, then mark a span, a stretch or a plain shape."""

    name = "Labels"
    attributes = {
        **CONTROL,
        "choice": OneOf(
            "single", "multiple", default="single", help="Whether a region can carry several labels."
        ),
        "maxUsages": Number(min=1, help="How often one label may be used in a task."),
        "showInline": Bool(True, help="Labels side by side instead of one below the other."),
        "value": DataKey(help="$key with a list of labels in the task; they follow those written here."),
        "allowEmpty": Bool(False, help="Whether a region may have no label."),
        "groupDepth": Number(help="Depth to which nested labels are grouped."),
        "opacity": Number(0.2, min=0, max=1, help="How strongly regions are filled, 0 to 1."),
        "fillColor": Color(help="Fill of regions whose label has no colour."),
        "strokeColor": Color(help="Outline of regions whose label has no colour."),
        "strokeWidth": Number(1, min=0, help="Width of outlines in pixels."),
        "fillOpacity": Number(min=0, max=1, help="How strongly regions are filled; overrides opacity."),
        **VISIBILITY,
    }
    has_labels = True
    example = (
        '<View><Labels name="label" toName="text"><Label value="Person"/></Labels>'
        '<Text name="text" value="$text"/></View>'
    )

    class Value(BaseValue):
        labels: list[str]

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[OfferedLabel] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        if labels is None:
            return
        known = {label.value for label in labels}
        for index, label in enumerate(value.labels):
            if label not in known:
                hint = did_you_mean(label, known)
                yield f"labels[{index}]", f'There is no label "{label}" in "{node.name}". {hint}'.strip()

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return jaccard(set(a.get("value", {}).get("labels", ())), set(b.get("value", {}).get("labels", ())))


class Label(VisualTag):
    """One label of a Labels control. Attributes nobody knows are kept and handed to model servers."""

    name = "Label"
    is_label = True
    open_attributes = True
    children = ("Label",)
    attributes = {
        "value": Text(help="The word people read; results hold it unless there is an alias."),
        "alias": Text(help="What results hold instead of value."),
        "hint": Text(help="Shown when the pointer rests on it."),
        "hotkey": Hotkey(help="Its key; without one it gets the next free digit."),
        "selected": Bool(False, help="Whether it is chosen when a task opens."),
        "maxUsages": Number(min=1, help="How often it may be used in a task."),
        "showAlias": Bool(False, help="Whether people read the alias too."),
        "aliasStyle": Text("opacity: 0.6", help="CSS for the alias."),
        "size": Text("medium", help="Size of the word."),
        "background": Color(help="Its colour; without one it gets the next of the palette."),
        "selectedColor": Color("#ffffff", help="Colour of the word when chosen."),
        "granularity": OneOf(
            "symbol", "word", "sentence", "paragraph", help="What spans snap to with this label."
        ),
        "html": Text(help="Markup shown instead of the word; made safe first."),
        "category": Number(help="Its number in COCO and YOLO exports."),
        "groupCanContain": Text(help="Labels that may lie inside regions of this one."),
    }
    example = '<Label value="Person" hotkey="p" background="#36B37E"/>'
