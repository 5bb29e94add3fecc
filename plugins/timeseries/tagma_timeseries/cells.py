"""Numbers as texts: read many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

# What files write where there is no value; it becomes a gap.
GAPS = frozenset({"", "nan", "na", "n/a", "null", "none", "-", "?", "#n/a"})


class NoNumber(ValueError):
    """``place`` among the texts that were to be read, counted from 0."""

    def __init__(self, place: int, text: str) -> None:
        super().__init__(f"{text!r} is no number")
        self.place = place
        self.text = text


def read(texts: Sequence[str], decimal_comma: bool) -> Floats:
    """NaN for gaps and for what is not finite. :raises NoNumber: the first that is neither."""
    found = np.empty(len(texts))
    for place, text in enumerate(texts):
        cell = text.strip()
        try:
            found[place] = float(cell.replace(",", ".") if decimal_comma else cell)
        except ValueError:
            if cell.lower() not in GAPS:
                raise NoNumber(place, text) from None
            found[place] = np.nan
    found[~np.isfinite(found)] = np.nan
    return found


def fits(text: str, decimal_comma: bool = False) -> bool:
    """Whether a cell is a number or a gap."""
    try:
        read([text], decimal_comma)
    except NoNumber:
        return False
    return True
