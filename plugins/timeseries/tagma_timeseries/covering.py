"""Which rows of a series a stretch covers, and which labels lie over each row."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tagma_timeseries import moments
from tagma_timeseries.series import Series

Span = tuple[int, int, Sequence[str]]
"""First row, the one after the last, labels."""
Piece = tuple[int, int, str]
"""Likewise, with the labels that all of its rows have; several with semicolons between them."""


def rows_of(series: Series, value: Mapping[str, Any], written: str) -> tuple[int, int] | str:
    """First row and the one after the last, both ends of the stretch included; an instant has the row nearest to it.

    :param written: the format of times that are texts.
    :returns: a reason, if the stretch covers no row.
    """
    begin, end = (_moment(value.get(name), series, written) for name in ("start", "end"))
    if begin is None or end is None:
        return "a stretch whose start or end can't be read as a time"
    first, last = (int(series.place(at, side)) for at, side in ((begin, "left"), (end, "right")))
    if first < last:
        return first, last
    if begin != end:
        return "a stretch that covers no row"
    near = [row for row in (first - 1, first) if 0 <= row < series.rows]
    row = min(near, key=lambda one: abs(series.part(one, one + 1)[0][0] - begin))
    return row, row + 1


def _moment(given: Any, series: Series, written: str) -> float | None:
    if isinstance(given, int | float):
        return float(given)
    if not isinstance(given, str):
        return None
    if series.head["time"]["unit"] == "date":
        try:
            return float(moments.read([given], written)[0])
        except moments.NoMoment:
            pass
    try:
        found = float(given)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def pieces(spans: Iterable[Span], order: Sequence[str]) -> list[Piece]:
    """The parts of a series in which the labels are the same, in the order of rows; without those that have none.

    :param order: in which labels are named.
    """
    changes: dict[int, list[tuple[int, Sequence[str]]]] = {}
    for first, last, labels in spans:
        changes.setdefault(first, []).append((1, labels))
        changes.setdefault(last, []).append((-1, labels))
    rank = {label: place for place, label in enumerate(order)}
    here: Counter[str] = Counter()
    found: list[Piece] = []
    before = 0
    for row in sorted(changes):
        over = sorted(
            (one for one, times in here.items() if times), key=lambda one: (rank.get(one, len(rank)), one)
        )
        if over:
            found.append((before, row, ";".join(over)))
        for sign, labels in changes[row]:
            here.update(dict.fromkeys(labels, sign))
        before = row
    return found
