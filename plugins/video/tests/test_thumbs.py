"""The sheet of small pictures: evenly over the film, each under its number, turned as it is seen."""

from __future__ import annotations

import io
import json
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tagma_video import thumbs


def shoot(
    file: Path, count: int, gop: int, codec: str = "libx264", size: tuple[int, int] = (128, 64)
) -> Path:
    """Brighter from frame to frame, over and over; black in the upper half."""
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream(codec, rate=25)
        (stream.width, stream.height), stream.pix_fmt = size, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.bit_rate = gop, 1_000_000
        for number in range(count):
            picture = np.zeros((size[1], size[0], 3), np.uint8)
            picture[size[1] // 2 :] = shade(number + 1)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file


def shade(number: int) -> int:
    return 60 + number % 190


def sheet(file: Path) -> tuple[dict[str, Any], list[Image.Image]]:
    out = file.with_name("sheet")
    thumbs.write(file, out, lambda _part: None)
    body = out.read_bytes()
    (length,) = struct.unpack_from("<I", body)
    head = json.loads(body[4 : 4 + length])
    whole = Image.open(io.BytesIO(body[4 + length :])).convert("L")
    width, height, columns = head["width"], head["height"], head["columns"]
    places = [divmod(place, columns) for place in range(len(head["frames"]))]
    return head, [
        whole.crop((column * width, row * height, (column + 1) * width, (row + 1) * height))
        for row, column in places
    ]


@pytest.mark.parametrize(
    ("name", "count", "gop", "codec"),
    [
        ("short.mp4", 7, 250, "libx264"),
        ("few-key-frames.mp4", 600, 250, "libx264"),
        ("many-key-frames.mkv", 1500, 12, "libx264"),
        ("counted.avi", 300, 12, "mpeg4"),
    ],
)
def test_pictures_stand_evenly_over_the_film_under_their_numbers(
    tmp_path: Path, name: str, count: int, gop: int, codec: str
) -> None:
    head, pictures = sheet(shoot(tmp_path / name, count, gop, codec))
    numbers = head["frames"]
    assert (head["width"], head["height"]) == (128, 64)
    assert numbers[0] == 1
    assert min(thumbs.ENOUGH, count) <= len(numbers) <= thumbs.MOST
    assert np.diff([*numbers, count]).max() <= 3 * max(count / thumbs.MOST, 4)
    for number, picture in zip(numbers, pictures, strict=True):
        assert np.asarray(picture)[40:].mean() == pytest.approx(shade(number), abs=6)


def test_a_turned_film_has_turned_pictures(tmp_path: Path) -> None:
    file = shoot(tmp_path / "turned.mp4", 10, 10, "mpeg4")
    content = bytearray(file.read_bytes())
    matrix = content.index(b"tkhd") + 44
    content[matrix : matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 64 << 16, 0, 1 << 30)
    file.write_bytes(content)
    head, pictures = sheet(file)
    assert (head["width"], head["height"]) == (32, 64)
    first = np.asarray(pictures[0]).astype(int)
    assert first[:, 20:].mean() < 20 < 50 < first[:, :12].mean()


def test_a_very_wide_film_has_small_pictures_all_the_same(tmp_path: Path) -> None:
    head, _ = sheet(shoot(tmp_path / "wide.mp4", 10, 10, size=(1024, 32)))
    assert head["width"] <= 256
