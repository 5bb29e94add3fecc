"""The rows of a series with its labels, as batches of arro3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tagma_timeseries.asking import Asking
from tagma_timeseries.covering import Piece
from tagma_timeseries.data_type import TimeSeries
from tagma_timeseries.markings import Marking
from tagma_timeseries.series import Series

_ROWS = 1 << 16  # of one batch


def read(file: Path, asking: Asking) -> Series:
    """:raises ImportFailed: it can't be read; says where."""
    out = file.with_name("series")
    TimeSeries().derive(file, "series", asking.params(), out, lambda part: None)
    return Series(out)


def batches(series: Series, labels: dict[str, list[Piece]], marking: Marking) -> Any:
    """An arro3 reader of batches: the time, the channels, the labels."""
    from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema

    unit = series.head["time"]["unit"]
    time = Asking.of_node(marking.series).time or "row"
    kind = DataType.timestamp("us", tz="UTC") if unit == "date" else DataType.float64()
    names = _apart([time, *(column["title"] for column in series.head["columns"]), *labels])
    kinds = [kind, *(DataType.float64() for _ in series.names), *(DataType.utf8() for _ in labels)]
    schema = Schema([Field(name, one) for name, one in zip(names, kinds, strict=True)])

    def made() -> Iterator[Any]:
        for first in range(0, series.rows, _ROWS):
            last = min(first + _ROWS, series.rows)
            times, *columns = series.part(first, last)
            moments = (
                Array.from_numpy(np.rint(times * 1000).astype(np.int64)).cast(kind)
                if unit == "date"
                else None
            )
            yield RecordBatch.from_arrays(
                [
                    moments if moments is not None else Array.from_numpy(times),
                    *(Array.from_numpy(column) for column in columns),
                    *(Array(_words(found, first, last), DataType.utf8()) for found in labels.values()),
                ],
                schema=schema,
            )

    return RecordBatchReader.from_batches(schema, made())


def _words(found: Sequence[Piece], first: int, last: int) -> list[str | None]:
    words: list[str | None] = [None] * (last - first)
    for begin, end, text in found:
        begin, end = max(begin, first), min(end, last)
        if begin < end:
            words[begin - first : end - first] = [text] * (end - begin)
    return words


def _apart(names: Sequence[str]) -> list[str]:
    """Names that are there already get a number."""
    found: list[str] = []
    for name in names:
        free, number = name, 2
        while free in found:
            free, number = f"{name}_{number}", number + 1
        found.append(free)
    return found
