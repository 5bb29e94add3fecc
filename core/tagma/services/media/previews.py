"""Small pictures of media for lists: made once by the data type, kept on disk by the file's content."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from tagma.errors import NotFound

if TYPE_CHECKING:
    from tagma.services.site import Site

_SIZES = (64, 160, 320, 640, 1024)  # asked sizes are rounded up, so that few are kept


def preview(site: Site, file: Path, size: int) -> tuple[bytes, str]:
    """At most ``size`` pixels a side, roughly: bytes and media type.

    :raises NotFound: no data type makes one of this file. :raises ImportFailed: the file is broken.
    """
    size = next((one for one in _SIZES if one >= size), _SIZES[-1])
    data_type = site.plugins.data_type_for(file.suffix)
    if data_type is None:
        raise NotFound(f'No plugin makes small pictures of "{file.suffix}" files.')
    with file.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    folder = site.folder("previews", content[:2])
    for kept in folder.glob(f"{content}-{size}.*"):
        return kept.read_bytes(), f"image/{kept.suffix[1:]}"
    made = data_type().preview(file, size)
    if made is None:
        raise NotFound(f"The data type {data_type.name} makes no small picture of {file.name}.")
    body, kind = made
    part = folder / f".{secrets.token_hex(8)}"
    part.write_bytes(body)
    os.replace(part, folder / f"{content}-{size}.{kind.rpartition('/')[2]}")  # whole or not at all
    return made
