"""Ask for words, stars, numbers and dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import field_validator

from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    DataKey,
    Hotkey,
    Label,
    Node,
    OneOf,
    Text,
    VisualTag,
)
from tagma.plugin import (
    Number as NumberAttribute,
)
from tagma.plugin import (
    Value as BaseValue,
)
from tagma_controls.common import QUESTION


class TextArea(ControlTag):
    """Words the person types: a transcription, a summary, a remark."""

    name = "TextArea"
    value_key = "text"
    children = ("Shortcut",)
    attributes = {
        **QUESTION,
        "value": DataKey(help="Words to begin with, or $key to take them from the task."),
        "label": Text(help="Words above the field."),
        "placeholder": Text(help="Words shown while the field is empty."),
        "rows": NumberAttribute(1, min=1, help="Height of the field in lines."),
        "maxSubmissions": NumberAttribute(min=1, help="How many texts can be given."),
        "editable": Bool(False, help="Whether a given text can be changed."),
        "transcription": Bool(False, help="Whether the field transcribes the selected region."),
        "skipDuplicates": Bool(False, help="Whether the same text counts once."),
        "displayMode": OneOf(
            "tag", "region-list", default="tag", help="In the form, or in the list of regions."
        ),
        "showSubmitButton": Bool(None, help="Whether to show a button that adds the text."),
        "allowSubmit": Bool(True, help="Whether texts can be added."),
    }
    example = (
        '<View><Text name="text" value="$text"/><TextArea name="summary" toName="text" rows="4"/></View>'
    )

    class Value(BaseValue):
        text: list[str]

        @field_validator("text", mode="before")
        @classmethod
        def one_is_a_list(cls, given: Any) -> Any:
            return [given] if isinstance(given, str) else given

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Label] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        most = node.get("maxSubmissions")
        if most is not None and len(value.text) > most:
            yield "text", f'"{node.name}" takes at most {most:g} texts; {len(value.text)} were given.'

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any] | None:
        return {"text": ["A few words."]}


class Shortcut(VisualTag):
    """A button that puts ready words into the TextArea around it."""

    name = "Shortcut"
    children = ()
    attributes = {
        "value": Text(required=True, help="The words it puts in."),
        "alias": Text(help="What the button says."),
        "hotkey": Hotkey(help="Its key."),
        "background": Color("#333333", help="The button's colour."),
    }
    example = '<Shortcut value="[unintelligible]" hotkey="ctrl+u"/>'


class Rating(ControlTag):
    """Stars."""

    name = "Rating"
    children = ()
    attributes = {
        **QUESTION,
        "maxRating": NumberAttribute(5, min=1, max=100, help="How many stars there are."),
        "icon": Text("star", help="star, heart, fire or smile."),
        "size": OneOf("small", "medium", "large", default="medium", help="Size of the stars."),
        "defaultValue": NumberAttribute(0, min=0, help="Stars given when a task opens."),
        "hotkey": Hotkey(help="A key that goes through the stars."),
    }
    example = '<View><Text name="text" value="$text"/><Rating name="quality" toName="text"/></View>'

    class Value(BaseValue):
        rating: int

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Label] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        if not 0 <= value.rating <= node.get("maxRating"):
            yield (
                "rating",
                f'"{node.name}" goes from 0 to {node.get("maxRating"):g}; {value.rating} was given.',
            )

    @classmethod
    def similarity(cls, a: Any, b: Any) -> float:
        return float(a.get("value", {}).get("rating") == b.get("value", {}).get("rating"))

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any] | None:
        return {"rating": int(node.get("maxRating"))}


class Number(ControlTag):
    """A number, typed or set with a slider."""

    name = "Number"
    children = ()
    attributes = {
        **QUESTION,
        "min": NumberAttribute(help="Least value."),
        "max": NumberAttribute(help="Greatest value."),
        "step": NumberAttribute(1, help="Distance of two values."),
        "defaultValue": NumberAttribute(help="The value when a task opens."),
        "slider": Bool(False, help="A slider instead of a field; needs min and max."),
        "hotkey": Hotkey(help="A key that goes to the field."),
    }
    example = '<View><Text name="text" value="$text"/><Number name="people" toName="text" min="0"/></View>'

    class Value(BaseValue):
        number: float

    @classmethod
    def check_node(cls, node: Node) -> Iterable[str]:
        least, most = node.get("min"), node.get("max")
        if least is not None and most is not None and least > most:
            yield f"min is {least:g}, above max, which is {most:g}"
        if node.get("slider") and (least is None or most is None):
            yield "a slider needs min and max"

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Label] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        least, most = node.get("min"), node.get("max")
        if least is not None and value.number < least:
            yield "number", f'"{node.name}" begins at {least:g}; {value.number:g} was given.'
        if most is not None and value.number > most:
            yield "number", f'"{node.name}" ends at {most:g}; {value.number:g} was given.'

    @classmethod
    def similarity(cls, a: Any, b: Any) -> float:
        one, other = a.get("value", {}).get("number", 0), b.get("value", {}).get("number", 0)
        largest = max(abs(one), abs(other))
        return 1.0 if one == other else max(0.0, 1 - abs(one - other) / largest)

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any] | None:
        return {"number": node.get("min") or 1}


class DateTime(ControlTag):
    """A date, a time, or a part of one."""

    name = "DateTime"
    children = ()
    attributes = {
        **QUESTION,
        "only": Text(help="date, time, month, year; several with commas."),
        "format": Text(help="How results spell it, in strftime's letters; ISO without."),
        "min": Text(help="Earliest."),
        "max": Text(help="Latest."),
        "step": Text(help="Distance of two times."),
        "defaultValue": Text(help="The value when a task opens."),
    }
    example = (
        '<View><Text name="text" value="$text"/><DateTime name="when" toName="text" only="date"/></View>'
    )

    class Value(BaseValue):
        datetime: str

    @classmethod
    def check_node(cls, node: Node) -> Iterable[str]:
        for part in (node.get("only") or "").split(","):
            if part.strip() and part.strip() not in ("date", "time", "month", "year"):
                yield f'only is "{part.strip()}"; it can be date, time, month or year'

    @classmethod
    def sample(cls, node: Node, labels: list[Label]) -> dict[str, Any] | None:
        return {
            "datetime": {"time": "09:30", "year": "2026", "month": "2026-11"}.get(
                node.get("only") or "", "2026-11-24"
            )
        }
