"""Reading bytes that somebody else wrote: what is wrong with them, said in one sentence."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO

from tagma.errors import ImportFailed
from tagma.plugin import SourceFile

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}  # the longest first: UTF-32's mark begins with UTF-16's


def marked_encoding(head: bytes) -> str | None:
    """The encoding that the byte order mark at the beginning of a file names."""
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)


@contextmanager
def open_bytes(file: SourceFile) -> Iterator[BinaryIO]:
    """The file from after its UTF-8 mark.

    :raises ImportFailed: it is empty, can't be opened, or is not UTF-8 by its own mark.
    """
    try:
        stream = file.path.open("rb")
    except OSError as error:
        raise ImportFailed(f"{file.name} can't be read: {error.strerror}.", file=file.name) from error
    with stream:
        head = stream.read(4)
        if not head:
            raise empty(file)
        mark = marked_encoding(head)
        if mark in ("utf-16", "utf-32"):
            raise ImportFailed(
                f"{file.name} is written in {mark.upper()}; JSON must be UTF-8.",
                hint="Save it again as UTF-8.",
                code="encoding",
                file=file.name,
            )
        stream.seek(len(codecs.BOM_UTF8) if mark else 0)
        yield stream


@contextmanager
def open_text(file: SourceFile, encoding: str) -> Iterator[TextIO]:
    """The file as text with its line ends untouched; a byte order mark goes before the chosen encoding.

    :raises ImportFailed: it is empty or not in that encoding.
    """
    try:
        with file.path.open("rb") as stream:
            head = stream.read(4)
            if not head:
                raise empty(file)
            stream.seek(0)
            with io.TextIOWrapper(stream, encoding=marked_encoding(head) or encoding, newline="") as text:
                yield text
    except LookupError as error:
        raise ImportFailed(
            f'There is no encoding "{encoding}".', hint="Try utf-8, latin-1 or gb18030.", file=file.name
        ) from error
    except UnicodeDecodeError as error:
        raise not_text(file, error, encoding) from error
    except OSError as error:
        raise ImportFailed(f"{file.name} can't be read: {error.strerror}.", file=file.name) from error


def empty(file: SourceFile) -> ImportFailed:
    return ImportFailed(
        f"{file.name} is empty.",
        hint="Check that it was saved and copied whole.",
        code="empty",
        file=file.name,
    )


def not_text(
    file: SourceFile, error: UnicodeDecodeError, encoding: str = "utf-8", row: int | None = None
) -> ImportFailed:
    byte = error.object[error.start]
    return ImportFailed(
        f"{file.name} is not {encoding.upper()}: byte 0x{byte:02X} stands where none such can.",
        hint="Save it again as UTF-8, or say which encoding it is in.",
        code="encoding",
        file=file.name,
        row=row,
    )
