"""What became of each plugin, in the words an administrator reads: in the terminal, on the page, in the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["loaded", "partly loaded", "disabled", "incompatible", "failed"]

_PLURALS = {"storage": "storages"}


@dataclass
class PluginReport:
    """One plugin's line."""

    name: str
    version: str
    state: State = "loaded"
    distribution: str = ""
    bundled: bool = False
    description: str = ""
    """The docstring of its ``plugin.py``."""
    faults: list[str] = field(default_factory=list)
    """Everything that went wrong, one sentence each."""
    next_step: str = ""
    adds: dict[str, list[str]] = field(default_factory=dict)
    """Kind (``tag``, ``exporter``, …) -> names."""
    trace: str = ""
    """For the log and the administrator: where the first exception came from."""
    milliseconds: float = 0.0

    @property
    def sentence(self) -> str:
        """What it is, or what is wrong with it and what works all the same."""
        added = ", ".join(_count(len(names), kind) for kind, names in self.adds.items() if names)
        if not self.faults:
            return added or "adds nothing"
        wrong = "; ".join(self.faults)
        return f"{wrong}; still there: {added}" if added and self.state == "partly loaded" else wrong

    def fault(self, sentence: str, next_step: str = "", trace: str = "") -> None:
        """Note one thing that went wrong; the first next step and the first trace stay."""
        if sentence not in self.faults:
            self.faults.append(sentence)
        self.next_step = self.next_step or next_step
        self.trace = self.trace or trace

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the plugins page; traces stay in the log."""
        keys = (
            "name",
            "version",
            "state",
            "distribution",
            "bundled",
            "description",
            "sentence",
            "faults",
            "next_step",
            "adds",
        )
        return {key: getattr(self, key) for key in keys}


def _count(number: int, kind: str) -> str:
    return f"{number} {kind if number == 1 else _PLURALS.get(kind, kind + 's')}"


def table(reports: list[PluginReport]) -> str:
    """The reports for a terminal, one line each, the next step below where there is one."""
    if not reports:
        return "No plugins are installed. Install some with: pip install tagma"
    widths = [
        max(len(str(getattr(report, key))) for report in reports) for key in ("name", "version", "state")
    ]
    lines = []
    for report in reports:
        cells = zip((report.name, report.version, report.state), widths, strict=True)
        head = "  ".join(text.ljust(width) for text, width in cells)
        lines.append(f"{head}  {report.sentence}")
        if report.next_step:
            lines.append(f"{' ' * len(head)}  → {report.next_step}")
    return "\n".join(lines)
