"""Media in connected storages: a task's data names them as the storage does (``s3://…``), a browser asks this server for them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Record
from tagma.errors import NotFound, StorageError
from tagma.plugin.storages import StoredObject
from tagma.services import access, shapes, storages
from tagma.services.access import Actor

if TYPE_CHECKING:
    from tagma.services.site import Site


@dataclass(frozen=True)
class Place:
    """An object in a storage that a person may see."""

    site: Site
    scheme: str
    settings: dict[str, Any]
    key: str

    @property
    def seconds(self) -> int:
        """How long a link of the storage's own works."""
        return int(self.settings.get("presign_ttl") or 1) * 60

    def link(self) -> str | None:
        """A link that leads to the storage itself, if it makes such and its settings ask for them."""
        if not self.settings.get("presign", True):
            return None
        with storages.opened(self.site, self.scheme, self.settings) as storage:
            return storage.url(self.key, self.seconds)

    def stat(self) -> StoredObject:
        with storages.opened(self.site, self.scheme, self.settings) as storage:
            return storage.stat(self.key)

    def copy(self, out: IO[bytes], start: int, end: int | None) -> None:
        """The bytes from ``start`` to before ``end``, or to the end."""
        with (
            storages.opened(self.site, self.scheme, self.settings) as storage,
            storage.open(self.key, start, end) as source,
        ):
            shutil.copyfileobj(source, out, 1 << 18)


def _records(tx: Transaction, project_id: int) -> list[Record]:
    column: Any = Record.kind
    return list(
        tx.session.exec(
            select(Record).where(Record.project_id == project_id, column.startswith(storages.KIND))
        )
    )


def resolver(site: Site, tx: Transaction, project_id: int) -> shapes.Resolve | None:
    """Makes addresses of the project's storages openable by a browser; None when there is none to be made so."""
    kinds = tx.rows(
        "SELECT DISTINCT kind FROM record WHERE project_id = :project AND kind LIKE :storage",
        project=project_id,
        storage=f"{storages.KIND}%",
    )
    return shapes.resolver(
        sorted(kind.removeprefix(storages.KIND) for (kind,) in kinds), site.settings.root_path
    )


def find(site: Site, tx: Transaction, actor: Actor, project_id: int, uri: str) -> Place:
    """:raises NotFound: no storage of the project holds ``uri``, or the project is not the actor's to see."""
    access.project(site, tx, actor, project_id)
    return within(site, tx, project_id, uri)


def within(site: Site, tx: Transaction, project_id: int, uri: str) -> Place:
    """Like :func:`find`, for the server's own work: nobody's rights are asked."""
    for record in _records(tx, project_id):
        scheme = record.kind.removeprefix(storages.KIND)
        try:
            with storages.opened(site, scheme, record.settings) as storage:
                key = storage.key_of(uri)
        except (NotFound, StorageError):
            continue  # another storage may hold it
        if key:
            return Place(site, scheme, dict(record.settings), key)
    raise NotFound(
        f"{uri[:80]} lies in no storage of this project.",
        hint="Connect the storage it lies in to the project.",
    )
