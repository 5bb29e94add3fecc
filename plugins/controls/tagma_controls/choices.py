"""Choose from what is offered: a list (Choices) or a tree (Taxonomy)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tagma.errors import did_you_mean
from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    DataKey,
    Hotkey,
    Label,
    Node,
    Number,
    OneOf,
    Result,
    Text,
    VisualTag,
)
from tagma.plugin import (
    Value as BaseValue,
)
from tagma_controls.common import QUESTION, jaccard


def _paths(values: list[Any]) -> Iterator[tuple[str, ...]]:
    for value in values:
        yield tuple(value) if isinstance(value, list) else (value,)


class Choices(ControlTag):
    """One question with given answers, for the whole task or for each region."""

    name = "Choices"
    attributes = {
        **QUESTION,
        "choice": OneOf(
            "single", "single-radio", "multiple", default="single", help="How many answers can be chosen."
        ),
        "layout": OneOf(
            "select", "inline", "vertical", default="vertical", help="A menu, a row or a column."
        ),
        "showInline": Bool(None, help="The same as layout inline."),
        "value": DataKey(help="$key with a list of answers in the task; they follow those written here."),
        "allowNested": Bool(False, help="Whether answers lie inside answers; results hold paths then."),
    }
    has_labels = True
    example = (
        '<View><Text name="text" value="$text"/><Choices name="mood" toName="text">'
        '<Choice value="good"/><Choice value="bad"/></Choices></View>'
    )

    class Value(BaseValue):
        choices: list[str | list[str]]

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Label] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        if len(value.choices) > 1 and node.get("choice") != "multiple":
            yield "choices", f'"{node.name}" takes one choice; {len(value.choices)} were given.'
        if labels is None:
            return
        known = {label.value for label in labels}
        for index, path in enumerate(_paths(value.choices)):
            for word in path:
                if word not in known:
                    hint = did_you_mean(word, known)
                    yield f"choices[{index}]", f'There is no choice "{word}" in "{node.name}". {hint}'.strip()

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return jaccard(
            set(_paths(a.get("value", {}).get("choices", []))),
            set(_paths(b.get("value", {}).get("choices", []))),
        )


class Choice(VisualTag):
    """One answer of Choices, or one node of a Taxonomy."""

    name = "Choice"
    is_label = True
    open_attributes = True
    children = ("Choice",)
    attributes = {
        "value": Text(help="The words people read; results hold them unless there is an alias."),
        "alias": Text(help="What results hold instead of value."),
        "selected": Bool(False, help="Whether it is chosen when a task opens."),
        "style": Text(help="CSS declarations."),
        "hotkey": Hotkey(help="Its key; without one it gets the next free digit."),
        "html": Text(help="Markup shown instead of the words; made safe first."),
        "hint": Text(help="Shown when the pointer rests on it."),
        "color": Color(help="Its colour."),
    }
    example = '<Choice value="good" hotkey="g"/>'


class Taxonomy(ControlTag):
    """Choose from a tree, however large; the picker can be searched."""

    name = "Taxonomy"
    attributes = {
        **QUESTION,
        "value": DataKey(help="$key with the tree in the task."),
        "apiUrl": Text(help="An address that answers the tree, level by level."),
        "leafsOnly": Bool(False, help="Whether only the ends of branches can be chosen."),
        "showFullPath": Bool(False, help="Whether to show the whole path of what was chosen."),
        "pathSeparator": Text(" / ", help="What stands between the parts of a shown path."),
        "maxUsages": Number(min=1, help="How many can be chosen."),
        "minWidth": Text(help="Least width of the picker."),
        "maxWidth": Text(help="Greatest width of the picker."),
        "dropdownWidth": Text(help="Width of the open list."),
        "placeholder": Text(help="Words shown while nothing is chosen."),
        "labeling": Bool(False, help="Whether choices label spans, as Labels do."),
        "legacy": Bool(False, help="Whether people may add items of their own."),
    }
    has_labels = True
    example = (
        '<View><Text name="text" value="$text"/><Taxonomy name="topic" toName="text"><Choice value="Science">'
        '<Choice value="Physics"/></Choice></Taxonomy></View>'
    )

    class Value(BaseValue):
        taxonomy: list[list[str]]

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Label] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        most = node.get("maxUsages")
        if most is not None and len(value.taxonomy) > most:
            yield "taxonomy", f'"{node.name}" takes at most {most:g}; {len(value.taxonomy)} were given.'
        if labels is None or node.get("legacy"):
            return
        known = {label.path for label in labels}
        for index, path in enumerate(value.taxonomy):
            if tuple(path) not in known:
                shown = " / ".join(path)
                yield f"taxonomy[{index}]", f'There is no branch "{shown}" in "{node.name}".'

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return jaccard(
            set(_paths(a.get("value", {}).get("taxonomy", []))),
            set(_paths(b.get("value", {}).get("taxonomy", []))),
        )

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any] | None:
        return {"taxonomy": [list(labels[-1].path)]} if labels else None
