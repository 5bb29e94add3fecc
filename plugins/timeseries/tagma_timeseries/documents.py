"""Series as JSON (an object of lists, or a list of objects) and as Parquet, in the batches of :mod:`tagma_timeseries.tables`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from tagma.errors import ImportFailed
from tagma_timeseries import cells, columns, moments
from tagma_timeseries.asking import Asking
from tagma_timeseries.cells import Floats
from tagma_timeseries.tables import Batch


def json_batches(path: Path, name: str, asking: Asking) -> tuple[list[str], bool, list[Batch]]:
    """Header, whether times are dates, and the rows.

    :raises ImportFailed: it is no JSON, or no series; says row and field.
    """
    found = _parsed(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), name)
    header, table = _by_columns(found, name)
    time, places = columns.places(asking, header, name)
    values = [_numbers(table[header[at]], header[at], name) for at in places]
    if time is None:
        return header, False, [(None, values)]
    given = table[header[time]]
    dates = bool(asking.format) or any(isinstance(one, str) and not cells.fits(one) for one in given[:100])
    times = _moments(given, header[time], name, asking.format) if dates else _times(given, header[time], name)
    return header, dates, [(times, values)]


def _parsed(text: bytes, name: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if b"NaN" in text or b"Infinity" in text:  # which JSON has not, but Python writes
            with suppress(ValueError):
                return json.loads(text)
        raise ImportFailed(
            f"{name} is no JSON: {error.msg} in line {error.lineno}, column {error.colno}.",
            hint="Export it again; it may have been cut off.",
            file=name,
            line=error.lineno,
        ) from error


def _by_columns(found: Any, name: str) -> tuple[list[str], dict[str, list[Any]]]:
    if isinstance(found, list) and found and all(isinstance(row, dict) for row in found):
        header = list(dict.fromkeys(key for row in found for key in row))
        return header, {key: [row.get(key) for row in found] for key in header}
    if isinstance(found, dict) and found and all(isinstance(column, list) for column in found.values()):
        lengths = {key: len(column) for key, column in found.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f'"{key}" {length}' for key, length in list(lengths.items())[:6])
            raise ImportFailed(
                f"The columns of {name} are not equally long: {told}.",
                hint="Write null where a value is missing.",
                file=name,
            )
        if next(iter(lengths.values())):
            return list(found), found
    raise ImportFailed(
        f"{name} is no series.",
        hint='Write an object of lists, {"time": [0, 1], "speed": [3.5, 4]}, or a list of objects, one for each row.',
        file=name,
    )


def _numbers(given: Sequence[Any], column: str, name: str) -> Floats:
    try:
        found = np.array(given, dtype=np.float64)  # None becomes NaN
    except (TypeError, ValueError, OverflowError):
        found = _one_by_one(given, column, name)
    if found.ndim != 1:  # lists, all equally long
        found = _one_by_one(given, column, name)
    found[~np.isfinite(found)] = np.nan
    return found


def _one_by_one(given: Sequence[Any], column: str, name: str) -> Floats:
    found = np.empty(len(given))
    for row, one in enumerate(given):
        if one is None or (isinstance(one, str) and one.strip().lower() in cells.GAPS):
            found[row] = np.nan
            continue
        try:
            found[row] = float(one) if not isinstance(one, bool) else one
        except (TypeError, ValueError):
            raise _fault(
                row, column, one, name, "is no number", "Write null where there is no value."
            ) from None
    return found


def _times(given: Sequence[Any], column: str, name: str) -> Floats:
    times = _numbers(given, column, name)
    if np.isnan(times).any():
        row = int(np.isnan(times).argmax())
        raise _fault(row, column, given[row], name, "is no time", "Each row needs one.")
    return times


def _moments(given: Sequence[Any], column: str, name: str, written: str) -> Floats:
    try:
        return moments.read([one if isinstance(one, str) else str(one) for one in given], written)
    except moments.NoMoment as error:
        said = f"is not written as {written}, like {moments.example(written)}" if written else "is no time"
        hint = "Correct timeFormat in the labeling set-up, or the file."
        raise _fault(error.place, column, given[error.place], name, said, hint) from error


def _fault(row: int, column: str, given: Any, name: str, said: str, hint: str) -> ImportFailed:
    shown = orjson.dumps(given, default=str).decode()[:40]
    return ImportFailed(
        f'Row {row + 1} of {name} has {shown} in the column "{column}", which {said}.',
        hint=hint,
        file=name,
        row=row + 1,
        field=column,
    )


def parquet_batches(path: Path, name: str, asking: Asking) -> tuple[list[str], bool, Iterator[Batch]]:
    """Header, whether times are dates, and the rows, a batch at a time."""
    from arro3.io import read_parquet

    _whole(path, name)
    with _told(name):
        reader = iter(read_parquet(path))
    header = [field.name for field in reader.schema]
    time, places = columns.places(asking, header, name)
    kinds = [str(reader.schema.field(at).type) for at in range(len(header))]
    dates = time is not None and (
        bool(asking.format) or any(word in kinds[time] for word in ("Utf8", "Timestamp", "Date"))
    )
    return header, dates, _rows(reader, name, asking, time, places, header, dates)


def _rows(
    reader: Any,
    name: str,
    asking: Asking,
    time: int | None,
    places: list[int],
    header: list[str],
    dates: bool,
) -> Iterator[Batch]:
    row = 0
    while True:
        with _told(name):
            batch = next(reader, None)
        if batch is None:
            return
        values = [_column(batch.column(at), header[at], name, row) for at in places]
        times = None
        if time is not None:
            times = _time_column(
                batch.column(time), header[time], name, row, asking.format if dates else None
            )
        row += batch.num_rows
        yield times, values


def _column(column: Any, title: str, name: str, row: int) -> Floats:
    from arro3.core import DataType

    try:
        found = column.cast(DataType.float64())
    except Exception:  # what can't be cast at all is told row by row
        return _numbers(column.to_pylist(), title, name)
    numbers = np.asarray(
        found.to_numpy() if not found.null_count else np.array(found.to_pylist(), dtype=float)
    )
    if found.null_count > column.null_count:  # a text that is no number became nothing
        _numbers(column.to_pylist(), title, name)
    numbers = numbers.astype(np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _time_column(column: Any, title: str, name: str, row: int, written: str | None) -> Floats:
    """:param written: the format of dates, None where times are numbers."""
    from arro3.core import DataType

    if column.null_count:
        place = next(at for at, one in enumerate(column.to_pylist()) if one is None)
        raise _fault(row + place, title, None, name, "is no time", "Each row needs one.")
    kind = str(column.type)
    if "Timestamp" in kind or "Date" in kind:
        return column.cast(DataType.timestamp("us")).cast(DataType.int64()).to_numpy() / 1000.0
    if written is not None:
        return _moments(column.to_pylist(), title, name, written)
    return _column(column, title, name, row)


def _whole(path: Path, name: str) -> None:
    """Both ends of a Parquet file bear a mark; what lacks the second was cut off."""
    with path.open("rb") as stream:
        stream.seek(-8, os.SEEK_END)
        length, tail = stream.read(4), stream.read(4)
    if tail != b"PAR1" or int.from_bytes(length, "little") > path.stat().st_size - 12:
        raise _broken(name, "it ends before its table of contents does")


@contextmanager
def _told(name: str) -> Iterator[None]:
    """:raises ImportFailed: the library can't go on."""
    try:
        yield
    except BaseException as error:
        # What the library's author did not foresee comes as a PanicException, which is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise _broken(name, str(error)) from error


def _broken(name: str, why: str) -> ImportFailed:
    return ImportFailed(
        f"{name} is no whole Parquet file: {why}.",
        hint="Fetch or export it again; it may have been cut off.",
        file=name,
    )
