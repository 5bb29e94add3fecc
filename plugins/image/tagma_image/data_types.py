"""Picture files: how large they are, and a small copy for lists. Pillow is pulled in at first use."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagma.errors import ImportFailed
from tagma.plugin import DataType

MAX_PIXELS = 250_000_000
"""Larger pictures would need over a gigabyte to decode, here and in the browser."""

_TURNED = (5, 6, 7, 8)  # EXIF orientations that swap width and height
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
            if picture.getexif().get(_ORIENTATION) in _TURNED:
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
                    raise _too_large(file, f"{width:,} x {height:,} pixels large")
                yield picture
    except Pillow.DecompressionBombError:
        raise _too_large(file, "too large to decode") from None
    except (OSError, ValueError, SyntaxError, EOFError) as fault:
        if isinstance(fault, FileNotFoundError):
            raise ImportFailed(f"There is no file {file.name}.", file=file.name) from None
        hint = "Open it in a picture viewer; if that fails too, save it anew as PNG or JPEG."
        raise ImportFailed(
            f"{file.name} is no picture that can be read.", hint=hint, file=file.name
        ) from fault


def _too_large(file: Path, size: str) -> ImportFailed:
    hint = f"At most {MAX_PIXELS // 1_000_000} million pixels are shown; cut the picture into parts or make it smaller."
    return ImportFailed(f"{file.name} is {size}.", hint=hint, file=file.name)
