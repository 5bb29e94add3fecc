"""A project's settings, one section after another; each is saved by itself."""

from __future__ import annotations

from starlette.responses import Response

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.http.assets import plugin_url
from tagma.http.op import Call, Routes
from tagma.http.pages import page
from tagma.services import access

routes = Routes("pages")

_PERSON = ("id", "email", "name", "role", "member")
_PEOPLE = """
    SELECT a.id, a.email, trim(a.first_name || ' ' || a.last_name) AS name, m.role,
           EXISTS (SELECT 1 FROM project_member p WHERE p.project_id = :project AND p.user_id = a.id) AS member
    FROM membership m JOIN account a ON a.id = m.user_id
    WHERE m.organization_id = :organization AND m.deleted_at IS NULL ORDER BY lower(a.email) LIMIT 1000
"""


@routes.op("GET", "/projects/{id:int}/settings", page=True)
async def settings(call: Call, id: int) -> Response:
    def read(tx: Transaction) -> tuple[Project, list[dict[str, object]]]:
        project = access.project(call.site, tx, call.actor, id, "project.change")
        rows = tx.rows(_PEOPLE, project=id, organization=call.actor.organization_id)
        return project, [dict(zip(_PERSON, row, strict=True)) for row in rows]

    project, people = await call.read(read)
    return page(
        call,
        "settings.html",
        project=project,
        people=people,
        members=sum(bool(person["member"]) for person in people),
        data={
            "id": id,
            "title": project.title,
            "tasks": project.task_number,
            "xml": project.label_config,
            "sections": plugin_sections(call),
        },
    )


def plugin_sections(call: Call) -> list[dict[str, str]]:
    """The browser modules of plugins that add sections."""
    return [
        {"plugin": name, "module": plugin_url(call.site, name, "settings.js")}
        for name, (_, folder) in call.site.plugins.web_folders().items()
        if (folder / "settings.js").is_file()
    ]
