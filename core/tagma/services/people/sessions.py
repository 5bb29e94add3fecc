"""Who asks: sessions, and what a request needs to know of a person.

A session is a signed cookie of user, epoch and moment; raising ``account.session_epoch`` ends every session of a person.
How long one holds is the organization's policy: its age, and the time since the person's last activity.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from itsdangerous import BadData, URLSafeSerializer

from tagma.db.engine import Transaction
from tagma.db.types import now, stamp
from tagma.errors import NotSignedIn
from tagma.services.access import Actor

if TYPE_CHECKING:
    from tagma.services.site import Site

_ACTIVITY_STEP = timedelta(minutes=5)  # how exactly the last activity is kept


class Account(NamedTuple):
    """All that a request needs to know of a person."""

    id: int
    email: str
    first_name: str
    last_name: str
    is_active: bool
    session_epoch: int
    last_activity: str
    organization_id: int
    role: str
    max_session_age: int
    max_time_between_activity: int
    legacy_api_tokens_enabled: bool
    api_tokens_enabled: bool

    @property
    def actor(self) -> Actor:
        name = f"{self.first_name} {self.last_name}".strip() or self.email
        return Actor(self.id, self.organization_id, self.role, self.email, name)


_ACCOUNT = """
    SELECT a.id, a.email, a.first_name, a.last_name, a.is_active, a.session_epoch, a.last_activity, m.organization_id, m.role,
           o.max_session_age, o.max_time_between_activity, o.legacy_api_tokens_enabled, o.api_tokens_enabled
    FROM account a
    JOIN membership m ON m.user_id = a.id AND m.organization_id = a.active_organization_id AND m.deleted_at IS NULL
    JOIN organization o ON o.id = m.organization_id
    WHERE a.id = :id
"""


def account(tx: Transaction, user_id: int) -> Account | None:
    """In one query; None for somebody who belongs to no organization."""
    row = tx.row(_ACCOUNT, id=user_id)
    return None if row is None else Account(*row)


def session_cookie(site: Site, actor: Actor) -> str:
    """The value of the cookie ``sessionid`` for somebody who has just shown who they are."""
    row = site.database.read(
        lambda tx: tx.row("SELECT session_epoch FROM account WHERE id = :id", id=actor.user_id)
    )
    return sign_session(site, actor.user_id, row[0] if row else 0)


def sign_session(site: Site, user_id: int | None, epoch: int) -> str:
    return _signer(site).dumps([user_id, epoch, int(time.time())])


def session_actor(site: Site, tx: Transaction, cookie: str) -> tuple[Actor, str]:
    """Who holds this cookie, and their last activity. :raises NotSignedIn: it is not ours, was ended, or is too old."""
    try:
        user_id, epoch, issued = _signer(site).loads(cookie)
    except (BadData, ValueError, TypeError):
        raise NotSignedIn("Your session does not hold any more.", hint="Sign in again.") from None
    row = account(tx, user_id)
    if row is None or row.session_epoch != epoch or not row.is_active:
        raise NotSignedIn("Your session was ended.", hint="Sign in again.")
    age = time.time() - issued
    idle = min(age, (now() - type(now()).fromisoformat(row.last_activity)).total_seconds())
    if age > row.max_session_age * 60 or idle > row.max_time_between_activity * 60:
        raise NotSignedIn(
            "Your session has run out.", hint="Sign in again; what you drew and did not send is kept here."
        )
    return row.actor, row.last_activity


def end_sessions(site: Site, tx: Transaction, user_id: int) -> None:
    tx.run("UPDATE account SET session_epoch = session_epoch + 1 WHERE id = :id", id=user_id)


def _signer(site: Site) -> URLSafeSerializer:
    return URLSafeSerializer(derived_key(site, "session"), salt="tagma-session")


def note_activity(site: Site, tx: Transaction, user_id: int) -> None:
    tx.run("UPDATE account SET last_activity = :now WHERE id = :id", now=stamp(), id=user_id)


def activity_is_old(last_activity: str) -> bool:
    return last_activity < stamp(now() - _ACTIVITY_STEP)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def derived_key(site: Site, purpose: str) -> str:
    """A key of its own for each purpose, so that nothing signed for one passes for another."""
    return hmac.new(
        site.settings.secret_key.encode(), f"tagma:{purpose}".encode(), hashlib.sha256
    ).hexdigest()
