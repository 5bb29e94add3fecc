"""People's way in: sign-up, sign-in, passwords.

Passwords are kept as Argon2id; at most two are checked at a time, in threads of their own, because each takes tens of
megabytes.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pwdlib import PasswordHash
from sqlmodel import func, select

from tagma.db.engine import Transaction
from tagma.db.tables import Invite, Membership, Organization, User
from tagma.db.types import now
from tagma.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn
from tagma.services.access import Actor, require
from tagma.services.people.sessions import account, sha256
from tagma.services.people.tokens import keep_legacy_token
from tagma.services.people.tries import tries_of

if TYPE_CHECKING:
    from tagma.services.site import Site

_HASHER = PasswordHash.recommended()
_CHECKS = ThreadPoolExecutor(2, thread_name_prefix="tagma-password")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_SIGN_UP_LOCK = 7240117


# what people type --------------------------------------------------------------------------------------------------


def check_email(email: Any) -> str:
    """The address as it is kept. :raises InvalidInput: it is none."""
    text = email.strip().lower() if isinstance(email, str) else ""
    if not text:
        raise InvalidInput("Validation error", {"email": ["Type your e-mail address."]})
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise InvalidInput("Validation error", {"email": [f'"{text[:80]}" is not an e-mail address.']})
    return text


def check_password(password: Any) -> str:
    """:raises InvalidInput: too short or too long."""
    text = password if isinstance(password, str) else ""
    if len(text) < 8:
        words = f"A password has at least 8 characters; this one has {len(text)}."
    elif len(text) > 128:
        words = f"A password has at most 128 characters; this one has {len(text)}."
    else:
        return text
    raise InvalidInput("Validation error", {"password": [words]})


def hash_password(password: str) -> str:
    """Takes some 50 ms; call it in a thread (:func:`off_loop`) where others wait."""
    return _HASHER.hash(check_password(password))


async def off_loop(work: Callable[..., Any], *args: Any) -> Any:
    """Run a password check in one of the two threads kept for them."""
    return await asyncio.get_running_loop().run_in_executor(_CHECKS, functools.partial(work, *args))


# sign-up -----------------------------------------------------------------------------------------------------------


def sign_up(
    site: Site,
    tx: Transaction,
    *,
    email: str,
    password: str = "",
    password_hash: str = "",
    invite: str = "",
    first_name: str = "",
    last_name: str = "",
    allow_newsletters: bool = False,
) -> Actor:
    """A new person. The first one becomes owner of a new organization, those after join it as annotators, or as what their
    personal invitation says.

    :param password_hash: made before the transaction where others would wait for it; else from ``password``.
    :param invite: the token of the organization's link or of a personal invitation.
    """
    email = check_email(email)
    password_hash = password_hash or hash_password(password)
    if tx.postgres:
        tx.run(f"SELECT pg_advisory_xact_lock({_SIGN_UP_LOCK})")  # two first people at once: one is first
    waiting = find_user(tx, email)
    if waiting is not None and waiting.password_hash is None and waiting.is_active and invite:
        return _take_up(
            tx, waiting, password_hash, invite, {"first_name": first_name, "last_name": last_name}
        )
    if waiting is not None:
        raise InvalidInput(
            "Validation error",
            {
                "email": [
                    f"{email} has an account already. Sign in, or ask an administrator for a new password."
                ]
            },
        )
    user = User(
        email=email,
        username=email.split("@")[0],
        password_hash=password_hash,
        first_name=first_name,
        last_name=last_name,
        allow_newsletters=allow_newsletters,
    )
    organization, role = _place(site, tx, user, invite)
    tx.session.add(user)
    tx.session.flush()
    assert user.id is not None
    assert organization.id is not None
    if role == "OW":
        organization.created_by = user.id
    user.active_organization_id = organization.id
    tx.session.add(Membership(organization_id=organization.id, user_id=user.id, role=role))
    tx.session.flush()
    return Actor(user.id, organization.id, role, user.email, full_name(user))


def _take_up(tx: Transaction, user: User, password_hash: str, invite: str, names: Mapping[str, str]) -> Actor:
    """Somebody who was put in without a password comes in by the invitation for their own address."""
    personal = _personal(tx, user, invite)
    if personal is None or not personal.email or personal.organization_id != user.active_organization_id:
        raise _no_invitation()
    personal.used_at = now()
    user.password_hash = password_hash
    for key, value in names.items():
        if value:
            setattr(user, key, value)
    return actor_of(tx, user)


def _personal(tx: Transaction, user: User, invite: str) -> Invite | None:
    """The invitation with this token, if it holds for this person."""
    found = tx.session.exec(select(Invite).where(Invite.token_hash == sha256(invite))).first()
    if (
        found is None
        or found.used_at is not None
        or (found.expires_at and found.expires_at < now())
        or (found.email and found.email != user.email)
    ):
        return None
    return found


def _no_invitation() -> NotAllowed:
    return NotAllowed(
        "This invitation link does not hold: it was replaced, used, has run out, or is for another address.",
        hint="Ask the person who sent it for a new one.",
        code="invitation",
    )


def _place(site: Site, tx: Transaction, user: User, invite: str) -> tuple[Organization, str]:
    """The organization somebody new comes into, and as what."""
    first = tx.session.exec(select(Organization).order_by(Organization.id).limit(1)).first()  # type: ignore[arg-type]
    if first is None:
        from tagma.services.people.organizations import new_organization

        return new_organization(site, tx, "Tagma"), "OW"
    if not invite:
        if site.settings.signup_by_invitation_only:
            raise NotAllowed(
                "New accounts are made by invitation only.",
                hint="Ask an administrator of this server for an invitation link.",
                code="invitation-needed",
            )
        return first, "AN"
    shared = tx.session.exec(select(Organization).where(Organization.invite_token == invite)).first()
    if shared is not None:
        return shared, "AN"
    personal = _personal(tx, user, invite)
    if personal is None:
        raise _no_invitation()
    personal.used_at = now()
    organization = tx.session.get(Organization, personal.organization_id)
    assert organization is not None
    return organization, personal.role


async def register(site: Site, **fields: Any) -> Actor:
    """Sign-up as the page and the API do it: the password is hashed before the transaction, off the event loop."""
    check_email(fields.get("email"))
    password_hash = await off_loop(hash_password, fields.pop("password", ""))
    return await site.database.awrite(lambda tx: sign_up(site, tx, password_hash=password_hash, **fields))


def make_first_user(site: Site, tx: Transaction) -> Actor | None:
    """The person the settings name (``username``, ``password``, ``user_token``), made once; None if there is nothing to do."""
    settings = site.settings
    if not settings.username:
        return None
    email = check_email(settings.username if "@" in settings.username else f"{settings.username}@localhost")
    if find_user(tx, email) is not None:
        return None
    actor = sign_up(site, tx, email=email, password=settings.password)
    if settings.user_token:
        keep_legacy_token(site, tx, actor, settings.user_token)
    return actor


# sign-in -----------------------------------------------------------------------------------------------------------


async def sign_in(site: Site, email: str, password: str, address: str) -> Actor:
    """:param address: where the request came from; ten wrong tries from there for that e-mail make both wait.

    :raises TooManyTries: says how long to wait.
    :raises InvalidInput: the two don't belong together; does not say which is wrong.
    """
    email = email.strip().lower()
    tries = tries_of(site)
    tries.check(address, email)
    user = await site.database.aread(lambda tx: find_user(tx, email))
    fits, better = await off_loop(_fits, password, user.password_hash if user else None)
    if not fits or user is None or not user.is_active:
        tries.failed(address, email)
        raise InvalidInput(
            "Validation error",
            {"non_field_errors": ["The email and password you entered don't match."]},
            hint="Check both; capital letters count in the password. An administrator can set a new one.",
            code="wrong-password",
        )
    tries.clear(address, email)

    def note(tx: Transaction) -> Actor:
        row = tx.session.get(User, user.id)
        assert row is not None
        row.last_activity = now()
        if better:
            row.password_hash = better
        return actor_of(tx, row)

    return await site.database.awrite(note)


def _fits(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Whether it fits, and a better hash to keep if the recommended effort has risen. Takes as long for nobody's."""
    if password_hash is None:
        _HASHER.verify("nobody's", _nobodys_hash())
        return False, None
    return _HASHER.verify_and_update(password[:128], password_hash)


