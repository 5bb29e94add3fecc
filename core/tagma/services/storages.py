"""Storages of a project: which there are, and making the plugin's class ready for use. What they bring in: storage_sync."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError, create_model, field_validator
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Job, Record
from tagma.errors import (
    InvalidInput,
    NotAllowed,
    NotFound,
    SecretLost,
    StorageError,
    Unreachable,
    did_you_mean,
)
from tagma.plugin.storages import Storage
from tagma.services import access, netguard, records
from tagma.services.access import Actor

if TYPE_CHECKING:
    from tagma.services.site import Site

KIND = "storage."
_STATE = ("status", "last_sync", "last_sync_count", "last_sync_job", "traceback", "meta")
_UNDER_WAY = ("queued", "in_progress")


class Common(BaseModel):
    """What every storage has besides the settings of its plugin."""

    description: str = Field("", description="For the people of the project.")
    regex_filter: str | None = Field(
        None, description="Only objects whose name fits this regular expression, e.g. .*\\.png"
    )
    use_blob_urls: bool = Field(
        False, description="Make a task of each object; else read objects as files of tasks."
    )
    recursive_scan: bool = Field(True, description="Also look into folders within.")
    presign: bool = Field(True, description="Let browsers fetch media from the storage itself where it can.")
    presign_ttl: int = Field(1, ge=1, description="Minutes such a link works.")

    @field_validator("regex_filter")
    @classmethod
    def _compiles(cls, given: str | None) -> str | None:
        try:
            re.compile(given or "")
        except re.error as error:
            raise ValueError(f"This is no regular expression: {error}") from error
        return given or None


def class_of(site: Site, scheme: str) -> type[Storage]:
    """:raises NotFound: no plugin brings such storages."""
    found = site.plugins.storages.get(scheme)
    if found is None:
        meant = did_you_mean(scheme, site.plugins.storages)
        raise NotFound(
            f'No plugin that is loaded brings storages of the kind "{scheme}".',
            hint=meant or "Install one, or see the page Plugins for why one was not loaded.",
            scheme=scheme,
        )
    return found


def model_of(storage: type[Storage]) -> type[BaseModel]:
    """The common fields and the plugin's own as one form."""
    return create_model(f"{storage.scheme.title()}Storage", __base__=(Common, storage.Settings))


@contextmanager
def opened(site: Site, scheme: str, settings: Mapping[str, Any]) -> Iterator[Storage]:
    """The plugin's storage for one use.

    :raises StorageError: its settings no longer fit the plugin, or whatever the storage refuses.
    """
    storage = class_of(site, scheme)
    try:
        checked = storage.Settings.model_validate(site.sealer.opened(settings))
    except SecretLost as error:
        raise StorageError(error.message, hint=error.hint, storage=storage.title, **error.where) from error
    except ValidationError as error:
        raise StorageError(
            f"The settings of this storage don't fit its plugin any more: {error.errors()[0]['msg']}.",
            hint="Open the storage's settings and save them again.",
            storage=storage.title,
        ) from error
    made = storage(checked)
    made.server_folder = site.settings.local_files_root if site.settings.local_files_serving else None
    for address in made.endpoints():
        try:
            netguard.judged_address(address, site.settings)
        except Unreachable as error:
            raise StorageError(error.message, hint=error.hint, storage=storage.title) from error
    try:
        yield made
    finally:
        made.close()


def prepare(
    site: Site, tx: Transaction, actor: Actor, scheme: str, fields: Mapping[str, Any], record_id: int | None
) -> dict[str, Any]:
    """The whole checked settings that ``fields`` lead to; those of a record there is are kept where nothing is given.

    :raises InvalidInput: a sentence for each field that is wrong.
    """
    model = model_of(class_of(site, scheme))
    before: dict[str, Any] = {}
    if record_id is not None:
        before = records.get(site, tx, actor, record_id, KIND + scheme, "record.change").settings
    else:
        access.project(site, tx, actor, project_of(fields), "record.change")
    return records.checked(site, model, {**before, **_own(model, fields)})


def probe(site: Site, scheme: str, settings: Mapping[str, Any]) -> None:
    """Try the storage itself; may take as long as its network. :raises InvalidInput: it does not work, in words."""
    try:
        with opened(site, scheme, settings) as storage:
            storage.check()
    except StorageError as error:
        field = str(error.where.get("field", "non_field_errors"))
        raise InvalidInput(error.message, {field: [str(error)]}, hint=error.hint, **error.where) from error


