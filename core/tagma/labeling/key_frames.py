"""Regions of a video, written as key frames: every frame between two of them filled in."""

from __future__ import annotations

from typing import Any

MOVING = ("x", "y", "width", "height", "rotation", "time")
MOST = 1_000_000  # frames of one region; a sequence that asks for more is no real one


def fill_in(result: list[Any]) -> int:
    """Give each ``value.sequence`` the frames between its key frames, marked ``auto``; where a key frame is enabled they move in
    a straight line to the next one, and after the last they stand still until ``framesCount``.

    :returns: how many sequences were left as they are because they would become too long.
    """
    left = 0
    for item in result:
        value = item.get("value") if isinstance(item, dict) else None
        keys = value.get("sequence") if isinstance(value, dict) else None
        if (
            not isinstance(value, dict)
            or not isinstance(keys, list)
            or not keys
            or not all(map(_is_key, keys))
        ):
            continue
        keys = sorted(keys, key=lambda one: one["frame"])
        last = value.get("framesCount")
        end = last if isinstance(last, int) and keys[-1].get("enabled") else keys[-1]["frame"]
        if end - keys[0]["frame"] >= MOST:
            left += 1
            continue
        filled: list[dict[str, Any]] = []
        for begin, following in zip(keys, [*keys[1:], None], strict=True):
            filled.append(begin)
            if begin.get("enabled"):
                filled += _between(begin, following, end)
        value["sequence"] = filled
    return left


def _is_key(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("frame"), int)


def _between(begin: dict[str, Any], following: dict[str, Any] | None, end: int) -> list[dict[str, Any]]:
    if following is None:
        return [{**begin, "frame": frame, "auto": True} for frame in range(begin["frame"] + 1, end + 1)]
    span = following["frame"] - begin["frame"]
    moves = {
        key: (begin[key], following[key] - begin[key])
        for key in MOVING
        if _is_number(begin.get(key)) and _is_number(following.get(key))
    }
    return [
        {
            **begin,
            **{key: start + way * step / span for key, (start, way) in moves.items()},
            "frame": begin["frame"] + step,
            "auto": True,
        }
        for step in range(1, span)
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
