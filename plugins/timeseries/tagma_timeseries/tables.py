"""Series as text with separated columns: quickly where the file is plain, cell by cell where it is not.

Both give batches: times (None where rows are counted) and one array of numbers for each column that was asked for.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from tagma.errors import ImportFailed
from tagma_timeseries import cells, columns, moments
from tagma_timeseries.asking import Asking
from tagma_timeseries.cells import Floats

Batch = tuple[Floats | None, list[Floats]]
ROWS = 1 << 16
_WORDS = {"comma": ",", "tab": "\t", "space": " ", "dot": ".", "semicolon": ";", "pipe": "|", "\\t": "\t"}
_COMMA = re.compile(r"^\s*[-+]?\d+,\d+([eE][-+]?\d+)?\s*$")
_POINTS = bytes.maketrans(b",", b".")
_MOST = 1 << 20  # characters of one line


class NotPlain(Exception):
    """The quick way does not fit this file."""


@dataclass
class Table:
    """A file that was looked into: what its columns are, and how they are separated."""

    path: Path
    name: str
    asking: Asking
    sep: str = ","
    header: list[str] = field(default_factory=list)
    headless: bool = False
    time: int | None = None
    columns: list[int] = field(default_factory=list)
    decimal_comma: bool = False
    dates: bool = False
    """Whether the time is written as dates."""

    @classmethod
    def open(cls, path: Path, name: str, asking: Asking) -> Table:
        """:raises ImportFailed: it has no rows, or lacks a column."""
        table = cls(path, name, asking)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            table.sep = _separator(asking.sep, name, stream)
            rows = [row for row, _ in zip(table._rows(stream), range(100), strict=False)]
        first = [cell.strip() for cell in rows[0][1]]
        table.headless = _is_headless(first, asking)
        table.header = [str(number) for number in range(len(first))] if table.headless else first
        if not table.headless and len(rows) < 2:
            raise ImportFailed(
                f"{name} has a header and no rows.", hint="Leave it out, or export it again.", file=name
            )
        try:
            table.time, table.columns = columns.places(asking, table.header, name)
        except ImportFailed as error:
            raise _other_separator(error, table, first) from error
        body = [row for _, row in rows[0 if table.headless else 1 :]]
        table.decimal_comma = table.sep != "," and any(
            _COMMA.match(row[at]) for row in body for at in table.columns if at < len(row)
        )
        if table.time is not None:
            times = [row[table.time] for row in body if table.time < len(row)]
            table.dates = bool(asking.format) or not all(
                cells.fits(time, table.decimal_comma) for time in times
            )
        return table

    def _rows(self, stream: TextIO) -> Iterator[tuple[int, list[str]]]:
        """Rows that hold something, each with its line."""
        csv.field_size_limit(_MOST)
        reader = csv.reader(stream, delimiter=self.sep, skipinitialspace=True)
        try:
            for row in reader:
                if row and (len(row) > 1 or row[0].strip()):
                    yield reader.line_num, row
        except csv.Error as error:
            raise ImportFailed(
                f"Line {reader.line_num + 1} of {self.name} can't be read: {error}.",
                hint="Look for a quotation mark that is not closed.",
                file=self.name,
                line=reader.line_num + 1,
            ) from error

    def quickly(self) -> Iterator[Batch]:
        """:raises NotPlain: a cell is no bare number, or a row has not as many cells as the header."""
        from arro3.core import DataType, Field, Schema
        from arro3.io import read_csv

        if len(self.sep.encode()) != 1:
            raise NotPlain
        numeric = {*self.columns, *([] if self.dates or self.time is None else [self.time])}
        kinds = [DataType.float64() if at in numeric else DataType.utf8() for at in range(len(self.header))]
        schema = Schema([Field(str(at), kind) for at, kind in enumerate(kinds)])
        line = 1 if self.headless else 2
        options: dict[str, Any] = {"has_header": not self.headless, "delimiter": self.sep, "batch_size": ROWS}
        with _Dotted(self.path) if self.decimal_comma else self.path.open("rb") as stream:
            try:
                batches = iter(read_csv(stream, schema, **options))
            except Exception as error:  # its parser raises no other class
                raise NotPlain from error
            while True:
                try:
                    batch = next(batches, None)
                except Exception as error:
                    raise NotPlain from error
                if batch is None:
                    return
                found = [_finite(_floats(batch.column(at))) for at in self.columns]
                times = None
                if self.time is not None:
                    column = batch.column(self.time)
                    times = self._quick_dates(column) if self.dates else _floats(column)
                    if not np.isfinite(times).all():
                        raise NotPlain
                line += batch.num_rows
                yield times, found

    def carefully(self) -> Iterator[Batch]:
        """:raises ImportFailed: a cell can't be read; says line and column."""
        with self.path.open(encoding="utf-8-sig", newline="") as stream:
            rows = self._rows(stream)
            if not self.headless:
                next(rows)
            lines: list[int] = []
            body: list[list[str]] = []
            for line, row in rows:
                body.append(self._whole(row, line))
                lines.append(line)
                if len(body) == ROWS:
                    yield self._read(body, lines)
                    body, lines = [], []
            if body:
                yield self._read(body, lines)

    def _whole(self, row: list[str], line: int) -> list[str]:
        wide = len(self.header)
        if len(row) == wide or (len(row) > wide and not any(cell.strip() for cell in row[wide:])):
            return row
        told = "cell" if len(row) == 1 else "cells"
        raise ImportFailed(
            f"Line {line} of {self.name} has {len(row)} {told}, but there are {wide} columns.",
            hint="Cells that hold the separator must stand in quotation marks.",
            file=self.name,
            line=line,
        )

    def _read(self, body: list[list[str]], lines: list[int]) -> Batch:
        found = []
        for at in self.columns:
            try:
                found.append(cells.read([row[at] for row in body], self.decimal_comma))
            except cells.NoNumber as error:
                raise self._fault(lines[error.place], at, error.text, "is no number") from error
        if self.time is None:
            return None, found
        texts = [row[self.time] for row in body]
        if self.dates:
            return self._dates(texts, lines), found
        try:
            times = cells.read(texts, self.decimal_comma)
        except cells.NoNumber as error:
            raise self._fault(lines[error.place], self.time, error.text, "is no time") from error
        if np.isnan(times).any():
            place = int(np.isnan(times).argmax())
            raise self._fault(lines[place], self.time, texts[place], "is no time")
        return times, found

    def _quick_dates(self, column: Any) -> Floats:
        try:
            return moments.of_column(column, self.asking.format)
        except moments.NoMoment as error:
            raise NotPlain from error

    def _dates(self, texts: Sequence[str], lines: list[int]) -> Floats:
        try:
            return moments.read(texts, self.asking.format)
        except moments.NoMoment as error:
            assert self.time is not None
            written = self.asking.format
            said = (
                f"is not written as {written}, like {moments.example(written)}" if written else "is no time"
            )
            raise self._fault(lines[error.place], self.time, error.text, said) from error

    def _fault(self, line: int, at: int, text: str, said: str) -> ImportFailed:
        column = f"column {at}" if self.headless else f'the column "{self.header[at]}"'
        shown = f'"{text.strip()[:40]}"' if text.strip() else "nothing"
        if said == "is no number":
            hint = "Leave the cell empty where there is no value: it is shown as a gap."
        elif self.asking.format and "%" not in self.asking.format:
            hint = "timeFormat is written with directives, like %Y-%m-%d %H:%M:%S."
        elif self.asking.format:
            hint = "Correct timeFormat in the labeling set-up, or the file."
        else:
            hint = "Times are numbers or ISO 8601, like 2026-03-14T15:09:26; another format is said with timeFormat."
        return ImportFailed(
            f"Line {line} of {self.name} has {shown} in {column}, which {said}.",
            hint=hint,
            file=self.name,
            line=line,
            field=self.header[at],
        )


