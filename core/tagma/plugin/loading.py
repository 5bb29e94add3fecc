"""Loading one plugin: import, contract, settings, hooks; whatever goes wrong ends in its report, in words.

A plugin ends in one of five states, with one sentence and a next step:

=============  ======================================================================================
loaded         all it brings is there
partly loaded  something it brings is missing (a hook raised, a name was taken); the rest works
disabled       switched off in the settings; nothing of it was imported
incompatible   written for another number of the plugin contract
failed         nothing of it can be used
=============  ======================================================================================
"""

from __future__ import annotations

import importlib
import logging
import time
import traceback
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError

from tagma.errors import PluginError
from tagma.plugin import hookspecs
from tagma.plugin.discovery import Found
from tagma.plugin.excuses import mend_import, refused, said
from tagma.plugin.judge import KINDS
from tagma.plugin.presets import preset_folders
from tagma.plugin.report import PluginReport
from tagma.plugin.vet import declared_api, hook_faults, package_of, requires_api

if TYPE_CHECKING:
    from tagma.plugin.manager import PluginManager

log = logging.getLogger("tagma.plugins")


class Loader:
    """Loads plugins into a manager, one after the other."""

    def __init__(self, manager: PluginManager) -> None:
        self._manager = manager

    def load(self, plugin: Found, *, disabled: bool) -> None:
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
        elif self._manager.report(plugin.name) and plugin.name in self._manager.modules:
            report.state = "failed"
            other = self._manager.working(plugin.name).distribution
            report.fault(
                f'a plugin called "{plugin.name}" is already there, from {other}',
                f"Uninstall {other} or {plugin.distribution}.",
            )
        else:
            self._judge(plugin, report)
        report.milliseconds = (time.perf_counter() - started) * 1000
        self._manager.reports.append(report)
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
        for sentence, next_step in hook_faults(module, self._manager.hooks):
            report.fault(sentence, next_step)
        try:
            self._manager.hooks.register(module, plugin.name)
        except Exception as fault:  # pluggy refuses what doesn't fit the specification
            report.fault(
                refused(fault),
                "Give the hook the arguments its specification names.",
                traceback.format_exc(),
            )
        else:
            asked = self._ask(module, plugin, report)
        presets = [folder.name for folder in preset_folders(package_of(module))]
        if presets:
            report.adds["preset"] = presets
        self._manager.modules[plugin.name] = module
        works = any(report.adds.values()) or asked
        if report.faults:
            report.state = "partly loaded" if works else "failed"
        if report.state == "failed":
            del self._manager.modules[plugin.name]
            if self._manager.hooks.is_registered(module):
                self._manager.hooks.unregister(module)

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
        given = self._manager.settings.get(plugin.name) or {}
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            if given:
                report.fault("it has no settings", f"Take [plugins.{plugin.name}] out of the settings.")
            return True
        try:
            self._manager.plugin_settings[plugin.name] = model.model_validate(given)
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
        for caller in self._manager.hooks.get_hookcallers(module) or ():
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
                self._manager.take(kind, item, plugin.name, report)
        return working

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
        if self._manager.settings.get("strict"):
            raise PluginError(
                f'The plugin "{report.name}" is {report.state}: {report.sentence}.',
                hint=f"{report.next_step} Or set strict = false under [plugins] to start without it.".strip(),
                plugin=report.name,
            )
