"""How much two boxes overlap, also when they are turned. Lengths in percent of the picture, angles in degrees."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

Point = tuple[float, float]


def corners(box: Mapping[str, Any], width: float = 100, height: float = 100) -> list[Point]:
    """The four corners in pixels of a picture ``width`` x ``height``, turned clockwise about the top left one."""
    x, y = box["x"] * width / 100, box["y"] * height / 100
    across, down = box["width"] * width / 100, box["height"] * height / 100
    turn = math.radians(box.get("rotation", 0) or 0)
    cos, sin = math.cos(turn), math.sin(turn)
    return [
        (x + u * cos - v * sin, y + u * sin + v * cos)
        for u, v in ((0, 0), (across, 0), (across, down), (0, down))
    ]


def area(polygon: list[Point]) -> float:
    return (
        abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True)))
        / 2
    )


def clip(subject: list[Point], window: list[Point]) -> list[Point]:
    """The part of one convex polygon inside another; both run the same way round."""
    for a, b in zip(window, window[1:] + window[:1], strict=True):
        edge = (b[0] - a[0], b[1] - a[1])
        sides = [edge[0] * (p[1] - a[1]) - edge[1] * (p[0] - a[0]) for p in subject]
        kept: list[Point] = []
        for index, point in enumerate(subject):
            before, side_before = subject[index - 1], sides[index - 1]
            if (sides[index] >= 0) != (side_before >= 0):
                share = side_before / (side_before - sides[index])
                kept.append(
                    (before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1]))
                )
            if sides[index] >= 0:
                kept.append(point)
        subject = kept
        if not subject:
            return []
    return subject


def overlap(a: Mapping[str, Any], b: Mapping[str, Any], width: float = 100, height: float = 100) -> float:
    """Intersection over union, 0 to 1."""
    one, other = corners(a, width, height), corners(b, width, height)
    shared = clip(one, other)
    both = area(shared) if shared else 0.0
    union = area(one) + area(other) - both
    return both / union if union > 0 else float(a == b)
