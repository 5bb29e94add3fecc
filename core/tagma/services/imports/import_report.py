"""What came of an import: counts, faults with file and row, and the ids of what was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tagma.errors import ImportFailed, InvalidInput, TagmaError
from tagma.services.desk.task_batches import Batch

FAULTS = 1000  # kept for the report; the rest is counted
_IN_CHECKPOINT = 100


@dataclass
class Outcome:
    """What came of an import so far."""

    task_count: int = 0
    annotation_count: int = 0
    prediction_count: int = 0
    data_columns: list[str] = field(default_factory=list)
    faults: list[TagmaError] = field(default_factory=list)
    fault_count: int = 0
    warnings: list[TagmaError] = field(default_factory=list)
    spans: list[list[int]] = field(default_factory=list)  # ids of the tasks made, as ranges

    def fault(self, error: TagmaError) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS:
            self.faults.append(error)

    def count(self, batch: Batch) -> None:
        self.task_count += len(batch.tasks)
        self.annotation_count += len(batch.annotations)
        self.prediction_count += len(batch.predictions)

    def made(self, ids: Sequence[int]) -> None:
        for one in ids:
            if self.spans and self.spans[-1][1] == one - 1:
                self.spans[-1][1] = one
            else:
                self.spans.append([one, one])

    def copy(self) -> Outcome:
        return replace(self, faults=list(self.faults), spans=[list(span) for span in self.spans])

    def checkpoint(self, seen: int, total: int | None) -> dict[str, Any]:
        """:param seen: drafts dealt with, good or not."""
        return {
            "seen": seen,
            "spans": self.spans,
            "total": total,
            "fault_count": self.fault_count,
            "counts": [self.task_count, self.annotation_count, self.prediction_count],
            "faults": [fault.as_dict() for fault in self.faults[:_IN_CHECKPOINT]],
        }

    def resume(self, found: dict[str, Any]) -> None:
        """Be what ``checkpoint`` wrote down."""
        self.spans, self.fault_count = found["spans"], found["fault_count"]
        self.task_count, self.annotation_count, self.prediction_count = found["counts"]
        self.faults = [
            ImportFailed(one["message"], hint=one["hint"], code=one["code"], **one["where"])
            for one in found["faults"]
        ]

    def as_dict(self) -> dict[str, Any]:
        return {
            "task_count": self.task_count,
            "annotation_count": self.annotation_count,
            "prediction_count": self.prediction_count,
            "data_columns": self.data_columns,
            "fault_count": self.fault_count,
            "faults": [fault.as_dict() for fault in self.faults],
            "warnings": [warning.as_dict() for warning in self.warnings],
        }


def refusal(faults: Sequence[TagmaError], count: int) -> TagmaError:
    """All faults as the wire's ``non_field_errors`` (a hundred of them), and as objects beside."""
    said = [f"Error at item {fault.where.get('row', 1)}: {fault}" for fault in faults[:100]]
    if count > len(said):
        said.append(f"… and {count - len(said)} more.")
    first = faults[0]
    words = first.message if count == 1 else f"{count} faults; the first: {first.message}"
    error = InvalidInput(
        words,
        {"non_field_errors": said},
        hint=first.hint or "Mend them and import again; nothing was written.",
        code=first.code if count == 1 else "import",
        **first.where,
    )
    if count == 1:
        error.status = first.status  # type: ignore[misc]  # a full disk or a too large file keeps its own
    return error
