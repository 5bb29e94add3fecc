"""Load plugins one by one, so that each item has an owner and each failure stays inside its plugin.

A plugin ends in one of five states, with one sentence and a next step:

=============  ======================================================================================
loaded         all it brings is there
partly loaded  something it brings is missing (a hook raised, a name was taken); the rest works
disabled       switched off in the settings; nothing of it was imported
incompatible   written for another number of the plugin contract
failed         nothing of it can be used
=============  ======================================================================================

Settings: ``{"disabled": [names], "strict": bool, "only": [names], "<plugin>": {…}}``.
"""

from __future__ import annotations

import importlib
import logging
import sys
import time
import traceback
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pluggy
from pydantic import BaseModel, ValidationError

from tagma.errors import PluginError, did_you_mean
from tagma.plugin import hookspecs
from tagma.plugin.data_types import DataType
from tagma.plugin.discovery import Found, discover
from tagma.plugin.events import Event
from tagma.plugin.excuses import mend_import, refused, said
from tagma.plugin.formats import Exporter, Importer
from tagma.plugin.judge import KINDS, Kind
from tagma.plugin.predictors import Predictor
from tagma.plugin.presets import Preset, preset_folders, read_preset
from tagma.plugin.report import PluginReport, table
from tagma.plugin.routes import Operation, Routes
from tagma.plugin.server import Server
from tagma.plugin.storages import Storage
from tagma.plugin.tags import Tag
from tagma.plugin.vet import declared_api, hook_faults, requires_api

log = logging.getLogger("tagma.plugins")


