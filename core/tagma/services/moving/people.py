"""The organization's name and its people. Passwords stay where they are; who is new gets an invitation."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.errors import TagmaError
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.moving.ledger import Ledger
from tagma.services.moving.report import Report
from tagma.services.moving.source import Source
from tagma.services.people import accounts, members, organizations, users

if TYPE_CHECKING:
    from tagma.services.site import Site

_DEFAULT_TITLE = "Tagma"


def title(site: Site, source: Source, actor: Actor, home: int | None, report: Report) -> None:
    """The other organization's title, where ours has none of its own yet."""
    found = next((one for one in source.get("/api/organizations/") if home in (None, one["id"])), None)
    if found is None or not found.get("title"):
        return

    def write(tx: Transaction) -> bool:
        organization = organizations.get(site, tx, actor)
        if organization.title != _DEFAULT_TITLE or found["title"] == _DEFAULT_TITLE:
            return False
        organizations.change(site, tx, actor, {"title": found["title"]})
        return True

    if site.database.write(write):
        report.count("organization title")


def bring(
    site: Site, source: Source, actor: Actor, ledger: Ledger, report: Report, makers: Iterable[int]
) -> None:
    """Everybody of the other organization.

    :param makers: who made projects there, and so is a manager here.
    """
    managing = set(makers)
    for person in source.get("/api/users/"):
        role = _role(person, managing)
        try:
            new, link = site.database.write(functools.partial(_one, site, actor, ledger, person, role))
        except TagmaError as error:
            report.fault(f"Person {person.get('email')}", error)
            continue
        report.count("people", int(new))
        if link:
            report.invitations[str(person["email"]).lower()] = link


def _role(person: Mapping[str, Any], managing: set[int]) -> str:
    """As it is there, where roles are known; there all may do everything, here who made projects goes on doing so."""
    for membership in person.get("org_membership") or []:
        if membership.get("role") in access.ASSIGNABLE:
            return str(membership["role"])
    return "MA" if person["id"] in managing else "AN"


def _one(
    site: Site, actor: Actor, ledger: Ledger, person: Mapping[str, Any], role: str, tx: Transaction
) -> tuple[bool, str]:
    """Whether somebody is new, and the path of an invitation for who came over and has no password yet."""
    email = accounts.check_email(person.get("email"))
    found = next(((user, one.role) for user, one in users.members(tx, actor) if user.email == email), None)
    known = ledger.own(tx, "user", person["id"]) is not None
    if known and found is None:
        return False, ""  # removed here meanwhile
    if found is None:
        names = {key: person.get(key) or "" for key in ("first_name", "last_name", "username", "phone")}
        user, membership = users.add(site, tx, actor, {"email": email, **names})
        membership.role = role
    else:
        user, role = found
    assert user.id is not None
    tx.flush()
    if not known:
        ledger.write(tx, "user", [(person["id"], user.id)])
    if user.password_hash is not None or role not in access.ASSIGNABLE:
        return found is None, ""
    return found is None, f"/user/signup/?token={members.invite(site, tx, actor, email, role)}"
