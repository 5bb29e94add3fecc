"""What can be said of a plugin's module before its hooks are called: its API number, hooks it misspelt or left unmarked."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from tagma.errors import did_you_mean

_LOOKS_LIKE_A_HOOK = ("register_", "on_")


def requires_api(module: ModuleType) -> Any:
    """The number of the contract the plugin was written for, or None when it does not say."""
    return getattr(module, "requires_api", None)


def declared_api(module: str) -> Any:
    """``requires_api`` read from the source of a module that can't be imported, or None."""
    try:
        spec = util.find_spec(module)
        tree = ast.parse(Path(spec.origin).read_bytes()) if spec and spec.origin else ast.Module([], [])
    except (Exception, SystemExit):  # it is the second try at a module that is broken already
        return None
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "requires_api" for t in node.targets
        ):
            return node.value.value if isinstance(node.value, ast.Constant) else None
    return None


def hook_faults(module: ModuleType, hooks: pluggy.PluginManager) -> Iterator[tuple[str, str]]:
    """Functions that were meant to be hooks and are none: pairs of sentence and next step."""
    known = {name for name in vars(hooks.hook) if not name.startswith("_")}
    for name, function in list(vars(module).items()):
        if not inspect.isroutine(function):
            continue
        marked = hooks.parse_hookimpl_opts(module, name)
        hook = (marked and marked.get("specname")) or name
        if hook in known:
            if not marked and function.__module__ == module.__name__:
                yield (
                    f"{name} is not marked with @hookimpl, so it is never called",
                    f"The plugin's author should write @hookimpl above {name}.",
                )
        elif marked or (
            name.startswith(_LOOKS_LIKE_A_HOOK) and getattr(function, "__module__", "") == module.__name__
        ):
            hint = did_you_mean(hook, known).replace("Did you", "did you").removesuffix("?")
            guess = f"; {hint}?" if hint.startswith("did you") else ""
            yield (
                f'there is no hook "{hook}"{guess}',
                f"The plugin's author should mend the name in {module.__name__}.",
            )


def package_of(module: ModuleType) -> Path:
    """The folder that a plugin's module lies in."""
    return Path(module.__file__ or ".").parent
