"""Forms with files: each file goes straight to its place on disk while it arrives, however large it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from tagma.errors import InvalidInput, TooLarge
from tagma.services.imports.uploads import Incoming, too_large

_GATHER = 1 << 20  # bytes handed to the thread that writes, at a time
_FIELD_LIMIT = 64 << 20  # bytes of all fields that are no files
MOST_FILES = 20_000


class Form:
    """What came: plain fields as text, files as they are on disk."""

    def __init__(self, open_file: Callable[[str], Incoming]) -> None:
        self.fields: dict[str, str] = {}
        self.files: list[Incoming] = []
        self.whole = False
        self._open = open_file
        self._headers: dict[str, bytes] = {}
        self._name = self._value = b""
        self._field = ""
        self._text = bytearray()
        self._file: Incoming | None = None
        self._size = 0

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": self._on_name,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_part,
            "on_part_data": self._on_data,
            "on_part_end": self._on_end,
            "on_end": self._on_whole,
        }

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._name.lower().decode("latin-1")] = self._value
        self._name = self._value = b""

    def _on_part(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        self._field = options.get(b"name", b"").decode(errors="replace")
        self._text = bytearray()
        self._file = None
        if b"filename" in options:
            if len(self.files) >= MOST_FILES:
                raise TooLarge(
                    f"The request holds more than {MOST_FILES} files.",
                    hint="Put them into a zip, or send them in parts.",
                )
            name = options[b"filename"].decode(errors="replace")
            self._file = self._open(name or "file")
            self.files.append(self._file)

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        self._size += end - start
        if self._size > _FIELD_LIMIT:
            raise TooLarge(
                f"The fields of the form hold more than {_FIELD_LIMIT >> 20} MiB.",
                hint="Send a file instead.",
            )
        self._text += data[start:end]

    def _on_end(self) -> None:
        if self._file is not None:
            self._file.close()
        else:
            self.fields[self._field] = self._text.decode(errors="replace")

    def _on_whole(self) -> None:
        self.whole = True

    def drop(self) -> None:
        for file in self.files:
            file.drop()


def check_length(request: Request, limit: int) -> None:
    """:raises TooLarge: the request says of itself that it is; nothing of it is read then."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit + _FIELD_LIMIT:
        raise too_large("This upload", limit)


async def receive(request: Request, open_file: Callable[[str], Incoming], limit: int) -> Form:
    """Read a ``multipart/form-data`` body. What has arrived is removed again if the rest does not.

    :param limit: bytes of all files together.
    :raises InvalidInput: it is no such form, or was cut off. :raises TooLarge: more came, or a file is too large.
    """
    arrived = 0
    _, options = parse_options_header(request.headers.get("content-type", ""))
    form = Form(open_file)
    try:
        parser = MultipartParser(options.get(b"boundary", b""), form.callbacks())
        gathered = bytearray()
        async for chunk in request.stream():
            gathered += chunk
            arrived += len(chunk)
            if arrived > limit + _FIELD_LIMIT:
                raise too_large("This upload", limit)
            if len(gathered) >= _GATHER:
                await asyncio.to_thread(parser.write, bytes(gathered))
                gathered.clear()
        await asyncio.to_thread(parser.write, bytes(gathered))
        if not form.whole:
            raise InvalidInput(
                "The form ends in the middle: a part of the files is missing.", hint="Send it once more."
            )
    except FormParserError as error:
        form.drop()
        raise InvalidInput(
            f"The request is no form with files: {error}.", hint="Send multipart/form-data with a boundary."
        ) from error
    except BaseException:
        form.drop()
        raise
    return form
