"""What :mod:`tagma.plugin.server` promises to plugins, kept by the services."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from pydantic import BaseModel

from tagma.db.engine import Transaction
from tagma.db.tables import Project, Record
from tagma.db.types import stamp
from tagma.errors import NotAllowed, NotFound, Unreachable
from tagma.plugin.events import Event
from tagma.plugin.server import Actor, Message, Stored
from tagma.services import access, netguard, outbox, records
from tagma.services.caller import Caller
from tagma.services.desk import shapes
from tagma.services.people import tokens
from tagma.services.project import labels
from tagma.services.project.project_json import project_json

if TYPE_CHECKING:
    from tagma.services.site import Site

T = TypeVar("T")
log = logging.getLogger("tagma.records")


class PluginServer:
    def __init__(self, site: Site) -> None:
        self._site = site
        self.outbox = PluginOutbox(site)

    def records(self, kind: str, model: type[BaseModel]) -> PluginRecords:
        return PluginRecords(self._site, kind, model)

    @property
    def address(self) -> str:
        settings = self._site.settings
        return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"

    def caller(self) -> Caller:
        return Caller(self._site.settings)

    def key_of(self, project_id: int) -> str:
        return tokens.model_key(self._site, project_id)

    def check_address(self, url: str) -> None:
        try:
            netguard.judged_address(url, self._site.settings)
        except Unreachable as error:
            raise NotAllowed(error.message, hint=error.hint, code="address", **error.where) from error

    def project(self, project_id: int) -> dict[str, Any] | None:
        def read(tx: Transaction) -> dict[str, Any] | None:
            found = tx.session.get(Project, project_id)
            if found is None:
                return None
            return _plain(project_json(self._site, tx, access.system(found.organization_id), found))

        return self._site.database.read(read)

    def tasks(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        return self._site.database.read(lambda tx: _plain(shapes.bare_tasks(tx, ids)))

    def annotations(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        where = f"a.id IN ({shapes.listed(ids)})"
        return self._site.database.read(lambda tx: _plain(shapes.annotations(tx, where)))

    def label_links(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        return self._site.database.read(
            lambda tx: _plain(labels.links_json(tx, labels.links_of(tx, ids), expand=True))
        )


class PluginRecords:
    """Each call is a transaction of its own."""

    def __init__(self, site: Site, kind: str, model: type[BaseModel]) -> None:
        self._site, self._kind, self._model = site, kind, model

    def everywhere(self, actor: Actor) -> list[Stored]:
        def read(tx: Transaction) -> Any:
            return [_stored(self._site, one) for one in records.everywhere(tx, _actor(actor), self._kind)]

        return self._site.database.read(read)

    def list(self, actor: Actor, project_id: int | None = None) -> list[Stored]:
        def read(tx: Transaction) -> Any:
            return [
                _stored(self._site, one)
                for one in records.listing(self._site, tx, _actor(actor), self._kind, project_id)
            ]

        return self._site.database.read(read)

    def get(self, actor: Actor, record_id: int) -> Stored:
        return self._site.database.read(
            lambda tx: _stored(self._site, records.get(self._site, tx, _actor(actor), record_id, self._kind))
        )

    def create(
        self, actor: Actor, settings: Mapping[str, Any], *, project_id: int | None = None, title: str = ""
    ) -> Stored:
        return self._write(
            lambda tx: records.create(
                self._site,
                tx,
                _actor(actor),
                self._kind,
                records.given(self._model, settings),
                model=self._model,
                project_id=project_id,
                title=title,
            )
        )

    def change(
        self, actor: Actor, record_id: int, settings: Mapping[str, Any], *, title: str | None = None
    ) -> Stored:
        return self._write(
            lambda tx: records.change(
                self._site,
                tx,
                _actor(actor),
                record_id,
                records.given(self._model, settings),
                model=self._model,
                kind=self._kind,
                title=title,
            )
        )

    def delete(self, actor: Actor, record_id: int) -> None:
        self._site.database.write(
            lambda tx: records.delete(self._site, tx, _actor(actor), record_id, self._kind)
        )

    def concerned(self, event: Event) -> Sequence[Stored]:
        return self._site.database.read(
            lambda tx: [
                _stored(self._site, one)
                for one in records.concerned(tx, self._kind, event.organization_id, event.project_id)
            ]
        )

    def _write(self, work: Callable[[Transaction], Record]) -> Stored:
        def write(tx: Transaction) -> Stored:
            made = work(tx)
            tx.session.flush()
            return _stored(self._site, made)

        return self._site.database.write(write)


class PluginOutbox:
    def __init__(self, site: Site) -> None:
        self._site = site

    def post(self, messages: Sequence[Message]) -> None:
        if messages:
            self._site.database.write(lambda tx: outbox.put(self._site, tx, messages))
            self._site.outbox.wake()

    def log(self, record_id: int, limit: int = 50) -> list[dict[str, Any]]:
        return self._site.database.read(lambda tx: outbox.log(tx, record_id, limit))

    def again(self, record_id: int, message_id: int) -> None:
        if not self._site.database.write(lambda tx: outbox.again(tx, record_id, message_id)):
            raise NotFound(f"The log has no message {message_id}.", hint="It may have been cleared away.")
        self._site.outbox.wake()


def _plain(shown: Any) -> Any:
    """Stored JSON inside is text until now; a plugin wants to look into it."""
    return orjson.loads(orjson.dumps(shown))


def _actor(actor: Actor) -> access.Actor:
    """The one the server made; a plugin can't make up another."""
    if not isinstance(actor, access.Actor):
        raise NotAllowed("An actor is what a request brings, not what a plugin makes.")
    return actor


def _stored(site: Site, record: Record) -> Stored:
    """A secret that can't be opened is missing, and the log says so: the rest of the record still serves."""
    assert record.id is not None
    lost = set(site.sealer.lost(record.settings))
    if lost:
        log.error(
            "%s %s: %s can't be decrypted with this server's secret key",
            record.kind,
            record.id,
            ", ".join(lost),
        )
    held = {key: None if key in lost else value for key, value in record.settings.items()}
    return Stored(
        record.id,
        record.organization_id,
        record.project_id,
        record.title,
        site.sealer.opened(held),
        record.state,
        stamp(record.created_at),
        stamp(record.updated_at),
    )
