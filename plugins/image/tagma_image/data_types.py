"""Picture files: what they are, and small copies of them. Pillow is loaded when the first picture is looked at."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import ImportFailed
from tagma.plugin import DataType

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 200_000_000
"""A picture with more is not decoded: it would take over 600 MB of memory."""


class ImageFile(DataType):
    name = "image"
    suffixes = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".svg")
    media_types = {".webp": "image/webp", ".svg": "image/svg+xml"}

    def probe(self, file: Path) -> dict[str, Any]:
        """``width`` and ``height`` as seen, that is after the turn its EXIF orientation asks for."""
        if _is_svg(file):
            return {"format": "SVG"}
        with _opened(file) as picture:
            width, height = picture.size
            if picture.getexif().get(0x0112, 1) in (5, 6, 7, 8):
                width, height = height, width
            if width * height > MOST_PIXELS:
                raise ImportFailed(
                    f"{file.name} is {width:,} x {height:,} pixels; the most that can be shown is "
                    f"{MOST_PIXELS // 1_000_000} million pixels.",
                    hint="Make it smaller, or cut it into tiles.",
                    code="picture-too-large",
                    file=file.name,
                )
            return {"width": width, "height": height, "format": picture.format}

    def preview(self, file: Path, size: int) -> tuple[bytes, str] | None:
        """A JPEG (PNG when it has transparent parts) of at most ``size`` pixels a side."""
        from PIL import ImageOps

        if _is_svg(file):
            return file.read_bytes(), "image/svg+xml"
        self.probe(file)
        with _opened(file) as picture:
            picture.draft("RGB", (size * 2, size * 2))
            small = ImageOps.exif_transpose(picture)
            small.thumbnail((size, size))
            out = io.BytesIO()
            if small.mode in ("RGBA", "LA", "PA") or "transparency" in small.info:
                small.convert("RGBA").save(out, "PNG")
                return out.getvalue(), "image/png"
            small.convert("RGB").save(out, "JPEG", quality=82)
            return out.getvalue(), "image/jpeg"


def _is_svg(file: Path) -> bool:
    return file.suffix.lower() == ".svg"


@contextmanager
def _opened(file: Path) -> Iterator[Image]:
    import warnings

    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MOST_PIXELS is our own limit
            with Image.open(file) as picture:
                yield picture
    except Image.DecompressionBombError as error:
        raise ImportFailed(
            f"{file.name} has too many pixels to be shown: {error}.",
            hint="Make it smaller, or cut it into tiles.",
            code="picture-too-large",
            file=file.name,
        ) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ImportFailed(
            f"{file.name} is no picture, though its name says so.",
            hint="Open it in a picture viewer; if that fails too, the file is damaged or has the wrong name.",
            code="no-picture",
            file=file.name,
        ) from error
