"""Who belongs to the organization, as what: listed, given another role, removed, invited."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.db.tables import Invite, Membership, User
from tagma.db.types import now, stamp
from tagma.errors import InvalidInput, NotAllowed
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk.shapes import listed
from tagma.services.people import accounts, organizations, sessions, users

if TYPE_CHECKING:
    from tagma.services.site import Site

_INVITE_AGE = timedelta(days=14)


def page(
    site: Site,
    tx: Transaction,
    actor: Actor,
    organization_id: int,
    *,
    start: int,
    size: int | None,
    with_contributions: bool = False,
) -> tuple[int, list[dict[str, Any]]]:
    """How many members there are, and some of them with their projects."""
    organizations.get(site, tx, actor, organization_id, "member.view")
    found = users.members(tx, actor)
    shown = found[start:] if size is None else found[start : start + size]
    return len(found), _rows(tx, actor, shown, with_contributions=with_contributions)


def row(site: Site, tx: Transaction, actor: Actor, organization_id: int, user_id: int) -> dict[str, Any]:
    """One member as the list shows it."""
    organizations.get(site, tx, actor, organization_id)
    return _rows(tx, actor, [users.get(site, tx, actor, user_id)], with_contributions=True)[0]


def _rows(
    tx: Transaction, actor: Actor, shown: Sequence[tuple[User, Membership]], *, with_contributions: bool
) -> list[dict[str, Any]]:
    ids = listed(user.id for user, _ in shown if user.id is not None)
    made = _made(tx, actor, ids)
    worked = _worked(tx, actor, ids) if with_contributions else {}
    people = users.users_json(tx, actor, shown)
    return [
        {
            "id": membership.id,
            "organization": membership.organization_id,
            "user": person,
            "role": membership.role,
            "created_projects": made.get(person["id"], []),
            "contributed_to_projects": worked.get(person["id"], []),
            "created_at": stamp(membership.created_at),
        }
        for person, (_, membership) in zip(people, shown, strict=True)
    ]


def _made(tx: Transaction, actor: Actor, ids: str) -> dict[int, list[dict[str, Any]]]:
    return _projects(
        tx, f"SELECT p.created_by, p.id, p.title FROM project p WHERE p.created_by IN ({ids})", actor
    )


def _worked(tx: Transaction, actor: Actor, ids: str) -> dict[int, list[dict[str, Any]]]:
    return _projects(
        tx,
        "SELECT DISTINCT a.completed_by, p.id, p.title FROM annotation a JOIN project p ON p.id = a.project_id"
        f" WHERE a.completed_by IN ({ids}) AND a.deleted_at IS NULL",
        actor,
    )


def _projects(tx: Transaction, sql: str, actor: Actor) -> dict[int, list[dict[str, Any]]]:
    condition, parameters = access.visible(actor, "p")
    found: dict[int, list[dict[str, Any]]] = {}
    for user_id, project_id, title in tx.rows(f"{sql} AND {condition} ORDER BY 2", parameters):
        found.setdefault(user_id, []).append({"id": project_id, "title": title})
    return found


def one(site: Site, tx: Transaction, actor: Actor, organization_id: int, user_id: int) -> dict[str, Any]:
    """One member with what they have done; the person only by number, as the protocol has it here."""
    organizations.get(site, tx, actor, organization_id)
    _, membership = users.get(site, tx, actor, user_id)
    row = tx.rows(
        "SELECT count(*), count(DISTINCT project_id) FROM annotation"
        " WHERE completed_by = :user AND deleted_at IS NULL",
        user=user_id,
    )[0]
    return {
        "user": user_id,
        "organization": membership.organization_id,
        "role": membership.role,
        "annotations_count": row[0],
        "contributed_projects_count": row[1],
        "created_projects": _made(tx, actor, str(int(user_id))).get(user_id, []),
        "contributed_to_projects": _worked(tx, actor, str(int(user_id))).get(user_id, []),
        "created_at": stamp(membership.created_at),
    }


def set_role(
    site: Site, tx: Transaction, actor: Actor, organization_id: int, user_id: int, role: Any
) -> Membership:
    """Another role. Nobody changes their own, nobody the owner's, and only the owner makes or unmakes administrators."""
    organizations.get(site, tx, actor, organization_id, "member.change")
    _, membership = users.get(site, tx, actor, user_id)
    _check_role(role)
    if user_id == actor.user_id:
        raise NotAllowed("You can't change your own role.", hint="Ask another administrator.")
    if membership.role == "OW":
        raise NotAllowed("The owner's role can't be changed.")
    if "AD" in (role, membership.role) and actor.role != "OW":
        raise NotAllowed("Only the owner makes or unmakes administrators.")
    membership.role = role
    return membership


