"""Class numbers: what the config's ``category`` says, else what the project's register says, else the next free one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tagma.plugin import LabelingConfig
from tagma_export_coco.configs import Drawing


class Categories:
    """Numbers that new labels get here go into ``project["class_ids"]``, which the server keeps: they never move."""

    def __init__(self, config: LabelingConfig, drawings: Sequence[Drawing], project: dict[str, Any]) -> None:
        self.register: dict[str, dict[str, int]] = project.setdefault("class_ids", {})
        self.fixed: dict[tuple[str, str], int] = {}
        self.shown: dict[int, str] = {}
        controls = list(dict.fromkeys(drawing.labels.name for drawing in drawings))
        offered = [(control, label) for control in controls for label in config.labels(control)]
        for control, label in offered:
            category = next(
                (value for key, value in label.attributes.items() if key.lower() == "category"), ""
            )
            if category.isdecimal():
                self.fixed[control, label.value] = int(category)
        for control, label in sorted(offered, key=lambda pair: pair[1].value):
            self.id(control, label.value)

    def id(self, control: str, label: str) -> int:
        """The number of a label; labels of the same name share one, whatever their control."""
        number = self.fixed.get((control, label))
        if number is None:
            number = self.register.get(control, {}).get(label)
        if number is None:
            number = next((ids[label] for ids in self.register.values() if label in ids), None)
        if number is None:
            number = self._free()
        self.register.setdefault(control, {}).setdefault(label, number)
        self.shown[number] = label
        return number

    def _free(self) -> int:
        taken = {number for ids in self.register.values() for number in ids.values()} | set(
            self.fixed.values()
        )
        return next(number for number in range(len(taken) + 1) if number not in taken)

    def as_list(self) -> list[dict[str, Any]]:
        return [{"id": number, "name": name} for number, name in sorted(self.shown.items())]
