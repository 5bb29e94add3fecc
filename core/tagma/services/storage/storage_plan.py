"""What a sync would do, found out before it is done; and syncs that begin by themselves when their time has come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Record
from tagma.db.types import now
from tagma.errors import TagmaError
from tagma.jobs import JobContext, every, kind
from tagma.services import access, records
from tagma.services.access import Actor
from tagma.services.storage import storage_links, storage_sync, storages
from tagma.services.storage.storage_forms import SOURCES, class_of

if TYPE_CHECKING:
    from tagma.services.site import Site

BATCH = 1000
EXAMPLES = 5  # names of each sort


def start(site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int) -> int:
    """Queue it; the job's id, to be announced. Its result: ``new``, ``changed``, ``known``, ``gone`` and some names of each."""
    class_of(site, scheme)
    record = records.get(site, tx, actor, record_id, SOURCES.prefix + scheme, "record.change")
    return site.jobs.enqueue(tx, "storage_plan", actor, record.project_id, {"record": record_id})


@kind("storage_plan")
def run_plan(job: JobContext) -> Mapping[str, Any]:
    """The job; params: ``record``. It changes nothing, so one that is interrupted just begins again."""
    site: Site = job.site
    record_id = int(job.params["record"])
    actor = access.system(job.organization_id)
    record = site.database.read(lambda tx: records.get(site, tx, actor, record_id, SOURCES.prefix))
    found = {"new": 0, "changed": 0, "known": 0, "gone": 0}
    first: dict[str, list[str]] = {"new": [], "changed": [], "gone": []}
    seen = _Numbers()
    with storages.opened(site, SOURCES.scheme(record.kind), record.settings) as storage:
        objects = storage_links.wanted(storage, record.settings)
        while batch := list(islice(objects, BATCH)):
            keys = [one.key for one in batch]
            there = site.database.read(lambda tx, keys=keys: storage_links.links(tx, record_id, keys))  # type: ignore[misc]
            seen.add(link.id for link in there.values())
            sorted_ = storage_links.sort(batch, there)
            for name, some in (("new", sorted_.new), ("changed", sorted_.changed)):
                found[name] += len(some)
                first[name] += [one.key for one in some[: EXAMPLES - len(first[name])]]
            found["known"] += sorted_.known
            job.progress(found["new"] + found["changed"] + found["known"], None, "objects")
    with site.database.reading() as tx:
        for key in _gone(tx, record_id, seen):
            found["gone"] += 1
            first["gone"] += [key][: EXAMPLES - len(first["gone"])]
    return {**found, "first": first}


def _gone(tx: Transaction, record_id: int, seen: _Numbers) -> Iterator[str]:
    """Keys that are tasks here, but were not listed."""
    sql = "SELECT key, min(id) FROM storage_link WHERE record_id = :record GROUP BY key"
    for rows in tx.stream(sql, {"record": record_id}):
        for key, number in rows:
            if number not in seen:
                yield key


class _Numbers:
    """A set of ids, one bit each: a million of them are small whatever their keys are."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            at, bit = divmod(number, 8)
            if at >= len(self._bits):
                self._bits.extend(bytes(at + 1 - len(self._bits) + (1 << 12)))
            self._bits[at] |= 1 << bit

    def __contains__(self, number: int) -> bool:
        at, bit = divmod(number, 8)
        return at < len(self._bits) and bool(self._bits[at] >> bit & 1)


# by schedule --------------------------------------------------------------------------------------------------------


@every(15)
def begin_due(site: Site) -> None:
    """Begin the syncs whose time has come; whatever is wrong with one stands where its admin looks."""
    rows = site.database.read(
        lambda tx: tx.rows(
            "SELECT r.id, r.settings, r.state, r.created_at FROM record r JOIN project p ON p.id = r.project_id"
            " WHERE r.kind LIKE 'storage.%' AND p.deleted_at IS NULL"
        )
    )
    for record_id, settings, state, made in rows:
        if _is_due(orjson.loads(settings), orjson.loads(state), made):
            job_id = site.database.write(lambda tx, one=record_id: _begin(site, tx, one))  # type: ignore[misc]
            if job_id is not None:
                site.jobs.announce(job_id)


def _is_due(settings: Mapping[str, Any], state: Mapping[str, Any], made: str) -> bool:
    minutes = settings.get("sync_minutes")
    if not minutes:
        return False
    last = (state.get("meta") or {}).get("time_queued") or made
    return datetime.fromisoformat(last) + timedelta(minutes=minutes) <= now()


def _begin(site: Site, tx: Transaction, record_id: int) -> int | None:
    """Unless another server was faster, or the sync before goes on still."""
    record = tx.session.get(Record, record_id, with_for_update=True)
    if record is None or storages.under_way(tx, record):
        return None
    if not _is_due(record.settings, record.state, record.created_at.isoformat()):
        return None
    actor = access.system(record.organization_id)
    try:
        _, job_id = storage_sync.start(site, tx, actor, SOURCES.scheme(record.kind), record_id)
    except TagmaError:
        return None  # its plugin is not loaded; the page says so
    return job_id
