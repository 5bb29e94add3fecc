"""What is computed from films: how many times faster than they play. Figures are CPU seconds: other work is not in them.

``index`` is made at import, ``thumbs`` when a film is opened, ``film`` only where a browser can't play the film itself.
Run: ``uv run --group dev bench/video_index.py [minutes]`` (1 unless told).
"""

from __future__ import annotations

import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from common import Figures

from tagma_video.data_type import Video

RATE, WIDTH, HEIGHT = 30, 1280, 720
FILMS = {
    "h264 in mp4": ("a.mp4", "libx264"),
    "mpeg4 in avi": ("a.avi", "mpeg4"),
    "vp8 in webm": ("a.webm", "libvpx"),
}


def shoot(file: Path, codec: str, minutes: int) -> None:
    """Stripes that walk through noise; a minute of them, over and over."""
    ground = np.random.default_rng(0).integers(60, 120, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    with av.open(str(file), "w") as out:
        stream: Any = out.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.bit_rate = 4_000_000
        if codec != "mpeg4":
            fast = (
                {"preset": "ultrafast"} if codec == "libx264" else {"deadline": "realtime", "cpu-used": "16"}
            )
            stream.options = fast
        for number in range(minutes * 60 * RATE):
            picture = ground.copy()
            picture[:, (number * 4) % WIDTH :][:, :40] = 220
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def main() -> None:
    minutes = int([*sys.argv[1:], "1"][0])
    figures = Figures("video_index")
    with tempfile.TemporaryDirectory(prefix="tagma-bench-") as place:
        for name, (file, codec) in FILMS.items():
            film = Path(place) / file
            shoot(film, codec, minutes)
            for kind in Video.derivations:
                begun = time.process_time()
                Video().derive(film, kind, {}, film.with_name(kind), lambda _part: None)
                took = max(time.process_time() - begun, 1e-3)
                goal = "at least 100" if kind == "index" else ""
                figures.add(f"{minutes} min of {name}: {kind}", minutes * 60 / took, "x time", goal)
            film.unlink()
    print(figures.save())


if __name__ == "__main__":
    main()
