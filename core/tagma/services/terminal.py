"""What the terminal of the server's own machine may do beside the pages: whoever reaches it may read the database anyway."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tagma.db.engine import Transaction
from tagma.db.tables import Invite, Organization
from tagma.errors import InvalidInput, NotFound, did_you_mean
from tagma.services.access import Actor
from tagma.services.people import accounts, sessions

if TYPE_CHECKING:
    from tagma.services.site import Site


def add_person(site: Site, tx: Transaction, email: str, password: str, role: str) -> Actor:
    """A new person of the first organization, by an invitation made and used at once; the very first one owns it."""
    token = ""
    row = tx.row("SELECT min(id) FROM organization")
    if row is not None and row[0] is not None:
        organization = tx.session.get(Organization, row[0])
        assert organization is not None
        assert organization.id is not None
        token = secrets.token_urlsafe(24)
        tx.session.add(
            Invite(
                organization_id=organization.id,
                token_hash=sessions.sha256(token),
                email=email.strip().lower(),
                role=role,
            )
        )
        tx.session.flush()
    return accounts.sign_up(site, tx, email=email, password=password, invite=token)


def owner(tx: Transaction) -> Actor | None:
    """The owner of the first organization; None where nobody has signed up yet."""
    row = tx.row("SELECT min(id) FROM organization")
    return None if row is None or row[0] is None else _owner_of(tx, row[0])


def project(tx: Transaction, words: str) -> tuple[int, Actor]:
    """The project with this number or title, and the owner of its organization, in whose name the terminal acts.

    :raises NotFound: there is none. :raises InvalidInput: several are called so.
    """
    known = tx.rows("SELECT id, title, organization_id FROM project WHERE deleted_at IS NULL ORDER BY id")
    found = [row for row in known if words == str(row[0])] or [row for row in known if words == row[1]]
    if not found:
        titles = [row[1] for row in known]
        hint = did_you_mean(words, titles) or "There are no projects yet; make one on the page."
        raise NotFound(f'There is no project "{words}".', hint=hint)
    if len(found) > 1:
        numbers = ", ".join(str(row[0]) for row in found)
        raise InvalidInput(
            f'{len(found)} projects are called "{words}".', hint=f"Give the number: {numbers}."
        )
    project_id, _, organization_id = found[0]
    return project_id, _owner_of(tx, organization_id)


def _owner_of(tx: Transaction, organization_id: int) -> Actor:
    row = tx.row(
        "SELECT u.id, u.email FROM membership m JOIN account u ON u.id = m.user_id"
        " WHERE m.organization_id = :id AND m.role = 'OW' AND m.deleted_at IS NULL ORDER BY u.id",
        id=organization_id,
    )
    return Actor(row[0] if row else None, organization_id, "OW", row[1] if row else "")
