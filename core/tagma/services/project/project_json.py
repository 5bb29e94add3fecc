"""A project as the wire's JSON: one query for the rows, one for their makers, one for the asker's own queue."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.db.tables import BEGUN, Project
from tagma.db.types import stamp
from tagma.labeling.parsed import parsed
from tagma.plugin.config import LabelingConfig
from tagma.services.access import Actor
from tagma.services.desk.shapes import listed, people
from tagma.services.project.project_fields import MASK

if TYPE_CHECKING:
    from tagma.services.site import Site

PLAIN = (
    "id",
    "title",
    "description",
    "color",
    "label_config",
    "expert_instruction",
    "show_instruction",
    "show_skip_button",
    "enable_empty_annotation",
    "show_annotation_history",
    "reveal_preannotations_interactively",
    "show_collab_predictions",
    "evaluate_predictions_automatically",
    "strict_predictions",
    "model_version",
    "maximum_annotations",
    "overlap_cohort_percentage",
    "show_overlap_first",
    "sampling",
    "skip_queue",
    "show_ground_truth_first",
    "annotator_evaluation_enabled",
    "min_annotations_to_start_training",
    "control_weights",
    "task_data_login",
    "is_published",
    "is_draft",
)
COUNTS = (
    "task_number",
    "finished_task_number",
    "total_annotations_number",
    "total_predictions_number",
    "num_tasks_with_annotations",
    "ground_truth_number",
    "skipped_annotations_number",
)
MOMENTS = ("created_at", "updated_at", "last_activity", "pinned_at")
_CONFIG = {"parsed_label_config", "config_has_control_tags", "config_suitable_for_bulk_annotation"}
_QUEUE = {"queue_total", "queue_done"}
_FREE_OF_REGIONS = {"choices", "taxonomy", "rating", "number", "textarea", "datetime"}


def project_json(
    site: Site, tx: Transaction, actor: Actor, project: Project, include: Collection[str] = ()
) -> dict[str, Any]:
    return projects_json(site, tx, actor, [project], include)[0]


def projects_json(
    site: Site, tx: Transaction, actor: Actor, projects: Sequence[Project], include: Collection[str] = ()
) -> list[dict[str, Any]]:
    """:param include: the only keys wanted; none given means all. What nobody wants is not looked up."""
    wants = (lambda *keys: True) if not include else (lambda *keys: bool(set(keys) & set(include)))
    makers = people(tx, [one.created_by for one in projects]) if wants("created_by") else {}
    queues = _queues(tx, actor, projects) if wants(*_QUEUE) else {}
    shown = []
    for one in projects:
        entry: dict[str, Any] = {key: getattr(one, key) for key in (*PLAIN, *COUNTS)}
        entry |= {key: stamp(moment) if (moment := getattr(one, key)) else None for key in MOMENTS}
        entry["useful_annotation_number"] = one.total_annotations_number - one.ground_truth_number
        entry["organization"] = one.organization_id
        entry["created_by"] = makers.get(one.created_by or 0)
        entry["start_training_on_annotation_update"] = one.min_annotations_to_start_training > 0
        entry["task_data_password"] = MASK if one.task_data_password else None
        entry["state"] = None
        if wants(*_CONFIG):
            config = site.config(one.label_config)
            entry["parsed_label_config"] = parsed(config)
            entry["config_has_control_tags"] = bool(config.controls)
            entry["config_suitable_for_bulk_annotation"] = _for_bulk(config)
        entry["queue_total"], entry["queue_done"] = queues.get(one.id or 0, (one.task_number, 0))
        shown.append({key: entry[key] for key in include if key in entry} if include else entry)
    return shown


def counts_json(projects: Sequence[Project], include: Collection[str] = ()) -> list[dict[str, Any]]:
    shown = []
    for one in projects:
        entry = {key: getattr(one, key) for key in ("id", *COUNTS)}
        entry["useful_annotation_number"] = one.total_annotations_number - one.ground_truth_number
        shown.append({key: entry[key] for key in include if key in entry} if include else entry)
    return shown


def _for_bulk(config: LabelingConfig) -> bool:
    """Whether one answer can be given to many tasks at once: no regions, nothing about a region."""
    return bool(config.controls) and all(
        node.tag.lower() in _FREE_OF_REGIONS and node.raw("perRegion") not in ("true", "1")
        for node in config.controls.values()
    )


def _queues(tx: Transaction, actor: Actor, projects: Sequence[Project]) -> dict[int, tuple[int, int]]:
    """For each project: tasks that are or were the actor's to do, and those done."""
    ids = listed(one.id for one in projects if one.id is not None and one.task_number)
    mine = dict(
        tx.rows(
            "SELECT project_id, count(DISTINCT task_id) FROM annotation"
            f" WHERE completed_by = :me AND project_id IN ({ids}) AND deleted_at IS NULL GROUP BY project_id",
            me=actor.user_id,
        )
    )
    still_open = dict(
        tx.rows(
            f"SELECT project_id, count(*) FROM task WHERE project_id IN ({ids}) AND {BEGUN}"
            " AND EXISTS (SELECT 1 FROM annotation a WHERE a.completed_by = :me AND a.project_id = task.project_id"
            " AND a.task_id = task.id AND a.deleted_at IS NULL) GROUP BY project_id",
            me=actor.user_id,
        )
    )
    found = {}
    for one in projects:
        done = mine.get(one.id or 0, 0)
        left = max(0, one.task_number - one.finished_task_number - still_open.get(one.id or 0, 0))
        found[one.id or 0] = (done + left, done)
    return found
