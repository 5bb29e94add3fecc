"""JSON files of any size as a stream of items, a chunk in memory at a time.

Nearly every file is an array of objects that begin alike. So a chunk is cut at the last place that looks like the seam
between the first two items and parsed at one go; when that parses, the cut was right, because JSON read from the front leaves no doubt about where it stands.
When it does not (a fault in an item, or the same key deeper down) the chunk is cut exactly, bracket by bracket, and
every item is parsed by itself, so that one bad item costs one row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from tagma.errors import ImportFailed
from tagma.plugin import SourceFile
from tagma_formats.bytes_in import not_text

CHUNK = 128 << 10  # larger is slower: what is parsed should fit the processor's cache
ITEM_LIMIT = 256 << 20  # bytes of one task
DEEPEST = 900

_SPACE = b" \t\r\n"
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{\[]|[}\]]|"', re.DOTALL)
_BETWEEN = re.compile(rb"\s*,?\s*")
_NEXT_ITEM = re.compile(rb'\s*,\s*\{\s*"(?:[^"\\]++|\\.)*+"')
_GUESSES = 3


class Bad:
    """An item that could not be read, and why."""

    def __init__(self, error: ImportFailed) -> None:
        self.error = error


def array_items(stream: BinaryIO, file: SourceFile) -> Iterator[Any]:
    """The items of the array that begins at the next bracket: values, or :class:`Bad`.

    :raises ImportFailed: the file ends before the array does, or is no JSON at all.
    """
    reader = _Reader(stream, file)
    reader.skip_to_bracket()
    return reader.items()


class _Reader:
    def __init__(self, stream: BinaryIO, file: SourceFile) -> None:
        self.stream = stream
        self.file = file
        self.buffer = b""
        self.row = 0
        self.seam = b""
        self.ending = 0

    def skip_to_bracket(self) -> None:
        while not self.buffer:
            more = self.stream.read(CHUNK)
            if not more:
                raise _cut_off(self.file, 0)
            self.buffer = more.lstrip(_SPACE)
        self.buffer = self.buffer[1:]

    def items(self) -> Iterator[Any]:
        while True:
            more = self.stream.read(
                max(CHUNK, len(self.buffer))
            )  # doubling: a huge item is not scanned again and again
            self.buffer += more
            if more and (found := self._fast()) is not None:
                self.row += len(found)
                yield from found
                continue
            closed = yield from self._exact()
            if closed:
                self._check_tail()
                return
            if not more:
                raise _cut_off(self.file, self.row)
            if len(self.buffer) > ITEM_LIMIT:
                raise ImportFailed(
                    f"Item {self.row + 1} of {self.file.name} is larger than {ITEM_LIMIT >> 20} MiB.",
                    hint="Keep large media in files of their own and name them in the task.",
                    file=self.file.name,
                    row=self.row + 1,
                )

    def _fast(self) -> list[Any] | None:
        """All items that lie whole in the buffer, if a guess at where the last one ends holds."""
        if not self.seam:
            self._learn()
        cut = len(self.buffer)
        for _ in range(_GUESSES):
            cut = self.buffer.rfind(self.seam, 0, cut) if self.seam else -1
            if cut < 0:
                return None
            end = cut + self.ending
            try:
                whole = self.buffer[:end].lstrip(_SPACE).removeprefix(b",")
                items: list[Any] = orjson.loads(b"[" + whole + b"]")
            except orjson.JSONDecodeError:
                continue
            self.buffer = self.buffer[end:]
            return items
        return None

    def _learn(self) -> None:
        """What stands between the first item and the second: the end of one, the comma, the next one's first key."""
        depth = 0
        for token in _TOKEN.finditer(self.buffer):
            depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(token.group(), 0)
            if depth == 0 and token.group() == b"}":
                following = _NEXT_ITEM.match(self.buffer, token.end())
                if following:
                    begin = max(token.end() - 2, 0)
                    self.seam = self.buffer[begin : following.end()]
                    self.ending = token.end() - begin
                return
            if depth < 0:
                return

    def _exact(self) -> Iterator[Any]:
        """Items one by one; returns whether the array's closing bracket was seen."""
        depth = 0
        start = end = 0
        for token in _TOKEN.finditer(self.buffer):
            sign = token.group()
            if sign in (b"{", b"["):
                if depth == 0:
                    yield from self._between(self.buffer[end : token.start()])
                    start = token.start()
                depth += 1
                if depth > DEEPEST:
                    raise ImportFailed(
                        f"Item {self.row + 1} of {self.file.name} is nested more than {DEEPEST} brackets deep.",
                        hint="Flatten it: no task needs that.",
                        code="too-deep",
                        file=self.file.name,
                        row=self.row + 1,
                    )
            elif sign in (b"}", b"]"):
                if depth == 0:
                    yield from self._between(self.buffer[end : token.start()])
                    self.buffer = self.buffer[token.end() :]
                    return True
                depth -= 1
                if depth == 0:
                    end = token.end()
                    self.row += 1
                    yield parse(self.buffer[start:end], self.file, self.row)
            elif sign == b'"':  # a text that goes on in the next chunk
                break
        self.buffer = self.buffer[end:]
        return False

    def _between(self, gap: bytes) -> Iterator[Bad]:
        """What stands between two objects must be a comma; numbers and texts there are items too, of no use."""
        if _BETWEEN.fullmatch(gap):
            return
        for piece in gap.strip(_SPACE + b",").split(b","):
            if piece.strip():
                self.row += 1
                yield Bad(
                    ImportFailed(
                        f"Item {self.row} of {self.file.name} is {piece.strip()[:40].decode(errors='replace')}, not an object.",
                        hint='Write each task as an object, e.g. {"text": "…"}.',
                        file=self.file.name,
                        row=self.row,
                    )
                )

    def _check_tail(self) -> None:
        rest = self.buffer + self.stream.read(64)
        if rest.strip(_SPACE):
            raise ImportFailed(
                f"After the closing bracket of the list {self.file.name} goes on with "
                f"{rest.strip(_SPACE)[:20].decode(errors='replace')!r}.",
                hint="A JSON file holds one list; use one object a line (.jsonl) to put several things in a file.",
                code="json",
                file=self.file.name,
                row=self.row,
            )