@functools.cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody knows this one")


def reset_password(site: Site, tx: Transaction, email: str, password: str) -> None:
    """A new password for somebody, from the terminal; ends all their sessions."""
    email = check_email(email)
    user = find_user(tx, email)
    if user is None:
        raise NotFound(
            f"Nobody here has the e-mail address {email}.", hint="`tagma users add` makes an account."
        )
    user.password_hash = hash_password(password)
    user.session_epoch += 1


async def change_password(site: Site, actor: Actor, old: str, new: str) -> None:
    """The actor's own, knowing the old one; ends all their sessions."""
    check_password(new)

    def kept(tx: Transaction) -> str | None:
        return tx.rows("SELECT password_hash FROM account WHERE id = :id", id=actor.user_id)[0][0]

    fits, _ = await off_loop(_fits, old, await site.database.aread(kept))
    if not fits:
        raise InvalidInput("Validation error", {"old_password": ["This is not your present password."]})
    new_hash = await off_loop(hash_password, new)

    def write(tx: Transaction) -> None:
        tx.run(
            "UPDATE account SET password_hash = :hash, session_epoch = session_epoch + 1 WHERE id = :id",
            hash=new_hash,
            id=actor.user_id,
        )

    await site.database.awrite(write)


def set_password(site: Site, tx: Transaction, actor: Actor, user_id: int, password: str) -> None:
    """A new password for another member, by an administrator."""
    require(actor, "member.change")
    user = tx.session.exec(
        select(User)
        .join(Membership, Membership.user_id == User.id)  # type: ignore[arg-type]
        .where(User.id == user_id, Membership.organization_id == actor.organization_id)
    ).first()
    if user is None:
        raise NotFound(f"There is no user {user_id}.", user=user_id)
    user.password_hash = hash_password(password)
    user.session_epoch += 1


# who is who --------------------------------------------------------------------------------------------------------


def actor_of(tx: Transaction, user: User) -> Actor:
    """:raises NotSignedIn: the person was removed from the organization."""
    assert user.id is not None
    tx.session.flush()
    row = account(tx, user.id)
    if row is None:
        raise NotSignedIn(
            "Your account belongs to no organization any more.",
            hint="Ask an administrator to invite you again.",
        )
    return row.actor


def find_user(tx: Transaction, email: str) -> User | None:
    return tx.session.exec(select(User).where(User.email == email)).first()


def is_anybody_here(tx: Transaction) -> bool:
    """Whether the first person has signed up."""
    return tx.session.exec(select(func.count()).select_from(Organization)).one() > 0


def full_name(user: User) -> str:
    return f"{user.first_name} {user.last_name}".strip() or user.email
