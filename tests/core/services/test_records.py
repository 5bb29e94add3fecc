from collections.abc import Callable

import pytest
from pydantic import BaseModel, Field

from tagma.db.tables import Project
from tagma.errors import InvalidInput, NotAllowed, NotFound
from tagma.services import records
from tagma.services.access import Actor
from tagma.services.site import Site


class Folder(BaseModel):
    path: str
    limit: int = Field(10, gt=0)


def test_a_record_is_checked_by_the_plugins_model_when_made_and_when_changed(
    site: Site, owner: Actor, project: Callable[..., Project]
) -> None:
    number = project().id
    with pytest.raises(InvalidInput) as caught:
        site.database.write(
            lambda tx: records.create(
                site, tx, owner, "storage.local", {"limit": 0}, model=Folder, project_id=number
            )
        )
    assert set(caught.value.fields) == {"path", "limit"}
    made = site.database.write(
        lambda tx: records.create(
            site, tx, owner, "storage.local", {"path": "a"}, model=Folder, project_id=number
        )
    )
    changed = site.database.write(
        lambda tx: records.change(site, tx, owner, made.id or 0, {"limit": 3}, model=Folder)
    )
    assert changed.settings == {"path": "a", "limit": 3}
    site.database.write(lambda tx: records.note(site, tx, made.id or 0, {"count": 2}))
    found = site.database.read(lambda tx: records.listing(site, tx, owner, "storage.", number))
    assert [(one.id, one.state) for one in found] == [(made.id, {"count": 2})]
    assert site.database.read(lambda tx: records.listing(site, tx, owner, "storage", number)) == []
    site.database.write(lambda tx: records.delete(site, tx, owner, made.id or 0))
    with pytest.raises(NotFound):
        site.database.read(lambda tx: records.get(site, tx, owner, made.id or 0))


def test_records_are_for_managers_and_their_own_organization(site: Site, owner: Actor) -> None:
    made = site.database.write(
        lambda tx: records.create(site, tx, owner, "webhook", {"path": "a"}, model=Folder)
    )
    annotator, stranger = Actor(5, owner.organization_id, "AN"), Actor(6, owner.organization_id + 1, "OW")
    with pytest.raises(NotAllowed):
        site.database.read(lambda tx: records.get(site, tx, annotator, made.id or 0))
    with pytest.raises(NotFound):
        site.database.read(lambda tx: records.get(site, tx, stranger, made.id or 0))
