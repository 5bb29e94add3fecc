"""What happened in the payloads of the field's protocol: one road for webhooks, model servers and whoever else tells it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from tagma.plugin import events as happened
from tagma.plugin.server import Server

_BATCH = 5000  # tasks that one message tells of

Payload = dict[str, Any]


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
    if event.together:  # told of once, with the others
        return
    yield from _annotation("ANNOTATION_CREATED", event, server)


@payloads.register
def _(event: happened.AnnotationUpdated, server: Server) -> Iterator[Payload]:
    yield from _annotation("ANNOTATION_UPDATED", event, server)


@payloads.register
def _(event: happened.AnnotationDeleted, server: Server) -> Iterator[Payload]:
    gone = [{"id": event.annotation_id}]
    yield {"action": "ANNOTATIONS_DELETED", "annotations": gone, "project": _project(event, server)}


@payloads.register
def _(event: happened.AnnotationsCreated, server: Server) -> Iterator[Payload]:
    for begin in range(0, len(event.annotation_ids), _BATCH):
        yield {
            "action": "ANNOTATIONS_CREATED",
            "annotation": server.annotations(event.annotation_ids[begin : begin + _BATCH]),
            "project": _project(event, server),
            "task": server.tasks(event.task_ids[begin : begin + _BATCH]),
        }


@payloads.register
def _(event: happened.LabelLinksCreated, server: Server) -> Iterator[Payload]:
    links = [{**one, "label": one["label"]["id"]} for one in server.label_links(event.link_ids)]
    yield {"action": "LABEL_LINK_CREATED", "label_link": links, "project": _project(event, server)}


@payloads.register
def _(event: happened.LabelLinkUpdated, server: Server) -> Iterator[Payload]:
    for link in server.label_links([event.link_id]):
        yield {
            "action": "LABEL_LINK_UPDATED",
            "label_link": {**link, "label": link["label"]["id"]},
            "label": link["label"],
            "project": _project(event, server),
        }


@payloads.register
def _(event: happened.LabelLinkDeleted, server: Server) -> Iterator[Payload]:
    gone = {"id": event.link_id}
    yield {"action": "LABEL_LINK_DELETED", "label_link": gone, "project": _project(event, server)}


def _annotation(
    action: str, event: happened.AnnotationCreated | happened.AnnotationUpdated, server: Server
) -> Iterator[Payload]:
    for annotation in server.annotations([event.annotation_id]):  # none if it was deleted meanwhile
        task = next(iter(server.tasks([event.task_id])), {"id": event.task_id})
        yield {"action": action, "annotation": annotation, "project": _project(event, server), "task": task}


def _project(event: happened.Event, server: Server) -> Payload:
    found = server.project(event.project_id) if event.project_id is not None else None
    return found or {"id": event.project_id}
