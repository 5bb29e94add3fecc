"""How much two boxes share, and what a box may be."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from tagma_image.boxes import overlap
from tagma_image.tags import Image, Rectangle, RectangleLabels


def box(x: float, y: float, width: float, height: float, rotation: float = 0) -> dict[str, float]:
    return {"x": x, "y": y, "width": width, "height": height, "rotation": rotation}


@pytest.mark.parametrize(
    ("a", "b", "shared"),
    [
        (box(10, 10, 20, 20), box(10, 10, 20, 20), 1),
        (box(0, 0, 10, 10), box(20, 20, 10, 10), 0),
        (box(0, 0, 10, 10), box(10, 0, 10, 10), 0),
        (box(0, 0, 20, 10), box(10, 0, 20, 10), 1 / 3),
        (box(0, 0, 20, 20), box(5, 5, 10, 10), 1 / 4),
        (box(0, 0, 10, 10), box(10, 0, 10, 10, 90), 1),  # turned about its corner it covers the first
        (box(0, 0, 10, 10), box(10, 10, 10, 10, 180), 1),
        (box(0, 0, 0, 10), box(0, 0, 0, 10), 0),
    ],
)
def test_overlap_is_what_two_boxes_share_by_what_they_cover(a: Any, b: Any, shared: float) -> None:
    assert overlap(a, b) == pytest.approx(shared)
    assert overlap(b, a) == pytest.approx(shared)


def test_a_box_turned_by_half_a_right_angle_shares_an_octagon() -> None:
    half = 5 * math.sqrt(2)
    turned = box(50, 50 - half, 10, 10, 45)  # the same centre as the straight one
    straight = box(45, 45, 10, 10)
    octagon = 100 * 2 * (math.sqrt(2) - 1)
    assert overlap(straight, turned) == pytest.approx(octagon / (200 - octagon))


def test_turning_is_done_in_the_pictures_true_proportion() -> None:
    # On a picture twice as wide as high 10 by 20 percent is a square, so a quarter turn lands on itself.
    assert overlap(box(0, 0, 10, 20), box(10, 0, 10, 20, 90), aspect=0.5) == pytest.approx(1)


def test_results_are_alike_by_place_and_label() -> None:
    def result(*labels: str, x: float = 0) -> Any:
        return {
            "original_width": 100,
            "original_height": 50,
            "value": {**box(x, 0, 20, 10), "rectanglelabels": [*labels]},
        }

    assert RectangleLabels.similarity(result("Cat"), result("Cat")) == 1
    assert RectangleLabels.similarity(result("Cat"), result("Dog")) == 0
    assert RectangleLabels.similarity(result("Cat"), result("Cat", "Dog", x=10)) == pytest.approx(1 / 6)
    assert Rectangle.similarity(result("Cat"), result("Dog", x=10)) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "wrong", [{"width": -1}, {"x": "left"}, {"y": math.nan}, {"height": math.inf}, {"x": None}]
)
def test_a_box_of_other_than_numbers_is_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        Rectangle.Value.model_validate({**box(0, 0, 1, 1), **wrong})


def test_a_box_may_stand_partly_outside_and_keeps_unknown_keys() -> None:
    value = Rectangle.Value.model_validate({**box(-5, 98, 20, 20, 33), "more": 1})
    assert value.model_dump()["more"] == 1


@pytest.mark.parametrize(
    ("value", "fits"),
    [("a.jpg", True), (["a.jpg", "b.jpg"], True), ("", False), (3, False), ([1], False), (None, False)],
)
def test_a_picture_is_an_address_or_a_list_of_them(value: Any, fits: bool) -> None:
    assert (Image.accepts(value) is None) == fits
