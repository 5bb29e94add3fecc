"""Small pictures of a film in one sheet, for its timeline."""

from __future__ import annotations

import io
import json
import math
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tagma.errors import ImportFailed
from tagma_video import index
from tagma_video.numbering import Numbering, numbered
from tagma_video.opening import decoded, opened

MOST = 100
ENOUGH = 32
"""So many key frames make a sheet; where there are fewer, other frames are decoded too, which takes longer."""
HEIGHT = 64
_WIDEST = 256
_COLUMNS = 10


def write(file: Path, out: Path, tell: Callable[[float], None]) -> None:
    """4 bytes little-endian with the length n of what follows, n bytes of JSON ``{width, height, columns, frames}``, a JPEG.

    ``width`` and ``height`` are a picture's; the JPEG has ``columns`` of them in a row, ``frames`` are their numbers in order.

    :raises ImportFailed: the film can't be read or decoded, in words.
    """
    from PIL import Image

    film = index.read(file, lambda part: tell(part * 0.2))
    found = list(_spread(_key_frames(file, film), film, tell))
    if len(found) < min(ENOUGH, film.frames):
        found = list(_spread(numbered(file, film), film, tell))
    if not found:
        raise ImportFailed(
            f"The frames of {file.name} can't be decoded. They are in {film.codec}.",
            hint="Convert it to MP4 (H.264) with the program that made it, and import that file.",
            file=file.name,
        )
    width, height = found[0][1].size
    columns = min(_COLUMNS, len(found))
    sheet = Image.new("RGB", (width * columns, height * math.ceil(len(found) / columns)))
    for place, (_, picture) in enumerate(found):
        sheet.paste(picture, (place % columns * width, place // columns * height))
    body = io.BytesIO()
    sheet.save(body, "JPEG", quality=70)
    numbers = [number for number, _ in found]
    head = json.dumps({"width": width, "height": height, "columns": columns, "frames": numbers}).encode()
    out.write_bytes(struct.pack("<I", len(head)) + head + body.getvalue())


def _spread(
    frames: Iterator[tuple[int, Any]], film: index.Index, tell: Callable[[float], None]
) -> Iterator[tuple[int, Any]]:
    """At most :data:`MOST` of them, evenly over the film, made small."""
    step, following = max(film.frames / MOST, 1.0), 1.0
    for number, frame in frames:
        if number >= following:
            yield number, _small(frame)
            following = max(following + step, number + step / 2)
            tell(0.2 + 0.8 * number / film.frames)


def _key_frames(file: Path, film: index.Index) -> Iterator[tuple[int, Any]]:
    with opened(file) as (container, stream):
        numbering = Numbering(container, film)
        if numbering.counts:
            return
        stream.codec_context.skip_frame = "NONKEY"
        for packet in container.demux(stream):
            for frame in decoded(packet):
                if (number := numbering.of(frame)) is not None:
                    yield number, frame


def _small(frame: Any) -> Any:
    turned = int(frame.rotation)
    wide, tall = (frame.height, frame.width) if turned % 180 else (frame.width, frame.height)
    width, height = max(1, min(_WIDEST, round(wide * HEIGHT / tall))), HEIGHT
    size = (height, width) if turned % 180 else (width, height)
    picture = frame.reformat(width=size[0], height=size[1], format="rgb24").to_image()
    return picture.rotate(turned, expand=True) if turned else picture