def _check_role(role: Any) -> None:
    if role not in access.ASSIGNABLE:
        known = ", ".join(f"{code} ({access.ROLE_NAMES[code]})" for code in access.ASSIGNABLE)
        raise InvalidInput(
            "Validation error", {"role": [f'"{str(role)[:20]}" is no role to give; there are {known}.']}
        )


def remove(site: Site, tx: Transaction, actor: Actor, organization_id: int, user_id: int) -> None:
    """What they made stays; they can be added again."""
    organizations.get(site, tx, actor, organization_id, "member.remove")
    user, membership = users.get(site, tx, actor, user_id)
    if user_id == actor.user_id or membership.role == "OW":
        trouble = NotAllowed(
            "You can't remove yourself." if user_id == actor.user_id else "The owner can't be removed."
        )
        trouble.status = 405  # type: ignore[misc]  # as on the wire
        raise trouble
    if membership.role == "AD" and actor.role != "OW":
        raise NotAllowed("Only the owner removes administrators.")
    users.remove_membership(tx, user, membership)


def invite(site: Site, tx: Transaction, actor: Actor, email: Any, role: Any = "AN") -> str:
    """The token of a personal invitation, good once and for two weeks; only its hash is kept."""
    access.require(actor, "member.invite")
    _check_role(role)
    if role == "AD":
        access.require(actor, "member.change")
    token = secrets.token_urlsafe(24)
    tx.session.add(
        Invite(
            organization_id=actor.organization_id,
            token_hash=sessions.sha256(token),
            email=accounts.check_email(email) if email else None,
            role=role,
            created_by=actor.user_id,
            expires_at=now() + _INVITE_AGE,
        )
    )
    return token


def add_to_project(site: Site, tx: Transaction, actor: Actor, project_id: int, user_id: int) -> User:
    """Make somebody a member of a project; with the first one the project is closed to annotators who are none."""
    access.project(site, tx, actor, project_id, "project.members")
    user, _ = users.get(site, tx, actor, user_id)
    tx.run(
        "INSERT INTO project_member (project_id, user_id, created_at) VALUES (:project, :user, :now)"
        " ON CONFLICT (project_id, user_id) DO NOTHING",
        project=project_id,
        user=user_id,
        now=stamp(),
    )
    return user


def remove_from_project(site: Site, tx: Transaction, actor: Actor, project_id: int, user_id: int) -> None:
    access.project(site, tx, actor, project_id, "project.members")
    gone = tx.run(
        "DELETE FROM project_member WHERE project_id = :project AND user_id = :user",
        project=project_id,
        user=user_id,
    )
    if not gone:
        raise access.not_found("user", user_id)


def of_project(site: Site, tx: Transaction, actor: Actor, project_id: int) -> list[dict[str, Any]]:
    """The project's own members; none means that it is open to the whole organization."""
    access.project(site, tx, actor, project_id)
    ids = {
        row[0] for row in tx.rows("SELECT user_id FROM project_member WHERE project_id = :id", id=project_id)
    }
    return users.users_json(tx, actor, [pair for pair in users.members(tx, actor) if pair[0].id in ids])
