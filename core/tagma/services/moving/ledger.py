"""Which of the other server's things became which of ours. An entry is written in the transaction of what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from tagma.db import bulk
from tagma.db.engine import Transaction
from tagma.services import records
from tagma.services.access import Actor

if TYPE_CHECKING:
    from tagma.services.site import Site

KIND = "moving"


class Address(BaseModel):
    """The settings of the record of a server that is moved over from."""

    url: str


class Ledger:
    def __init__(self, site: Site, record_id: int, state: Mapping[str, Any]) -> None:
        self.site, self.record_id = site, record_id
        self._state = dict(state)

    @classmethod
    def of(cls, site: Site, tx: Transaction, actor: Actor, url: str) -> Ledger:
        """The ledger of this server, opened again or begun."""
        found = next(
            (one for one in records.listing(site, tx, actor, KIND) if one.settings["url"] == url), None
        )
        if found is None:
            found = records.create(site, tx, actor, KIND, {"url": url}, model=Address, title=url)
        assert found.id is not None
        return cls(site, found.id, found.state)

    def own(self, tx: Transaction, kind: str, foreign: object) -> int | None:
        return self.known(tx, kind, [foreign]).get(str(foreign))

    def known(self, tx: Transaction, kind: str, foreign: Iterable[object]) -> dict[str, int]:
        """Those of the foreign ids that are here, with what they became."""
        names = {f"k{number}": str(one) for number, one in enumerate(foreign)}
        if not names:
            return {}
        marks = ",".join(f":{name}" for name in names)
        rows = tx.rows(
            f"SELECT foreign_id, own_id FROM origin WHERE record_id = :record AND kind = :kind AND foreign_id IN ({marks})",
            names,
            record=self.record_id,
            kind=kind,
        )
        return {row[0]: row[1] for row in rows}

    def everyone(self, tx: Transaction) -> dict[int, int]:
        """People, who are few."""
        rows = tx.rows(
            "SELECT foreign_id, own_id FROM origin WHERE record_id = :record AND kind = 'user'",
            record=self.record_id,
        )
        return {int(row[0]): row[1] for row in rows}

    def write(
        self, tx: Transaction, kind: str, pairs: Iterable[tuple[object, int]], project_id: int | None = None
    ) -> None:
        rows = [(self.record_id, kind, str(foreign), own, project_id) for foreign, own in pairs]
        bulk.insert(tx, "origin", ("record_id", "kind", "foreign_id", "own_id", "project_id"), rows)

    def cursor(self, project: int) -> int:
        """The last task of that project that a pass, which was interrupted, has dealt with; 0 at the beginning of one."""
        return int(self._state.get(f"cursor.{project}") or 0)

    def advance(self, tx: Transaction, project: int, task: int) -> None:
        """:param task: 0 when the pass is through."""
        self._state[f"cursor.{project}"] = task
        records.note(self.site, tx, self.record_id, {f"cursor.{project}": task})
