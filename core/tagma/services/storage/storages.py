"""Storages of a project: which there are, and making the plugin's class ready for use. What they bring in: storage_sync."""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ValidationError

from tagma.db.engine import Transaction
from tagma.db.tables import Job, Record
from tagma.errors import InvalidInput, SecretLost, StorageError, Unreachable
from tagma.plugin.storages import Storage
from tagma.services import access, netguard, records
from tagma.services.access import Actor
from tagma.services.sealing import Sealer
from tagma.services.storage.storage_forms import SOURCES, TARGETS, Side, class_of, model_of, side_of

if TYPE_CHECKING:
    from tagma.services.site import Site

_PROBE = ".tagma"
_STATE = ("status", "last_sync", "last_sync_count", "last_sync_job", "traceback", "meta")
UNDER_WAY = ("queued", "in_progress")
_AT_WORK = ("queued", "running")  # of a job


@functools.lru_cache(256)
def _checked(sealer: Sealer, storage: type[Storage], settings: bytes) -> BaseModel:
    """Sealed settings as the plugin's own; a page of pictures asks for the same ones each time."""
    return storage.Settings.model_validate(sealer.opened(orjson.loads(settings)))


def made(site: Site, scheme: str, settings: Mapping[str, Any], side: Side = SOURCES) -> Storage:
    """The plugin's storage, to ask what it knows by itself; it may talk to nobody, since its addresses are not judged yet.

    :raises StorageError: its settings no longer fit the plugin.
    """
    storage = class_of(site, scheme, side)
    try:
        text = orjson.dumps(settings, option=orjson.OPT_SORT_KEYS)
        checked = _checked(site.sealer, storage, text)  # type: ignore[arg-type]  # a class can be hashed
    except SecretLost as error:
        raise StorageError(error.message, hint=error.hint, storage=storage.title, **error.where) from error
    except ValidationError as error:
        raise StorageError(
            f"The settings of this storage don't fit its plugin any more: {error.errors()[0]['msg']}.",
            hint="Open the storage's settings and save them again.",
            storage=storage.title,
        ) from error
    found = storage(checked)
    found.server_folder = site.settings.local_files_root if site.settings.local_files_serving else None
    return found


@contextmanager
def opened(site: Site, scheme: str, settings: Mapping[str, Any], side: Side = SOURCES) -> Iterator[Storage]:
    """The plugin's storage for one use.

    :raises StorageError: its settings no longer fit the plugin, or whatever the storage refuses.
    """
    storage = made(site, scheme, settings, side)
    for address in storage.endpoints():
        try:
            netguard.judged_endpoint(address, site.settings, schemes=(*netguard.WEB, storage.scheme))
        except Unreachable as error:
            raise StorageError(error.message, hint=error.hint, storage=storage.title) from error
    try:
        yield storage
    finally:
        storage.close()


def prepare(
    site: Site,
    tx: Transaction,
    actor: Actor,
    side: Side,
    scheme: str,
    fields: Mapping[str, Any],
    record_id: int | None,
) -> dict[str, Any]:
    """The whole checked settings that ``fields`` lead to; those of a record there is are kept where nothing is given.

    :raises InvalidInput: a sentence for each field that is wrong.
    """
    model = model_of(class_of(site, scheme, side), side)
    before: dict[str, Any] = {}
    if record_id is not None:
        before = records.get(site, tx, actor, record_id, side.prefix + scheme, "record.change").settings
    else:
        access.project(site, tx, actor, project_of(fields), "record.change")
    return records.checked(site, model, {**before, **records.given(model, fields)})


def probe(site: Site, side: Side, scheme: str, settings: Mapping[str, Any]) -> None:
    """Try the storage itself; may take as long as its network. :raises InvalidInput: it does not work, in words."""
    try:
        with opened(site, scheme, settings, side) as storage:
            storage.check()
            if side is TARGETS:
                _try_to_write(storage)
    except StorageError as error:
        field = str(error.where.get("field", "non_field_errors"))
        raise InvalidInput(error.message, {field: [str(error)]}, hint=error.hint, **error.where) from error


def _try_to_write(storage: Storage) -> None:
    """A target that refuses is better found now than with the first annotation."""
    storage.put(_PROBE, io.BytesIO(b"{}"))
    with contextlib.suppress(StorageError):  # a key may be good for writing only
        storage.delete(_PROBE)


