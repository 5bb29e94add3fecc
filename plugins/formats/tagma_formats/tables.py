"""CSV and TSV, in and out."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, ClassVar

from pydantic import BaseModel, Field

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Exporter, Fault, Importer, SourceFile, Task
from tagma_formats.bytes_in import empty, open_text
from tagma_formats.json_min import flat

_CELL_LIMIT = 64 << 20
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_REAL = re.compile(r"-?(?:0|[1-9]\d*)\.\d+(?:[eE][+-]?\d+)?")


class CsvImporter(Importer):
    """One task a row; the header names the keys of the data. A semicolon separates if the header has more of them."""

    name = "csv"
    title = "CSV"
    suffixes = (".csv",)
    separator: ClassVar[str | None] = None

    class Settings(BaseModel):
        encoding: str = Field("utf-8", description="The file's encoding.")

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        return 0.9 if name.lower().endswith(cls.suffixes) else 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        csv.field_size_limit(_CELL_LIMIT)
        for file in files:
            with open_text(file, getattr(self.settings, "encoding", "utf-8")) as text:
                yield from self._rows(text, file)

    def _rows(self, text: Iterable[str], file: SourceFile) -> Iterator[Draft | Fault]:
        lines = iter(text)
        first = next((line for line in lines if line.strip()), None)
        if first is None:
            raise empty(file)
        separator = self.separator or (";" if first.count(";") > first.count(",") else ",")
        rows = csv.reader(itertools.chain([first], lines), delimiter=separator, strict=True)
        row = 0
        try:
            header = _header(next(rows), file)
            for row, cells in enumerate(rows, 1):
                if not cells:
                    continue
                if len(cells) != len(header):
                    yield Fault(_ragged(file, row, len(cells), len(header)))
                    continue
                yield Draft({"data": dict(zip(header, map(_typed, cells), strict=True))}, file.name, row)
        except csv.Error as error:
            raise ImportFailed(
                f"{file.name} can't be read after row {row}: {error}.",
                hint="A quotation mark is probably open; inside a cell write it twice.",
                code="csv",
                file=file.name,
                row=row + 1,
            ) from error


class TsvImporter(CsvImporter):
    name = "tsv"
    title = "TSV"
    suffixes = (".tsv",)
    separator = "\t"


def _header(cells: list[str], file: SourceFile) -> list[str]:
    names = [cell.strip() for cell in cells]
    for name in names:
        if not name:
            raise ImportFailed(
                f"A column of {file.name} has no name.",
                hint="Name every column in the first row.",
                file=file.name,
            )
        if names.count(name) > 1:
            raise ImportFailed(
                f'Two columns of {file.name} are called "{name}".',
                hint="Give each its own name.",
                file=file.name,
            )
    return names


def _ragged(file: SourceFile, row: int, cells: int, columns: int) -> ImportFailed:
    return ImportFailed(
        f"Row {row} of {file.name} has {cells} cells, but the header names {columns}.",
        hint="Put texts that hold the separator into quotation marks.",
        code="ragged",
        file=file.name,
        row=row,
    )


def _typed(cell: str) -> Any:
    """Numbers as numbers; what is rather a code (007, -0) or beyond what JSON readers take (1.5e400) stays text."""
    if _WHOLE.fullmatch(cell) and cell != "-0":
        return int(cell)
    if _REAL.fullmatch(cell):
        number = float(cell)
        return number if abs(number) < 1e300 else cell
    return cell


class CsvExporter(Exporter):
    """The header needs every key of every row, so rows are kept on disk until the last one is known."""

    name = "CSV"
    title = "CSV"
    description = "A table with a row for each annotation and a column for each control."
    suffix = ".csv"
    media_type = "text/csv"
    order = 3
    separator: ClassVar[str] = ","

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        people = self.project.get("people", {})
        columns: set[str] = set()
        with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as kept:
            for item in flat(tasks, self.report, "_data_"):
                item["annotator"] = _annotator(item.get("annotator"), people)
                columns.update(item)
                kept.write(json.dumps(item, ensure_ascii=False) + "\n")
            kept.seek(0)
            self._table(sorted(columns), (json.loads(line) for line in kept), out)

    def _table(self, columns: list[str], items: Iterable[dict[str, Any]], out: IO[bytes]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.separator, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(columns)
        for item in items:
            writer.writerow([_cell(item.get(name)) for name in columns])
            if text.tell() > 1 << 18:
                out.write(text.getvalue().encode("utf-8", "replace"))
                text.seek(0)
                text.truncate()
        out.write(text.getvalue().encode("utf-8", "replace"))


class TsvExporter(CsvExporter):
    name = "TSV"
    title = "TSV"
    description = "As CSV, with tabs between the columns."
    media_type = "text/tab-separated-values"
    order = 4
    separator = "\t"


def _annotator(who: Any, people: dict[Any, str]) -> str | None:
    if who is None:
        return None
    if isinstance(who, dict):
        return who.get("email") or str(who.get("id"))
    return people.get(who) or str(who)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return json.dumps(value, ensure_ascii=False)
