"""Tagma's rules of results, asked of the Tagma that is installed beside; the only file here that knows it.

Nobody writes these rules a second time: what ``check`` says is what the labeling server will say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tagma_model.errors import ModelError


class Fault(NamedTuple):
    path: str
    sentence: str


class Judge:
    """:param xml: the labeling config that results must fit.

    :raises ModelError: Tagma is not installed here, or the config has faults.
    """

    def __init__(self, xml: str) -> None:
        try:
            from tagma.labeling import config as configs
            from tagma.labeling import results, sample
            from tagma.plugin.manager import PluginManager
        except ImportError as error:
            raise ModelError(
                f"check judges with Tagma's rules, and Tagma is not installed here ({error}).",
                'Install it beside: pip install "tagma-model[check]"',
            ) from error
        self._check, self._sample = results.check, sample.sample_task
        tags = PluginManager.load({}).tags
        faults = configs.errors(configs.check(xml, tags))
        if faults:
            raise ModelError(f"The labeling config has a fault: {faults[0]}")
        self._config = configs.parse(xml, tags)
        self.unknown = sorted({node.tag for node in self._config.root.walk() if node.tag_class is None})
        """Tags of plugins that are not installed here; their results can't be judged."""

    def sample(self) -> dict[str, Any]:
        """A task that fits the config, with an annotation where its tags know a sensible one."""
        return self._sample(self._config, with_annotation=True)

    def faults(self, result: Any, task: dict[str, Any]) -> Iterator[Fault]:
        """What is wrong with the results of one prediction."""
        for fault in self._check(result, self._config, task.get("data") or {}, strict=True).faults:
            path, row = str(fault.where.get("path", "")), fault.where.get("row")
            place = "result" if row is None else f"result[{row - 1}]"
            inside = path if not path or path.startswith("[") or row is None else f".{path}"
            yield Fault(
                place if path in ("result", f"[{(row or 1) - 1}]") else place + inside,
                f"{fault.message} {fault.hint}".strip(),
            )
