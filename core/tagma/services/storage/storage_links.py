"""Which objects of a storage are tasks already, and which objects a sync looks at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tagma.db.engine import Transaction
from tagma.plugin.storages import Storage, StoredObject

HALF = "half"
"""The version of a file of tasks that is not read to its end yet."""


class Link(NamedTuple):
    id: int
    """Of the first task that came from the object."""
    version: str


def filter_of(storage: Storage, settings: Mapping[str, Any]) -> Callable[[StoredObject], bool]:
    """Whether the person's filter lets an object through; what ends in a slash is a folder."""
    fits = re.compile(settings.get("regex_filter") or "")
    return lambda found: not found.key.endswith("/") and fits.match(storage.named(found.key)) is not None


def wanted(storage: Storage, settings: Mapping[str, Any]) -> Iterator[StoredObject]:
    """Objects that the person's filter lets through, as they are listed."""
    return filter(filter_of(storage, settings), storage.list(deep=settings.get("recursive_scan", True)))


def links(tx: Transaction, record_id: int, keys: Sequence[str]) -> dict[str, Link]:
    """Those of ``keys`` that became tasks."""
    names = {f"k{number}": key for number, key in enumerate(keys)}
    listed = ",".join(f":{name}" for name in names)
    rows = tx.rows(
        "SELECT key, min(id), max(version) FROM storage_link"
        f" WHERE record_id = :record AND key IN ({listed}) GROUP BY key",
        names,
        record=record_id,
    )
    return {row[0]: Link(row[1], row[2]) for row in rows}


class Sorted(NamedTuple):
    """A batch of objects by what a sync has to do about them."""

    new: list[StoredObject]
    changed: list[StoredObject]
    unknown: list[StoredObject]
    """Tasks already, from a time when versions were not kept: taken to be unchanged."""
    known: int
    troubled: list[StoredObject]
    """They can't be had."""


def sort(found: Sequence[StoredObject], there: Mapping[str, Link]) -> Sorted:
    new, changed, unknown, troubled = [], [], [], []
    for one in found:
        if one.trouble is not None:
            troubled.append(one)
            continue
        link = there.get(one.key)
        if link is None:
            new.append(one)
        elif not link.version:
            unknown.append(one)
        elif link.version != one.version:
            changed.append(one)
    known = len(found) - len(new) - len(changed) - len(troubled)
    return Sorted(new, changed, unknown, known, troubled)


def settle(tx: Transaction, record_id: int, found: Sequence[StoredObject]) -> None:
    """Note that these objects are tasks in the version they have now."""
    tx.many(
        "UPDATE storage_link SET version = :version WHERE record_id = :record AND key = :key",
        [{"record": record_id, "key": one.key, "version": one.version} for one in found],
    )
