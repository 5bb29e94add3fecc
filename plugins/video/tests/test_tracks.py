"""Where a box is between its key frames, and key frames from boxes."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tagma_video import tracks

EXAMPLES = json.loads((Path(__file__).parent / "examples.json").read_text())["tracks"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["name"])
def test_a_box_is_where_its_key_frames_say(example: dict[str, Any]) -> None:
    sequence, frames = example["sequence"], example["frames"]
    for frame, box in example["at"].items():
        found = tracks.at(sequence, int(frame))
        assert (list(found) if found else None) == box, frame
    assert [list(span) for span in tracks.spans(sequence, frames)] == example["spans"]
    walked = {frame: box for frame, box, _ in tracks.boxes(sequence, frames)}
    assert walked == {
        frame: box for frame in range(1, frames + 1) if (box := tracks.at(sequence, frame)) is not None
    }


def test_few_key_frames_say_what_many_boxes_do() -> None:
    sequence = [
        {"frame": 3, "enabled": True, "x": 1, "y": 2, "width": 30, "height": 40, "rotation": 5},
        {"frame": 40, "enabled": True, "x": 50, "y": 2, "width": 30, "height": 10, "rotation": 5},
        {"frame": 60, "enabled": False, "x": 50, "y": 60, "width": 30, "height": 10, "rotation": 50},
        {"frame": 80, "enabled": True, "x": 5, "y": 6, "width": 3, "height": 1, "rotation": 0},
    ]
    found = [(frame, box) for frame, box, _ in tracks.boxes(sequence, 90)]
    made = tracks.sparse(found, within=0.001, rate=25, last=90)
    assert [(key["frame"], key["enabled"]) for key in made] == [
        (3, True),
        (40, True),
        (60, False),
        (80, True),
        (90, True),
    ]
    assert made[0]["time"] == 3 / 25
    again = [(frame, box) for frame, box, _ in tracks.boxes(made, 90)]
    assert [frame for frame, _ in again] == [frame for frame, _ in found]
    assert all(
        math.isclose(a, b, abs_tol=1e-9)
        for (_, one), (_, two) in zip(again, found, strict=True)
        for a, b in zip(one, two, strict=True)
    )


def test_a_way_that_is_not_straight_is_as_near_as_was_asked() -> None:
    found = [(frame, (10 * math.sin(frame / 20), 0.0, 5.0, 5.0, 0.0)) for frame in range(1, 400)]
    made = tracks.sparse(found, within=0.5)
    assert len(made) < 60
    assert (
        max(
            abs(box[0] - there[0])
            for (_, there), (_, box, _) in zip(found, tracks.boxes(made, 399), strict=True)
        )
        <= 0.5
    )


def test_a_turned_box_stands_upright_in_pixels_not_in_percent() -> None:
    left, top, width, height = tracks.upright((50, 0, 10, 20, 90), 400, 100)
    assert (round(left), round(top), round(width), round(height)) == (180, 0, 20, 40)
