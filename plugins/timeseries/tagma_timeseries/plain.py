"""The bytes of a series as plain UTF-8 text, whatever they came as."""

from __future__ import annotations

import codecs
import gzip
import io
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tagma.errors import ImportFailed

_HEAD = 1 << 16
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16", codecs.BOM_UTF8: "utf-8-sig"}


@contextmanager
def plain(file: Path, room: Path) -> Iterator[Path]:
    """The file itself, or a copy in ``room`` that is unpacked and written in UTF-8.

    :raises ImportFailed: it is empty, or no text.
    """
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip():
        raise ImportFailed(f"{file.name} is empty.", hint="Leave it out, or export it again.", file=file.name)
    copy = room.with_name(f"{room.name}.text")
    try:
        if head.startswith(b"\x1f\x8b"):
            _unpack(file, copy)
            with copy.open("rb") as stream:
                head = stream.read(_HEAD)
            yield _written_anew(copy, copy.with_suffix(".plain"), head, file.name) or copy
        else:
            yield _written_anew(file, copy, head, file.name) or file
    finally:
        copy.unlink(missing_ok=True)
        copy.with_suffix(".plain").unlink(missing_ok=True)


def encoding_of(head: bytes) -> str | None:
    """What the mark at the beginning of a file says."""
    return next((found for mark, found in _MARKS.items() if head.startswith(mark)), None)


def _unpack(file: Path, out: Path) -> None:
    try:
        with gzip.open(file) as packed, out.open("wb") as copy:
            shutil.copyfileobj(packed, copy, 1 << 20)
    except (OSError, EOFError, zlib.error) as error:
        raise ImportFailed(
            f"{file.name} is packed with gzip, but can't be unpacked: {error}.",
            hint="Fetch or export it again; it may have been cut off.",
            file=file.name,
        ) from error


def _written_anew(file: Path, out: Path, head: bytes, name: str) -> Path | None:
    """A copy in UTF-8; None if the file is that already."""
    encoding = encoding_of(head)
    if encoding is None:
        if head.startswith(b"PK\x03\x04"):
            raise ImportFailed(
                f"{name} is a spreadsheet or a zip.",
                hint="Save the sheet as CSV, or unpack the zip.",
                file=name,
            )
        if b"\0" in head:
            raise ImportFailed(
                f"{name} is no text: it holds bytes that no text has.",
                hint="Series are read from CSV, TSV, JSON and Parquet.",
                file=name,
            )
        if head.lstrip()[:9].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
            raise ImportFailed(
                f"{name} is a web page or XML.",
                hint="What lies at this address is no series: it may ask for a sign-in.",
                file=name,
            )
        if _is_utf8(file):
            return None
        encoding = "cp1252"  # what spreadsheets of Windows write; numbers are the same in all of them
    with file.open(encoding=encoding, errors="replace", newline="") as text, out.open("wb") as copy:
        shutil.copyfileobj(text, _Encoder(copy), 1 << 20)
    return out


def _is_utf8(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as stream:
        try:
            while block := stream.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


class _Encoder(io.TextIOBase):
    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        return self._out.write(text.encode())