class _Dotted(io.FileIO):
    """A file with its decimal commas as points. Dates that hold a comma are not plain then."""

    def read(self, size: int | None = -1) -> bytes:
        return (super().read(size) or b"").translate(_POINTS)


def _separator(asked: str, name: str, stream: TextIO) -> str:
    """The character between columns; leaves the stream at its beginning."""
    first = stream.readline(_MOST)
    while first and not first.strip():
        first = stream.readline(_MOST)
    stream.seek(0)
    word = _WORDS.get(asked.lower(), asked)
    if word == "," and "," not in first and name.lower().endswith((".tsv", ".tab")):
        return "\t"
    if word.lower() != "auto":
        if len(word) == 1:
            return word
        raise ImportFailed(
            f'sep="{asked}" is no separator.',
            hint="Write one character, or comma, tab, space, dot or auto.",
            file=name,
            field="sep",
        )
    return max("\t;,| ", key=first.count)


def _other_separator(error: ImportFailed, table: Table, first: list[str]) -> ImportFailed:
    """If the file is one column, it is likely separated by something else."""
    if len(first) > 1:
        return error
    words = {";": ";", "\t": "tab", ",": "comma", "|": "|", " ": "space"}
    likely = max(words, key=first[0].count)
    if first[0].startswith("#"):
        return ImportFailed(
            f'{table.name} begins with a remark: "{first[0][:60]}".',
            hint="Remove what stands before the names of the columns.",
            file=table.name,
            line=1,
        )
    if not first[0].count(likely):
        return error
    return ImportFailed(
        f'{table.name} is one column if separated by {table.sep!r}: "{first[0][:60]}".',
        hint=f'It looks separated by {likely!r}: write sep="{words[likely]}" in the TimeSeries of the set-up.',
        file=table.name,
        field="sep",
    )


def _is_headless(first: list[str], asking: Asking) -> bool:
    """Whether the first row is data already: all columns are named by numbers, and it holds no other words."""
    named = [*asking.columns, *([asking.time] if asking.time else [])]
    if not all(name.isdecimal() for name in named) or any(
        name in first for name in named if not cells.fits(name)
    ):
        return False
    wanted = [int(name) for name in asking.columns if int(name) < len(first)]
    return bool(wanted) and all(cells.fits(first[at], decimal_comma=True) for at in wanted)


def _floats(column: Any) -> Floats:
    found = column.to_numpy() if not column.null_count else np.array(column.to_pylist(), dtype=float)
    return np.asarray(found, dtype=np.float64)


def _finite(found: Floats) -> Floats:
    """Infinity is no value that could be drawn."""
    bad = ~np.isfinite(found)
    if not bad.any():
        return found
    found = found.copy()
    found[bad] = np.nan
    return found
