"""Parquet, in: a table by columns, read one batch of rows after the other."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Fault, Importer, SourceFile
from tagma_formats.bytes_in import empty
from tagma_formats.json_files import as_task

_MARK = b"PAR1"


class ParquetImporter(Importer):
    """One task a row: columns are the keys of the data, or those of a task if there is a column ``data``."""

    name = "parquet"
    title = "Parquet"
    suffixes = (".parquet",)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        return 0.9 if name.lower().endswith(cls.suffixes) or head.startswith(_MARK) else 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        for file in files:
            try:
                with file.path.open("rb") as stream:
                    _check(stream, file)
                    yield from self._rows(stream, file)
            except OSError as error:
                raise ImportFailed(f"{file.name} can't be read: {error.strerror}.", file=file.name) from error

    def _rows(self, stream: BinaryIO, file: SourceFile) -> Iterator[Draft | Fault]:
        from arro3.io import read_parquet

        row = 0
        with _told(file):
            batches = iter(read_parquet(stream))
        while True:
            with _told(file, row):
                batch = next(batches, None)
                cells = [] if batch is None else batch.to_struct_array()
            if batch is None:
                return
            for cell in cells:
                row += 1
                yield _draft(cell.as_py(), file, row)


def _check(stream: BinaryIO, file: SourceFile) -> None:
    """Both ends bear a mark; what lacks the second was cut off.

    :raises ImportFailed: it is no whole Parquet file.
    """
    size = stream.seek(0, os.SEEK_END)
    if not size:
        raise empty(file)
    stream.seek(0)
    head = stream.read(len(_MARK))
    stream.seek(max(0, size - 8))
    length, tail = stream.read(4), stream.read(4)
    stream.seek(0)
    if head != _MARK:
        raise ImportFailed(
            f"{file.name} is no Parquet file: it does not begin with PAR1.",
            hint="Check that the file holds what its name says; encrypted ones can't be read.",
            code="parquet",
            file=file.name,
        )
    if tail != _MARK or int.from_bytes(length, "little") > size - 12:
        raise ImportFailed(
            f"{file.name} ends before its table of contents does.",
            hint="The file was cut off while it was written or copied; get it again.",
            code="cut-off",
            file=file.name,
        )


@contextmanager
def _told(file: SourceFile, row: int = 0) -> Iterator[None]:
    """:raises ImportFailed: the library can't go on after ``row``."""
    try:
        yield
    except BaseException as error:
        # What the library's author did not foresee comes as a PanicException, which is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ImportFailed(
            f"{file.name} can't be read after row {row}: it is damaged, or written in a way that is not known here.",
            hint="Write it again, with pandas or pyarrow for instance.",
            code="parquet",
            file=file.name,
            row=row + 1,
        ) from error


def _draft(cell: dict[str, Any], file: SourceFile, row: int) -> Draft | Fault:
    for column, value in cell.items():
        if isinstance(value, str | int | None):
            continue
        try:
            cell[column] = _plain(value)
        except UnicodeDecodeError:
            return Fault(
                ImportFailed(
                    f'Row {row} of {file.name}: the column "{column}" holds bytes that are no text.',
                    hint="Keep media in files of their own and name them in the column.",
                    code="encoding",
                    file=file.name,
                    row=row,
                )
            )
    return Draft(as_task(cell), file.name, row)  # type: ignore[arg-type]  # its fields are checked by the core


def _plain(value: Any) -> Any:
    """A value as JSON has it. :raises UnicodeDecodeError: bytes that are no text."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(inner, tuple) for inner in value):  # a map
            return {str(_plain(key)): _plain(inner) for key, inner in value}
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.decode()
    return value
