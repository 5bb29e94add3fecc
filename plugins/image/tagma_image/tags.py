"""Image, and the boxes drawn on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from tagma.errors import did_you_mean
from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    DataKey,
    Label,
    Name,
    Node,
    Number,
    ObjectTag,
    OneOf,
    Result,
    Text,
    ToName,
)
from tagma.plugin import (
    Value as BaseValue,
)
from tagma_image.geometry import overlap


class Image(ObjectTag):
    """A picture, or several as pages. Controls that point at it draw shapes or ask about the whole of it."""

    name = "Image"
    data_type = "image"
    children = ()
    attributes = {
        "name": Name(required=True, help="The picture's name, unique in the config."),
        "value": DataKey(help="$key with the picture's address."),
        "valueList": DataKey(help="$key with a list of addresses, shown as pages."),
        "smoothing": Bool(None, help="Whether enlarged pixels are blurred."),
        "width": Text("100%", help="Width of the picture on the page."),
        "maxWidth": Text("100%", help="Greatest width."),
        "maxHeight": Text("calc(100vh - 194px)", help="Greatest height."),
        "height": Text(help="Height of the picture on the page."),
        "zoom": Bool(True, help="Whether one can zoom."),
        "negativeZoom": Bool(False, help="Whether one can zoom out further than the whole picture."),
        "zoomBy": Number(1.1, min=1, help="Factor of one zoom step."),
        "zoomControl": Bool(True, help="Whether zoom buttons are shown."),
        "grid": Bool(False, help="Whether a grid is drawn over the picture."),
        "gridSize": Number(30, min=1, help="Cell of the grid in pixels."),
        "gridColor": Color("#EEEEF4", help="Colour of the grid."),
        "brightnessControl": Bool(False, help="Whether brightness can be set."),
        "contrastControl": Bool(False, help="Whether contrast can be set."),
        "rotateControl": Bool(False, help="Whether the picture can be turned."),
        "selectionControl": Bool(True, help="Whether several regions can be selected by a frame."),
        "crosshair": Bool(False, help="Whether lines follow the pointer."),
        "showLabels": Bool(False, help="Whether labels are always written beside shapes."),
        "lazyOff": Bool(False, help="Whether pictures are loaded before they are in sight."),
        "horizontalAlignment": OneOf(
            "left", "center", "right", default="left", help="Place of a small picture."
        ),
        "verticalAlignment": OneOf(
            "top", "center", "bottom", default="top", help="Place of a small picture."
        ),
        "defaultZoom": OneOf("auto", "original", "fit", default="fit", help="Zoom when a task opens."),
        "crossOrigin": OneOf(
            "none",
            "anonymous",
            "use-credentials",
            default="none",
            help="How a picture of another server is asked for.",
        ),
    }
    example = '<View><Image name="image" value="$image"/></View>'

    @classmethod
    def check_node(cls, node: Node) -> Iterable[str]:
        if node.get("value") is None and node.get("valueList") is None:
            yield 'value is missing; write value="$image", or valueList="$images" for several'

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        if isinstance(value, str) and value:
            return None
        if isinstance(value, list) and value and all(isinstance(one, str) and one for one in value):
            return None
        return "the address of a picture"

    @classmethod
    def sample(cls, node: Node) -> Any:
        return "sample.svg"


SHAPE = {
    "name": Name(
        required=True, help="The control's name, unique in the config; results carry it as from_name."
    ),
    "toName": ToName(required=True, help="The picture it draws on."),
    "opacity": Number(0.2, min=0, max=1, help="How strongly shapes are filled, 0 to 1."),
    "fillColor": Color(help="Fill of shapes whose label has no colour."),
    "strokeColor": Color(help="Outline of shapes whose label has no colour."),
    "strokeWidth": Number(1, min=0, help="Width of the outline in pixels."),
    "fillOpacity": Number(min=0, max=1, help="How strongly shapes are filled; overrides opacity."),
    "canRotate": Bool(True, help="Whether boxes can be turned."),
    "snap": OneOf("pixel", "none", default="none", help="Whether edges snap to whole pixels."),
    "smart": Bool(None, help="Whether a model may be asked while drawing."),
    "smartOnly": Bool(False, help="Whether it only asks a model and leaves no shape of its own."),
    "perRegion": Bool(False, help="Not used by shapes; accepted because configs carry it."),
}


class Box(BaseValue):
    """In percent of the picture; ``rotation`` in degrees clockwise about the top left corner."""

    x: float
    y: float
    width: float = Field(ge=0)
    height: float = Field(ge=0)
    rotation: float = 0


class Rectangle(ControlTag):
    """Boxes whose label, if any, comes from a Labels control that points at the same picture."""

    name = "Rectangle"
    targets = ("Image",)
    draws = "rectangle"
    children = ()
    attributes = SHAPE
    example = (
        '<View><Image name="image" value="$image"/><Labels name="label" toName="image"><Label value="Cat"/></Labels>'
        '<Rectangle name="box" toName="image"/></View>'
    )

    class Value(Box):
        pass

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return _overlap(a, b)

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any] | None:
        return {"x": 10, "y": 20, "width": 30, "height": 25, "rotation": 0}


class RectangleLabels(ControlTag):
    """Boxes with labels of their own."""

    name = "RectangleLabels"
    targets = ("Image",)
    draws = "rectangle"
    has_labels = True
    attributes = {
        **SHAPE,
        "choice": OneOf(
            "single", "multiple", default="single", help="Whether a box can carry several labels."
        ),
        "maxUsages": Number(min=1, help="How often one label may be used in a task."),
        "showInline": Bool(True, help="Labels side by side instead of one below the other."),
        "value": DataKey(help="$key with a list of labels in the task; they follow those written here."),
        "allowEmpty": Bool(False, help="Whether a box may have no label."),
    }
    example = (
        '<View><Image name="image" value="$image"/><RectangleLabels name="label" toName="image">'
        '<Label value="Cat"/><Label value="Dog"/></RectangleLabels></View>'
    )

    class Value(Box):
        rectanglelabels: list[str] = []

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Label] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        if labels is None:
            return
        known = {label.value for label in labels}
        for index, label in enumerate(value.rectanglelabels):
            if label not in known:
                hint = did_you_mean(label, known)
                yield (
                    f"rectanglelabels[{index}]",
                    f'There is no label "{label}" in "{node.name}". {hint}'.strip(),
                )

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        one, other = a.get("value", {}), b.get("value", {})
        return _overlap(a, b) if one.get("rectanglelabels") == other.get("rectanglelabels") else 0.0

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any] | None:
        box = {"x": 10, "y": 20, "width": 30, "height": 25, "rotation": 0}
        return {**box, "rectanglelabels": [labels[0].value]} if labels else None


def _overlap(a: Result, b: Result) -> float:
    width, height = a.get("original_width") or 100, a.get("original_height") or 100
    return overlap(a.get("value", {}), b.get("value", {}), width, height)
