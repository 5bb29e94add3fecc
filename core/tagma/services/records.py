"""Small configuration objects of plugins (a storage, a webhook, a model server): kept here, checked by the plugin's model.

``settings`` is what people typed, ``state`` what the plugin notes about it (last sync, last error). A kind belongs to one
plugin and is written ``storage.local`` or ``webhook``. ``SecretStr`` fields of the model lie sealed in ``settings``;
whoever uses them asks :func:`opened`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Record
from tagma.db.types import now
from tagma.errors import InvalidInput
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.sealing import is_sealed

if TYPE_CHECKING:
    from tagma.services.site import Site


def create(
    site: Site,
    tx: Transaction,
    actor: Actor,
    kind: str,
    settings: Mapping[str, Any],
    *,
    model: type[BaseModel],
    project_id: int | None = None,
    title: str = "",
) -> Record:
    """:param project_id: None for what belongs to the whole organization.
    :raises InvalidInput: the plugin's model refuses the settings; a sentence for each field.
    """
    _reach(site, tx, actor, project_id, "record.change")
    record = Record(
        organization_id=actor.organization_id,
        project_id=project_id,
        kind=kind,
        title=title,
        settings=checked(site, model, settings),
    )
    tx.session.add(record)
    tx.session.flush()
    return record


def listing(
    site: Site, tx: Transaction, actor: Actor, kind: str, project_id: int | None = None
) -> list[Record]:
    """Records of a kind, oldest first; ``storage.`` with the dot lists all that begin so."""
    _reach(site, tx, actor, project_id, "record.view")
    column: Any = Record.kind
    of_kind = column.startswith(kind, autoescape=True) if kind.endswith(".") else column == kind
    return list(
        tx.session.exec(
            select(Record)
            .where(Record.organization_id == actor.organization_id, Record.project_id == project_id, of_kind)
            .order_by(Record.id)  # type: ignore[arg-type]
        )
    )


def everywhere(tx: Transaction, actor: Actor, kind: str) -> list[Record]:
    """Those of the organization as a whole and of every project the actor sees, oldest first."""
    access.require(actor, "record.view")
    condition, params = access.visible(actor, "p")
    ids = tx.rows(
        "SELECT r.id FROM record r LEFT JOIN project p ON p.id = r.project_id WHERE r.organization_id = :actor_organization"
        f" AND r.kind = :kind AND (r.project_id IS NULL OR ({condition})) ORDER BY r.id",
        params,
        kind=kind,
    )
    column: Any = Record.id
    return list(tx.session.exec(select(Record).where(column.in_([row[0] for row in ids])).order_by(column)))


def concerned(tx: Transaction, kind: str, organization_id: int, project_id: int | None) -> list[Record]:
    """Those of a project and of its organization as a whole; nobody's rights are asked."""
    column: Any = Record.project_id
    return list(
        tx.session.exec(
            select(Record)
            .where(
                Record.organization_id == organization_id,
                Record.kind == kind,
                (column == project_id) | column.is_(None),
            )
            .order_by(Record.id)  # type: ignore[arg-type]
        )
    )


def get(
    site: Site, tx: Transaction, actor: Actor, record_id: int, kind: str = "", action: str = "record.view"
) -> Record:
    """:raises NotFound: none of this kind, or not the actor's to see."""
    record = tx.session.get(Record, record_id)
    if record is None or record.organization_id != actor.organization_id or not record.kind.startswith(kind):
        raise access.not_found(kind.rstrip(".") or "record", record_id)
    _reach(site, tx, actor, record.project_id, action)
    return record


def change(
    site: Site,
    tx: Transaction,
    actor: Actor,
    record_id: int,
    settings: Mapping[str, Any],
    *,
    model: type[BaseModel],
    kind: str = "",
    title: str | None = None,
) -> Record:
    """Only the settings given; the whole is checked again."""
    record = get(site, tx, actor, record_id, kind, "record.change")
    record.settings = checked(site, model, {**record.settings, **settings})
    record.title = record.title if title is None else title
    record.updated_at = now()
    return record


def note(site: Site, tx: Transaction, record_id: int, state: Mapping[str, Any]) -> None:
    """What the plugin found out; merged into ``state``. Called by its jobs, so nobody's rights are asked."""
    record = held(tx, record_id)
    if record is not None:  # deleted while the job ran
        record.state = {**record.state, **state}
        record.updated_at = now()


def held(tx: Transaction, record_id: int) -> Record | None:
    """A record as it is now, and as it stays for everybody else until the transaction ends: what is decided by its state
    holds. None: there is none (any more)."""
    tx.flush()
    return tx.session.get(Record, record_id, with_for_update=True, populate_existing=True)


def delete(site: Site, tx: Transaction, actor: Actor, record_id: int, kind: str = "") -> None:
    tx.session.delete(get(site, tx, actor, record_id, kind, "record.change"))
    tx.session.flush()


def given(model: type[BaseModel], fields: Mapping[str, Any]) -> dict[str, Any]:
    """What of the fields that somebody sent is for the model.

    :raises InvalidInput: one is sealed: whoever found it in a copy of the database must not have it opened here.
    """
    own = {key: value for key, value in fields.items() if key in model.model_fields}
    if sealed := [key for key, value in own.items() if is_sealed(value)]:
        raise InvalidInput("Validation error", {key: ["A secret is sent as text."] for key in sealed})
    return own


def checked(site: Site, model: type[BaseModel], settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored: secrets sealed. What is sealed already may be among ``settings``.

    :raises InvalidInput: a sentence for each field that is wrong, or that holds a secret which can't be opened any more.
    """
    lost = {
        name: ["It can't be decrypted any more: enter it once more."] for name in site.sealer.lost(settings)
    }
    if lost:
        raise InvalidInput("Validation error", lost)
    try:
        found = model.model_validate(site.sealer.opened(settings))
    except ValidationError as error:
        faults: dict[str, list[str]] = {}
        for fault in error.errors(include_url=False, include_context=False):
            place = ".".join(str(part) for part in fault["loc"]) or "non_field_errors"
            faults.setdefault(place, []).append(f"{fault['msg']}.")
        raise InvalidInput("Validation error", faults) from error
    sealed = {
        key: site.sealer.seal(value.get_secret_value())
        for key, value in found
        if isinstance(value, SecretStr)
    }
    return {**found.model_dump(mode="json"), **sealed}


def opened(site: Site, record: Record) -> dict[str, Any]:
    """A record's settings as they are used, secrets and all.

    :raises SecretLost: one was sealed with a key that this server does not have.
    """
    return site.sealer.opened(record.settings)


def secret_fields(model: type[BaseModel]) -> set[str]:
    """The fields of a model that are never shown."""
    return {
        key
        for key, info in model.model_fields.items()
        if info.annotation is SecretStr or SecretStr in get_args(info.annotation)
    }


def _reach(site: Site, tx: Transaction, actor: Actor, project_id: int | None, action: str) -> None:
    if project_id is None:
        access.require(actor, action)
    else:
        access.project(site, tx, actor, project_id, action)
