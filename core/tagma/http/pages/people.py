"""The members of the organization, their roles, and the link that brings new ones."""

from __future__ import annotations

from starlette.responses import Response

from tagma.db.engine import Transaction
from tagma.db.tables import Organization
from tagma.http.i18n import language_of, words
from tagma.http.op import Call, Routes
from tagma.http.pages import page
from tagma.http.pages.settings import plugin_sections
from tagma.services import access

routes = Routes("pages")

_MEMBER = ("id", "email", "name", "last_activity", "role", "annotations")
_MEMBERS = """
    SELECT a.id, a.email, trim(a.first_name || ' ' || a.last_name) AS name, a.last_activity, m.role,
           (SELECT count(*) FROM annotation n WHERE n.completed_by = a.id AND n.deleted_at IS NULL) AS annotations
    FROM membership m JOIN account a ON a.id = m.user_id
    WHERE m.organization_id = :organization AND m.deleted_at IS NULL
    ORDER BY lower(a.email) LIMIT 1000
"""


@routes.op("GET", "/people", page=True)
async def people(call: Call) -> Response:
    access.require(call.actor, "member.view")
    speak = words(call.site, language_of(call.request))
    say = speak.t

    def read(tx: Transaction) -> tuple[list[dict[str, object]], str, str]:
        organization = tx.session.get(Organization, call.actor.organization_id)
        assert organization is not None
        rows = tx.rows(_MEMBERS, organization=organization.id)
        return (
            [dict(zip(_MEMBER, row, strict=True)) for row in rows],
            organization.title,
            organization.invite_token,
        )

    members, title, token = await call.read(read)
    may_invite = access.allowed(call.actor, "member.invite")
    base = (
        call.site.settings.public_url.rstrip("/") or f"{call.request.url.scheme}://{call.request.url.netloc}"
    )
    return page(
        call,
        "people.html",
        members=members,
        sections=plugin_sections(call) if access.allowed(call.actor, "record.change") else [],
        organization=title,
        invite_url=f"{base}/user/signup/?token={token}" if may_invite else "",
        may_change=access.allowed(call.actor, "member.change"),
        may_remove=access.allowed(call.actor, "member.remove"),
        may_invite=may_invite,
        assignable=access.ASSIGNABLE,
        roles={
            "OW": say("Owner"),
            "AD": say("Administrator"),
            "MA": say("Manager"),
            "RE": say("Reviewer"),
            "AN": say("Annotator"),
        },
    )


@routes.op("GET", "/organization/", page=True)
async def old_address(call: Call) -> Response:
    return await people(call)