def parse(raw: bytes, file: SourceFile, row: int) -> Any:
    """One item, or :class:`Bad` with what is wrong with it."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return Bad(_explain(raw, error, file, row))


def _explain(raw: bytes, error: orjson.JSONDecodeError, file: SourceFile, row: int) -> ImportFailed:
    try:
        raw.decode()
    except UnicodeDecodeError as wrong:
        return not_text(file, wrong, row=row)
    words = str(error).split(": line")[0]
    hint = "Mend that place in the file."
    near = raw[max(error.pos - 1, 0) : error.pos + 12] if raw.isascii() else b""
    if "surrogate" in words:
        said, hint = (
            "holds half a character (a lone surrogate)",
            "Write the character whole, or leave it out.",
        )
    elif any(word in near for word in (b"NaN", b"Infinity")):
        said, hint = "holds NaN or Infinity, which JSON does not know", "Write null instead."
    elif "depth" in words or "recursion" in words:
        said, hint = f"is nested more than {DEEPEST} brackets deep", "Flatten it: no task needs that."
    else:
        said = f"is no JSON: {words} at line {error.lineno} column {error.colno} of that item"
    return ImportFailed(f"Item {row} of {file.name} {said}.", hint=hint, code="json", file=file.name, row=row)


def _cut_off(file: SourceFile, row: int) -> ImportFailed:
    return ImportFailed(
        f"{file.name} ends in the middle, after item {row}: the list is not closed.",
        hint="The file was cut off while it was written or copied; get it again.",
        code="cut-off",
        file=file.name,
        row=row + 1,
    )
