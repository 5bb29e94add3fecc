"""Decoded frames have the numbers of the index, wherever reading begins and whatever is damaged."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tagma_video import film_copy, index
from tagma_video.numbering import numbered

COUNT, GOP = 60, 12


def shoot(file: Path, codec: str = "libx264", between: int = 3, late: int = 0) -> Path:
    """Each frame three steps brighter than the one before."""
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = GOP, between
        stream.codec_context.bit_rate = 2_000_000
        for number in range(COUNT):
            picture = np.full((48, 64, 3), 40 + 3 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number + late, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file


def told(file: Path, first: int = 1) -> dict[int, int]:
    """Number -> the number that is painted."""
    film = index.read(file, lambda _part: None)
    return {number: painted(frame) for number, frame in numbered(file, film, first)}


def painted(frame: Any) -> int:
    return round((frame.to_ndarray(format="rgb24").mean() - 40) / 3) + 1


def all_from(first: int) -> dict[int, int]:
    return {number: number for number in range(first, COUNT + 1)}


@pytest.mark.parametrize("name", ["even.mp4", "late.mkv", "even.ts", "even.avi"])
@pytest.mark.parametrize("first", [1, 2, 30, GOP * 2 + 1, COUNT])
def test_reading_begins_at_any_frame(tmp_path: Path, name: str, first: int) -> None:
    file = shoot(tmp_path / name, late=40 if name.startswith("late") else 0)
    assert told(file, first) == all_from(first)


def test_there_is_nothing_behind_the_end(tmp_path: Path) -> None:
    assert told(shoot(tmp_path / "even.mp4"), COUNT + 1) == {}


def test_frames_behind_a_damaged_one_keep_their_numbers(tmp_path: Path) -> None:
    file = shoot(tmp_path / "even.mkv", "ffv1", between=0)
    with av.open(str(file)) as container:
        [hurt] = [packet.pos for at, packet in enumerate(container.demux(video=0)) if at == 20]
    body = bytearray(file.read_bytes())
    body[(hurt or 0) + 20 : (hurt or 0) + 60] = b"\xff" * 40
    file.write_bytes(body)
    found = told(file)
    assert found != all_from(1)
    assert {number: seen for number, seen in found.items() if number > 2 * GOP} == all_from(2 * GOP + 1)


def test_an_avi_with_frames_out_of_order_is_copied_in_order(tmp_path: Path) -> None:
    file = shoot(tmp_path / "even.avi")
    film_copy.write(file, tmp_path / "copy.mp4", lambda _part: None)
    film, copy = (index.read(one, lambda _part: None) for one in (file, tmp_path / "copy.mp4"))
    assert copy.times == pytest.approx(film.times, abs=1 / 90_000)
    assert told(tmp_path / "copy.mp4") == all_from(1)
