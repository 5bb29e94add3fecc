"""Projects: made, found, changed, deleted; their counters are kept by whoever changes what they count."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from tagma.db.engine import Transaction
from tagma.db.tables import SEQUENTIAL, Project
from tagma.db.types import now, stamp
from tagma.errors import InvalidInput, did_you_mean
from tagma.labeling.config import parse_strict
from tagma.labeling.parsed import parsed
from tagma.plugin.config import LabelingConfig
from tagma.plugin.events import ProjectCreated, ProjectUpdated
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.project import counters
from tagma.services.project.config_use import check_new
from tagma.services.project.project_fields import checked

if TYPE_CHECKING:
    from tagma.services.site import Site

ORDERINGS = (
    "id",
    "title",
    "created_at",
    "updated_at",
    "last_activity",
    "pinned_at",
    "task_number",
    "finished_task_number",
    "total_annotations_number",
    "is_published",
)


# one ---------------------------------------------------------------------------------------------------------------


def create(site: Site, tx: Transaction, actor: Actor, fields: Mapping[str, Any]) -> Project:
    """:raises InvalidInput, ConfigError: something given does not fit."""
    access.require(actor, "project.create")
    given = checked(dict(fields))
    project = Project(
        organization_id=actor.organization_id,
        created_by=actor.user_id,
        **{"title": "New project", **given},
    )
    if "label_config" in given:
        config = parse_strict(project.label_config, site.plugins.tags)
        project.control_weights = weights(config, given.get("control_weights", {}))
    tx.session.add(project)
    tx.session.flush()
    tx.tell(
        ProjectCreated(organization_id=actor.organization_id, project_id=project.id, user_id=actor.user_id)
    )
    return project


def change(site: Site, tx: Transaction, actor: Actor, project_id: int, fields: Mapping[str, Any]) -> Project:
    """Only the keys given. A config that would orphan stored annotations is refused; a new overlap is spread over the tasks.

    :raises InvalidInput, ConfigError: something given does not fit.
    """
    pins_only = set(fields) == {"pinned_at"}
    project = access.project(site, tx, actor, project_id, "project.pin" if pins_only else "project.change")
    given = checked(dict(fields))
    if "label_config" in given and given["label_config"] != project.label_config:
        config = check_new(site, tx, project, given["label_config"])
        given["control_weights"] = weights(config, given.get("control_weights", project.control_weights))
    changed = {key for key, value in given.items() if getattr(project, key) != value}
    for key in changed:
        setattr(project, key, given[key])
    if not changed:
        return project
    project.updated_at = now()
    tx.session.flush()
    _spread(tx, project, changed)
    tx.tell(
        ProjectUpdated(
            organization_id=project.organization_id,
            project_id=project.id,
            user_id=actor.user_id,
            changed=tuple(sorted(changed)),
        )
    )
    return project


def _spread(tx: Transaction, project: Project, changed: set[str]) -> None:
    """What a new overlap, order or skip rule means for every task."""
    assert project.id is not None
    if "sampling" in changed and project.sampling != SEQUENTIAL:
        counters.shuffle(tx, project.id)
    if changed & {"maximum_annotations", "overlap_cohort_percentage"}:
        counters.respread(
            tx, project.id, project.skip_queue, project.maximum_annotations, project.overlap_cohort_percentage
        )
    elif "skip_queue" in changed:
        with counters.counted(
            tx, project.id, project.skip_queue, "t.project_id = :project", touch=False, project=project.id
        ):
            pass
    else:
        return
    tx.session.refresh(project)


def weights(config: LabelingConfig, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Agreement weights of a config's controls: those there were, and 1 for what is new."""
    fresh = {}
    for name, control in parsed(config).items():
        old = kept.get(name, {}) if isinstance(kept.get(name), dict) else {}
        labels = old.get("labels", {})
        fresh[name] = {
            "overall": old.get("overall", 1.0),
            "type": control["type"],
            "labels": {label: labels.get(label, 1.0) for label in control["labels"]},
        }
    return fresh


