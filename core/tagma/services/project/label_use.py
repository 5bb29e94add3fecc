"""Where results carry a label: counted, and given another name. Costs as much as the annotations there are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import LabelLink, Project
from tagma.db.types import stamp
from tagma.plugin.events import AnnotationUpdated
from tagma.services.access import Actor


def same(one: Any, other: Any) -> bool:
    """A word and a path of this one word are the same label."""
    return bool(path(one) == path(other))


def path(label: Any) -> Any:
    """The words of a label from the topmost on."""
    return label if isinstance(label, list) else [label]


def counted(tx: Transaction, wanted: Sequence[tuple[LabelLink, Any]]) -> Counter[int]:
    """Of links, each with its label's value: how many annotations carry the label in that control."""
    found: Counter[int] = Counter()
    by_project: dict[int, list[tuple[LabelLink, Any]]] = defaultdict(list)
    for link, value in wanted:
        by_project[link.project_id].append((link, value))
    for project_id, links in by_project.items():
        rows = tx.stream(
            "SELECT result FROM annotation WHERE project_id = :id AND deleted_at IS NULL", {"id": project_id}
        )
        for batch in rows:
            for (text,) in batch:
                carried = list(_carried(orjson.loads(text or "[]")))
                for link, value in links:
                    found[link.id or 0] += any(
                        name == link.from_name and same(label, value) for name, label in carried
                    )
    return found


def _carried(result: list[Any]) -> Any:
    """Each control's name with each label it has."""
    for region in result:
        values = _labels(region)
        for label in values or ():
            yield region.get("from_name"), label


def _labels(region: Any) -> list[Any] | None:
    """The list of labels in a result, as it stands there."""
    if not isinstance(region, dict) or not isinstance(region.get("value"), dict):
        return None
    found = region["value"].get(region.get("type"))
    return found if isinstance(found, list) else None


def rename(tx: Transaction, actor: Actor, project: Project, old: Any, new: Any) -> int:
    """Write ``new`` for ``old`` in every result of the project; each annotation's history keeps what it was."""
    changes: list[dict[str, Any]] = []
    rows = tx.stream(
        "SELECT id, task_id, lead_time, result FROM annotation WHERE project_id = :id AND deleted_at IS NULL",
        {"id": project.id},
    )
    moment = stamp()
    for batch in rows:
        for number, task_id, lead_time, text in batch:
            result = orjson.loads(text or "[]")
            if _replaced(result, old, new):
                changes.append(
                    {
                        "id": number, "task": task_id, "project": project.id, "lead_time": lead_time, "before": text,
                        "result": orjson.dumps(result).decode(), "me": actor.user_id, "now": moment,
                    }
                )  # fmt: skip
    if not changes:
        return 0
    tx.many(
        "UPDATE annotation SET result = :result, updated_at = :now, updated_by = :me, last_action = 'updated' WHERE id = :id",
        changes,
    )
    tx.many(
        "INSERT INTO annotation_history (annotation_id, task_id, project_id, user_id, action, result, lead_time, created_at)"
        " VALUES (:id, :task, :project, :me, 'updated', :before, :lead_time, :now)",
        changes,
    )
    tx.session.expire_all()
    for one in changes:
        tx.tell(
            AnnotationUpdated(
                organization_id=project.organization_id,
                project_id=project.id,
                user_id=actor.user_id,
                task_id=one["task"],
                annotation_id=one["id"],
            )
        )
    return len(changes)


def _replaced(result: list[Any], old: Any, new: Any) -> bool:
    changed = False
    for region in result:
        labels = _labels(region)
        for place, label in enumerate(labels or ()):
            if same(label, old):
                assert labels is not None
                labels[place] = _spelled(new, label)
                changed = True
    return changed


def _spelled(new: Any, before: Any) -> Any:
    """As the one it replaces: a path stays a path, a word a word if it can."""
    if isinstance(before, list):
        return path(new)
    return new[0] if isinstance(new, list) and len(new) == 1 else new
