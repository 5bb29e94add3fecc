"""Where a labeling config marks stretches of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tagma.plugin import LabelingConfig, Node, Task
from tagma_timeseries.asking import Asking


@dataclass(frozen=True)
class Marking:
    """A control that labels stretches, and the series they lie in."""

    control: Node
    series: Node

    @property
    def key(self) -> str:
        """Under which a value holds its labels: ``timeserieslabels`` or ``labels``."""
        return self.control.tag.lower()

    @property
    def field(self) -> str:
        """The key of the task's data that holds the series."""
        return str(self.series.attributes.get("value", "$csv")).lstrip("$")

    @property
    def channels(self) -> list[str]:
        return list(Asking.of_node(self.series).columns)


def markings(config: LabelingConfig) -> list[Marking]:
    """In the order of the config; a control that points at two series makes two."""
    series = {name: node for name, node in config.objects.items() if node.tag == "TimeSeries"}
    return [
        Marking(control, series[name])
        for control in config.controls.values()
        if control.tag in ("TimeSeriesLabels", "Labels")
        for name in control.to_name
        if name in series
    ]


def fields(found: Sequence[Marking]) -> dict[str, Marking]:
    """Each series of a task once, by its name in the config."""
    named: dict[str, Marking] = {}
    for one in found:
        named.setdefault(one.series.name, one)
    return named


def value_of(task: Task, marking: Marking) -> Any:
    """The address of the series, or its columns; None if the task has none."""
    data = task.get("data", {})
    return data.get(marking.field, data.get("$undefined$"))


def refuses(config: LabelingConfig) -> str | None:
    """Why formats of series can't carry what this config makes, or None."""
    if not any(node.tag == "TimeSeries" for node in config.objects.values()):
        return "Segments are stretches of a time series, and this project shows none."
    if not markings(config):
        return (
            "Segments are labeled stretches: this project has no TimeSeriesLabels that points at its series."
        )
    return None
