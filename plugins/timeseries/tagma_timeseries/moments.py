"""Times as texts: read many at once. Moments are milliseconds since 1970 in UTC; a time without a zone is taken to be UTC."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

# Directives of strptime and D3 whose width is always the same: letter -> digits.
_FIXED = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "L": 3, "f": 6}
_PART = re.compile(r"%(-?[A-Za-z%])")


class NoMoment(ValueError):
    """``place`` among the texts that were to be read, counted from 0."""

    def __init__(self, place: int, text: str) -> None:
        super().__init__(f"{text!r} is no time")
        self.place = place
        self.text = text


def read(texts: Sequence[str], written: str) -> Floats:
    """:param written: their format as strptime or D3 has it; empty for ISO 8601.

    :raises NoMoment: the first that can't be read.
    """
    if not len(texts):
        return np.zeros(0)
    found = _alike(texts, written) if written else _plain_iso(texts)
    return found if found is not None else _one_by_one(texts, written)


def example(written: str) -> str:
    """A moment written so, for sentences."""
    return datetime(2026, 3, 14, 15, 9, 26, 535000, tzinfo=UTC).strftime(_python(written))


def _python(written: str) -> str:
    """D3's directives that Python lacks, in Python's words; digits may be missing in all of them anyway."""
    written = re.sub(r"%[-_0](?=[a-zA-Z])", "%", written)
    return written.replace("%L", "%f").replace("%Z", "%z").replace("%e", "%d")


def of_column(column: Any, written: str) -> Floats:
    """Of an arro3 column of texts. :raises NoMoment: the first that can't be read."""
    from arro3.core import DataType

    if not written and not column.null_count:
        found = column.cast(DataType.timestamp("us"))  # what it can't read becomes nothing
        if not found.null_count:
            return np.asarray(found.cast(DataType.int64()).to_numpy() / 1000.0)
    return read(["" if text is None else text for text in column.to_pylist()], written)


def _plain_iso(texts: Sequence[str]) -> Floats | None:
    """All like 2026-03-14T15:09:26.5 or 2026-03-14, perhaps with Z; None if one is not."""
    cells = np.char.rstrip(np.char.strip(np.asarray(texts, dtype=np.str_)), "Zz")
    if (np.char.find(cells, "-") != 4).any() or _zoned(cells):
        return None  # numpy takes 20260314 for a year, and nothing for a moment
    try:
        return cells.astype("datetime64[us]").astype(np.int64) / 1000.0
    except ValueError:
        return None


def _zoned(cells: Any) -> bool:
    """Whether one has an offset from UTC, which numpy does not read."""
    return bool((np.char.find(cells, "+") >= 0).any() or (np.char.count(cells, "-") > 2).any())


def _alike(texts: Sequence[str], written: str) -> Floats | None:
    """Formats in which each part has a place of its own are read for all texts at once; None if this is no such format."""
    cells = np.char.strip(np.asarray(texts, dtype=np.str_))
    places, width = _places(written)
    if places is None or (np.char.str_len(cells) != width).any():
        return None
    letters = cells.view(np.uint32).reshape(len(cells), -1)[:, :width]
    parts = {"m": np.ones(len(cells), np.int64), "d": np.ones(len(cells), np.int64)}
    for letter, start, digits in places:
        if letter == "":
            if (letters[:, start] != digits).any():
                return None
            continue
        numbers = letters[:, start : start + digits].astype(np.int64) - ord("0")
        if (numbers < 0).any() or (numbers > 9).any():
            return None
        parts[letter] = numbers @ (10 ** np.arange(digits - 1, -1, -1, dtype=np.int64))
    return _together(parts)


def _places(written: str) -> tuple[list[tuple[str, int, int]] | None, int]:
    """Letter, start and digits of each directive; of a plain character "", its place and its code."""
    places: list[tuple[str, int, int]] = []
    at = start = 0
    for match in _PART.finditer(written):
        for character in written[at : match.start()]:
            places.append(("", start, ord(character)))
            start += 1
        if match[1] not in _FIXED:
            return None, 0
        places.append((match[1], start, _FIXED[match[1]]))
        start += _FIXED[match[1]]
        at = match.end()
    for character in written[at:]:
        places.append(("", start, ord(character)))
        start += 1
    return (places if any(letter == "Y" for letter, _, _ in places) else None), start


def _together(parts: dict[str, Any]) -> Floats | None:
    month, day = parts["m"], parts["d"]
    first = ((parts["Y"] - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = (first.astype("datetime64[D]") + (day - 1)).astype(np.int64)
    last = (first + 1).astype("datetime64[D]").astype(np.int64) - first.astype("datetime64[D]").astype(
        np.int64
    )
    hours, minutes, seconds = (parts.get(letter, 0) for letter in "HMS")
    wrong = (month < 1) | (month > 12) | (day < 1) | (day > last)
    wrong |= np.asarray(hours) > 23
    wrong |= np.asarray(minutes) > 59
    wrong |= np.asarray(seconds) > 59
    if wrong.any():
        return None  # one by one, the wrong one is found
    whole = (days * 24 + hours) * 3600 + np.asarray(minutes) * 60 + seconds
    return whole * 1000.0 + parts.get("L", 0) + parts.get("f", 0) / 1000.0


def _one_by_one(texts: Sequence[str], written: str) -> Floats:
    form = _python(written)
    found = np.empty(len(texts))
    for place, text in enumerate(texts):
        try:
            if written in ("%s", "%Q"):
                found[place] = float(text) * (1000 if written == "%s" else 1)
                continue
            moment = datetime.strptime(text.strip(), form) if form else datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise NoMoment(place, text) from error
        found[place] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
    return found
