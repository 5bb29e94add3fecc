"""What a control offers to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Label:
    """One label or choice."""

    value: str
    """What results hold: the alias if there is one, else the value."""
    text: str
    """What people read."""
    path: tuple[str, ...] = ()
    """From the topmost parent down to this one, for nested choices."""
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return self.value
