"""A project with all its settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.errors import ConfigError, Conflict, InvalidInput
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.moving.ledger import Ledger
from tagma.services.moving.report import COUNTED, Compared, Report
from tagma.services.project import projects
from tagma.services.project.project_fields import ProjectFields

if TYPE_CHECKING:
    from tagma.services.site import Site


def bring(site: Site, actor: Actor, ledger: Ledger, report: Report, given: Mapping[str, Any]) -> int:
    """The project's number here; made unless a former move did. :raises Conflict: it lies in the trash."""

    def write(tx: Transaction) -> tuple[int, bool, list[str]]:
        own = ledger.own(tx, "project", given["id"])
        if own is not None:
            found = tx.session.get(Project, own)
            if found is None or found.deleted_at is not None:
                raise Conflict(
                    f'The project "{given.get("title")}" is in the trash here.',
                    hint="Restore it, or delete it for good to have it brought anew.",
                )
            return own, False, []
        project, faults = _made(site, tx, actor, given)
        assert project.id is not None
        project.created_by = (
            ledger.everyone(tx).get((given.get("created_by") or {}).get("id") or 0) or actor.user_id
        )
        if given.get("created_at"):
            project.created_at = datetime.fromisoformat(given["created_at"])
        tx.flush()
        ledger.write(tx, "project", [(given["id"], project.id)], project.id)
        return project.id, True, faults

    number, new, faults = site.database.write(write)
    report.count("projects", int(new))
    for words in faults:
        report.fault(f'Project "{given.get("title")}"', words)
    return number


def _made(site: Site, tx: Transaction, actor: Actor, given: Mapping[str, Any]) -> tuple[Project, list[str]]:
    """The project, with the default for whatever does not fit here, and what that was."""
    fields = {key: given[key] for key in ProjectFields.model_fields if given.get(key) is not None}
    fields.pop(
        "start_training_on_annotation_update", None
    )  # says less than min_annotations_to_start_training
    config = fields.pop("label_config", "") or "<View></View>"
    faults: list[str] = []
    access.require(actor, "project.create")
    while True:
        try:
            project = projects.create(site, tx, actor, fields)
            break
        except InvalidInput as error:
            wrong = {key: words for key, words in error.fields.items() if key in fields}
            if not wrong:
                raise
            for key, words in wrong.items():
                faults.append(f"{key}: {' '.join(words)} It has the default here.")
                del fields[key]
    try:
        projects.change(site, tx, actor, project.id or 0, {"label_config": config})
    except ConfigError as error:  # a tag that no plugin brings as yet; what was labeled with it is kept
        project.label_config = config
        faults.append(f"the labeling set-up came over as it is, but does not all work here. {error}")
    if isinstance(given.get("control_weights"), dict):
        project.control_weights = projects.weights(site.config(config), given["control_weights"])
    return project, faults


def compare(site: Site, given: Mapping[str, Any], own: int) -> Compared:
    """The counts of both sides."""
    names = list(COUNTED.values())
    row = site.database.read(
        lambda tx: tx.row(f"SELECT {', '.join(names)} FROM project WHERE id = :id", id=own)
    )
    assert row is not None
    there = {word: int(given.get(name) or 0) for word, name in COUNTED.items()}
    return Compared(str(given.get("title")), given["id"], own, there, dict(zip(COUNTED, row, strict=True)))
