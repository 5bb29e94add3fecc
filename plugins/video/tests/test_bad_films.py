"""Files that are no film, or half of one: each is told what it is and what to do, and what can be read of it is."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from tagma.errors import ImportFailed
from tagma_video import index
from tagma_video.data_type import Video

COUNT = 200
NOISE = np.random.default_rng(1).integers(0, 255, (COUNT, 48, 64, 3), dtype=np.uint8)


def film(file: Path, codec: str = "libx264", count: int = COUNT, **flags: str) -> bytes:
    """Noise, of which every frame takes its place in the file."""
    with av.open(str(file), "w", options=flags) as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.max_b_frames = 25, 0
        out.start_encoding()
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(NOISE[number], format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        if count:
            out.mux(stream.encode())
    return file.read_bytes()


def sound(file: Path) -> bytes:
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream("aac", rate=44100, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file.read_bytes()


def picture(file: Path) -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (40, 30)).save(body, "PNG")
    return body.getvalue()


def unknown(file: Path) -> bytes:
    return film(file, count=5).replace(b"avc1", b"zz9z").replace(b"avcC", b"zzzz")


BAD: dict[str, tuple[Callable[[Path], bytes], str, str]] = {
    "empty": (lambda file: b"", "is empty", "copied whole"),
    "words": (lambda file: b"no film at all", "is no film that can be read", "convert it to MP4"),
    "a sign-in": (lambda file: b"<!doctype html><html></html>", "is a web page", "sign-in"),
    "a picture": (picture, r"is a picture \(PNG\)", "tag Image"),
    "sound": (sound, "has no picture, only sound", "tag Audio"),
    "of no length": (lambda file: film(file, count=0), "its length is zero", "still being recorded"),
    "cut off": (lambda file: film(file)[:100_000], "breaks off: the list of its frames", "Copy it again"),
    "of no known codec": (unknown, r"a codec that can't be read here \(zz9z\)", "Convert it to MP4"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_film_says_what_it_is_and_what_to_do(tmp_path: Path, kind: str) -> None:
    make, words, hint = BAD[kind]
    file = tmp_path / "film.mp4"
    file.write_bytes(make(file))
    for work in (index.probe, lambda file: index.read(file, lambda _part: None)):
        with pytest.raises(ImportFailed, match=f"film.mp4 .*{words}") as caught:
            work(file)
        assert hint in (caught.value.hint or "")
    for kind in Video.derivations:
        with pytest.raises(ImportFailed, match=words):
            Video().derive(file, kind, {}, tmp_path / "out", lambda _part: None)


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("film.mp4", {"movflags": "faststart"}),
        ("film.mp4", {"movflags": "frag_keyframe+empty_moov"}),
        ("film.mkv", {}),
    ],
)
def test_what_is_there_of_a_film_that_breaks_off_or_grows_is_read(
    tmp_path: Path, name: str, flags: dict[str, str]
) -> None:
    file = tmp_path / name
    whole = film(file, **flags)
    lengths = []
    for share in (0.3, 0.6, 1.0):
        file.write_bytes(whole[: int(len(whole) * share)])
        found = index.read(file, lambda _part: None)
        assert found.times == pytest.approx(np.arange(found.frames) / 25, abs=0.001)
        lengths.append(found.frames)
    assert COUNT * 0.2 < lengths[0] < COUNT * 0.4 < lengths[1] < COUNT * 0.7
    assert lengths[2] == COUNT


def test_a_wrong_suffix_does_no_harm(tmp_path: Path) -> None:
    film(tmp_path / "film.webm", codec="libvpx", count=10)
    file = (tmp_path / "film.webm").rename(tmp_path / "film.avi")
    assert Video().probe(file)["format"] == "vp8"
    assert index.read(file, lambda _part: None).frames == 10


def test_damage_in_the_middle_moves_no_frame_behind_it(tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    body = bytearray(film(file, movflags="faststart"))
    middle = len(body) // 2
    body[middle : middle + 5000] = b"\xaa" * 5000
    file.write_bytes(body)
    assert index.read(file, lambda _part: None).times == pytest.approx(np.arange(COUNT) / 25)
    Video().derive(file, "film", {}, tmp_path / "copy.mp4", lambda _part: None)
    copy = index.read(tmp_path / "copy.mp4", lambda _part: None)
    assert copy.times[-1] == pytest.approx((COUNT - 1) / 25)
