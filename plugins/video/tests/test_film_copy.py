"""The copy that browsers play: every frame at its own time, sound in step, the picture turned as it is seen."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tagma_video import film_copy, index

EVEN = [40 * n for n in range(50)]
UNEVEN = [0, 20, 70, 170, 203, 223, 500, 900]
WIDTH, HEIGHT, RATE = 66, 48, 44_100


def shoot(
    file: Path,
    codec: str,
    times: list[int],
    form: str = "yuv420p",
    clap: float | None = None,
    width: int = WIDTH,
) -> Path:
    """Each frame brighter than the one before, the upper half black; a beep at ``clap`` seconds."""
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = width, HEIGHT, form
        stream.codec_context.time_base, stream.codec_context.bit_rate = Fraction(1, 1000), 4_000_000
        track: Any = out.add_stream("pcm_s16le", rate=RATE, layout="mono") if clap is not None else None
        for number, at in enumerate(times):
            picture = np.full((HEIGHT, width, 3), 60 + 3 * number, np.uint8)
            picture[: HEIGHT // 2] = 0
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
        if track is not None:
            samples = np.zeros((1, RATE * 2), np.int16)
            samples[0, int((clap or 0) * RATE) :][:441] = 20_000
            sound = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            sound.sample_rate, sound.pts = RATE, 0
            out.mux(track.encode(sound))
            out.mux(track.encode())
    return file


def copied(file: Path) -> tuple[index.Index, index.Index, Path]:
    out = file.with_name("copy.mp4")
    told: list[float] = []
    film_copy.write(file, out, told.append)
    assert told == sorted(told)
    return index.read(file, lambda _part: None), index.read(out, lambda _part: None), out


@pytest.mark.parametrize(
    ("name", "codec", "times", "form"),
    [
        ("a.mp4", "mpeg4", EVEN, "yuv420p"),
        ("a.mov", "prores_ks", EVEN, "yuv422p10le"),
        ("a.mkv", "ffv1", UNEVEN, "yuv444p"),
        ("late.mkv", "ffv1", [1500 + at for at in UNEVEN], "yuv420p"),
        ("a.avi", "mjpeg", EVEN, "yuvj420p"),
    ],
)
def test_every_frame_is_shown_when_the_index_says(
    tmp_path: Path, name: str, codec: str, times: list[int], form: str
) -> None:
    film, copy, out = copied(shoot(tmp_path / name, codec, times, form))
    assert copy.codec == "h264"
    assert copy.times == pytest.approx(film.times, abs=1 / 90_000)
    with av.open(str(out)) as container:
        shown = [frame.to_ndarray(format="gray")[40:].mean() for frame in container.decode(video=0)]
    assert np.diff(shown) == pytest.approx(np.full(len(times) - 1, 3), abs=1.5)


def test_a_side_of_an_odd_length_loses_a_pixel_and_no_more(tmp_path: Path) -> None:
    _, copy, _ = copied(shoot(tmp_path / "odd.mkv", "ffv1", UNEVEN, "yuv444p", width=67))
    assert (copy.width, copy.height) == (66, HEIGHT)


def test_a_turned_picture_is_turned_in_the_copy(tmp_path: Path) -> None:
    file = shoot(tmp_path / "turned.mp4", "mpeg4", EVEN)
    content = bytearray(file.read_bytes())
    matrix = content.index(b"tkhd") + 44
    content[matrix : matrix + 36] = struct.pack(
        ">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, HEIGHT << 16, 0, 1 << 30
    )
    file.write_bytes(content)
    film, copy, out = copied(file)
    assert (film.width, film.height, film.rotation) == (WIDTH, HEIGHT, 90)
    assert (copy.width, copy.height, copy.rotation) == (HEIGHT, WIDTH, 0)
    with av.open(str(out)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="gray")
    assert first[:, HEIGHT // 2 + 4 :].mean() < 25 < 50 < first[:, : HEIGHT // 2 - 4].mean()


def test_sound_stays_in_step(tmp_path: Path) -> None:
    *_, out = copied(shoot(tmp_path / "clap.mov", "prores_ks", EVEN, "yuv422p10le", clap=1.0))
    heard = np.zeros(int(48_000 * 2.5))
    with av.open(str(out)) as container:
        for frame in container.decode(audio=0):
            at = round((frame.time or 0) * 48_000)
            part = frame.to_ndarray()[0]
            heard[at : at + len(part)] = part[: len(heard) - at]
    loud = np.flatnonzero(np.abs(heard) > 0.2)
    assert loud[0] / 48_000 == pytest.approx(1.0, abs=0.01)
