"""Labeling configs: checked, tried on a sample task, chosen from templates."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from tagma.errors import ConfigError
from tagma.http.errors import envelope
from tagma.http.op import Call, Routes
from tagma.http.said import localized
from tagma.labeling.config import check, errors, parse_strict
from tagma.labeling.sample import sample_task
from tagma.services import access
from tagma.services.project.config_use import check_new, essentially_changed

routes = Routes("labeling configs")


class ConfigBody(BaseModel):
    label_config: str


class SampleBody(BaseModel):
    label_config: str = ""
    include_annotation_and_prediction: bool = False


@routes.op(
    "POST",
    "/api/projects/validate/",
    summary="Check a labeling config",
    status=204,
    errors=(400,),
    anonymous=True,
)
async def validate_config(call: Call, body: ConfigBody) -> Response:
    """400 answers the envelope with ``label_config``: a sentence for each error, and ``faults``: line, tag, attribute and
    advice of each fault."""
    faults = check(body.label_config, call.site.plugins.tags)
    blocking = errors(faults)
    if blocking:
        sentences = {"label_config": [str(fault) for fault in blocking]}
        told = envelope(400, "Validation error", validation_errors=sentences, code=ConfigError.code)
        answer = {**told, **sentences, "faults": [fault.as_dict() for fault in faults]}
        return JSONResponse(localized(call.request, answer), 400)
    return Response(status_code=204)


@routes.op(
    "POST",
    "/api/projects/{id:int}/validate/",
    summary="Check a new config against the work done",
    errors=(400, 404),
)
async def validate_project_config(call: Call, id: int, body: ConfigBody) -> dict:
    def work(tx: Any) -> bool:
        project = access.project(call.site, tx, call.actor, id)
        new = check_new(call.site, tx, project, body.label_config, strict=True)
        return essentially_changed(call.site.config(project.label_config), new)

    return {"config_essential_data_has_changed": await call.read(work) or None}


@routes.op(
    "POST", "/api/projects/{id:int}/sample-task/", summary="A task that fits a config", errors=(400, 404)
)
async def get_sample_task(call: Call, id: int, body: SampleBody) -> dict:
    project = await call.read(lambda tx: access.project(call.site, tx, call.actor, id))
    try:
        config = parse_strict(body.label_config or project.label_config, call.site.plugins.tags)
    except ConfigError:
        if body.label_config:
            raise
        config = call.site.config(project.label_config)
    return {"sample_task": sample_task(config, with_annotation=body.include_annotation_and_prediction)}


@routes.op("GET", "/api/templates/", summary="Ready labeling set-ups")
async def list_templates(call: Call) -> dict:
    presets = call.site.plugins.presets()
    return {
        "templates": [
            {
                "title": preset.title,
                "group": preset.group,
                "type": "community",
                "order": preset.order,
                "details": preset.description,
                "config": preset.xml,
                "name": preset.name,
                "plugin": preset.plugin,
            }
            for preset in presets
        ],
        "groups": list(dict.fromkeys(preset.group for preset in presets)),
    }
