"""Films: when each frame is shown, so that a frame has the same number in the browser, in results and in exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tagma.plugin import DataType


class Video(DataType):
    """MP4, WebM, MKV, MOV, AVI and what else FFmpeg reads.

    ``index`` is derived from a film: 4 bytes little-endian with the length n of what follows, n bytes of JSON
    ``{width, height, rotation, start, rate, duration, frames, codec, variable}`` padded with spaces so that 4 + n is a
    multiple of 8, then ``frames`` float64 little-endian: when each frame is shown, in seconds as the browser's
    ``currentTime`` counts them. ``width`` and ``height`` are those of the stored picture, ``rotation`` is how many
    degrees clockwise it is turned to be seen.

    ``film`` is a copy that browsers play: see :mod:`tagma_video.film_copy`. Pages ask for it where the film itself can't be played.

    ``thumbs`` is a sheet of small pictures: see :func:`tagma_video.thumbs.write`.
    """

    name = "video"
    suffixes = (
        ".mp4",
        ".m4v",
        ".mov",
        ".webm",
        ".mkv",
        ".avi",
        ".mpg",
        ".mpeg",
        ".ts",
        ".ogv",
        ".wmv",
        ".flv",
        ".3gp",
    )
    media_types = {".mkv": "video/x-matroska", ".m4v": "video/mp4", ".ts": "video/mp2t", ".ogv": "video/ogg"}
    derivations = {
        "index": "application/octet-stream",
        "film": "video/mp4",
        "thumbs": "application/octet-stream",
    }

    def probe(self, file: Path) -> dict[str, Any]:
        """Size as it is seen, seconds and frames a second as the head says, codec."""
        from tagma_video import index

        return index.probe(file)

    def derive(
        self, file: Path, kind: str, params: Mapping[str, str], out: Path, tell: Callable[[float], None]
    ) -> None:
        """``index``, ``film``, ``thumbs``: see the class."""
        from tagma_video import film_copy, index, thumbs

        if kind == "film":
            film_copy.write(file, out, tell)
        elif kind == "thumbs":
            thumbs.write(file, out, tell)
        else:
            out.write_bytes(index.packed(index.read(file, tell)))
