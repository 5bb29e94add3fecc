"""The organization: its name, its link for new people, which keys it accepts, how long sessions last."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Membership, Organization
from tagma.db.types import now
from tagma.errors import InvalidInput
from tagma.services.access import Actor, not_found, require

if TYPE_CHECKING:
    from tagma.services.site import Site

_LONGEST_SESSION = 365 * 24 * 60  # minutes


def new_organization(site: Site, tx: Transaction, title: str) -> Organization:
    organization = Organization(
        title=title,
        invite_token=secrets.token_urlsafe(24),
        legacy_api_tokens_enabled=site.settings.enable_legacy_api_token,
    )
    tx.session.add(organization)
    tx.session.flush()
    return organization


def of_actor(site: Site, tx: Transaction, actor: Actor) -> list[Organization]:
    """The organizations the actor belongs to."""
    return list(
        tx.session.exec(
            select(Organization)
            .join(Membership, Membership.organization_id == Organization.id)  # type: ignore[arg-type]
            .where(Membership.user_id == actor.user_id, Membership.deleted_at == None)  # noqa: E711
            .order_by(Organization.id)  # type: ignore[arg-type]
        )
    )


def get(
    site: Site,
    tx: Transaction,
    actor: Actor,
    organization_id: int | None = None,
    action: str = "organization.view",
) -> Organization:
    """The actor's organization. :raises NotFound: another one."""
    wanted = actor.organization_id if organization_id is None else organization_id
    found = tx.session.get(Organization, wanted) if wanted == actor.organization_id else None
    if found is None:
        raise not_found("organization", wanted)
    require(actor, action)
    return found


def change(
    site: Site, tx: Transaction, actor: Actor, fields: dict[str, Any], organization_id: int | None = None
) -> Organization:
    """Title, contact, kinds of keys, session policy; only the keys given."""
    organization = get(site, tx, actor, organization_id, "organization.change")
    faults = {key: words for key, value in fields.items() if (words := _fault(key, value))}
    if faults:
        raise InvalidInput("Validation error", faults)
    for key, value in fields.items():
        setattr(organization, key, value.strip() if key == "title" else value)
    organization.updated_at = now()
    return organization


def _fault(key: str, value: Any) -> list[str]:
    if key == "title" and not (isinstance(value, str) and 0 < len(value.strip()) <= 1000):
        return ["An organization's title has 1 to 1000 characters."]
    if key in ("max_session_age", "max_time_between_activity") and not 1 <= value <= _LONGEST_SESSION:
        return [f"This is a number of minutes, from 1 to {_LONGEST_SESSION}; it was {value}."]
    return []


def reset_invite(site: Site, tx: Transaction, actor: Actor) -> Organization:
    """A new link for new people; the one before ends."""
    organization = get(site, tx, actor, action="member.invite")
    organization.invite_token = secrets.token_urlsafe(24)
    return organization