def erase(tx: Transaction, project: Project) -> list[str]:
    """Everything of the project, for good; a person's deletion goes to the trash first (:mod:`tagma.services.desk.trash`).

    Returns the files below the data folder that nothing names any more: :func:`forget_files`.
    """
    project_id = project.id
    files = [
        row[0]
        for row in tx.rows(
            "SELECT file FROM export WHERE project_id = :id AND file IS NOT NULL", id=project_id
        )
    ]
    # Children first and by project, which is many times faster than letting each task's deletion look for its own.
    of_annotation = "annotation_id IN (SELECT id FROM annotation WHERE project_id = :id)"
    of_task = "task_id IN (SELECT id FROM task WHERE project_id = :id)"
    for table, condition in (
        ("comment", "project_id = :id"),
        ("review", "project_id = :id"),
        ("annotation_history", of_annotation),
        ("draft", "project_id = :id"),
        ("lease", "project_id = :id"),
        ("storage_link", of_task),
        ("prediction", "project_id = :id"),
        ("annotation", "project_id = :id"),
        ("task", "project_id = :id"),
    ):
        tx.run(f"DELETE FROM {table} WHERE {condition}", id=project_id)
    tx.session.expunge(project)
    tx.run("DELETE FROM project WHERE id = :id", id=project_id)
    return [*files, f"upload/{project_id}"]


def forget_files(site: Site, files: Sequence[str]) -> None:
    """Remove what ``delete`` returned; after the commit, off the event loop."""
    root = site.settings.data_dir.resolve()
    for name in files:
        path = Path(root, name).resolve()
        if root not in path.parents:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


# many --------------------------------------------------------------------------------------------------------------


def listing(
    site: Site,
    tx: Transaction,
    actor: Actor,
    *,
    ids: Sequence[int] | None = None,
    title: str = "",
    search: str = "",
    pinned: str = "all",
    ordering: str = "",
    page: int = 1,
    size: int = 30,
) -> tuple[int, list[Project]]:
    """How many projects the actor sees under these conditions, and one page of them; pinned ones first, then the newest."""
    condition, parameters = access.visible(actor)
    if ids is not None:
        condition += f" AND project.id IN ({','.join(str(int(one)) for one in ids) or 'NULL'})"
    for name, words, columns in (("title", title, ("title",)), ("search", search, ("title", "description"))):
        if words:
            likes = " OR ".join(f"lower(project.{column}) LIKE :{name} ESCAPE '!'" for column in columns)
            condition += f" AND ({likes})"
            parameters[name] = "%" + _escaped(words.lower()) + "%"
    if pinned == "pinned_only":
        condition += " AND project.pinned_at IS NOT NULL"
    elif pinned == "exclude_pinned":
        condition += " AND project.pinned_at IS NULL"
    count = tx.rows(f"SELECT count(*) FROM project WHERE {condition}", parameters)[0][0]
    from sqlalchemy import select

    query = (
        select(Project)
        .where(text(condition).bindparams(**parameters))
        .order_by(text(_order(ordering)))
        .limit(size)
        .offset((page - 1) * size)
    )
    return count, list(tx.session.execute(query).scalars())


def _escaped(words: str) -> str:
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _order(ordering: str) -> str:
    if not ordering:
        return "project.pinned_at DESC NULLS LAST, project.created_at DESC, project.id DESC"
    terms = []
    for part in ordering.split(","):
        name, way = part.strip().lstrip("-"), " DESC" if part.strip().startswith("-") else ""
        if name not in ORDERINGS:
            raise InvalidInput(
                f'Projects can\'t be ordered by "{name[:60]}".',
                {"ordering": [f'"{name[:60]}" is nothing to order by.']},
                hint=did_you_mean(name, ORDERINGS),
            )
        terms.append(f"project.{name}{way} NULLS LAST")
    return ", ".join([*terms, "project.id DESC"])


def touch(tx: Transaction, project_id: int) -> None:
    tx.run("UPDATE project SET last_activity = :now WHERE id = :id", now=stamp(), id=project_id)
