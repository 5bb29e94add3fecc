"""The webhooks of a project or of the whole organization over HTTP, and the log of what was sent."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from tagma.errors import InvalidInput
from tagma.plugin import Call, Routes, Stored
from tagma.plugin.server import Records
from tagma_webhooks.webhook import ACTIONS, KIND, Webhook

routes = Routes("webhooks")

_SHOWN = ("url", "send_payload", "send_for_all_actions", "headers", "is_active", "actions")


class ListQuery(BaseModel):
    project: str = ""
    """A project's number; ``isnull`` for those of the organization as a whole; nothing for all."""


class InfoQuery(BaseModel):
    organization_only: bool | None = Field(None, alias="organization-only")


def _records(call: Call) -> Records:
    return call.server.records(KIND, Webhook)


def _shown(one: Stored) -> dict[str, Any]:
    return {
        "id": one.id,
        "organization": one.organization_id,
        "project": one.project_id,
        **{key: one.settings[key] for key in _SHOWN},
        "has_secret": bool(one.settings.get("secret")),
        "created_at": one.created_at,
        "updated_at": one.updated_at,
    }


@routes.op(
    "GET", "/api/webhooks/", summary="Webhooks of a project or of the organization", errors=(400, 403, 404)
)
def list_webhooks(call: Call, query: ListQuery) -> list:
    if not query.project:
        return [_shown(one) for one in _records(call).everywhere(call.actor)]
    project = None if query.project == "isnull" else _number(query.project)
    return [_shown(one) for one in _records(call).list(call.actor, project)]


@routes.op("POST", "/api/webhooks/", summary="Make a webhook", status=201, errors=(400, 403, 404))
def create_webhook(call: Call, body: dict) -> dict:
    project = body.get("project")
    _check(call, body)
    made = _records(call).create(
        call.actor, _own(body), project_id=None if project is None else _number(project)
    )
    return _shown(made)


@routes.op("GET", "/api/webhooks/info/", summary="The actions there are", anonymous=True)
def webhook_info(call: Call, query: InfoQuery) -> dict:
    wanted = query.organization_only
    return {
        code: {
            "name": action.name,
            "description": action.description,
            "key": action.key,
            "organization-only": action.organization_only,
        }
        for code, action in ACTIONS.items()
        if wanted is None or wanted == action.organization_only
    }


@routes.op("GET", "/api/webhooks/{id:int}/", summary="One webhook", errors=(403, 404))
def get_webhook(call: Call, id: int) -> dict:
    return _shown(_records(call).get(call.actor, id))


@routes.op("PATCH", "/api/webhooks/{id:int}/", summary="Change a webhook", errors=(400, 403, 404))
def change_webhook(call: Call, id: int, body: dict) -> dict:
    _check(call, body)
    return _shown(_records(call).change(call.actor, id, _own(body)))


@routes.op("PUT", "/api/webhooks/{id:int}/", summary="Replace a webhook", errors=(400, 403, 404))
def replace_webhook(call: Call, id: int, body: dict) -> dict:
    _check(call, body)
    defaults = Webhook(url="http://localhost").model_dump(exclude={"url", "secret"})
    return _shown(_records(call).change(call.actor, id, {**defaults, **_own(body)}))


@routes.op("DELETE", "/api/webhooks/{id:int}/", summary="Delete a webhook", status=204, errors=(403, 404))
def delete_webhook(call: Call, id: int) -> None:
    _records(call).delete(call.actor, id)


@routes.op(
    "GET",
    "/api/webhooks/{id:int}/deliveries/",
    summary="What was sent, newest first",
    errors=(403, 404),
    spoken=True,
)
def list_deliveries(call: Call, id: int) -> list:
    return call.server.outbox.log(_records(call).get(call.actor, id).id)


@routes.op(
    "POST",
    "/api/webhooks/{id:int}/deliveries/{message:int}/again/",
    summary="Send a message once more",
    status=202,
    errors=(403, 404),
)
def send_again(call: Call, id: int, message: int) -> None:
    call.server.outbox.again(_records(call).get(call.actor, id).id, message)


def _check(call: Call, body: dict[str, Any]) -> None:
    """:raises NotAllowed: the address is none this server may talk to."""
    url = body.get("url")
    if isinstance(url, str) and url.startswith(("http://", "https://")):
        call.server.check_address(url)


def _own(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key in Webhook.model_fields}


def _number(given: Any) -> int:
    if isinstance(given, int) or (isinstance(given, str) and given.isdecimal()):
        return int(given)
    words = f"project must be the number of a project, not {given!r}."
    raise InvalidInput(words, {"project": [words]})
