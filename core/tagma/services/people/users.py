"""People of the organization, as everyone sees them: their JSON, their names, their keys; who may change whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Membership, Organization, User
from tagma.db.types import now, stamp
from tagma.errors import InvalidInput, NotAllowed
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.people import accounts

if TYPE_CHECKING:
    from tagma.services.site import Site

_NAMES = {"first_name": 256, "last_name": 256, "username": 256, "phone": 256}
_MOST_HOTKEYS = 200


def members(tx: Transaction, actor: Actor, user_id: int | None = None) -> list[tuple[User, Membership]]:
    """Everyone of the actor's organization, or the one asked for."""
    query = (
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)  # type: ignore[arg-type]
        .where(Membership.organization_id == actor.organization_id, Membership.deleted_at == None)  # noqa: E711
        .order_by(User.id)  # type: ignore[arg-type]
    )
    return list(tx.session.exec(query if user_id is None else query.where(User.id == user_id)))


def listing(site: Site, tx: Transaction, actor: Actor) -> list[dict[str, Any]]:
    """Everyone, for those who may see the members; else the actor alone."""
    found = members(tx, actor, None if access.allowed(actor, "member.view") else actor.person)
    return users_json(tx, actor, found)


def get(
    site: Site, tx: Transaction, actor: Actor, user_id: int, action: str = "member.view"
) -> tuple[User, Membership]:
    """A member. Oneself one may always see and change.

    :raises NotFound: nobody of the actor's organization.
    """
    found = members(tx, actor, user_id)
    if not found:
        raise access.not_found("user", user_id)
    if user_id != actor.user_id:
        access.require(actor, action)
    return found[0]


def add(site: Site, tx: Transaction, actor: Actor, fields: Mapping[str, Any]) -> tuple[User, Membership]:
    """Somebody new, or somebody who was removed before, without a password as yet."""
    access.require(actor, "member.invite")
    email = accounts.check_email(fields.get("email"))
    user = accounts.find_user(tx, email)
    if user is None:
        user = User(email=email, username=email.split("@")[0], active_organization_id=actor.organization_id)
        tx.session.add(user)
        tx.session.flush()
        membership = Membership(organization_id=actor.organization_id, user_id=user.id or 0)
        tx.session.add(membership)
    else:
        old = tx.session.exec(
            select(Membership).where(
                Membership.user_id == user.id, Membership.organization_id == actor.organization_id
            )
        ).first()
        if old is None or old.deleted_at is None:
            raise InvalidInput("Validation error", {"email": [f"An account with {email} already exists."]})
        membership = old
        membership.deleted_at, membership.role = None, "AN"
        user.active_organization_id = actor.organization_id
    _write(user, {key: value for key, value in fields.items() if key != "email" and value is not None})
    tx.session.flush()
    return user, membership


def change(
    site: Site, tx: Transaction, actor: Actor, user_id: int, fields: Mapping[str, Any]
) -> tuple[User, Membership]:
    """Names, phone, language, theme. The e-mail address stays: it is what people sign in with."""
    user, membership = get(site, tx, actor, user_id, "member.change")
    if "email" in fields and str(fields["email"]).strip().lower() != user.email:
        trouble = NotAllowed(
            "The e-mail address of an account can't be changed.",
            hint="Invite the new address and remove the old account.",
        )
        trouble.status = 405  # type: ignore[misc]  # as on the wire
        raise trouble
    _write(user, fields)
    return user, membership


def _write(user: User, fields: Mapping[str, Any]) -> None:
    faults: dict[str, list[str]] = {}
    for key, value in fields.items():
        if key in _NAMES:
            if not isinstance(value, str) or len(value) > _NAMES[key]:
                faults[key] = [f"This is a text of at most {_NAMES[key]} characters."]
            else:
                setattr(user, key, value.strip())
        elif key == "allow_newsletters":
            user.allow_newsletters = bool(value)
        elif key in ("language", "theme") and (
            value is None or (isinstance(value, str) and len(value) <= 20)
        ):
            setattr(user, key, value)
    if faults:
        raise InvalidInput("Validation error", faults)


def delete(site: Site, tx: Transaction, actor: Actor, user_id: int) -> None:
    """The person's name and address go for good; what they annotated stays. Only the owner may."""
    user, membership = get(site, tx, actor, user_id, "member.remove")
    if actor.role != "OW":
        raise NotAllowed(
            "Only the owner of the organization can delete an account.", hint="Remove the member instead."
        )
    if membership.role == "OW":
        raise NotAllowed("The owner's own account can't be deleted.")
    remove_membership(tx, user, membership)
    user.email = f"deleted-{user.id}@invalid"
    user.username = user.first_name = user.last_name = user.phone = ""
    user.password_hash, user.is_active = None, False


def remove_membership(tx: Transaction, user: User, membership: Membership) -> None:
    """From now on nothing of theirs opens: no session, no key, no reserved task."""
    membership.deleted_at = now()
    user.session_epoch += 1
    tx.run(
        "UPDATE api_token SET revoked_at = :now WHERE user_id = :user AND revoked_at IS NULL",
        now=stamp(),
        user=user.id,
    )
    # Tasks reserved for them go back to the queue with the next sweep of leases that have run out.
    tx.run("UPDATE lease SET expires_at = :now WHERE user_id = :user", now=stamp(), user=user.id)


def hotkeys(tx: Transaction, actor: Actor) -> dict[str, Any]:
    user = tx.session.get(User, actor.person)
    return user.custom_hotkeys if user else {}


def set_hotkeys(tx: Transaction, actor: Actor, given: Any) -> dict[str, Any]:
    """``{"section:action": {"key": …, "active": …}}``; replaces all there were."""
    words = []
    if not isinstance(given, dict):
        words.append("Hotkeys are an object from action to key.")
    elif len(given) > _MOST_HOTKEYS:
        words.append(f"There can be at most {_MOST_HOTKEYS} own hotkeys; these are {len(given)}.")
    else:
        for name, entry in given.items():
            if ":" not in name:
                words.append(f'"{name[:60]}" must be written section:action.')
            elif not isinstance(entry, dict) or not isinstance(entry.get("key"), str | None):
                words.append(f'"{name[:60]}" needs {{"key": "ctrl+s", "active": true}}.')
    if words:
        raise InvalidInput("Validation error", {"custom_hotkeys": words})
    user = tx.session.get(User, actor.person)
    assert user is not None
    user.custom_hotkeys = given
    return user.custom_hotkeys


def users_json(
    tx: Transaction, actor: Actor, found: Sequence[tuple[User, Membership]]
) -> list[dict[str, Any]]:
    organization = tx.session.get(Organization, actor.organization_id)
    assert organization is not None
    owner = tx.session.get(User, organization.created_by) if organization.created_by else None
    meta = {"title": organization.title, "email": owner.email if owner else ""}
    return [user_json(user, membership, meta) for user, membership in found]


def user_json(user: User, membership: Membership, meta: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "username": user.username,
        "email": user.email,
        "last_activity": stamp(user.last_activity),
        "custom_hotkeys": user.custom_hotkeys,
        "avatar": user.avatar,
        "initials": ((user.first_name[:1] + user.last_name[:1]) or user.email[:2]).lower(),
        "phone": user.phone,
        "active_organization": user.active_organization_id,
        "active_organization_meta": dict(meta),
        "allow_newsletters": user.allow_newsletters,
        "date_joined": stamp(user.date_joined),
        "language": user.language,
        "theme": user.theme,
        "org_membership": [
            {"organization_id": membership.organization_id, "role": membership.role, "active": True}
        ],
    }
