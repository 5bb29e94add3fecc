"""What a move brought, what it could not bring, and what somebody still has to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_MOST = 500  # sentences of one kind that are kept; the rest is counted
COUNTED = {
    "tasks": "task_number",
    "annotations": "total_annotations_number",
    "skipped": "skipped_annotations_number",
    "ground truth": "ground_truth_number",
    "predictions": "total_predictions_number",
}
"""What is compared, and what both sides call it in a project."""


@dataclass
class Compared:
    """One project: the counts there and here."""

    title: str
    foreign_id: int
    own_id: int
    there: dict[str, int]
    here: dict[str, int]

    @property
    def differs(self) -> list[str]:
        return [name for name in COUNTED if self.there[name] != self.here[name]]


@dataclass
class Report:
    made: dict[str, int] = field(default_factory=dict)
    projects: list[Compared] = field(default_factory=list)
    invitations: dict[str, str] = field(default_factory=dict)
    """E-mail address to the path of the link."""
    faults: list[str] = field(default_factory=list)
    fault_count: int = 0
    to_do: list[str] = field(default_factory=list)

    def count(self, what: str, by: int = 1) -> None:
        self.made[what] = self.made.get(what, 0) + by

    def fault(self, place: str, words: object) -> None:
        """Something that did not come over, or not as it was."""
        self.fault_count += 1
        if len(self.faults) < _MOST:
            self.faults.append(f"{place}: {words}")

    def remind(self, words: str) -> None:
        self.to_do.append(words)

    @property
    def whole(self) -> bool:
        return not self.fault_count and not any(one.differs for one in self.projects)

    def as_dict(self) -> dict[str, Any]:
        return {
            "made": self.made,
            "projects": [
                {"title": one.title, "id_there": one.foreign_id, "id_here": one.own_id, "there": one.there,
                 "here": one.here, "differs": one.differs}
                for one in self.projects
            ],
            "invitations": self.invitations,
            "faults": self.faults,
            "fault_count": self.fault_count,
            "to_do": self.to_do,
        }  # fmt: skip
