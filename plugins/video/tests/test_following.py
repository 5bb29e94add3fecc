"""A box is followed to where it goes, and let go where it can't be seen any more."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tagma_video import following, tracks

WIDTH, HEIGHT, COUNT = 640, 360, 60
SIDE = 64


def place(number: int) -> tuple[float, float, float]:
    """Left, top and side of what moves, in pixels."""
    return 40 + 6.5 * number, 60 + 80 * np.sin(number / 12), SIDE * (1 + number / 150)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chequered square with a speckled face goes over a speckled ground; a wall hides it from frame 50 on."""
    import cv2

    noise = np.random.default_rng(4)
    ground = cv2.GaussianBlur(noise.integers(60, 130, (HEIGHT, WIDTH, 3), dtype=np.uint8), (0, 0), 2)
    face = cv2.resize(
        noise.integers(0, 255, (8, 8, 3), dtype=np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST
    )
    file = tmp_path_factory.mktemp("films") / "square.mp4"
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "18", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = (
            WIDTH,
            HEIGHT,
            "yuv420p",
            Fraction(1, 25),
        )
        for number in range(1, COUNT + 1):
            picture = ground.copy()
            left, top, side = place(number)
            if number < 50:
                move = np.float32([[side / SIDE, 0, left], [0, side / SIDE, top]])
                moved = cv2.warpAffine(
                    face, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_TRANSPARENT, dst=picture
                )
                picture = moved
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(stream.encode())
    return file


def box(number: int) -> tracks.Box:
    left, top, side = place(number)
    return 100 * left / WIDTH, 100 * top / HEIGHT, 100 * side / WIDTH, 100 * side / HEIGHT, 0.0


def overlap(a: tracks.Box, b: tracks.Box) -> float:
    wide = max(0.0, min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]))
    return wide * high / (a[2] * a[3] + b[2] * b[3] - wide * high)


def test_a_box_goes_where_what_is_in_it_goes(film: Path) -> None:
    said = list(following.follow(film, 5, 45, box(5)))
    assert said[-1] == {"end": ""}
    assert [one["frame"] for one in said[:-1]] == list(range(6, 46))
    assert min(overlap(one["box"], box(one["frame"])) for one in said[:-1]) > 0.8


def test_what_is_hidden_is_let_go_with_a_word(film: Path) -> None:
    said = list(following.follow(film, 30, 60, box(30)))
    assert said[-1]["end"] in (
        "it looks otherwise, or something stands before it",
        "too little of it is found again",
    )
    assert said[-2]["frame"] in (48, 49, 50)


def test_what_leaves_the_picture_is_let_go(film: Path, tmp_path: Path) -> None:
    assert list(following.follow(film, 70, 80, box(1))) == [{"end": "the film has no such frame"}]


def test_a_turned_box_keeps_its_turn(film: Path) -> None:
    x, y = tracks.middle_of(box(5), WIDTH, HEIGHT)
    turned = tracks.about_middle(x, y, SIDE, SIDE, 30, (WIDTH, HEIGHT))
    *_, last, _ = following.follow(film, 5, 25, turned)
    assert last["box"][4] == 30
    assert (
        np.hypot(
            *np.subtract(
                tracks.middle_of(last["box"], WIDTH, HEIGHT), tracks.middle_of(box(25), WIDTH, HEIGHT)
            )
        )
        < 4
    )
