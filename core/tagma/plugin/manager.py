"""What all plugins bring, asked by the other rooms, and the report of each: see :mod:`tagma.plugin.loading` for its states.

Settings: ``{"disabled": [names], "strict": bool, "only": [names], "<plugin>": {…}}``.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
from pydantic import BaseModel

from tagma.errors import did_you_mean
from tagma.plugin import hookspecs
from tagma.plugin.discovery import Found, discover
from tagma.plugin.events import Event
from tagma.plugin.excuses import said
from tagma.plugin.loading import Loader
from tagma.plugin.presets import Preset, preset_folders, read_preset
from tagma.plugin.registry import Registry
from tagma.plugin.report import PluginReport, table
from tagma.plugin.routes import Operation
from tagma.plugin.server import Server
from tagma.plugin.vet import package_of

log = logging.getLogger("tagma.plugins")


class PluginManager(Registry):
    """What all plugins bring, and the report of each. Make one with :meth:`load`."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.settings = dict(settings or {})
        self.reports: list[PluginReport] = []
        self.modules: dict[str, ModuleType] = {}
        self.plugin_settings: dict[str, BaseModel] = {}
        self._presets: list[Preset] | None = None
        self.hooks = pluggy.PluginManager(hookspecs.hookspec.project_name)
        self.hooks.add_hookspecs(hookspecs)

    @classmethod
    def load(
        cls, settings: Mapping[str, Any] | None = None, found: Iterable[Found] | None = None
    ) -> PluginManager:
        """Load every plugin the settings allow.

        :param found: the plugins to judge; None for all that are installed.
        :raises PluginError: with ``strict``, at the first plugin that is not wholly there.
        """
        manager = cls(settings)
        only, disabled = manager.settings.get("only"), set(manager.settings.get("disabled") or ())
        loader = Loader(manager)
        for plugin in discover() if found is None else found:
            if only is None or plugin.name in only:
                loader.load(plugin, disabled=plugin.name in disabled)
        manager._warn_about_names()
        return manager

    # What other rooms ask

    def report(self, name: str) -> PluginReport | None:
        return next((report for report in self.reports if report.name == name), None)

    def settings_of(self, plugin: str) -> BaseModel | None:
        """A plugin's checked ``[plugins.<name>]``, or None when it declares no ``Settings``."""
        return self.plugin_settings.get(plugin)

    def web_folders(self) -> dict[str, tuple[str, Path]]:
        """The browser halves: plugin -> its version and its ``web/`` folder."""
        folders = {}
        for name, module in self.modules.items():
            folder = package_of(module) / "web"
            if folder.is_dir():
                folders[name] = (self.working(name).version, folder)
        return folders

    def locale_folders(self) -> list[Path]:
        """Where plugins, and before them the libraries that their classes are made of, keep their words in other languages."""
        bases = {
            base.__module__ for item in self._owners if isinstance(item, type) for base in item.__mro__[1:]
        }
        libraries = (
            sys.modules[name] for name in sorted(bases) if hasattr(sys.modules.get(name), "__file__")
        )
        folders = (package_of(module) / "locales" for module in (*libraries, *self.modules.values()))
        return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]

    def presets(self) -> list[Preset]:
        """Every plugin's presets in the order of the gallery; one that can't be read is reported and left out."""
        if self._presets is None:
            self._presets = []
            for name, module in self.modules.items():
                for folder in preset_folders(package_of(module)):
                    try:
                        self._presets.append(read_preset(name, folder))
                    except (OSError, ValueError) as fault:
                        self._broke(
                            name,
                            f"the preset {folder.name} can't be read: {fault}",
                            "Reinstall the plugin, or mend the file.",
                        )
            self._presets.sort(key=lambda preset: (preset.order, preset.group, preset.title))
        return self._presets

    def operations(self, taken: Collection[str]) -> list[Operation]:
        """What plugins add to the API. Paths that are ``taken`` by the core are reported and left out."""
        found = []
        for routes in self.routes:
            for operation in routes.operations:
                if operation.key in taken:
                    sentence = f"{operation.key} is an address of the server itself"
                    self._broke(self._owners[routes], sentence, "Tell the plugin's author.")
                else:
                    found.append(operation)
        return found

    def table(self) -> str:
        """The reports as text for a terminal."""
        return table(self.reports)

    def notify(self, event: Event, server: Server) -> None:
        """Tell every plugin that listens; one that raises is named in the log and the next is told."""
        given = {"event": event, "server": server}
        for impl in self.hooks.hook.on_event.get_hookimpls():
            name = impl.plugin_name
            try:
                impl.function(*(given[argument] for argument in impl.argnames))
            except Exception as fault:
                log.exception('The plugin "%s" failed on %s.', name, type(event).__name__)
                sentence = f"on_event raised {said(fault)} on {type(event).__name__}"
                self._broke(
                    name,
                    sentence,
                    "See the server's log, and tell the plugin's author.",
                    traceback.format_exc(),
                )

    # Reporting

    def working(self, name: str) -> PluginReport:
        """The report of a plugin that is in use."""
        return next(
            report
            for report in reversed(self.reports)
            if report.name == name and name in self.modules and report.state != "failed"
        )

    def _broke(self, name: str, sentence: str, next_step: str, trace: str = "") -> None:
        report = self.working(name)
        report.fault(sentence, next_step, trace)
        report.state = "partly loaded"

    def _warn_about_names(self) -> None:
        """Names in the settings that no installed plugin has: most likely a slip of the pen."""
        installed = {report.name for report in self.reports}
        tables = {key for key in self.settings if key not in ("disabled", "strict", "only")}
        if self.settings.get("only") is None:
            for name in sorted({*self.settings.get("disabled", ()), *tables} - installed):
                log.warning(
                    'The settings under [plugins] name "%s", which is not installed. %s',
                    name,
                    did_you_mean(name, installed),
                )
