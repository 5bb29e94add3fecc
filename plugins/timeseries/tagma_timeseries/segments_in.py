"""Segments in: rows of stretches become tasks with annotations and predictions."""

from __future__ import annotations

import csv
import re
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import ijson
import orjson

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Fault, Importer, SourceFile
from tagma_timeseries.markings import refuses
from tagma_timeseries.plain import encoding_of
from tagma_timeseries.stretches import Stretches

_NEEDED = {"series", "start", "end"}
_LABELS = {"labels", "label"}
_FIRST = re.compile(rb"^[\xef\xbb\xbf\s]*\[\s*(\{[^{}]*\})")


class SegmentsImporter(Importer):
    """A list of objects, each with series, start, end and labels; the other keys of an export are optional.

    What names a ``model_version`` is a prediction, with its ``score`` if it has one.
    """

    name = "timeseries-json"
    title = "Segments of series (JSON)"
    suffixes = (".json",)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        first = _FIRST.match(head) if name.lower().endswith(cls.suffixes) else None
        return _sure(set(re.findall(r'"(\w+)"\s*:', first[1].decode("latin-1")))) if first else 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        why = refuses(self.config)
        if why:
            raise ImportFailed(
                why, hint="Add a TimeSeriesLabels that points at a TimeSeries.", file=files[0].name
            )
        for file in files:
            with tempfile.TemporaryDirectory() as folder, closing(_ByTask(Path(folder))) as kept:
                number = 0
                for number, row in self._rows(file):
                    kept.add(number, row)
                if not number:
                    raise ImportFailed(
                        f"{file.name} holds no segments.",
                        hint="Leave it out, or export it again.",
                        file=file.name,
                    )
                yield from self._tasks(kept, file)

    def _rows(self, file: SourceFile) -> Iterator[tuple[int, dict[str, Any]]]:
        """Rows with their number, counted as a person would."""
        try:
            with file.path.open("rb") as stream:
                stream.seek(3 if stream.read(3) == b"\xef\xbb\xbf" else 0)
                for number, row in enumerate(ijson.items(stream, "item", use_float=True), 1):
                    yield number, self._object(row, number, file)
        except ijson.JSONError as error:
            raise ImportFailed(
                f"{file.name} is no JSON, or ends in the middle: {str(error).splitlines()[0]}.",
                hint="Export it again; a list of segments is expected.",
                code="json",
                file=file.name,
            ) from error

    def _object(self, row: Any, number: int, file: SourceFile) -> dict[str, Any]:
        if isinstance(row, dict):
            return row
        raise ImportFailed(
            f"Row {number} of {file.name} is no object.",
            hint="Each segment is an object with series, start, end and labels.",
            file=file.name,
            row=number,
        )

    def _tasks(self, kept: _ByTask, file: SourceFile) -> Iterator[Draft | Fault]:
        segments = Stretches(self.config, file.name)
        for rows in kept.tasks():
            data: dict[str, Any] = {}
            entries: dict[str, dict[str, dict[str, Any]]] = {"annotations": {}, "predictions": {}}
            faults = []
            seen: set[tuple[int, str, str]] = set()
            for number, row in rows:
                try:
                    result = segments.result(number, row, data)
                except ImportFailed as error:
                    faults.append(Fault(error))
                    continue
                entry = _entry(row, entries)
                if result is None:
                    continue
                place = (id(entry), result["from_name"], result["id"])
                if place in seen:
                    faults.append(Fault(segments.repeated(number, result["id"])))
                seen.add(place)
                entry["result"].append(result)
            yield from faults
            if not faults:
                made: Any = {"data": data, **{kind: list(found.values()) for kind, found in entries.items()}}
                yield Draft(made, file.name, rows[0][0])


def _entry(row: dict[str, Any], entries: dict[str, dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """The prediction or annotation of the task that a row belongs to."""
    version, who = (str(row.get(name) or "") for name in ("model_version", "annotator"))
    if version:
        return entries["predictions"].setdefault(version, {"result": [], "model_version": version})
    entry = entries["annotations"].setdefault(str(row.get("annotation") or who), {"result": []})
    if who:
        entry["completed_by"] = int(who) if who.isdecimal() else who
    return entry


class SegmentsCsvImporter(SegmentsImporter):
    """The same as a table, with commas or semicolons."""

    name = "timeseries-csv"
    title = "Segments of series (CSV)"
    suffixes: ClassVar[tuple[str, ...]] = (".csv",)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        if not name.lower().endswith(cls.suffixes):
            return 0.0
        first = head.decode(encoding_of(head) or "latin-1", "replace").partition("\n")[0]
        names = {cell.strip(' "\r') for cell in re.split("[,;]", first)}
        return _sure(names)

    def _rows(self, file: SourceFile) -> Iterator[tuple[int, dict[str, Any]]]:
        try:
            with file.path.open("rb") as stream:
                encoding = encoding_of(stream.read(4)) or "utf-8"
            with file.path.open(encoding=encoding, newline="") as text:
                first = text.readline()
                text.seek(0)
                table = csv.reader(text, delimiter=";" if first.count(";") > first.count(",") else ",")
                header = [cell.strip() for cell in next(table)]
                for number, cells in enumerate((row for row in table if row), 1):
                    if len(cells) != len(header):
                        raise ImportFailed(
                            f"Row {number} of {file.name} has {len(cells)} cells, but the header names {len(header)}.",
                            hint="Put texts that hold the separator into quotation marks.",
                            code="ragged",
                            file=file.name,
                            row=number,
                        )
                    yield number, dict(zip(header, cells, strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise ImportFailed(
                f"{file.name} can't be read as CSV: {error}.",
                hint="Save it again, as UTF-8.",
                file=file.name,
            ) from error


def _sure(names: set[str]) -> float:
    return 0.95 if names >= _NEEDED and names & _LABELS else 0.0


class _ByTask:
    """Rows by the task they belong to, on disk: they may stand in any order."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "rows.db", isolation_level=None, check_same_thread=False)
        self._database.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE task (id INTEGER PRIMARY KEY, key TEXT UNIQUE);"
            "CREATE TABLE line (task INTEGER, number INTEGER, row BLOB, PRIMARY KEY (task, number)) WITHOUT ROWID; BEGIN"
        )

    def close(self) -> None:
        self._database.close()

    def add(self, number: int, row: dict[str, Any]) -> None:
        key = str(row.get("task") or row.get("series") or "")
        self._database.execute("INSERT OR IGNORE INTO task (key) VALUES (?)", (key,))
        self._database.execute(
            "INSERT INTO line SELECT id, ?, ? FROM task WHERE key = ?", (number, orjson.dumps(row), key)
        )

    def tasks(self) -> Iterator[list[tuple[int, dict[str, Any]]]]:
        """The rows of each task, in the order in which the file begins them."""
        for (task,) in self._database.execute("SELECT id FROM task ORDER BY id"):
            rows = self._database.execute(
                "SELECT number, row FROM line WHERE task = ? ORDER BY number", (task,)
            )
            yield [(number, orjson.loads(row)) for number, row in rows]
