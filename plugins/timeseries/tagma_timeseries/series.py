"""A series by columns, with a pyramid of least and greatest values, in one file from which windows are cut.

::

    4 bytes   length of the head, little endian
    head      JSON (below); filled up with blanks to a multiple of 8
    times     rows x float64, in ascending order; left out where rows are counted
    columns   for each: rows x float64; NaN is a gap
    moments   the narrowest blocks first: for each block the time of its first row, as float64; left out like the times
    levels    for each column, in that order too: for each block least and greatest, as float64

The head: ``rows``; ``time`` with ``from``, ``to``, ``unit`` (number, date in milliseconds since 1970, row), ``sorted`` and
``repeated`` (rows at the time of the one before); ``columns`` with ``name`` as the set-up has it, ``title`` as the file has it,
``min``, ``max`` and ``gaps``; ``levels``, the rows of a block.

A window costs by what it shows: levels are :data:`STEP` apart, so at most that many blocks stand behind a bucket.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from tagma_timeseries.cells import Floats
from tagma_timeseries.tables import Batch

FINEST = 64  # rows of a block
STEP = 8  # how many blocks are one block of the next level
_ROWS = 1 << 20  # rows looked at together


class Columns:
    """Grows batch by batch in files of its own, so that a series needs no memory."""

    def __init__(self, out: Path, names: list[tuple[str, str]], unit: str) -> None:
        """:param names: of each column as the set-up has it, and as the file has it."""
        self.out = out
        self.names = names
        self.unit = unit
        self.rows = 0
        self._files = [out.with_name(f"{out.name}.{number}") for number in range(len(names) + 1)]
        self._open: list[Any] = []

    def __enter__(self) -> Self:
        self._open = [file.open("wb") for file in self._files]
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._open:
            file.close()
        for path in self._files:
            path.unlink(missing_ok=True)

    def add(self, batch: Batch) -> None:
        times, columns = batch
        if times is not None:
            self._open[0].write(times.tobytes())
        for file, column in zip(self._open[1:], columns, strict=True):
            file.write(column.tobytes())
        self.rows += len(columns[0])

    def finish(self, tell: Callable[[float], None]) -> None:
        """Write the series, in order of time."""
        for file in self._open:
            file.flush()
        stored = [_mapped(path) for path in self._files]
        times = stored[0] if self.unit != "row" else None
        order = None if times is None or _ascending(times) else np.argsort(times, kind="stable")
        parts = [part for part in stored if part is not None] if times is not None else stored[1:]
        levels = _widths(self.rows)
        columns, pyramids = [], []
        for number, ((name, title), column) in enumerate(zip(self.names, stored[1:], strict=True)):
            ordered = column if order is None else column[order]
            pyramid = _pyramid(ordered, len(levels))
            pyramids.append(pyramid)
            low, high = pyramid[-1][0], pyramid[-1][1]
            least, most = (
                (float(np.nanmin(low)), float(np.nanmax(high))) if np.isfinite(low).any() else (None, None)
            )
            columns.append({"name": name, "title": title, "min": least, "max": most, "gaps": _gaps(column)})
            tell(0.7 + 0.2 * (number + 1) / len(self.names))
        head = {
            "rows": self.rows,
            "time": self._time(times, order),
            "columns": columns,
            "levels": [FINEST * STEP**level for level in range(len(levels))],
        }
        with self.out.open("wb") as file:
            said = json.dumps(head, ensure_ascii=False).encode()
            said += b" " * (-(len(said) + 4) % 8)
            file.write(struct.pack("<I", len(said)) + said)
            for part in parts:
                for at in range(0, self.rows, _ROWS):
                    rows = slice(at, at + _ROWS)
                    file.write((part[rows] if order is None else part[order[rows]]).tobytes())
            for width in head["levels"] if times is not None else ():
                file.write((times[::width] if order is None else times[order[::width]]).tobytes())
            for pyramid in pyramids:
                for level in pyramid:
                    file.write(np.ascontiguousarray(level.T).tobytes())

    def _time(self, times: Floats | None, order: Any) -> dict[str, Any]:
        if times is None:
            return {"from": 0, "to": max(self.rows - 1, 0), "unit": "row", "sorted": True, "repeated": 0}
        first, last = (times[0], times[-1]) if order is None else (times[order[0]], times[order[-1]])
        repeated = _repeated(times if order is None else times[order])
        return {
            "from": float(first),
            "to": float(last),
            "unit": self.unit,
            "sorted": order is None,
            "repeated": repeated,
        }


def _mapped(path: Path) -> Floats:
    return np.memmap(path, np.float64, "r") if path.stat().st_size else np.zeros(0)


def _neighbours(times: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Each time and the next, a part of the series after the other."""
    for at in range(0, len(times), _ROWS):
        part = times[at : at + _ROWS + 1]
        yield part[:-1], part[1:]


def _ascending(times: Floats) -> bool:
    return all((before <= after).all() for before, after in _neighbours(times))


def _repeated(times: Floats) -> int:
    return sum(int((before == after).sum()) for before, after in _neighbours(times))


def _gaps(column: Floats) -> int:
    return sum(int(np.isnan(column[at : at + _ROWS]).sum()) for at in range(0, len(column), _ROWS))


def _widths(rows: int) -> list[int]:
    """Rows of a block at each level; the last has few blocks."""
    found = [FINEST]
    while rows / found[-1] > 512:
        found.append(found[-1] * STEP)
    return found


