"""A new project: name, data and labels on one page, in any order."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from tagma.http.op import Call, Routes
from tagma.http.pages import page
from tagma.http.render import editor_styles
from tagma.services import access

routes = Routes("pages")


@routes.op("GET", "/projects/new", page=True)
async def wizard(call: Call) -> Response:
    access.require(call.actor, "project.create")
    return page(call, "wizard.html", data={"presets": presets(call)}, editor_styles=editor_styles())


def presets(call: Call) -> list[dict[str, Any]]:
    """The gallery: every plugin's presets, with what their config shows and asks."""
    found = []
    for preset in call.site.plugins.presets():
        config = call.site.config(preset.xml)
        found.append(
            {
                "title": preset.title,
                "group": preset.group,
                "xml": preset.xml,
                "sample": preset.sample,
                "objects": [node.tag for node in config.objects.values()],
                "controls": [node.tag for node in config.controls.values()],
                "keys": list(config.required_keys),
            }
        )
    return found
