"""Picture files: how large they are, and a small copy for lists. Pillow is pulled in at first use."""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagma.errors import ImportFailed
from tagma.plugin import DataType

MAX_PIXELS = 250_000_000
"""Larger pictures would need over a gigabyte to decode, here and in the browser."""

_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height
_ORIENTATION = 0x0112


class Image(DataType):
    """JPEG, PNG, WebP and what else browsers show."""

    name = "image"
    suffixes = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".avif", ".svg", ".tif", ".tiff")
    media_types = {".webp": "image/webp", ".avif": "image/avif"}

    def probe(self, file: Path) -> dict[str, Any]:
        """Width and height as they are shown, with the camera's rotation applied."""
        if file.suffix.lower() == ".svg":
            return {"format": "SVG"}
        with _opened(file) as picture:
            width, height = picture.size
            if _turned(picture):
                width, height = height, width
            return {"width": width, "height": height, "format": picture.format}

    def preview(self, file: Path, size: int) -> tuple[bytes, str] | None:
        if file.suffix.lower() == ".svg":
            return None
        from PIL import ImageOps

        with _opened(file) as picture:
            picture.draft("RGB", (size, size))
            small = ImageOps.exif_transpose(picture)
            small.thumbnail((size, size))
            out = io.BytesIO()
            small.convert("RGBA" if "A" in small.getbands() else "RGB").save(out, "WEBP", quality=80)
            return out.getvalue(), "image/webp"


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    from PIL import Image as Pillow

    try:
        with warnings.catch_warnings():
            # Our own limit below speaks in words; Pillow's is a warning first and an error at twice the size.
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            with Pillow.open(file) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise _too_large(file, width * height)
                yield picture
    except Pillow.DecompressionBombError as fault:
        # Pillow stops at its own limit before it tells the size; its words hold the number of pixels.
        number = re.search(r"(\d+) pixels", str(fault))
        raise _too_large(file, int(number[1]) if number else MAX_PIXELS) from None
    except (OSError, ValueError, SyntaxError, EOFError, struct.error) as fault:
        if isinstance(fault, FileNotFoundError):
            raise ImportFailed(f"There is no file {file.name}.", file=file.name) from None
        hint = "Open it in a picture viewer; if that fails too, save it anew as PNG or JPEG."
        raise ImportFailed(
            f"{file.name} is no picture that can be read.", hint=hint, file=file.name
        ) from fault


def _turned(picture: Any) -> bool:
    # Asked of a PNG that carries no EXIF before its pixels, Pillow would decode all of them to look behind.
    if picture.format == "PNG" and "exif" not in picture.info:
        return False
    return picture.getexif().get(_ORIENTATION) in _SIDEWAYS


def _too_large(file: Path, pixels: int) -> ImportFailed:
    hint = f"At most {MAX_PIXELS // 1_000_000} million pixels are shown; cut the picture into parts or make it smaller."
    return ImportFailed(
        f"{file.name} is {pixels // 1_000_000:,} million pixels large.", hint=hint, file=file.name
    )
