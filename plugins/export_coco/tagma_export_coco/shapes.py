"""Between percent of a picture, as results have it, and pixels, as COCO has it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

Point = tuple[float, float]
Box = tuple[float, float, float, float]


def corners(value: Mapping[str, Any], width: int, height: int) -> list[Point]:
    """The four corners of a box in pixels; it is turned about its top left corner."""
    left, top = value["x"] / 100 * width, value["y"] / 100 * height
    across, down = value["width"] / 100 * width, value["height"] / 100 * height
    angle = math.radians(value.get("rotation") or 0)
    cos, sin = math.cos(angle), math.sin(angle)
    return [
        (left + x * cos - y * sin, top + x * sin + y * cos)
        for x, y in ((0, 0), (across, 0), (across, down), (0, down))
    ]


def enclosing(points: Sequence[Point]) -> Box:
    """The upright box around points: x, y, width, height."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def box(value: Mapping[str, Any], width: int, height: int) -> Box:
    if value.get("rotation"):
        return enclosing(corners(value, width, height))
    return (
        value["x"] / 100 * width,
        value["y"] / 100 * height,
        value["width"] / 100 * width,
        value["height"] / 100 * height,
    )


def area(points: Sequence[Point]) -> float:
    """Of a polygon, by the shoelace formula."""
    return (
        abs(
            sum(
                x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True)
            )
        )
        / 2
    )


def percent(bbox: Sequence[float], width: float, height: float) -> dict[str, float]:
    x, y, across, down = bbox
    return {
        "x": x / width * 100,
        "y": y / height * 100,
        "width": across / width * 100,
        "height": down / height * 100,
        "rotation": 0,
    }
