"""Which modules a page will import, found by reading the imports in them, so that the page can ask for all of them at once.

Without this a browser learns of a module only when the one that imports it has arrived: a dozen journeys, one after another.
A module that was not found here is merely fetched later.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from markupsafe import Markup

from tagma.http.assets import WEB, plugin_url, static_url

if TYPE_CHECKING:
    from tagma.services.site import Site

_IMPORT = re.compile(r"""^(?:import|export)\b(?:[^'"();]*\bfrom)?\s*['"]([^'"]+)['"]""", re.MULTILINE)
_DEFINITION = re.compile(r"""\btag:\s*['"](\w+)['"][^}]*?\bimport\(\s*['"](\.[^'"]+)['"]""")
_VENDOR = WEB / "vendor" / "vendor.json"


def preloads(site: Site, *entries: str, config: dict[str, Any] | None = None) -> Markup:
    """Link elements for modules of the core (``pages/label.js``) and all they import.

    :param config: the tree of a labeling config as the browser gets it; its tags' modules come along.
    """
    tags = frozenset(_tags(config)) if config else frozenset()
    return _links(site, entries, tags)


def _tags(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Plugin and tag of every node."""
    if node["plugin"]:
        yield node["plugin"], node["tag"]
    for child in node["children"]:
        yield from _tags(child)


@functools.lru_cache(maxsize=256)
def _links(site: Site, entries: tuple[str, ...], tags: frozenset[tuple[str, str]]) -> Markup:
    folders = {name: folder for name, (_version, folder) in site.plugins.web_folders().items()}
    first = [WEB / entry for entry in entries]
    for plugin in sorted({plugin for plugin, _tag in tags} & folders.keys()):
        index = folders[plugin] / "index.js"
        first.append(index)
        first += [
            folders[plugin] / path for tag, path in _DEFINITION.findall(_read(index)) if (plugin, tag) in tags
        ]
    addresses = (_address(site, folders, file) for file in _closure(first, folders))
    return Markup("\n").join(
        Markup('<link rel="modulepreload" href="{}">').format(address) for address in addresses if address
    )


def _closure(first: Iterable[Path], folders: dict[str, Path]) -> list[Path]:
    """The files and what they import, each once, in the order in which a browser would meet them."""
    found: dict[Path, None] = {}
    waiting = [file.resolve() for file in first]
    while waiting:
        file = waiting.pop(0)
        if file in found or not file.is_file():
            continue
        found[file] = None
        if file.parent != _VENDOR.parent:
            names = _IMPORT.findall(_read(file))
            waiting += [target for name in names if (target := _target(file, name, folders))]
    return list(found)


def _target(file: Path, name: str, folders: dict[str, Path]) -> Path | None:
    """The file an import names, as the page's import map would find it."""
    if name.startswith("."):
        return (file.parent / name).resolve()
    if name == "tagma":
        return WEB / "tagma.js"
    if name.startswith("tagma/"):
        return WEB / name.removeprefix("tagma/")
    if name.startswith("plugin/"):
        _, plugin, path = name.split("/", 2)
        return folders[plugin] / path if plugin in folders else None
    vendored = orjson.loads(_VENDOR.read_bytes()) if _VENDOR.exists() else {}
    return _VENDOR.parent / vendored[name] if name in vendored else None


def _address(site: Site, folders: dict[str, Path], file: Path) -> str | None:
    """What the browser will call a file."""
    if file.is_relative_to(WEB.resolve()):
        return static_url(site, file.relative_to(WEB.resolve()).as_posix())
    for name, folder in folders.items():
        if file.is_relative_to(folder.resolve()):
            return plugin_url(site, name, file.relative_to(folder.resolve()).as_posix())
    return None


def _read(file: Path) -> str:
    return file.read_text() if file.is_file() else ""
