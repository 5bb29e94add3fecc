"""A track: where a box is in each frame, told by key frames.

Between two of them each number runs evenly; after one that says ``enabled: false`` the box is not there until the next; before the
first it is not there; the last lasts to the end. The browser's twin is ``web/track.js``; both are held to the same examples.
Frames count from 1, places are percent of the picture, ``rotation`` is degrees clockwise about the box's top-left corner.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Box = tuple[float, float, float, float, float]
"""x, y, width, height, rotation."""
Key = Mapping[str, Any]


def ordered(sequence: Iterable[Key]) -> list[Key]:
    """Key frames in order, of two of one frame the later."""
    return [key for _, key in sorted({key["frame"]: key for key in sequence}.items())]


def box(key: Key) -> Box:
    x, y, width, height, rotation = (
        float(key.get(name) or 0) for name in ("x", "y", "width", "height", "rotation")
    )
    return x, y, width, height, rotation


def at(sequence: Iterable[Key], frame: int) -> Box | None:
    """The box in a frame; None where it is not there."""
    keys = ordered(sequence)
    place = bisect_right([key["frame"] for key in keys], frame) - 1
    if place < 0:
        return None
    key = keys[place]
    if key["frame"] == frame:
        return box(key)
    if key.get("enabled") is False:
        return None
    return _between(key, keys[place + 1], frame) if place + 1 < len(keys) else box(key)


def _between(key: Key, following: Key, frame: int) -> Box:
    share = (frame - key["frame"]) / (following["frame"] - key["frame"])
    x, y, width, height, rotation = (
        a + (b - a) * share for a, b in zip(box(key), box(following), strict=True)
    )
    return x, y, width, height, rotation


def spans(sequence: Iterable[Key], frames: int) -> list[tuple[int, int]]:
    """The stretches of frames in which it is there, both ends among them.

    :param frames: of the film.
    """
    keys = ordered(sequence)
    found: list[tuple[int, int]] = []
    for place, key in enumerate(keys):
        following = keys[place + 1]["frame"] if place + 1 < len(keys) else max(frames, key["frame"])
        end = key["frame"] if key.get("enabled") is False else following
        if found and key["frame"] <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((key["frame"], end))
    return found


def boxes(sequence: Iterable[Key], frames: int) -> Iterator[tuple[int, Box, bool]]:
    """Each frame in which it is there, its box, and whether it is a key frame. Costs nothing before it is asked for."""
    keys = ordered(sequence)
    for place, key in enumerate(keys):
        yield key["frame"], box(key), True
        if key.get("enabled") is False:
            continue
        following = keys[place + 1] if place + 1 < len(keys) else None
        end = following["frame"] if following is not None else frames + 1
        for frame in range(key["frame"] + 1, end):
            yield frame, _between(key, following, frame) if following is not None else box(key), False


def sparse(
    found: Sequence[tuple[int, Box]], *, within: float, rate: float | None = None, last: int | None = None
) -> list[dict[str, Any]]:
    """Key frames from boxes of single frames, as few as say the same.

    :param within: by how much of the picture, in percent, a box between two key frames may be off.
    :param rate: frames a second, for the times of key frames.
    :param last: the film's last frame: a box that is there until then needs no end.
    """
    keys: list[dict[str, Any]] = []
    for run in _runs(sorted(found)):
        kept = sorted(_kept(run, within))
        for place in kept:
            frame, (x, y, width, height, rotation) = run[place]
            ends = place == len(run) - 1 and frame != last
            key = {"frame": frame, "enabled": not ends, "rotation": rotation, "x": x, "y": y}
            key |= {"width": width, "height": height} | ({"time": frame / rate} if rate else {})
            keys.append(key)
    return keys


def _runs(found: Sequence[tuple[int, Box]]) -> Iterator[list[tuple[int, Box]]]:
    """Stretches of frames without a gap."""
    run: list[tuple[int, Box]] = []
    for one in found:
        if run and one[0] != run[-1][0] + 1:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _kept(run: Sequence[tuple[int, Box]], within: float) -> set[int]:
    """Places that must be key frames: halved where the straight way is off the most, until it is nowhere off too far."""
    kept = {0, len(run) - 1}
    waiting = [(0, len(run) - 1)]
    while waiting:
        first, end = waiting.pop()
        if end - first < 2:
            continue
        (begin, a), (stop, b) = run[first], run[end]
        worst, place = within, -1
        for middle in range(first + 1, end):
            frame, there = run[middle]
            share = (frame - begin) / (stop - begin)
            off = max(abs(u + (v - u) * share - w) for u, v, w in zip(a, b, there, strict=True))
            if off > worst:
                worst, place = off, middle
        if place >= 0:
            kept.add(place)
            waiting += [(first, place), (place, end)]
    return kept


def upright(there: Box, width: float, height: float) -> tuple[float, float, float, float]:
    """Left, top, width, height in pixels of the upright box around a turned one.

    :param width: of the picture in pixels, as ``height``.
    """
    corners = corners_of(there, width, height)
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    return left, top, max(x for x, _ in corners) - left, max(y for _, y in corners) - top


def corners_of(there: Box, width: float, height: float) -> list[tuple[float, float]]:
    """Top-left, top-right, bottom-right, bottom-left in pixels."""
    x, y, w, h, rotation = there
    left, top, w, h = x * width / 100, y * height / 100, w * width / 100, h * height / 100
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    return [(left + a * cos - b * sin, top + a * sin + b * cos) for a, b in ((0, 0), (w, 0), (w, h), (0, h))]


def middle_of(there: Box, width: float, height: float) -> tuple[float, float]:
    """In pixels."""
    first, _, third, _ = corners_of(there, width, height)
    return (first[0] + third[0]) / 2, (first[1] + third[1]) / 2


def about_middle(
    x: float, y: float, wide: float, high: float, rotation: float, size: tuple[float, float]
) -> Box:
    """The box of ``wide`` x ``high`` pixels that is turned about its middle at ``x``, ``y``.

    :param size: of the picture in pixels.
    """
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    left, top = x - (wide * cos - high * sin) / 2, y - (wide * sin + high * cos) / 2
    return 100 * left / size[0], 100 * top / size[1], 100 * wide / size[0], 100 * high / size[1], rotation
