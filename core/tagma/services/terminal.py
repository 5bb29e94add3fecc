"""What the terminal of the server's own machine may do beside the pages: whoever reaches it may read the database anyway."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from tagma.db.engine import Transaction
from tagma.db.tables import Invite, Organization
from tagma.services import accounts
from tagma.services.access import Actor

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
                token_hash=accounts.sha256(token),
                email=email.strip().lower(),
                role=role,
            )
        )
        tx.session.flush()
    return accounts.sign_up(site, tx, email=email, password=password, invite=token)
