"""Shapes on a picture in the units of results: percent of its width and height."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tagma_model.errors import ModelError

Size = tuple[int, int] | None


def rectangle(x: float, y: float, width: float, height: float, rotation: float, size: Size) -> dict[str, Any]:
    across, down = _units(size)
    left, top, right, bottom = x * across, y * down, (x + width) * across, (y + height) * down
    if not rotation:
        left, top, right, bottom = (min(max(edge, 0.0), 100.0) for edge in (left, top, right, bottom))
    if not (right > left and bottom > top):
        unit = "pixels" if size else "percent"
        raise ModelError(
            f"A box at {x}, {y} that is {width} wide and {height} high (in {unit}) covers nothing of the picture.",
            "Give x, y, width, height; in pixels with size=(width, height) of the picture, else in percent.",
        )
    return {"x": left, "y": top, "width": right - left, "height": bottom - top, "rotation": rotation}


def ellipse(
    x: float, y: float, radius_x: float, radius_y: float, rotation: float, size: Size
) -> dict[str, Any]:
    across, down = _units(size)
    if not (radius_x > 0 and radius_y > 0):
        raise ModelError(f"An ellipse with the radii {radius_x} and {radius_y} covers nothing.")
    place = {"x": x * across, "y": y * down, "radiusX": radius_x * across, "radiusY": radius_y * down}
    return {**place, "rotation": rotation}


def polygon(points: Sequence[Sequence[float]], size: Size) -> dict[str, Any]:
    across, down = _units(size)
    if len(points) < 3:
        raise ModelError(f"A polygon needs three points or more, not {len(points)}.")
    return {"points": [[x * across, y * down] for x, y in points], "closed": True}


def keypoint(x: float, y: float, diameter: float, size: Size) -> dict[str, Any]:
    across, down = _units(size)
    return {"x": x * across, "y": y * down, "width": diameter}


def _units(size: Size) -> tuple[float, float]:
    """Percent for each unit across and down."""
    if size is None:
        return 1.0, 1.0
    width, height = size
    if not (width > 0 and height > 0):
        raise ModelError(
            f"A picture can't be {width} by {height} pixels.", "size is (width, height) of the picture."
        )
    return 100.0 / width, 100.0 / height
