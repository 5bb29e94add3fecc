"""What all plugins bring, each item with its owner: names are unique on a server, the first to claim one has it."""

from __future__ import annotations

from typing import Any

from tagma.plugin.data_types import DataType
from tagma.plugin.formats import Exporter, Importer
from tagma.plugin.judge import Kind
from tagma.plugin.predictors import Predictor
from tagma.plugin.report import PluginReport
from tagma.plugin.routes import Routes
from tagma.plugin.storages import Storage
from tagma.plugin.tags import Tag
from tagma.plugin.task_jobs import TaskJob


class Registry:
    def __init__(self) -> None:
        self.tags: dict[str, type[Tag]] = {}
        """By lower-case name and alias, so a tag with aliases is here more than once."""
        self.data_types: dict[str, type[DataType]] = {}
        self.storages: dict[str, type[Storage]] = {}
        self.predictors: dict[str, type[Predictor]] = {}
        self.task_jobs: dict[str, type[TaskJob]] = {}
        self.importers: list[type[Importer]] = []
        self.exporters: dict[str, type[Exporter]] = {}
        self.routes: list[Routes] = []
        self._suffixes: dict[str, type[DataType]] = {}
        self._claims: dict[tuple[str, str], str] = {}
        self._owners: dict[Any, str] = {}

    def tag(self, name: str) -> type[Tag] | None:
        return self.tags.get(name.lower())

    def data_type_for(self, suffix: str) -> type[DataType] | None:
        """:param suffix: with or without the dot, in any case."""
        suffix = suffix.lower()
        return self._suffixes.get(suffix if suffix.startswith(".") else f".{suffix}")

    def owner(self, item: type) -> str | None:
        """The plugin that registered a class."""
        return self._owners.get(item)

    def take(self, kind: Kind, item: Any, plugin: str, report: PluginReport) -> None:
        """Take up what a plugin brings, or say in its report why not."""
        wrong = kind.judge(item)
        if wrong:
            report.fault(wrong, "Tell the plugin's author.")
            return
        names = list(kind.names(item))
        for name in names:
            owner = self._claims.get((kind.word, name.lower()))
            if owner is not None:
                other = "this plugin itself" if owner == plugin else owner
                step = f'Put "{plugin}" or "{owner}" into disabled under [plugins].'
                report.fault(f'{kind.word} "{name}" is already provided by {other}', step)
                return
        for name in names:
            self._claims[kind.word, name.lower()] = plugin
        self._owners[item] = plugin
        report.adds.setdefault(kind.word, []).extend(names if kind.instances else names[:1])
        self._keep(kind.word, item, report)

    def _keep(self, word: str, item: Any, report: PluginReport) -> None:
        if word == "tag":
            self.tags.update(dict.fromkeys((name.lower() for name in (item.name, *item.aliases)), item))
        elif word == "storage":
            self.storages[item.scheme] = item
        elif word == "predictor":
            self.predictors[item.kind] = item
        elif word == "job":
            self.task_jobs[item.kind] = item
        elif word == "importer":
            self.importers.append(item)
        elif word == "exporter":
            self.exporters[item.name] = item
        elif word == "operation":
            self.routes.append(item)
        else:
            self.data_types[item.name] = item
            for suffix in item.suffixes:
                first = self._suffixes.setdefault(suffix, item)
                if first is not item:
                    owner = self._owners[first]
                    report.fault(
                        f'suffix "{suffix}" already belongs to the data type "{first.name}" of {owner}',
                        f'Put "{self._owners[item]}" or "{owner}" into disabled under [plugins].',
                    )
