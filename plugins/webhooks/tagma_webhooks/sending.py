"""From what happened to the messages that tell it, in the payloads of the field's protocol."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from tagma.plugin import Message, Server, Stored
from tagma.plugin import events as happened
from tagma_webhooks.webhook import ACTIONS, KIND, Webhook

_BATCH = 5000  # tasks that one message tells of

Payload = dict[str, Any]


def tell(event: happened.Event, server: Server) -> None:
    """Put down a message for every webhook that wants to hear of it."""
    concerned = [one for one in server.records(KIND, Webhook).concerned(event) if one.settings["is_active"]]
    if not concerned:
        return
    for payload in payloads(event, server):
        server.outbox.post([message(one, payload) for one in concerned if wants(one, payload["action"])])


def wants(webhook: Stored, action: str) -> bool:
    if ACTIONS[action].organization_only and webhook.project_id is not None:
        return False
    return bool(webhook.settings["send_for_all_actions"]) or action in webhook.settings["actions"]


def message(webhook: Stored, payload: Payload) -> Message:
    sent = payload if webhook.settings["send_payload"] else {"action": payload["action"]}
    body = json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {**webhook.settings["headers"], "X-Tagma-Delivery": str(uuid.uuid4())}
    secret = webhook.settings.get("secret")
    if secret:
        headers["X-Tagma-Signature"] = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    return Message(webhook.id, payload["action"], webhook.settings["url"], body, headers)


@singledispatch
def payloads(event: happened.Event, server: Server) -> Iterator[Payload]:
    """What to say of an event; nothing of those the protocol has no word for."""
    return iter(())


@payloads.register
def _(event: happened.ProjectCreated, server: Server) -> Iterator[Payload]:
    yield {"action": "PROJECT_CREATED", "project": _project(event, server)}


@payloads.register
def _(event: happened.ProjectUpdated, server: Server) -> Iterator[Payload]:
    yield {"action": "PROJECT_UPDATED", "project": _project(event, server)}


@payloads.register
def _(event: happened.ProjectDeleted, server: Server) -> Iterator[Payload]:
    yield {"action": "PROJECT_DELETED", "project": {"id": event.project_id}}


@payloads.register
def _(event: happened.TasksCreated, server: Server) -> Iterator[Payload]:
    for begin in range(0, len(event.task_ids), _BATCH):
        tasks = server.tasks(event.task_ids[begin : begin + _BATCH])
        yield {"action": "TASKS_CREATED", "tasks": tasks, "project": _project(event, server)}


@payloads.register
def _(event: happened.TasksDeleted, server: Server) -> Iterator[Payload]:
    tasks = [{"id": one} for one in event.task_ids]
    yield {"action": "TASKS_DELETED", "tasks": tasks, "project": _project(event, server)}


@payloads.register
def _(event: happened.AnnotationCreated, server: Server) -> Iterator[Payload]:
    yield from _annotation("ANNOTATION_CREATED", event, server)


@payloads.register
def _(event: happened.AnnotationUpdated, server: Server) -> Iterator[Payload]:
    yield from _annotation("ANNOTATION_UPDATED", event, server)


@payloads.register
def _(event: happened.AnnotationDeleted, server: Server) -> Iterator[Payload]:
    gone = [{"id": event.annotation_id}]
    yield {"action": "ANNOTATIONS_DELETED", "annotations": gone, "project": _project(event, server)}


def _annotation(
    action: str, event: happened.AnnotationCreated | happened.AnnotationUpdated, server: Server
) -> Iterator[Payload]:
    for annotation in server.annotations([event.annotation_id]):  # none if it was deleted meanwhile
        task = next(iter(server.tasks([event.task_id])), {"id": event.task_id})
        yield {"action": action, "annotation": annotation, "project": _project(event, server), "task": task}


def _project(event: happened.Event, server: Server) -> Payload:
    found = server.project(event.project_id) if event.project_id is not None else None
    return found or {"id": event.project_id}
