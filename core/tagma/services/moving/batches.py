"""A batch of tasks that keep who made them and when; what each became is written beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tagma.db.engine import Transaction
from tagma.db.types import AS_MADE, stamp
from tagma.services.desk import task_batches
from tagma.services.desk.task_batches import Batch
from tagma.services.moving.ledger import Ledger

_CREATED, _UPDATED = (task_batches._TASK.index(name) for name in ("created_at", "updated_at"))
_TRUE_BY, _BULK = (task_batches._ANNOTATION.index(name) + 1 for name in ("updated_by", "bulk_created"))
_MADE, _CHANGED = (task_batches._PREDICTION.index(name) + 1 for name in ("created_at", "updated_at"))


class MovedBatch(Batch):
    """Like an import, but with the times of the tasks and predictions, and parents of annotations."""

    def __init__(self, ledger: Ledger, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.ledger = ledger
        self.foreign: list[Mapping[str, Any]] = []

    def add(
        self, draft: Mapping[str, Any], storage_key: str | None = None, file_upload_id: int | None = None
    ) -> None:
        super().add(draft, storage_key, file_upload_id)
        times(self.tasks[-1], draft, _CREATED, _UPDATED)
        self.foreign.append(draft)

    def _annotation(self, at: int, given: Any) -> list[Any]:
        row = super()._annotation(at, given)
        row[_TRUE_BY], row[_BULK] = given.get("updated_by") or row[_TRUE_BY], bool(given.get("bulk_created"))
        return row

    def _prediction(self, at: int, given: Any) -> list[Any]:
        row = super()._prediction(at, given)
        times(row, given, _MADE, _CHANGED)
        return row

    def write(self, tx: Transaction) -> list[int]:
        ids = super().write(tx)
        project = self.project_id
        self.ledger.write(tx, "task", zip((one["id"] for one in self.foreign), ids, strict=True), project)
        given = [one for task in self.foreign for one in task.get("annotations") or ()]
        made = [row[1] for row in self.annotations]
        self.ledger.write(tx, "annotation", zip((one["id"] for one in given), made, strict=True), project)
        guessed = [one for task in self.foreign for one in task.get("predictions") or ()]
        rows = [row[1] for row in self.predictions]
        self.ledger.write(tx, "prediction", zip((one["id"] for one in guessed), rows, strict=True), project)
        parents(tx, self.ledger, list(zip(given, made, strict=True)))
        return ids


def parents(tx: Transaction, ledger: Ledger, made: list[tuple[Mapping[str, Any], int]]) -> None:
    """What annotations were copied from, where that came over."""
    for kind in ("annotation", "prediction"):
        wanted = {number: one[f"parent_{kind}"] for one, number in made if one.get(f"parent_{kind}")}
        known = ledger.known(tx, kind, set(wanted.values()))
        tx.many(
            f"UPDATE annotation SET parent_{kind} = :parent WHERE id = :id",
            [
                {"id": number, "parent": known[str(one)]}
                for number, one in wanted.items()
                if str(one) in known
            ],
        )


def times(row: list[Any], given: Mapping[str, Any], made: int, changed: int) -> None:
    """Put the moments of the wire into a row; an unreadable one leaves what stands there."""
    row[made] = moment(given.get("created_at"), row[made])
    later = moment(given.get("updated_at"), row[made])
    row[changed] = later if later != row[made] else AS_MADE


def moment(given: Any, default: str) -> str:
    try:
        found = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        return default
    return stamp(found if found.tzinfo else found.replace(tzinfo=UTC))
