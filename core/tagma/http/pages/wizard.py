"""A new project: name, data and labels on one page, in any order."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel
from starlette.responses import FileResponse, Response

from tagma.errors import NotFound
from tagma.http.i18n import language_of
from tagma.http.op import Call, Routes, read_limited
from tagma.http.pages import page
from tagma.http.render import editor_styles
from tagma.labeling.schema import completion
from tagma.plugin.config import Node
from tagma.plugin.presets import Preset
from tagma.services import access, demo
from tagma.services.imports import inspecting

routes = Routes("pages")


@routes.op("GET", "/projects/new", page=True)
async def wizard(call: Call) -> Response:
    access.require(call.actor, "project.create")
    return page(
        call,
        "wizard.html",
        data={
            "presets": presets(call),
            "rules": inspecting.rules(call.site),
        },
        editor_styles=editor_styles(),
    )


class InspectQuery(BaseModel):
    name: str
    whole: bool = True
    project: int | None = None
    """Whose labeling set-up the file is for; some formats are read by it."""


@routes.op("POST", "/projects/inspect", page=True, spoken=True)
async def inspect(call: Call, query: InspectQuery) -> Any:
    """What a dropped file holds; its beginning is enough. Nothing of it is kept."""
    access.require(call.actor, "project.create")
    xml = "<View></View>"
    if query.project is not None:
        number = query.project
        xml = await call.read(
            lambda tx: access.project(call.site, tx, call.actor, number, "project.import").label_config
        )
    body = await read_limited(call.request, inspecting.MOST_BYTES)
    found = await asyncio.to_thread(inspecting.inspect, call.site, query.name, body, xml, whole=query.whole)
    return found.as_dict()


class ConfigBody(BaseModel):
    config: str


@routes.op("POST", "/projects/formats", page=True)
async def formats(call: Call, body: ConfigBody) -> Any:
    """Titles of the formats that can carry what a labeling config makes."""
    access.require(call.actor, "project.create")
    config = call.site.config(body.config)
    found = sorted(call.site.plugins.exporters.values(), key=lambda exporter: (exporter.order, exporter.name))
    return {"titles": [exporter.title for exporter in found if exporter.refuses(config) is None]}


class SampleBody(BaseModel):
    plugin: str
    name: str


@routes.op("POST", "/projects/sample", page=True)
async def sample(call: Call, body: SampleBody) -> Any:
    """Makes a project of a preset with its sample tasks, to try things on."""
    access.require(call.actor, "project.create")
    preset = _preset(call, body.plugin, body.name)
    return {"id": await call.write(lambda tx: demo.make(call.site, tx, call.actor, preset))}


@routes.op("GET", "/presets/{plugin}/{name}/{file}", page=True)
async def preset_file(call: Call, plugin: str, name: str, file: str) -> Response:
    """A picture or the like that a preset's sample shows."""
    access.require(call.actor, "project.create")
    path = _preset(call, plugin, name).files.get(file)
    if path is None:
        raise NotFound(f"The preset {name} has no file {file}.")
    return FileResponse(path, headers={"Cache-Control": "private, max-age=3600"})


@routes.op("GET", "/labeling-tags", page=True)
async def labeling_tags(call: Call) -> Any:
    """What the config editor can complete."""
    return completion(call.site.plugins)


def _preset(call: Call, plugin: str, name: str) -> Preset:
    for preset in call.site.plugins.presets():
        if (preset.plugin, preset.name) == (plugin, name):
            return preset
    raise NotFound(f"No installed plugin brings the preset {plugin}/{name}.")


def presets(call: Call) -> list[dict[str, Any]]:
    """The gallery: every plugin's presets, with what their config shows and asks."""
    found = []
    language = language_of(call.request)
    root = call.site.settings.root_path
    for preset in call.site.plugins.presets():
        config = call.site.config(preset.xml)
        found.append(
            {
                "title": preset.text("title", language),
                "group": preset.text("group", language),
                "xml": preset.xml,
                "sample": preset.tasks(
                    lambda file, at=f"{root}/presets/{preset.plugin}/{preset.name}": f"{at}/{file}"  # type: ignore[misc]
                ),
                "objects": [node.tag for node in config.objects.values()],
                "shows": sorted({kind for node in config.objects.values() if (kind := _shows(node))}),
                "controls": [node.tag for node in config.controls.values()],
                "keys": list(config.required_keys),
            }
        )
    return found


def _shows(node: Node) -> str | None:
    """The kind of media an object tag shows."""
    return getattr(node.tag_class, "data_type", None)
