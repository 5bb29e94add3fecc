"""A look into a storage before it is used: its first objects, and whether a browser may fetch them from it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.db.types import stamp
from tagma.errors import InvalidInput, StorageError, Unreachable
from tagma.services import records
from tagma.services.access import Actor
from tagma.services.caller import Caller
from tagma.services.storage import storages
from tagma.services.storage.storage_forms import SOURCES
from tagma.services.storage.storage_links import filter_of, wanted

if TYPE_CHECKING:
    from tagma.services.site import Site

SECONDS = 30.0  # that a look may take
_LIMIT, _MOST = 100, 10_000


def limit_of(fields: Mapping[str, Any]) -> int:
    """:raises InvalidInput: no number that a look may be limited to."""
    given = fields.get("limit", _LIMIT)
    number = int(given) if isinstance(given, int | str) and str(given).isdecimal() else 0
    if not 0 < number <= _MOST:
        words = f"limit must be a number from 1 to {_MOST}, not {given!r}."
        raise InvalidInput(words, {"limit": [words]})
    return number


def files(site: Site, scheme: str, settings: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """The first objects a sync would look at. A row of nulls at the end: there are more, or there was no time to see."""
    rows: list[dict[str, Any]] = []
    until = time.monotonic() + SECONDS
    with storages.opened(site, scheme, settings) as storage:
        fits = filter_of(storage, settings)
        for found in storage.list(deep=settings.get("recursive_scan", True)):
            late = time.monotonic() > until
            if late or (len(rows) == limit and fits(found)):
                rows.append({"key": None, "last_modified": None, "size": None})
                break
            if fits(found):
                key = max(found.key, storage.named(found.key), key=len)
                modified = stamp(found.modified) if found.modified else None
                rows.append({"key": key, "last_modified": modified, "size": found.size})
    return {"files": rows}


def record(site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int) -> dict[str, Any]:
    return dict(records.get(site, tx, actor, record_id, SOURCES.prefix + scheme, "record.change").settings)


def probe(site: Site, scheme: str, settings: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Whether a page of ``origin`` may fetch a link of the storage's own, and the rule for its owner to paste if not.

    Asked as a browser would, but from here, where the page's own rules about other machines don't stand in the way.

    :raises StorageError: there is no object to try it with, the storage makes no links, or the link leads nowhere.
    """
    with storages.opened(site, scheme, settings) as storage:
        found = next(wanted(storage, settings), None)
        if found is None:
            raise StorageError(
                "There is no object to try a link with.",
                hint="Put one there, or mend the filter of names.",
                storage=storage.title,
            )
        url = storage.url(found.key, 60)
        if url is None:
            raise StorageError(
                f"{storage.title} makes no links; media go through this server.",
                hint="Nothing is to be done.",
                storage=storage.title,
            )
        rule, title = storage.cors(origin), storage.title
    asked = {"Origin": origin, "Range": "bytes=0-0"}
    try:
        with Caller(site.settings) as caller:
            answer = caller.ask("GET", url, headers=asked, seconds=10.0, most=1)
    except Unreachable as error:
        raise StorageError(error.message, hint=error.hint, storage=title) from error
    if answer.status not in (200, 206, 416):  # the last of an object without a byte
        raise StorageError(
            f"The storage answered its own link with {answer.status}.",
            hint="Check that the key may read objects.",
            storage=title,
            key=found.key,
        )
    allowed = answer.headers.get("access-control-allow-origin", "") in ("*", origin)
    return {"key": found.key, "origin": origin, "allowed": allowed, "rule": rule}
