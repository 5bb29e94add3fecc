"""Writes docs/author/tags.md from the tags themselves; run by ``scripts/docs --fix``, and the tests compare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tagma.plugin.discovery import discover
from tagma.plugin.manager import PluginManager
from tagma.plugin.tags import Attribute, Tag

PAGE = Path(__file__).parents[1] / "docs" / "author" / "tags.md"
BUNDLED = [plugin.name for plugin in discover() if plugin.bundled]
HEAD = """# Tags

Every tag of the bundled plugins, with what may stand in it. Made from the tags by `uv run scripts/docs --fix`; don't edit it by
hand. How to write a tag of your own: [the tutorial](tutorial.md).
"""


def page() -> str:
    plugins = PluginManager.load({"only": BUNDLED})
    tags = list(dict.fromkeys(plugins.tags.values()))
    parts = [HEAD]
    for plugin in dict.fromkeys(plugins.owner(tag) for tag in tags):
        parts.append(f"## {plugin}\n")
        parts += ["\n".join(of_tag(tag)) + "\n" for tag in tags if plugins.owner(tag) == plugin]
    return "\n".join(parts)


def of_tag(tag: type[Tag]) -> Iterator[str]:
    yield f"### {tag.name}\n"
    yield f"{' '.join((tag.__doc__ or '').split())}\n"
    if tag.example:
        yield f"```xml\n{tag.example.strip()}\n```\n"
    if tag.attributes:
        yield "| Attribute | Takes | If left out | |\n|---|---|---|---|"
        for name, attribute in tag.attributes.items():
            yield f"| `{name}` | {takes(attribute)} | {left_out(attribute)} | {attribute.help} |"


def takes(attribute: Attribute) -> str:
    values = ", ".join(f"`{value}`" for value in attribute.values())
    return values or {"toName": "name of an object", "data": "`$key` or text"}.get(
        attribute.type_name, attribute.type_name
    )


def left_out(attribute: Attribute) -> str:
    if attribute.required:
        return "**required**"
    default = attribute.default
    if default in (None, ""):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    PAGE.write_text(page())
