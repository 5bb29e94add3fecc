"""The size of a picture as a browser shows it."""

from __future__ import annotations

from typing import IO

from tagma.errors import StorageError

_ORIENTATION = 0x0112
_TURNED = (5, 6, 7, 8)  # a quarter turn: width and height change places


def picture_size(stream: IO[bytes]) -> tuple[int, int]:
    """Read from the head of a file. :raises StorageError: it is no picture Pillow knows."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(stream) as picture:
            width, height = picture.size
            # Pillow would read a PNG to its end for an orientation that stands before the pixels or nowhere.
            known = picture.format != "PNG" or "exif" in picture.info
            turned = known and picture.getexif().get(_ORIENTATION) in _TURNED
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise StorageError(f"This is no picture: {error}.") from error
    return (height, width) if turned else (width, height)