def create(
    site: Site, tx: Transaction, actor: Actor, side: Side, scheme: str, fields: Mapping[str, Any]
) -> Record:
    model = model_of(class_of(site, scheme, side), side)
    return records.create(
        site,
        tx,
        actor,
        side.prefix + scheme,
        records.given(model, fields),
        model=model,
        project_id=project_of(fields),
        title=str(fields.get("title") or ""),
    )


def change(
    site: Site,
    tx: Transaction,
    actor: Actor,
    side: Side,
    scheme: str,
    record_id: int,
    fields: Mapping[str, Any],
) -> Record:
    model = model_of(class_of(site, scheme, side), side)
    title = str(fields["title"] or "") if "title" in fields else None
    record = records.change(
        site,
        tx,
        actor,
        record_id,
        records.given(model, fields),
        model=model,
        kind=side.prefix + scheme,
        title=title,
    )
    tx.session.flush()
    return record


def get(site: Site, tx: Transaction, actor: Actor, side: Side, scheme: str, record_id: int) -> dict[str, Any]:
    return shown(site, tx, records.get(site, tx, actor, record_id, side.prefix + scheme))


def listing(
    site: Site, tx: Transaction, actor: Actor, side: Side, project_id: int, scheme: str = ""
) -> list[dict[str, Any]]:
    """Of one kind, or of all."""
    found = records.listing(site, tx, actor, side.prefix + scheme, project_id)
    return [shown(site, tx, record) for record in found]


def delete(site: Site, tx: Transaction, actor: Actor, side: Side, scheme: str, record_id: int) -> None:
    """The tasks that came from it stay, and so do the objects that were written to it."""
    records.delete(site, tx, actor, record_id, side.prefix + scheme)


def shown(site: Site, tx: Transaction, record: Record) -> dict[str, Any]:
    """A storage as the wire has it, without secrets."""
    side = side_of(record.kind)
    scheme = side.scheme(record.kind)
    storage = site.plugins.storages.get(scheme)
    model = side.common if storage is None else model_of(storage, side)
    secret = records.secret_fields(model)
    settings = {
        f"{key}_is_set" if key in secret else key: bool(value) if key in secret else value
        for key in model.model_fields
        for value in [record.settings.get(key)]
    }
    state = {"status": "initialized", "meta": {}, **_state(tx, record)}
    if side is TARGETS:
        settings |= _waiting(tx, record)
    return {
        **settings,
        **{key: state.get(key) for key in _STATE},
        "last_sync_job": str(state["last_sync_job"])
        if state.get("last_sync_job")
        else None,  # text on the wire
        "id": record.id,
        "type": scheme,
        "title": record.title,
        "project": record.project_id,
        "created_at": record.created_at,
        "synchronizable": storage is not None,
    }


def _state(tx: Transaction, record: Record) -> Mapping[str, Any]:
    """What is noted of a storage. One that goes on by its own word while its job has ended was stopped from outside, or its
    worker died too often: it has failed. Both are read at one moment, since a sync that ends between two looks has not."""
    if record.state.get("status") not in UNDER_WAY:
        return record.state
    noted = "record.state::json" if tx.postgres else "record.state"
    row = tx.row(
        "SELECT record.state, job.state FROM record"
        f" LEFT JOIN job ON job.id = CAST({noted} ->> 'last_sync_job' AS INTEGER) WHERE record.id = :id",
        id=record.id,
    )
    if row is None:
        return record.state  # deleted meanwhile
    state: dict[str, Any] = orjson.loads(row[0])
    if state.get("status") in UNDER_WAY and row[1] not in _AT_WORK:
        state["status"] = "failed"
    return state


def _waiting(tx: Transaction, record: Record) -> dict[str, Any]:
    """How much is still to be written, and when the next try is after one in vain."""
    row = tx.row(
        "SELECT count(*) FROM target_object WHERE record_id = :id AND version <> written", id=record.id
    )
    return {"waiting": row[0] if row else 0, "retry_at": record.state.get("retry_at")}


def under_way(tx: Transaction, record: Record) -> bool:
    """Whether a sync of this storage waits or runs."""
    job = tx.session.get(Job, record.state.get("last_sync_job") or 0)
    return job is not None and job.state in _AT_WORK


def project_of(fields: Mapping[str, Any]) -> int:
    try:
        return int(fields["project"])
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(
            "A storage belongs to a project: its number is missing.",
            {"project": ["This field is required."]},
            hint='Send "project" with the number of the project.',
        ) from None
