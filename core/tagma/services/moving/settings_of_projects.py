"""What stands around a project's tasks: tabs of the data manager, labels that people added, storages, webhooks, models."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.db.tables import View
from tagma.db.types import stamp
from tagma.errors import InvalidInput, NotFound, TagmaError
from tagma.services import records
from tagma.services.access import Actor
from tagma.services.moving.ledger import Ledger
from tagma.services.moving.report import Report
from tagma.services.moving.source import Source
from tagma.services.project import labels
from tagma.services.storage import storages
from tagma.services.storage.storage_forms import SOURCES, TARGETS, Side, class_of, model_of
from tagma.services.table import views

if TYPE_CHECKING:
    from tagma.services.site import Site

Post = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Sends a body to one of our own paths, as the owner: what belongs to plugins goes by their own door."""

_LINKED = 1000  # links of storages written in one transaction


class Surroundings:
    """Those of one project."""

    def __init__(
        self, site: Site, source: Source, actor: Actor, ledger: Ledger, report: Report, there: int, own: int,
        title: str, post: Post,
    ) -> None:  # fmt: skip
        self.site, self.source, self.actor, self.ledger, self.report = site, source, actor, ledger, report
        self.there, self.own, self.place, self.post = there, own, f'Project "{title}"', post

    def before_tasks(self) -> None:
        for view in self.source.maybe("/api/dm/views/", project=self.there) or []:
            self._try("view", view, f"tab {(view.get('data') or {}).get('title')}", self._view)
        for link in self.source.pages("/api/label_links/", "results", project=self.there, expand="label"):
            if link.get("project") == self.there:
                self._try("label", link, f"label {(link.get('label') or {}).get('title')}", self._label)

    def after_tasks(self) -> None:
        """Storages need the tasks that came from them; webhooks and models should not be told of the move."""
        self._sources()
        self._targets()
        for hook in self.source.maybe("/api/webhooks/", project=self.there) or []:
            if hook.get("project") == self.there:
                self._posted("webhook", "/api/webhooks/", hook, f"webhook {hook.get('url')}")
        for model in self.source.maybe("/api/ml/", project=self.there) or []:
            new = self._posted("model", "/api/ml/", model, f"model {model.get('title') or model.get('url')}")
            if new and model.get("basic_auth_pass_is_set"):
                self.report.remind(f"{self.place}: enter the password of the model {model.get('title')}.")

    def _try(
        self,
        kind: str,
        given: Mapping[str, Any],
        name: str,
        make: Callable[[Transaction, Mapping[str, Any]], int],
    ) -> bool:
        """One thing, once. Whether it is new."""

        def write(tx: Transaction) -> bool:
            if self.ledger.own(tx, kind, given["id"]) is not None:
                return False
            self.ledger.write(tx, kind, [(given["id"], make(tx, given))], self.own)
            return True

        try:
            new = self.site.database.write(write)
        except TagmaError as error:
            self._fault(name, error)
            return False
        self.report.count(f"{kind.partition('.')[0]}s", int(new))
        return new

    def _fault(self, name: str, error: TagmaError) -> None:
        fields = error.fields if isinstance(error, InvalidInput) else {}
        words = " ".join(f"{key}: {one}" for key, several in fields.items() for one in several)
        self.report.fault(f"{self.place}, {name}", words or error)

    def _posted(self, kind: str, path: str, given: Mapping[str, Any], name: str) -> bool:
        """By the door of the plugin that keeps such things."""
        if self.site.database.read(lambda tx: self.ledger.own(tx, kind, given["id"])) is not None:
            return False
        try:
            made = self.post(path, {**given, "project": self.own})
        except TagmaError as error:
            self._fault(name, error)
            return False
        self.site.database.write(
            lambda tx: self.ledger.write(tx, kind, [(given["id"], int(made["id"]))], self.own)
        )
        self.report.count(f"{kind}s")
        return True

    def _view(self, tx: Transaction, given: Mapping[str, Any]) -> int:
        made: View = views.create(self.site, tx, self.actor, self.own, given.get("data") or {})
        made.user_id = self.ledger.everyone(tx).get(given.get("user") or 0, self.actor.user_id)
        tx.flush()
        return made.id or 0

    def _label(self, tx: Transaction, given: Mapping[str, Any]) -> int:
        label = given.get("label") or {}
        fields = {
            "project": self.own, "from_name": given["from_name"], "title": label.get("title"),
            "value": label.get("value"), "description": label.get("description"),
        }  # fmt: skip
        return labels.create(self.site, tx, self.actor, [fields])[0].id or 0

    # storages ------------------------------------------------------------------------------------------------------

    def _sources(self) -> None:
        imports: list[tuple[int, Mapping[str, Any]]] = []
        for given in self.source.maybe("/api/storages/", project=self.there) or []:
            kind, _ = self._storage(SOURCES, given)
            own = self.site.database.read(functools.partial(self.ledger.own, kind=kind, foreign=given["id"]))
            if own is not None:
                imports.append((own, given))
        if imports:
            self._link(imports)

    def _targets(self) -> None:
        """They wait until a person starts them: objects are named by the numbers of annotations, which are others here, so what
        lies there would be written over."""
        for given in self.source.maybe("/api/storages/export", project=self.there) or []:
            _, new = self._storage(TARGETS, given)
            if new:
                name = given.get("title") or given.get("id")
                self.report.remind(
                    f"{self.place}: the target {name} writes nothing until you save its settings or sync it. Give it a folder of"
                    " its own: objects are named by the numbers of annotations, which are new here."
                )

    def _storage(self, side: Side, given: Mapping[str, Any]) -> tuple[str, bool]:
        """The ledger's kind of it, and whether it came just now."""
        scheme = str(given.get("type"))
        name = (
            f"{'target' if side is TARGETS else 'storage'} {given.get('title') or given.get('id')} ({scheme})"
        )
        kind = f"{side.prefix}{scheme}"

        def make(tx: Transaction, given: Mapping[str, Any]) -> int:
            fields = _filled({**given, "project": self.own})
            record = storages.create(self.site, tx, self.actor, side, scheme, fields)
            if side is TARGETS:
                record.state = {"stopped": True}
            return record.id or 0

        new = self._try(kind, given, name, make)
        if new and (secret := self._secrets(side, scheme)):
            self.report.remind(f"{self.place}: enter the credentials of the {name}: {', '.join(secret)}.")
        return kind, new

    def _secrets(self, side: Side, scheme: str) -> list[str]:
        try:
            model = model_of(class_of(self.site, scheme, side), side)
        except NotFound:
            return []
        return sorted(records.secret_fields(model))

    def _link(self, imports: list[tuple[int, Mapping[str, Any]]]) -> None:
        """Say which objects are tasks already, so that a sync does not bring them in once more."""

        def some(after: int, tx: Transaction) -> int:
            rows = tx.rows(
                "SELECT t.id, t.storage_key FROM task t WHERE t.project_id = :project AND t.id > :after"
                " AND t.storage_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM storage_link l WHERE l.task_id = t.id)"
                f" ORDER BY t.id LIMIT {_LINKED}",
                project=self.own,
                after=after,
            )
            numbers: dict[tuple[int, str], int] = {}
            links = []
            for task, key in rows:
                record, there = next((one for one in imports if _inside(one[1], key) is not None), imports[0])
                key = _inside(there, key) or key
                if (record, key) not in numbers:
                    last = tx.row(
                        "SELECT COALESCE(max(row), 0) FROM storage_link WHERE record_id = :record AND key = :key",
                        record=record, key=key,
                    )  # fmt: skip
                    numbers[record, key] = last[0] if last else 0
                numbers[record, key] += 1
                links.append((record, task, key, numbers[record, key], stamp()))
            bulk.insert(tx, "storage_link", ("record_id", "task_id", "key", "row", "created_at"), links)
            return int(rows[-1][0]) if rows else 0

        after = 0
        while after := self.site.database.write(functools.partial(some, after)):
            pass


def _filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty there, for which ours have their own word."""
    return {key: value for key, value in given.items() if value is not None}


def _inside(given: Mapping[str, Any], name: str) -> str | None:
    """What we call an object that has its folder's name in front there; None if it lies in another folder."""
    folder = str(given.get("path") or given.get("prefix") or "").strip("/")
    if not folder:
        return name
    inside = name.lstrip("/").removeprefix(f"{folder}/")
    return None if inside == name.lstrip("/") else inside