class PluginManager:
    """What all plugins bring, and the report of each. Make one with :meth:`load`."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.settings = dict(settings or {})
        self.tags: dict[str, type[Tag]] = {}
        """By lower-case name and alias, so a tag with aliases is here more than once."""
        self.data_types: dict[str, type[DataType]] = {}
        self.storages: dict[str, type[Storage]] = {}
        self.predictors: dict[str, type[Predictor]] = {}
        self.importers: list[type[Importer]] = []
        self.exporters: dict[str, type[Exporter]] = {}
        self.routes: list[Routes] = []
        self.reports: list[PluginReport] = []
        self._suffixes: dict[str, type[DataType]] = {}
        self._claims: dict[tuple[str, str], str] = {}
        self._owners: dict[Any, str] = {}
        self._modules: dict[str, ModuleType] = {}
        self._plugin_settings: dict[str, BaseModel] = {}
        self._presets: list[Preset] | None = None
        self._hooks = pluggy.PluginManager(hookspecs.hookspec.project_name)
        self._hooks.add_hookspecs(hookspecs)

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
        for plugin in discover() if found is None else found:
            if only is None or plugin.name in only:
                manager._load_one(plugin, disabled=plugin.name in disabled)
        manager._warn_about_names()
        return manager

    # What other rooms ask

    def tag(self, name: str) -> type[Tag] | None:
        return self.tags.get(name.lower())

    def data_type_for(self, suffix: str) -> type[DataType] | None:
        """:param suffix: with or without the dot, in any case."""
        suffix = suffix.lower()
        return self._suffixes.get(suffix if suffix.startswith(".") else f".{suffix}")

    def owner(self, item: type) -> str | None:
        """The plugin that registered a class."""
        return self._owners.get(item)

    def report(self, name: str) -> PluginReport | None:
        return next((report for report in self.reports if report.name == name), None)

    def settings_of(self, plugin: str) -> BaseModel | None:
        """A plugin's checked ``[plugins.<name>]``, or None when it declares no ``Settings``."""
        return self._plugin_settings.get(plugin)

    def web_folders(self) -> dict[str, tuple[str, Path]]:
        """The browser halves: plugin -> its version and its ``web/`` folder."""
        folders = {}
        for name, module in self._modules.items():
            folder = _package(module) / "web"
            if folder.is_dir():
                folders[name] = (self._report(name).version, folder)
        return folders

    def locale_folders(self) -> list[Path]:
        """Where plugins, and before them the libraries that their classes are made of, keep their words in other languages."""
        bases = {
            base.__module__ for item in self._owners if isinstance(item, type) for base in item.__mro__[1:]
        }
        libraries = (
            sys.modules[name] for name in sorted(bases) if hasattr(sys.modules.get(name), "__file__")
        )
        folders = (_package(module) / "locales" for module in (*libraries, *self._modules.values()))
        return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]

    def presets(self) -> list[Preset]:
        """Every plugin's presets in the order of the gallery; one that can't be read is reported and left out."""
        if self._presets is None:
            self._presets = []
            for name, module in self._modules.items():
                for folder in preset_folders(_package(module)):
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
        for impl in self._hooks.hook.on_event.get_hookimpls():
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

    # Loading

    def _load_one(self, plugin: Found, *, disabled: bool) -> None:
        started = time.perf_counter()
        report = PluginReport(
            plugin.name, plugin.version, distribution=plugin.distribution, bundled=plugin.bundled
        )
        if disabled:
            report.state = "disabled"
            report.fault(
                "switched off in the settings",
                f'Take "{plugin.name}" out of disabled under [plugins] to use it.',
            )
        elif self.report(plugin.name) and plugin.name in self._modules:
            report.state = "failed"
            other = self._report(plugin.name).distribution
            report.fault(
                f'a plugin called "{plugin.name}" is already there, from {other}',
                f"Uninstall {other} or {plugin.distribution}.",
            )
        else:
            self._judge(plugin, report)
        report.milliseconds = (time.perf_counter() - started) * 1000
        self.reports.append(report)
        self._tell(report)

    def _judge(self, plugin: Found, report: PluginReport) -> None:
        module = self._import(plugin, report)
        if module is None:
            return
        report.description = (module.__doc__ or "").strip()
        if not self._fits_api(requires_api(module), plugin, report) or not self._check_settings(
            plugin, module, report
        ):
            return
        asked = 0
        for sentence, next_step in hook_faults(module, self._hooks):
            report.fault(sentence, next_step)
        try:
            self._hooks.register(module, plugin.name)
        except Exception as fault:  # pluggy refuses what doesn't fit the specification
            report.fault(
                refused(fault),
                "Give the hook the arguments its specification names.",
                traceback.format_exc(),
            )
        else:
            asked = self._ask(module, plugin, report)
        presets = [folder.name for folder in preset_folders(_package(module))]
        if presets:
            report.adds["preset"] = presets
        self._modules[plugin.name] = module
        works = any(report.adds.values()) or asked
        if report.faults:
            report.state = "partly loaded" if works else "failed"
        if report.state == "failed":
            del self._modules[plugin.name]
            if self._hooks.is_registered(module):
                self._hooks.unregister(module)

    def _import(self, plugin: Found, report: PluginReport) -> ModuleType | None:
        try:
            return importlib.import_module(plugin.module)
        except (Exception, SystemExit) as fault:
            # A plugin for a newer contract often fails on a name that is not there yet: say that instead.
            if self._fits_api(declared_api(plugin.module), plugin, report):
                report.state = "failed"
                report.fault(
                    f"importing {plugin.module} raised {said(fault)}",
                    mend_import(fault, plugin),
                    traceback.format_exc(),
                )
            return None

    def _fits_api(self, api: Any, plugin: Found, report: PluginReport) -> bool:
        ours = hookspecs.API
        if api is None or api == ours:
            return True
        report.state = "incompatible"
        if not isinstance(api, int):
            report.fault(
                f"requires_api is {api!r}, not a whole number",
                f"The plugin's author should write requires_api = {ours}.",
            )
        elif api > ours:
            step = f"Upgrade tagma, or install an older {plugin.distribution}."
            report.fault(f"needs plugin API {api}, this server has {ours}", step)
        else:
            report.fault(
                f"was written for plugin API {api}, this server has {ours}", f"Upgrade {plugin.distribution}."
            )
        return False

    def _check_settings(self, plugin: Found, module: ModuleType, report: PluginReport) -> bool:
        model = getattr(module, "Settings", None)
        given = self.settings.get(plugin.name) or {}
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            if given:
                report.fault("it has no settings", f"Take [plugins.{plugin.name}] out of the settings.")
            return True
        try:
            self._plugin_settings[plugin.name] = model.model_validate(given)
        except ValidationError as fault:
            report.state = "failed"
            for error in fault.errors():
                key = ".".join(map(str, error["loc"])) or "(all)"
                report.fault(
                    f'its setting "{key}" is wrong: {error["msg"]}',
                    f"Mend [plugins.{plugin.name}] in the settings.",
                )
            return False
        return True

    def _ask(self, module: ModuleType, plugin: Found, report: PluginReport) -> int:
        """Call each registration hook; the number of hooks that work, listeners included."""
        working = 0
        for caller in self._hooks.get_hookcallers(module) or ():
            impl = next(impl for impl in caller.get_hookimpls() if impl.plugin is module)
            kind = next((kind for kind in KINDS if kind.hook == caller.name), None)
            if kind is None:
                working += caller.has_spec()  # pluggy makes callers for misspelt names too
                continue
            try:
                items = list(cast(Iterable[Any], impl.function()))
            except Exception as fault:
                report.fault(
                    f"{caller.name} raised {said(fault)}",
                    "See the server's log, and tell the plugin's author.",
                    traceback.format_exc(),
                )
                continue
            for item in items:
                self._take(kind, item, plugin, report)
        return working

    def _take(self, kind: Kind, item: Any, plugin: Found, report: PluginReport) -> None:
        wrong = kind.judge(item)
        if wrong:
            report.fault(wrong, "Tell the plugin's author.")
            return
        names = list(kind.names(item))
        for name in names:
            owner = self._claims.get((kind.word, name.lower()))
            if owner is not None:
                other = "this plugin itself" if owner == plugin.name else owner
                step = f'Put "{plugin.name}" or "{owner}" into disabled under [plugins].'
                report.fault(f'{kind.word} "{name}" is already provided by {other}', step)
                return
        for name in names:
            self._claims[kind.word, name.lower()] = plugin.name
        self._owners[item] = plugin.name
        report.adds.setdefault(kind.word, []).extend(names if kind.instances else names[:1])
        self._keep(kind.word, item, plugin, report)

    def _keep(self, word: str, item: Any, plugin: Found, report: PluginReport) -> None:
        if word == "tag":
            self.tags.update(dict.fromkeys((name.lower() for name in (item.name, *item.aliases)), item))
        elif word == "storage":
            self.storages[item.scheme] = item
        elif word == "predictor":
            self.predictors[item.kind] = item
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
                        f'Put "{plugin.name}" or "{owner}" into disabled under [plugins].',
                    )

    # Reporting

    def _report(self, name: str) -> PluginReport:
        return next(
            report
            for report in reversed(self.reports)
            if report.name == name and name in self._modules and report.state != "failed"
        )

    def _broke(self, name: str, sentence: str, next_step: str, trace: str = "") -> None:
        report = self._report(name)
        report.fault(sentence, next_step, trace)
        report.state = "partly loaded"

    def _tell(self, report: PluginReport) -> None:
        if report.state == "loaded" or report.state == "disabled":
            log.debug("%s %s: %s, %s", report.name, report.version, report.state, report.sentence)
            return
        log.warning(
            "%s %s: %s, %s. %s%s",
            report.name,
            report.version,
            report.state,
            report.sentence,
            report.next_step,
            f"\n{report.trace}" if report.trace else "",
        )
        if self.settings.get("strict"):
            raise PluginError(
                f'The plugin "{report.name}" is {report.state}: {report.sentence}.',
                hint=f"{report.next_step} Or set strict = false under [plugins] to start without it.".strip(),
                plugin=report.name,
            )

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


def _package(module: ModuleType) -> Path:
    return Path(module.__file__ or ".").parent
