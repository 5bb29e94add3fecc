"""Films whose frames say which they are: the number is painted into each, and read back from what is on screen."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

BITS = 12
WIDTH, HEIGHT = 480, 320
_BAND = 64  # pixels at the top in which the number stands, black and white
_WALKER = np.random.default_rng(4).integers(0, 255, (10, 10, 3), np.uint8).repeat(6, 0).repeat(6, 1)


def paint(number: int) -> np.ndarray:
    """A picture with ``number`` in its top band, the highest bit at the left, and a motley square, 60 pixels wide, that walks two a frame."""
    picture = np.full((HEIGHT, WIDTH, 3), 96, np.uint8)
    cell = WIDTH // BITS
    for bit in range(BITS):
        picture[:_BAND, bit * cell : (bit + 1) * cell] = 255 if number >> (BITS - 1 - bit) & 1 else 0
    left = (number * 2) % (WIDTH - 60)
    picture[160:220, left : left + 60] = _WALKER
    return picture


def seen(screenshot: bytes, *, turned: bool = False) -> int:
    """The number in a picture of the film as it is on screen; ``turned`` films lie a quarter to the right."""
    picture = Image.open(io.BytesIO(screenshot)).convert("L")
    if turned:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    pixels = np.asarray(picture.resize((WIDTH, HEIGHT)))
    cell = WIDTH // BITS
    bits = [pixels[24:40, bit * cell + 12 : bit * cell + cell - 12].mean() > 127 for bit in range(BITS)]
    return sum(int(on) << (BITS - 1 - place) for place, on in enumerate(bits))


def film(
    file: Path,
    count: int,
    *,
    codec: str = "libx264",
    rate: int = 25,
    times: Sequence[float] | None = None,
    start: float = 0.0,
    between: int = 0,
    gop: int = 25,
    sound: bool = False,
) -> Path:
    """``count`` frames numbered from 1. ``times`` in seconds make the rate change, ``between`` is how many B-frames.

    ``sound`` adds a second of silence.
    """
    with av.open(str(file), "w") as out:
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.gop_size = gop
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "crf": "28", "bf": str(between), "b-adapt": "0"}
        elif codec.startswith("libvpx"):
            stream.options = {"deadline": "realtime", "cpu-used": "8", "crf": "40", "b": "0"}
        track = out.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for number in range(1, count + 1):
            frame = av.VideoFrame.from_ndarray(paint(number), format="rgb24")
            frame.pts = round(1000 * (start + (times[number - 1] if times else (number - 1) / rate)))
            frame.time_base = Fraction(1, 1000)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
        if track is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), "fltp", "mono")
            silence.sample_rate, silence.pts = 48_000, 0
            out.mux(track.encode(silence))
            out.mux(track.encode())
    return file


def turn(file: Path) -> Path:
    """Say in an MP4's head that its picture is to be turned a quarter to the right."""
    content = bytearray(file.read_bytes())
    at = content.index(b"tkhd") + 4
    matrix = at + (52 if content[at] else 40)
    content[matrix : matrix + 36] = struct.pack(
        ">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, HEIGHT << 16, 0, 1 << 30
    )
    file.write_bytes(content)
    return file
