"""Opening a film, and saying of what is none what it is and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagma.errors import ImportFailed

_BOXES = 64
"""Boxes of an MP4 that are looked at for its table of frames."""
_HEAD = 1 << 20


@contextmanager
def opened(file: Path) -> Iterator[tuple[Any, Any]]:
    """The container and its picture track. :raises ImportFailed: there is none that can be read, in words."""
    import av
    from av.error import FFmpegError
    from av.stream import Disposition

    if not file.stat().st_size:
        raise _no(file, f"{file.name} is empty.", "Check that it was recorded and copied whole.")
    try:
        container = av.open(str(file))
    except FFmpegError as error:
        raise _unreadable(file, error) from error
    with container:
        if container.format.name.endswith("_pipe"):
            picture = container.format.name.removesuffix("_pipe").upper()
            raise _no(
                file, f"{file.name} is a picture ({picture}), no film.", "Use the tag Image for pictures."
            )
        pictures = [one for one in container.streams if one.type == "video"]
        stream = next((one for one in pictures if not one.disposition & Disposition.attached_pic), None)
        if stream is None:
            raise _without_picture(file, container)
        if stream.codec_context is None:
            raise _no(
                file,
                f"{file.name} is in a codec that can't be read here{_codec(file)}.",
                "Convert it to MP4 (H.264) with the program that made it, and import that file.",
            )
        yield container, stream


def decoded(packet: Any) -> list[Any]:
    """Its frames; none of a packet that is damaged, which players step over too."""
    from av.error import FFmpegError

    try:
        return list(packet.decode())
    except FFmpegError:
        return []


def _unreadable(file: Path, error: Any) -> ImportFailed:
    with file.open("rb") as stream:
        head = stream.read(512)
    if head[4:8] == b"ftyp" and b"moov" not in _boxes(file):
        return _no(
            file,
            f"{file.name} breaks off: the list of its frames, which stands at its end, is missing.",
            "Copy it again from where it came from. If it is still being recorded, wait until its program has closed it.",
        )
    if b"\0" not in head and head.lstrip()[:1] == b"<":
        return _no(
            file,
            f"{file.name} is a web page or XML, no film.",
            "Whoever gave it out perhaps asked for a sign-in. Open its address in a browser to see what comes.",
        )
    return _no(
        file,
        f"{file.name} is no film that can be read: {error.strerror or error}.",
        "Open it in a player; if it plays there, convert it to MP4 (H.264) and use that file.",
    )


def _without_picture(file: Path, container: Any) -> ImportFailed:
    if not any(one.type == "audio" for one in container.streams):
        return _no(
            file,
            f"{file.name} holds no frame: its length is zero.",
            "Record or convert it again. If it is still being recorded, wait until its program has closed it.",
        )
    return _no(file, f"{file.name} has no picture, only sound.", "Use the tag Audio for recordings.")


def _boxes(file: Path) -> set[bytes]:
    """Names of the outer boxes of an MP4."""
    found = set()
    with file.open("rb") as stream:
        for _ in range(_BOXES):
            head = stream.read(16)
            if len(head) < 8:
                break
            found.add(head[4:8])
            size = int.from_bytes(head[:4])
            size = int.from_bytes(head[8:16]) if size == 1 else size
            if size < 8:
                break
            stream.seek(size - len(head), 1)
    return found


def _codec(file: Path) -> str:
    """The word by which an MP4 or MKV calls the codec of its picture, in brackets; FFmpeg's wheel keeps it to itself."""
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
        stream.seek(max(file.stat().st_size - _HEAD, 0))
        tail = stream.read()
    for part in (head, tail):
        track = part.find(b"vmhd")  # only tracks of pictures have one
        found = part.find(b"stsd", track) + 16
        if track >= 0 and found >= 16:
            return f" ({part[found : found + 4].decode('latin-1')})"
        if named := re.search(rb"V_[A-Z0-9_/.]{2,40}", part):
            return f" ({named[0].decode()})"
    return ""


def _no(file: Path, words: str, hint: str) -> ImportFailed:
    return ImportFailed(words, hint=hint, file=file.name)
