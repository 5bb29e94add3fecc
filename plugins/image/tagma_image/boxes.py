"""How much two boxes share, turned ones too. Boxes are in percent, turned clockwise about their top-left corner."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Point = tuple[float, float]


def overlap(a: Mapping[str, Any], b: Mapping[str, Any], aspect: float = 1.0) -> float:
    """Intersection over union.

    :param aspect: height of the picture by its width, so that turning is done in true proportion.
    """
    first, second = _corners(a, aspect), _corners(b, aspect)
    shared = _area(_clip(first, second))
    union = _area(first) + _area(second) - shared
    return shared / union if union > 0 else 0.0


def _corners(box: Mapping[str, Any], aspect: float) -> list[Point]:
    x, y = float(box["x"]), float(box["y"]) * aspect
    width, height = float(box["width"]), float(box["height"]) * aspect
    angle = math.radians(float(box.get("rotation") or 0))
    right, down = (math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))
    return [
        (x + u * width * right[0] + v * height * down[0], y + u * width * right[1] + v * height * down[1])
        for u, v in ((0, 0), (1, 0), (1, 1), (0, 1))
    ]


def _area(points: list[Point]) -> float:
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _clip(subject: list[Point], window: list[Point]) -> list[Point]:
    """The part of one convex polygon that lies inside another (Sutherland and Hodgman)."""
    for start, end in zip(window, window[1:] + window[:1], strict=True):
        inside = [
            (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0]) for x, y in subject
        ]
        clipped: list[Point] = []
        for place, point in enumerate(subject):
            before, side, other = subject[place - 1], inside[place], inside[place - 1]
            if (side >= 0) != (other >= 0):
                share = other / (other - side)
                clipped.append(
                    (before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1]))
                )
            if side >= 0:
                clipped.append(point)
        subject = clipped
        if not subject:
            return []
    return subject
