"""Finding the columns a config names among those a file has."""

from __future__ import annotations

from collections.abc import Sequence

from tagma.errors import ImportFailed, did_you_mean
from tagma_timeseries.asking import Asking


def place(wanted: str, header: Sequence[str], file: str, what: str) -> int:
    """Where a column stands, counted from 0: by its name, then by its name in other case, then by its number.

    :param what: what it is to be, for sentences.
    :raises ImportFailed: there is none, or more than one.
    """
    for names, name in ((list(header), wanted), ([one.lower() for one in header], wanted.lower())):
        found = [at for at, one in enumerate(names) if one == name]
        if len(found) > 1:
            places = " and ".join(str(at + 1) for at in found[:3])
            raise ImportFailed(
                f'{file} has the column "{wanted}" more than once: columns {places}.',
                hint="Rename one of them, or name it in the set-up by its number, counted from 0.",
                file=file,
                field=wanted,
            )
        if found:
            return found[0]
    if wanted.isdecimal() and int(wanted) < len(header):
        return int(wanted)
    raise ImportFailed(
        f'{file} has no column "{wanted}" for {what}. It has {_listed(header)}.',
        hint=did_you_mean(wanted, header) or "Correct the column in the labeling set-up, or the file.",
        file=file,
        field=wanted,
    )


def places(asking: Asking, header: Sequence[str], file: str) -> tuple[int | None, list[int]]:
    """Of the time (None if rows are counted), and of each column."""
    time = place(asking.time, header, file, "the time") if asking.time else None
    return time, [place(column, header, file, "a channel") for column in asking.columns]


def _listed(header: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in header[:12])
    more = len(header) - 12
    return f"{shown} and {more} more" if more > 0 else shown
