"""Drafts: what a person has begun and not submitted; one for each task, or for each annotation being changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.db.tables import Draft
from tagma.db.types import now, stamp
from tagma.errors import Conflict, InvalidInput
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.stored import json_text

if TYPE_CHECKING:
    from tagma.services.site import Site


def save(
    site: Site,
    tx: Transaction,
    actor: Actor,
    task_id: int,
    fields: Mapping[str, Any],
    annotation_id: int | None = None,
) -> int:
    """Keep what the person has so far. A second save replaces the first; the draft's id."""
    task = access.task(site, tx, actor, task_id, "draft.change")
    if annotation_id is not None:
        found = access.annotation(site, tx, actor, annotation_id, "annotation.change")
        if found.task_id != task_id:
            raise access.not_found("annotation", annotation_id)
    same = "= :annotation" if annotation_id is not None else "IS NULL"
    row = tx.row(
        f"SELECT id FROM draft WHERE task_id = :task AND user_id = :me AND annotation_id {same} ORDER BY id DESC LIMIT 1",
        task=task_id, me=actor.user_id, annotation=annotation_id,
    )  # fmt: skip
    draft = tx.session.get(Draft, row[0]) if row else None
    if draft is None:
        if actor.user_id is None:
            raise InvalidInput("A draft belongs to a person; the system has none.")
        draft = Draft(
            task_id=task_id, project_id=task.project_id, user_id=actor.user_id, annotation_id=annotation_id
        )
    return _store(tx, draft, fields)


def _changed(draft: Draft, fields: Mapping[str, Any]) -> list[Any]:
    """The draft's results with those of some regions replaced: ``changes`` is ``{id: [results] or null}``, and ``since`` the
    ``updated_at`` of the draft they were made on.

    :raises Conflict: the draft was saved from another place meanwhile.
    """
    changes, since = fields["changes"], fields.get("since")
    if not isinstance(changes, dict) or not all(
        value is None or (isinstance(value, list) and all(isinstance(item, dict) for item in value))
        for value in changes.values()
    ):
        raise InvalidInput(
            "changes must be an object from region id to its results.",
            {"changes": ['Expected {"id": [results]}, with null for a region that is gone.']},
        )
    if since != stamp(draft.updated_at):
        raise Conflict(
            f"The draft was saved at {stamp(draft.updated_at)}, not at {since}.",
            hint="Send the whole result instead of changes.",
        )
    rest, kept = dict(changes), []
    for result in draft.result or []:
        region = result.get("id") if isinstance(result, dict) else None
        if region not in changes:
            kept.append(result)
        else:
            kept.extend(rest.pop(region, None) or [])
    return kept + [result for results in rest.values() for result in results or []]


def get(site: Site, tx: Transaction, actor: Actor, draft_id: int) -> Draft:
    """One's own draft; other people's do not exist."""
    draft = tx.session.get(Draft, draft_id)
    if draft is None or draft.user_id != actor.user_id:
        raise access.not_found("draft", draft_id)
    access.task(site, tx, actor, draft.task_id)
    return draft


def update(site: Site, tx: Transaction, actor: Actor, draft_id: int, fields: Mapping[str, Any]) -> int:
    return _store(tx, get(site, tx, actor, draft_id), fields)


def delete(site: Site, tx: Transaction, actor: Actor, draft_id: int) -> None:
    tx.session.delete(get(site, tx, actor, draft_id))


def _store(tx: Transaction, draft: Draft, fields: Mapping[str, Any]) -> int:
    if "changes" in fields:
        fields = {**fields, "result": _changed(draft, fields)}
    if "result" in fields:
        if not isinstance(fields["result"], list):
            raise InvalidInput(
                "result must be a list of results.", {"result": ["Expected a list of results."]}
            )
        json_text(fields["result"], "result")
        draft.result = fields["result"]
    lead_time = fields.get("lead_time", draft.lead_time)
    if lead_time is not None and (isinstance(lead_time, bool) or not isinstance(lead_time, int | float)):
        raise InvalidInput("lead_time must be a number of seconds.", {"lead_time": ["Expected a number."]})
    draft.lead_time = lead_time
    draft.was_postponed = bool(fields.get("was_postponed", draft.was_postponed))
    draft.updated_at = now()
    tx.session.add(draft)
    tx.session.flush()
    assert draft.id is not None
    return draft.id
