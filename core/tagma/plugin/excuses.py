"""An exception of a plugin's in the words of a report: what happened, and what to do."""

from __future__ import annotations

from tagma.plugin.discovery import Found


def said(fault: BaseException) -> str:
    """Its kind and the first line of what it says."""
    return f"{type(fault).__name__}: {_first_line(str(fault))}".rstrip(": ")


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]


def refused(fault: Exception) -> str:
    """Pluggy's words without the function's signature between the first line and the last."""
    first, *rest = str(fault).strip().splitlines()
    return ": ".join([first, *rest[-1:]])


def mend_import(fault: BaseException, plugin: Found) -> str:
    """What to do about a module that could not be imported."""
    off = f'or put "{plugin.name}" into disabled under [plugins]'
    if isinstance(fault, ModuleNotFoundError) and fault.name:
        top = fault.name.partition(".")[0]
        what = plugin.distribution if top == plugin.module.partition(".")[0] else top
        return f"Install what is missing ({what}), {off}."
    return f"Upgrade or reinstall {plugin.distribution}, {off}."
