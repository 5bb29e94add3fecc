"""The index of a film: times of frames as the browser counts them, and words for what is none."""

from __future__ import annotations

import itertools
import json
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tagma_video import index

UNEVEN = [0, 20, 70, 170, 203, 223, 273]


def film(file: Path, times: list[int], *, between: int = 0, codec: str = "libx264") -> Path:
    """Grey frames shown at ``times`` in milliseconds."""
    with av.open(str(file), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "bf": str(between), "b-adapt": "0"}
        for at in times:
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 80, np.uint8), format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file


def read(file: Path) -> index.Index:
    return index.read(file, lambda _share: None)


@pytest.mark.parametrize("between", [0, 3])
def test_frames_stand_in_the_order_they_are_shown_in(tmp_path: Path, between: int) -> None:
    found = read(film(tmp_path / "even.mp4", [40 * n for n in range(30)], between=between))
    assert found.times == pytest.approx([0.04 * n for n in range(30)])
    assert (found.frames, found.rate, found.variable) == (30, pytest.approx(25), False)
    assert found.duration == pytest.approx(1.2)
    assert (found.width, found.height, found.rotation, found.codec) == (64, 48, 0, "h264")


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.webm", "libvpx"), ("a.mkv", "libx264")]
)
def test_a_rate_that_changes_is_told_and_kept(tmp_path: Path, name: str, codec: str) -> None:
    found = read(film(tmp_path / name, UNEVEN, codec=codec))
    assert found.variable
    assert found.times == pytest.approx([at / 1000 for at in UNEVEN], abs=0.001)


def test_a_film_that_begins_late_keeps_its_own_clock(tmp_path: Path) -> None:
    found = read(film(tmp_path / "late.mkv", [1500 + 40 * n for n in range(10)]))
    assert found.start == pytest.approx(1.5)
    assert found.times[0] == pytest.approx(1.5)


def test_the_packed_index_is_a_head_and_aligned_numbers(tmp_path: Path) -> None:
    found = read(film(tmp_path / "uneven.mp4", UNEVEN))
    content = index.packed(found)
    (length,) = struct.unpack_from("<I", content)
    head = json.loads(content[4 : 4 + length])
    assert (4 + length) % 8 == 0
    assert set(head) == {
        "width",
        "height",
        "rotation",
        "start",
        "rate",
        "duration",
        "frames",
        "codec",
        "variable",
    }
    times = np.frombuffer(content, "<f8", offset=4 + length)
    assert len(times) == head["frames"] == len(UNEVEN)
    assert all(before < after for before, after in itertools.pairwise(times))
