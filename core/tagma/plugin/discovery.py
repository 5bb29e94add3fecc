"""Find installed plugins: entry points of the group ``tagma``, bundled ones first. Nothing is imported here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata

GROUP = "tagma"
# The distribution whose requirements are the bundled plugins.
BUNDLE = "tagma"


@dataclass(frozen=True)
class Found:
    """One entry point: the plugin's name, the module to import, and the distribution it came with."""

    name: str
    module: str
    distribution: str
    version: str
    bundled: bool


def discover() -> list[Found]:
    """Every installed plugin; bundled ones first, so that no stranger takes over a bundled name; then by name."""
    bundled = bundled_distributions()
    found = []
    for entry in metadata.entry_points(group=GROUP):
        dist = entry.dist
        name = _normal(dist.name) if dist else ""
        found.append(
            Found(entry.name, entry.value, name, dist.version if dist else "?", _is_bundled(name, bundled))
        )
    return sorted(set(found), key=lambda plugin: (not plugin.bundled, plugin.name, plugin.distribution))


def bundled_distributions() -> frozenset[str]:
    """The requirements of the distribution ``tagma``; empty when the core was installed by itself."""
    try:
        requirements = metadata.requires(BUNDLE) or []
    except metadata.PackageNotFoundError:
        return frozenset()
    names = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return frozenset(_normal(match[0]) for match in names if match)


def _is_bundled(name: str, bundled: frozenset[str]) -> bool:
    # Without the bundle's list the family name is the best sign there is.
    return name in bundled if bundled else name.startswith("tagma-")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
