"""Choices, flat and nested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tagma.errors import did_you_mean
from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    DataKey,
    Hotkey,
    Node,
    Number,
    Offered,
    OneOf,
    Result,
    Text,
    Value,
    VisualTag,
)
from tagma_controls.tags.answers import answer
from tagma_controls.tags.labels import jaccard


class Choice(VisualTag):
    """One choice; choices inside it are its branches."""

    name = "Choice"
    is_label = True
    open_attributes = True
    attributes = {
        "value": Text(help="What the person reads, and what results hold unless there is an alias."),
        "alias": Text(help="What results hold instead of the value."),
        "selected": Bool(False, help="Picked when the task opens."),
        "style": Text(help="CSS of the choice."),
        "hotkey": Hotkey(help="The key that picks it."),
        "html": Text(help="Rich words instead of the value."),
        "hint": Text(help="Shown when the pointer rests on it."),
        "color": Color(help="Its colour."),
    }


class Choices(ControlTag):
    """One or several of a few choices, for the whole task or for a region."""

    name = "Choices"
    has_labels = True
    checks_labels = True
    attributes = {
        **answer(),
        "choice": OneOf(
            "single", "single-radio", "multiple", default="single", help="How many may be picked."
        ),
        "layout": OneOf(
            "select", "inline", "vertical", default="vertical", help="A list to open, a line, or a column."
        ),
        "showInline": Bool(False, help="The same as layout inline."),
        "value": DataKey(help="$key of a list of choices in the task's data."),
        "allowNested": Bool(False, help="Choices may hold choices; results are paths."),
    }
    example = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""

    class Value(Value):
        choices: list[str | list[str]]

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: Offered | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        if labels is not None:
            yield from check_paths(value.choices, "choices", labels)
        if node.get("choice") != "multiple" and len(value.choices) > 1:
            yield "choices", f"holds {len(value.choices)} choices, but only one may be picked."

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return jaccard(a.get("value", {}).get("choices"), b.get("value", {}).get("choices"))


class Taxonomy(ControlTag):
    """Choices in a tree, searched and opened level by level."""

    name = "Taxonomy"
    has_labels = True
    checks_labels = True
    attributes = {
        **answer(),
        "value": DataKey(help="$key of a tree of choices in the task's data."),
        "apiUrl": DataKey(help="An address that gives the tree level by level."),
        "leafsOnly": Bool(False, help="Only the ends of the tree may be picked."),
        "showFullPath": Bool(False, help="Show the whole path of what is picked."),
        "pathSeparator": Text(" / ", help="What stands between the parts of a path."),
        "maxUsages": Number(min=1, help="How many may be picked."),
        "minWidth": Text(help="Least width of the list."),
        "maxWidth": Text(help="Greatest width of the list."),
        "dropdownWidth": Text(help="Width of the open list."),
        "placeholder": Text(help="Shown while nothing is picked."),
        "labeling": Bool(False, help="Mark spans of text with it, like Labels."),
        "legacy": Bool(False, help="Let people add items of their own."),
    }
    example = """<View>
  <Text name="text" value="$text"/>
  <Taxonomy name="kind" toName="text">
    <Choice value="Animal"><Choice value="Cat"/><Choice value="Dog"/></Choice>
  </Taxonomy>
</View>"""

    class Value(Value):
        taxonomy: list[list[str]]

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: Offered | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        # With legacy people add items of their own, so every path may be right.
        if labels is not None and not node.get("legacy"):
            yield from check_paths(value.taxonomy, "taxonomy", labels)

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return jaccard(a.get("value", {}).get("taxonomy"), b.get("value", {}).get("taxonomy"))

    @classmethod
    def sample(cls, node: Node, labels: Offered) -> dict[str, Any] | None:
        return {"taxonomy": [list(labels[-1].path)]} if labels else None


def check_paths(picked: list[Any], key: str, labels: Offered) -> Iterable[tuple[str, str]]:
    """Every pick must be offered: a word by its value, a path from the topmost parent."""
    words, paths = labels.values, labels.paths
    for place, pick in enumerate(picked):
        if pick not in words if isinstance(pick, str) else tuple(pick) not in paths:
            shown = pick if isinstance(pick, str) else " / ".join(pick)
            near = did_you_mean(
                shown, words if isinstance(pick, str) else {" / ".join(path) for path in paths}
            )
            yield f"{key}[{place}]", f'"{shown}" is not offered. {near}'.strip()
