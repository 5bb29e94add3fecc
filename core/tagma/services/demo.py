"""``tagma start --demo``: one project for each preset, with its sample tasks and their media."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from tagma.db.engine import Transaction
from tagma.plugin.presets import Preset
from tagma.plugin.shapes import TaskDraft
from tagma.services.access import Actor
from tagma.services.desk import task_batches
from tagma.services.imports import uploads
from tagma.services.people import accounts, sessions
from tagma.services.project import projects

if TYPE_CHECKING:
    from tagma.services.site import Site

EMAIL = "demo@localhost"


def create(site: Site) -> Iterator[str]:
    """Makes what is not there yet and says so, a sentence at a time. Where nobody has signed up it makes an owner first."""
    owner = site.database.read(_owner)
    if owner is None:
        password = secrets.token_urlsafe(9)
        owner = site.database.write(lambda tx: accounts.sign_up(site, tx, email=EMAIL, password=password))
        yield f"Made the owner {EMAIL} with the password {password}; sign in with these."
    for preset in site.plugins.presets():
        if site.database.write(lambda tx, preset=preset: _missing(site, tx, owner, preset)):  # type: ignore[misc]
            yield f"Made the project {preset.title}."


def _owner(tx: Transaction) -> Actor | None:
    row = tx.row("SELECT min(user_id) FROM membership WHERE role = 'OW' AND deleted_at IS NULL")
    if row is None or row[0] is None:
        return None
    found = sessions.account(tx, row[0])
    return found and found.actor


def _missing(site: Site, tx: Transaction, owner: Actor, preset: Preset) -> bool:
    known = tx.rows(
        "SELECT id FROM project WHERE organization_id = :organization AND title = :title AND deleted_at IS NULL",
        organization=owner.organization_id,
        title=preset.title,
    )
    if not known:
        make(site, tx, owner, preset)
    return not known


def make(site: Site, tx: Transaction, owner: Actor, preset: Preset) -> int:
    """A project from ``preset``, its sample tasks and their media with it; gives its id."""
    fields: dict[str, Any] = {
        "title": preset.title,
        "label_config": preset.xml,
        "description": preset.description,
    }
    project = projects.create(site, tx, owner, fields)
    assert project.id is not None
    kept: dict[str, uploads.Incoming] = {}
    try:
        for name, path in preset.files.items():
            kept[name] = incoming = uploads.Incoming(site, project.id, name)
            with path.open("rb") as source:
                incoming.copy(source)
            incoming.close()
        uploads.register(tx, owner, project.id, kept.values())
        drafts = preset.tasks(lambda name: f"/data/{kept[name].file}")
        task_batches.insert_drafts(site, tx, owner, project, cast("list[TaskDraft]", drafts))
    except BaseException:  # the database forgets what was written by itself, the disk does not
        for incoming in kept.values():
            incoming.drop()
        raise
    return project.id