def create(
    site: Site, tx: Transaction, actor: Actor, scheme: str, fields: Mapping[str, Any]
) -> dict[str, Any]:
    model = model_of(class_of(site, scheme))
    record = records.create(
        site,
        tx,
        actor,
        KIND + scheme,
        _own(model, fields),
        model=model,
        project_id=project_of(fields),
        title=str(fields.get("title") or ""),
    )
    return shown(site, tx, record)


def change(
    site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int, fields: Mapping[str, Any]
) -> dict[str, Any]:
    model = model_of(class_of(site, scheme))
    title = str(fields["title"] or "") if "title" in fields else None
    record = records.change(
        site, tx, actor, record_id, _own(model, fields), model=model, kind=KIND + scheme, title=title
    )
    tx.session.flush()
    return shown(site, tx, record)


def get(site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int) -> dict[str, Any]:
    return shown(site, tx, records.get(site, tx, actor, record_id, KIND + scheme))


def listing(
    site: Site, tx: Transaction, actor: Actor, project_id: int, scheme: str = ""
) -> list[dict[str, Any]]:
    """Of one kind, or of all."""
    found = records.listing(site, tx, actor, KIND + scheme, project_id)
    return [shown(site, tx, record) for record in found]


def delete(site: Site, tx: Transaction, actor: Actor, scheme: str, record_id: int) -> None:
    """The tasks that came from it stay."""
    records.delete(site, tx, actor, record_id, KIND + scheme)


def shown(site: Site, tx: Transaction, record: Record) -> dict[str, Any]:
    """A storage as the wire has it, without secrets."""
    scheme = record.kind.removeprefix(KIND)
    storage = site.plugins.storages.get(scheme)
    model = Common if storage is None else model_of(storage)
    secret = records.secret_fields(model)
    settings = {
        f"{key}_is_set" if key in secret else key: bool(value) if key in secret else value
        for key in model.model_fields
        for value in [record.settings.get(key)]
    }
    state = {"status": "initialized", "meta": {}, **record.state}
    if state["status"] in _UNDER_WAY and not under_way(tx, record):
        state["status"] = "failed"  # the job was stopped from outside, or its worker died too often
    return {
        **settings,
        **{key: state.get(key) for key in _STATE},
        "id": record.id,
        "type": scheme,
        "title": record.title,
        "project": record.project_id,
        "created_at": record.created_at,
        "synchronizable": storage is not None,
    }


def under_way(tx: Transaction, record: Record) -> bool:
    """Whether a sync of this storage waits or runs."""
    job = tx.session.get(Job, record.state.get("last_sync_job") or 0)
    return job is not None and job.state in ("queued", "running")


def served(site: Site, tx: Transaction, actor: Actor, uri: str) -> Path:
    """The file on this server that ``uri`` names, if it lies in a storage of a project that ``actor`` may see.

    :raises NotFound: there is none; whether the file exists elsewhere is not told.
    """
    column: Any = Record.kind
    query = select(Record.project_id).where(
        Record.organization_id == actor.organization_id, column.startswith(KIND)
    )
    for project_id in dict.fromkeys(tx.session.exec(query)):
        try:
            access.project(site, tx, actor, project_id or 0)
        except (NotFound, NotAllowed):
            continue  # another project may have connected the same folder
        if path := located(site, tx, uri, project_id or 0):
            return path
    raise NotFound(
        "There is no such file in a storage that you may see.",
        hint="Connect the folder it lies in as a storage of the project.",
    )


def located(site: Site, tx: Transaction, uri: str, project_id: int) -> Path | None:
    """The file on this server that ``uri`` names, if a storage of the project holds it."""
    column: Any = Record.kind
    query = select(Record).where(Record.project_id == project_id, column.startswith(KIND))
    for record in tx.session.exec(query):
        try:
            with opened(site, record.kind.removeprefix(KIND), record.settings) as storage:
                key = storage.key_of(uri)
                path = None if key is None else storage.path(key)
        except (NotFound, StorageError):
            continue  # another storage may hold it
        if path is not None:
            return path
    return None


def project_of(fields: Mapping[str, Any]) -> int:
    try:
        return int(fields["project"])
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(
            "A storage belongs to a project: its number is missing.",
            {"project": ["This field is required."]},
            hint='Send "project" with the number of the project.',
        ) from None


def _own(model: type[BaseModel], fields: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``fields`` is for the storage to keep; dates, counts and status are ours to write."""
    return {key: value for key, value in fields.items() if key in model.model_fields}
