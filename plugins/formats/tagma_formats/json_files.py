"""JSON (one list) and JSON Lines (one task a line), in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, BinaryIO

import orjson

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Exporter, Fault, Importer, SourceFile, Task
from tagma_formats.bytes_in import empty, marked_encoding, open_bytes
from tagma_formats.json_stream import ITEM_LIMIT, Bad, array_items, parse

_BATCH = 256 << 10  # bytes gathered before they are written on


class JsonImporter(Importer):
    """A list of tasks, or one; an object without ``data`` is taken as the data itself."""

    name = "json"
    title = "JSON"
    suffixes = (".json",)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        if name.lower().endswith(".json"):
            return 0.8
        return (
            0.3 if _first(head) in (b"[", b"{") and not name.lower().endswith((".jsonl", ".ndjson")) else 0.0
        )

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        for file in files:
            with open_bytes(file) as stream:
                begin = stream.tell()
                first = _first(stream.read(64 << 10))
                stream.seek(begin)
                if first == b"[":
                    items: Iterable[Any] = array_items(stream, file)
                elif first == b"{":
                    items = _objects(stream, file)
                elif first == b"":
                    raise empty(file)
                else:
                    raise ImportFailed(
                        f"{file.name} is no JSON: it begins with {first.decode(errors='replace')!r}, not with a list or an object.",
                        hint="Check that the file holds what its name says.",
                        code="json",
                        file=file.name,
                    )
                yield from drafts(items, file)


class JsonLinesImporter(Importer):
    """One task a line."""

    name = "jsonl"
    title = "JSON Lines"
    suffixes = (".jsonl", ".ndjson")

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        return 0.9 if name.lower().endswith(cls.suffixes) else 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        for file in files:
            with open_bytes(file) as stream:
                yield from drafts(_lines(stream, file), file)


def drafts(items: Iterable[Any], file: SourceFile) -> Iterator[Draft | Fault]:
    for row, item in enumerate(items, 1):
        if isinstance(item, dict):
            yield Draft(as_task(item), file.name, row)  # type: ignore[arg-type]  # its fields are checked by the core
        elif isinstance(item, Bad):
            yield Fault(item.error)
        else:
            yield Fault(
                ImportFailed(
                    f"Item {row} of {file.name} is a {_kind(item)}, not an object.",
                    hint='Write each task as an object, e.g. {"text": "…"}.',
                    file=file.name,
                    row=row,
                )
            )


def as_task(item: dict[str, Any]) -> dict[str, Any]:
    return item if item.get("data") else {"data": item}


def _objects(stream: BinaryIO, file: SourceFile) -> Iterator[Any]:
    """One object, or one a line although the name ends in .json."""
    begin = stream.tell()
    line = stream.readline(ITEM_LIMIT).strip()
    try:
        orjson.loads(line)
        alone = not stream.read(64 << 10).strip()
    except orjson.JSONDecodeError:
        alone = True
    stream.seek(begin)
    if not alone:
        yield from _lines(stream, file)
        return
    raw = stream.read(ITEM_LIMIT + 1)
    if len(raw) > ITEM_LIMIT:
        raise ImportFailed(
            f"{file.name} is one object of more than {ITEM_LIMIT >> 20} MiB.",
            hint="Put the tasks into a list: [{…}, {…}].",
            file=file.name,
        )
    item = parse(raw, file, 1)
    if isinstance(item, Bad) and not raw.rstrip().endswith(b"}"):
        raise ImportFailed(
            f"{file.name} ends in the middle of an object.",
            hint="The file was cut off while it was written or copied; get it again.",
            code="cut-off",
            file=file.name,
            row=1,
        )
    yield item


def _lines(stream: BinaryIO, file: SourceFile) -> Iterator[Any]:
    found = False
    row = 0
    while line := stream.readline(ITEM_LIMIT):
        if not line.strip():
            continue
        found = True
        row += 1
        if len(line) == ITEM_LIMIT and not line.endswith(b"\n"):
            raise ImportFailed(
                f"Line {row} of {file.name} is longer than {ITEM_LIMIT >> 20} MiB.", file=file.name, row=row
            )
        yield parse(line, file, row)
    if not found:
        raise empty(file)


def _first(head: bytes) -> bytes:
    mark = marked_encoding(head)
    return (head[3:] if mark == "utf-8-sig" else head).lstrip()[:1]


def _kind(item: Any) -> str:
    if item is None:
        return "null"
    return {bool: "truth value", int: "number", float: "number", str: "text", list: "list"}.get(
        type(item), "value"
    )


class JsonExporter(Exporter):
    name = "JSON"
    title = "JSON"
    description = "List of tasks with their annotations, as they are; imports again without loss."
    suffix = ".json"
    media_type = "application/json"
    order = 0
    passes_on = True

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        self._write(tasks, out, b"[", b",\n", b"]")

    def _write(
        self, tasks: Iterable[Task], out: IO[bytes], before: bytes, between: bytes, after: bytes
    ) -> None:
        gathered = bytearray(before)
        lead = b""
        for task in tasks:
            gathered += lead
            gathered += orjson.dumps(task)
            lead = between
            self.report.tasks += 1
            self.report.items += len(task.get("annotations", ()))
            if len(gathered) > _BATCH or self.report.tasks == 1:  # the first byte goes out at once
                out.write(bytes(gathered))
                gathered.clear()
        out.write(bytes(gathered) + after)


class JsonLinesExporter(JsonExporter):
    name = "JSONL"
    title = "JSON Lines"
    description = "One task a line with annotations and predictions, for tools that read a stream."
    suffix = ".jsonl"
    media_type = "application/x-ndjson"
    order = 2
    full_predictions = True

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        self._write(tasks, out, b"", b"\n", b"\n")
