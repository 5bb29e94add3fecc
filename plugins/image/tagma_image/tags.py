"""Image, and the controls that draw boxes on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from tagma.plugin import (
    Attribute,
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
    Value,
    common,
)
from tagma_image.boxes import overlap


class Image(ObjectTag):
    """Shows a picture, or the pages of a list of pictures."""

    name = "Image"
    data_type = "image"
    attributes = {
        "name": Name(required=True, help="The object's name; controls point at it with toName."),
        "value": DataKey(help="$key of the picture's address in the task's data."),
        "valueList": DataKey(help="$key of a list of addresses: one page each."),
        "smoothing": Bool(help="Smooth the picture when it is enlarged."),
        "width": Text("100%", help="Width, as in CSS."),
        "maxWidth": Text("100%", help="Greatest width, as in CSS."),
        "height": Text(help="Height, as in CSS."),
        "maxHeight": Text("calc(100vh - 194px)", help="Greatest height, as in CSS."),
        "zoom": Bool(True, help="Zoom with the wheel."),
        "negativeZoom": Bool(False, help="Allow to make the picture smaller than its place."),
        "zoomBy": Number(1.1, min=1, help="How much one step zooms."),
        "zoomControl": Bool(True, help="Show buttons to zoom."),
        "grid": Bool(False, help="Show a grid."),
        "gridSize": Number(30, min=1, help="Size of the grid in pixels."),
        "gridColor": Color("#EEEEF4", help="Colour of the grid."),
        "brightnessControl": Bool(False, help="Show a control of brightness."),
        "contrastControl": Bool(False, help="Show a control of contrast."),
        "rotateControl": Bool(False, help="Show a button to turn the picture."),
        "selectionControl": Bool(True, help="Show a tool to select several regions."),
        "crosshair": Bool(False, help="Show lines through the pointer."),
        "showLabels": Bool(False, help="Show labels on the regions."),
        "lazyOff": Bool(False, help="Load every page at once."),
        "horizontalAlignment": OneOf(
            "left", "center", "right", default="left", help="Where the picture stands."
        ),
        "verticalAlignment": OneOf(
            "top", "center", "bottom", default="top", help="Where the picture stands."
        ),
        "defaultZoom": OneOf("auto", "original", "fit", default="fit", help="Zoom when the task opens."),
        "crossOrigin": OneOf(
            "none", "anonymous", "use-credentials", default="none", help="How other sites are asked."
        ),
    }
    example = '<View><Image name="image" value="$image"/></View>'

    @classmethod
    def check_node(cls, node: Node) -> list[str]:
        if node.raw("value") or node.raw("valueList"):
            return []
        return [f'Image "{node.name}" has no value. Write value="$image".']

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        if isinstance(value, list):
            return None if all(isinstance(page, str) for page in value) else "a list of picture addresses"
        return None if isinstance(value, str) and value else "the address of a picture"

    @classmethod
    def sample(cls, node: Node) -> Any:
        # A picture in itself, so that a sample needs no network.
        picture = (
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='640' height='400'%3E"
            "%3Crect width='640' height='400' fill='%23cfe3f2'/%3E%3Ccircle cx='240' cy='220' r='90' fill='%23e2a04a'/%3E%3C/svg%3E"
        )
        return [picture] if node.raw("valueList") else picture


class Box(Value):
    """Percent of the picture from its top-left corner; turned in degrees clockwise about the box's own.

    Shapes may stand partly outside, so places are any finite number.
    """

    x: float
    y: float
    width: float = Field(ge=0)
    height: float = Field(ge=0)
    rotation: float = 0


_OUTSIDE = 50  # percent that a turned box may stick out


def _beyond(box: Box) -> Iterable[tuple[str, str]]:
    """A box far outside its picture: most likely whoever made it counts in pixels."""
    sides = (("x", box.x, box.width), ("y", box.y, box.height))
    for name, start, size in sides:
        end = start + size
        if start < -_OUTSIDE or start > 100 + _OUTSIDE:
            yield name, f"{name} is {start:g}, far outside the picture. {_PERCENT}"
        elif end > 100 + _OUTSIDE:
            side = "width" if name == "x" else "height"
            yield side, f"{name} and {side} reach {end:g}, far outside the picture. {_PERCENT}"
        else:
            continue
        return


_PERCENT = "Places and sizes are percent of the picture, 0 to 100; a model that counts in pixels divides by its size."


def _drawing() -> dict[str, Attribute]:
    return {
        **common.control("the picture"),
        **common.drawing("boxes"),
        "canRotate": Bool(True, help="Whether boxes can be turned."),
        "snap": OneOf("pixel", "none", default="none", help="Whether corners snap to pixels."),
        **common.smart(),
    }


def _alike(a: Result, b: Result) -> float:
    width, height = a.get("original_width") or 1, a.get("original_height") or 1
    if (a.get("image_rotation") or 0) % 180:  # percents are of the picture as it was seen
        width, height = height, width
    return overlap(a["value"], b["value"], height / width)


class Rectangle(ControlTag):
    """Boxes without labels of their own; a Labels beside it gives them."""

    name = "Rectangle"
    targets = ("Image",)
    draws = "rectangle"
    attributes = _drawing()
    Value = Box
    example = """<View>
  <Image name="image" value="$image"/>
  <Rectangle name="box" toName="image"/>
  <Labels name="label" toName="image"><Label value="Cat"/><Label value="Dog"/></Labels>
</View>"""

    @classmethod
    def doubts(cls, value: Any) -> Iterable[tuple[str, str]]:
        return _beyond(value)

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return _alike(a, b)

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any]:
        return {"x": 22, "y": 30, "width": 32, "height": 50, "rotation": 0}


class RectangleLabels(ControlTag):
    """Boxes that carry labels."""

    name = "RectangleLabels"
    targets = ("Image",)
    draws = "rectangle"
    has_labels = True
    attributes = {
        **_drawing(),
        **common.labels("box", "boxes"),
    }
    example = """<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="label" toName="image"><Label value="Cat"/><Label value="Dog"/></RectangleLabels>
</View>"""

    class Value(Box):
        rectanglelabels: list[str] = []

    @classmethod
    def doubts(cls, value: Any) -> Iterable[tuple[str, str]]:
        return _beyond(value)

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        left, right = (set(item["value"].get("rectanglelabels", ())) for item in (a, b))
        labels = len(left & right) / len(left | right) if left | right else 1.0
        return labels * _alike(a, b)

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any] | None:
        if not labels:
            return None
        return {
            "x": 22,
            "y": 30,
            "width": 32,
            "height": 50,
            "rotation": 0,
            "rectanglelabels": [labels[0].value],
        }