def _pyramid(column: Floats, levels: int) -> list[Floats]:
    """For each level ``(2, blocks)``: least and greatest."""
    parts = [
        _blocks(column[at : at + _ROWS], column[at : at + _ROWS], FINEST)
        for at in range(0, len(column), _ROWS)
    ]
    found = [np.concatenate(parts, axis=1)]
    for _ in range(levels - 1):
        found.append(_blocks(found[-1][0], found[-1][1], STEP))
    return found


def _blocks(low: Floats, high: Floats, width: int) -> Floats:
    """Least of ``low`` and greatest of ``high`` in blocks; NaN only where a block holds nothing else."""
    short = -len(low) % width
    if short:
        low = np.concatenate([low, np.full(short, np.nan)])
        high = np.concatenate([high, np.full(short, np.nan)])
    return np.stack(
        [np.fmin.reduce(low.reshape(-1, width), axis=1), np.fmax.reduce(high.reshape(-1, width), axis=1)]
    )


class Series:
    """Reads what :class:`Columns` wrote, a window at a time."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            (length,) = struct.unpack("<I", file.read(4))
            self.head: dict[str, Any] = json.loads(file.read(length))
        self.rows: int = self.head["rows"]
        self.names: list[str] = [column["name"] for column in self.head["columns"]]
        self._timed = self.head["time"]["unit"] != "row"
        self._counts = [-(-self.rows // width) for width in self.head["levels"]]
        self._numbers = np.memmap(path, np.float64, "r", offset=4 + length)

    def _column(self, number: int) -> Floats:
        """0 is the time."""
        at = (number - (0 if self._timed else 1)) * self.rows
        return self._numbers[at : at + self.rows]

    def _moments(self, level: int) -> Floats:
        """Of the first row of each block; side by side, since a look at each of them among all times costs."""
        if not self._timed:
            return np.arange(0, self.rows, self.head["levels"][level], dtype=np.float64)
        at = (len(self.names) + 1) * self.rows + sum(self._counts[:level])
        return self._numbers[at : at + self._counts[level]]

    def _level(self, number: int, level: int) -> Floats:
        """Blocks of a column, ``(blocks, 2)``."""
        at = (len(self.names) + self._timed) * self.rows + self._timed * sum(self._counts)
        at += 2 * (sum(self._counts) * (number - 1) + sum(self._counts[:level]))
        return self._numbers[at : at + 2 * self._counts[level]].reshape(-1, 2)

    def _times(self, places: Any) -> Floats:
        return self._column(0)[places] if self._timed else np.asarray(places, dtype=np.float64)

    def place(self, at: float, side: Literal["left", "right"]) -> int:
        """Where a moment lies among the rows: how many are before it, on the right side also how many are at it."""
        if self._timed:
            return int(np.searchsorted(self._column(0), at, side))
        return int(min(max(math.ceil(at) if side == "left" else math.floor(at) + 1, 0), self.rows))

    def part(self, first: int, last: int) -> list[Floats]:
        """Times and columns from one row to before another."""
        rows = slice(first, last)
        return [
            self._times(np.arange(first, last)),
            *(self._column(at + 1)[rows] for at in range(len(self.names))),
        ]

    def between(self, begin: float, end: float) -> tuple[int, int]:
        """Rows from the last before ``begin`` to the first after ``end``, so that lines lead out of sight."""
        return max(self.place(begin, "left") - 1, 0), min(self.place(end, "right") + 1, self.rows)

    def window(self, names: Iterable[str], begin: float, end: float, width: int) -> bytes:
        """JSON head ``{raw, points, columns}`` as in the file, then float64: times, and for each column its values if ``raw``,
        else least and greatest of each bucket one after the other. A bucket's time is that of its first row.

        :param width: how many buckets are wanted; there are at most twice as many points.
        """
        numbers = [self.names.index(name) + 1 for name in names]
        first, last = self.between(begin, end)
        count = max(last - first, 0)
        if count <= 2 * width:
            times = self._times(np.arange(first, first + count))
            parts = [times, *(self._column(number)[first : first + count] for number in numbers)]
            return self._said(True, len(times), names, parts)
        per = count / width
        level = max(at for at, rows in enumerate(self.head["levels"]) if at == 0 or rows <= per)
        rows = self.head["levels"][level]
        if rows > per:  # between rows and the narrowest level
            return self._narrow(numbers, names, first, last, max(int(per), 1))
        group = max(int(per / rows), 1)
        wide = rows * group
        a, b = first // wide, -(-last // wide)
        times = self._moments(level)[a * group : b * group : group]
        parts = [times]
        for number in numbers:
            blocks = self._level(number, level)[a * group : b * group]
            parts.extend(_blocks(blocks[:, 0], blocks[:, 1], group))
        return self._said(False, len(times), names, parts)

    def _narrow(self, numbers: list[int], names: Iterable[str], first: int, last: int, wide: int) -> bytes:
        a, b = first // wide, -(-last // wide)
        times = self._times(np.arange(a, b) * wide)
        parts = [times]
        for number in numbers:
            rows = self._column(number)[a * wide : min(b * wide, self.rows)]
            parts.extend(_blocks(rows, rows, wide))
        return self._said(False, len(times), names, parts)

    def _said(self, raw: bool, points: int, names: Iterable[str], parts: list[Floats]) -> bytes:
        said = json.dumps({"raw": raw, "points": points, "columns": list(names)}, ensure_ascii=False).encode()
        said += b" " * (-(len(said) + 4) % 8)
        return (
            struct.pack("<I", len(said))
            + said
            + b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
        )
