"""The organization, its members, the link for new people, how long sessions last."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from tagma.db.tables import Organization
from tagma.db.types import stamp
from tagma.errors import InvalidInput
from tagma.http.op import Call, Routes
from tagma.http.paging import paged
from tagma.services import access
from tagma.services.people import members, organizations, users

routes = Routes("organizations")


class OrganizationBody(BaseModel):
    title: str | None = None
    contact_info: str | None = None


class MembersQuery(BaseModel):
    page: int = Field(1, ge=1, le=10**9)
    page_size: int = Field(20, ge=-1)
    contributed_to_projects: bool = False


class MemberQuery(BaseModel):
    user: int | None = None


class SessionPolicy(BaseModel):
    """In minutes."""

    max_session_age: int | None = None
    max_time_between_activity: int | None = None


class InviteBody(BaseModel):
    emails: list[str]
    role: str = "AN"


# the organization --------------------------------------------------------------------------------------------------


def _json(call: Call, tx: Any, organization: Organization) -> dict[str, Any]:
    return {
        "id": organization.id,
        "title": organization.title,
        "token": organization.invite_token if access.allowed(call.actor, "member.invite") else "",
        "contact_info": organization.contact_info,
        "created_by": organization.created_by,
        "created_at": stamp(organization.created_at),
        "updated_at": stamp(organization.updated_at),
        "users": [user.id for user, _ in users.members(tx, call.actor)],
    }


@routes.op("GET", "/api/organizations/", summary="The organizations you belong to")
async def list_organizations(call: Call) -> list:
    found = await call.read(lambda tx: organizations.of_actor(call.site, tx, call.actor))
    return [
        {
            "id": one.id,
            "title": one.title,
            "contact_info": one.contact_info,
            "created_at": stamp(one.created_at),
        }
        for one in found
    ]


@routes.op("GET", "/api/organizations/{id:int}", summary="Your organization", errors=(404,))
async def get_organization(call: Call, id: int) -> dict:
    return await call.read(lambda tx: _json(call, tx, organizations.get(call.site, tx, call.actor, id)))


async def _change(call: Call, id: int, body: OrganizationBody) -> dict[str, Any]:
    fields = body.model_dump(exclude_unset=True)
    return await call.write(
        lambda tx: _json(call, tx, organizations.change(call.site, tx, call.actor, fields, id))
    )


@routes.op("PATCH", "/api/organizations/{id:int}", summary="Change title or contact", errors=(400, 403, 404))
async def change_organization(call: Call, id: int, body: OrganizationBody) -> dict:
    return await _change(call, id, body)


@routes.op("PUT", "/api/organizations/{id:int}", summary="Change title or contact", errors=(400, 403, 404))
async def replace_organization(call: Call, id: int, body: OrganizationBody) -> dict:
    return await _change(call, id, body)


# members -----------------------------------------------------------------------------------------------------------


@routes.op("GET", "/api/organizations/{id:int}/memberships", summary="Its members", errors=(403, 404))
async def list_memberships(call: Call, id: int, query: MembersQuery) -> dict:
    size = query.page_size if query.page_size > 0 else None

    def work(tx: Any) -> tuple[int, list[dict[str, Any]]]:
        start = (query.page - 1) * (size or 10**9)
        return members.page(
            call.site,
            tx,
            call.actor,
            id,
            start=start,
            size=size,
            with_contributions=query.contributed_to_projects,
        )

    total, rows = await call.read(work)
    return paged(call, total, query.page, size or max(total, 1), rows, end=False)


@routes.op("PATCH", "/api/organizations/{id:int}/memberships", summary="Another role", errors=(400, 403, 404))
async def change_role_of(call: Call, id: int, body: dict) -> dict:
    if not isinstance(body.get("user_id"), int):
        raise InvalidInput("Validation error", {"user_id": ["Name the person by id."]})
    return await change_role(call, id, body["user_id"], body)


@routes.op(
    "GET", "/api/organizations/{id:int}/memberships/{user:int}/", summary="One member", errors=(403, 404)
)
async def get_membership(call: Call, id: int, user: int) -> dict:
    return await call.read(lambda tx: members.one(call.site, tx, call.actor, id, user))


@routes.op(
    "PATCH",
    "/api/organizations/{id:int}/memberships/{user:int}/",
    summary="Give a member another role",
    errors=(400, 403, 404),
)
async def change_role(call: Call, id: int, user: int, body: dict) -> dict:
    def work(tx: Any) -> dict[str, Any]:
        if "role" in body:
            members.set_role(call.site, tx, call.actor, id, user, body["role"])
        return members.row(call.site, tx, call.actor, id, user)

    return await call.write(work)


@routes.op(
    "DELETE",
    "/api/organizations/{id:int}/memberships/{user:int}/",
    summary="Remove a member",
    status=204,
    errors=(403, 404, 405),
)
async def remove_membership(call: Call, id: int, user: int) -> None:
    await call.write(lambda tx: members.remove(call.site, tx, call.actor, id, user))


# invitations -------------------------------------------------------------------------------------------------------


def _link(call: Call, token: str) -> dict[str, str]:
    return {"token": token, "invite_url": f"{call.site.settings.root_path}/user/signup/?token={token}"}


@routes.op("GET", "/api/invite", summary="The link for new people", errors=(403,))
async def get_invite(call: Call) -> dict:
    organization = await call.read(
        lambda tx: organizations.get(call.site, tx, call.actor, action="member.invite")
    )
    return _link(call, organization.invite_token)


@routes.op(
    "POST", "/api/invite/reset-token", summary="A new link; the old one ends", status=201, errors=(403,)
)
async def reset_invite(call: Call) -> dict:
    organization = await call.write(lambda tx: organizations.reset_invite(call.site, tx, call.actor))
    return _link(call, organization.invite_token)


@routes.op(
    "POST",
    "/api/invite/links",
    summary="Personal links, each for one address and role",
    status=201,
    errors=(400, 403),
)
async def make_invites(call: Call, body: InviteBody) -> list:
    def work(tx: Any) -> list[dict[str, str]]:
        return [
            {"email": email, **_link(call, members.invite(call.site, tx, call.actor, email, body.role))}
            for email in body.emails
        ]

    return await call.write(work)


# sessions ----------------------------------------------------------------------------------------------------------


def _policy(organization: Organization) -> dict[str, Any]:
    return {
        "max_session_age": organization.max_session_age,
        "max_time_between_activity": organization.max_time_between_activity,
        "created_at": stamp(organization.created_at),
        "updated_at": stamp(organization.updated_at),
    }


@routes.op("GET", "/api/session-policy/", summary="How long sessions last")
async def get_session_policy(call: Call) -> dict:
    return _policy(await call.read(lambda tx: organizations.get(call.site, tx, call.actor)))


@routes.op("PATCH", "/api/session-policy/", summary="Set how long sessions last", errors=(400, 403))
async def set_session_policy(call: Call, body: SessionPolicy) -> dict:
    fields = body.model_dump(exclude_none=True)
    return _policy(await call.write(lambda tx: organizations.change(call.site, tx, call.actor, fields)))


# members of one project --------------------------------------------------------------------------------------------


@routes.op("GET", "/api/projects/{id:int}/members/", summary="A project's own members", errors=(403, 404))
async def list_project_members(call: Call, id: int) -> list:
    return await call.read(lambda tx: members.of_project(call.site, tx, call.actor, id))


@routes.op(
    "POST", "/api/projects/{id:int}/members/", summary="Add a member", status=201, errors=(400, 403, 404)
)
async def add_project_member(call: Call, id: int, body: dict) -> dict:
    if not isinstance(body.get("user"), int):
        raise InvalidInput("Validation error", {"user": ["Name the person by id."]})
    user = await call.write(lambda tx: members.add_to_project(call.site, tx, call.actor, id, body["user"]))
    return {"user": user.id}


@routes.op(
    "DELETE", "/api/projects/{id:int}/members/", summary="Remove a member", status=204, errors=(400, 403, 404)
)
async def remove_project_member(call: Call, id: int, query: MemberQuery) -> None:
    """The person may stand in the query or in the body."""
    body = await call.body() if query.user is None else {"user": query.user}
    user = body.get("user") if isinstance(body, dict) else None
    if not isinstance(user, int):
        raise InvalidInput("Validation error", {"user": ["Name the person by id."]})
    await call.write(lambda tx: members.remove_from_project(call.site, tx, call.actor, id, user))
