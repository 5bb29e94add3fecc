"""Plugins that break, as real installed distributions: each is named, and everything else goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tagma.plugin.discovery import discover

TAG = """from tagma.plugin import hookimpl, tags
class Thing(tags.ControlTag):
    name = "{name}"
    attributes = {{"name": tags.Name(required=True), "toName": tags.ToName(required=True)}}
"""
HOOK = "@hookimpl\ndef {hook}():\n    {body}\n"
PLUGINS = {
    "no_import": "import a_library_that_is_not_here\n",
    "misspelt": TAG.format(name="Misspelt") + HOOK.format(hook="register_tag", body="return [Thing]"),
    "duplicate": TAG.format(name="Choices") + HOOK.format(hook="register_tags", body="return [Thing]"),
    "too_new": "requires_api = 99\n"
    + TAG.format(name="New")
    + HOOK.format(hook="register_tags", body="return [Thing]"),
    "raises": "from tagma.plugin import hookimpl\n"
    + HOOK.format(hook="register_tags", body="raise RuntimeError('boom')"),
}
SAID = {
    "no_import": ("failed", "a_library_that_is_not_here"),
    "misspelt": ("failed", "register_tags"),
    "duplicate": ("failed", "Choices"),
    "too_new": ("incompatible", "99"),
    "raises": ("failed", "boom"),
}
BUNDLED = tuple(plugin.name for plugin in discover() if plugin.bundled)
LOOK = """
import json, sys
from tagma.plugin.manager import PluginManager
manager = PluginManager.load({})
print(json.dumps({r.name: [r.state, r.sentence, r.next_step] for r in manager.reports}))
"""


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory, make_wheel: Any, install: Any) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("broken")
    wheels = [make_wheel(folder, name, {"plugin.py": code}) for name, code in PLUGINS.items()]
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        env={**os.environ, "PYTHONPATH": str(install(folder / "site", *wheels))},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", sorted(PLUGINS))
def test_a_broken_plugin_is_named_with_its_state_and_reason(name: str, reports: dict[str, Any]) -> None:
    state, sentence, next_step = reports[name]
    assert state == SAID[name][0]
    assert SAID[name][1] in sentence + next_step


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_plugins_go_on_beside_broken_ones(name: str, reports: dict[str, Any]) -> None:
    assert reports[name][0] == "loaded"
