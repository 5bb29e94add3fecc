"""One number, one rating, one date."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any

from tagma.plugin import Bool, ControlTag, Hotkey, Node, OneOf, Result, Text, Value
from tagma.plugin import Label as Offered
from tagma.plugin import Number as NumberAttribute
from tagma_controls.tags.answers import answer


class Rating(ControlTag):
    """A number of stars."""

    name = "Rating"
    attributes = {
        **answer(),
        "maxRating": NumberAttribute(5, min=1, max=100, help="How many stars there are."),
        "icon": Text("star", help="star, heart, fire or smile."),
        "size": OneOf("small", "medium", "large", default="medium", help="Size of the stars."),
        "defaultValue": NumberAttribute(0, min=0, help="Stars at first."),
        "hotkey": Hotkey(help="The key that adds a star."),
    }
    example = (
        '<View><Text name="text" value="$text"/><Rating name="stars" toName="text" maxRating="5"/></View>'
    )

    class Value(Value):
        rating: int

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Offered] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        most = int(node.get("maxRating"))
        if not 0 <= value.rating <= most:
            yield "rating", f"{value.rating} is not between 0 and {most}."

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return _nearness(a, b, "rating")

    @classmethod
    def sample(cls, node: Node, labels: list[Offered]) -> dict[str, Any]:
        return {"rating": min(4, int(node.get("maxRating")))}


class Number(ControlTag):
    """A number, typed or by a slider."""

    name = "Number"
    attributes = {
        **answer(),
        "min": NumberAttribute(help="The least number."),
        "max": NumberAttribute(help="The greatest number."),
        "step": NumberAttribute(1, help="How far one step goes."),
        "defaultValue": NumberAttribute(help="The number at first."),
        "slider": Bool(False, help="Show a slider."),
        "hotkey": Hotkey(help="The key that goes to it."),
    }
    example = '<View><Text name="text" value="$text"/><Number name="count" toName="text" min="0"/></View>'

    class Value(Value):
        number: float

    @classmethod
    def check_node(cls, node: Node) -> Iterable[str]:
        least, most = node.raw("min"), node.raw("max")
        try:
            if least and most and float(least) > float(most):
                yield f'Number "{node.name}" has min="{least}" above max="{most}".'
        except ValueError:
            return  # the attributes' own check says what is wrong with them

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Offered] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        least, most = node.get("min"), node.get("max")
        if least is not None and value.number < least:
            yield "number", f"{value.number:g} is less than {least:g}."
        if most is not None and value.number > most:
            yield "number", f"{value.number:g} is more than {most:g}."

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        return _nearness(a, b, "number")

    @classmethod
    def sample(cls, node: Node, labels: list[Offered]) -> dict[str, Any]:
        bound = node.get("min") if node.get("min") is not None else node.get("max")
        return {"number": bound if bound is not None else 1}


class DateTime(ControlTag):
    """A date, a time, a month or a year."""

    name = "DateTime"
    attributes = {
        **answer(),
        "only": Text(help="date, time, month or year, with commas; date and time if left out."),
        "format": Text(help="How results are written, like %Y-%m-%d."),
        "min": Text(help="The earliest moment."),
        "max": Text(help="The latest moment."),
        "step": Text(help="How far one step goes."),
        "defaultValue": Text(help="The moment at first."),
    }
    example = (
        '<View><Text name="text" value="$text"/><DateTime name="when" toName="text" only="date"/></View>'
    )

    class Value(Value):
        datetime: str | int

    @classmethod
    def check_node(cls, node: Node) -> Iterable[str]:
        for word in (node.raw("only") or "").split(","):
            if word.strip() not in ("", "date", "time", "month", "year"):
                yield f'only="{node.raw("only")}" of {node.tag} must be of date, time, month and year.'

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Offered] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        # With a format of its own the config says how results are written; others are ISO 8601.
        if (
            value.datetime
            and node.raw("format") in (None, "", "none")
            and not _is_moment(str(value.datetime))
        ):
            yield "datetime", f'"{value.datetime}" is no {_what(node)} as in {_shape(node)}.'

    @classmethod
    def sample(cls, node: Node, labels: list[Offered]) -> dict[str, Any]:
        return {"datetime": _shape(node)}


_SHAPES = {"time": "09:30", "year": "2024", "month": "2024-01", "date": "2024-01-31"}
_YEAR_OR_MONTH = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?\Z")


def _what(node: Node) -> str:
    only = (node.raw("only") or "").strip()
    return only if only in _SHAPES else "date and time"


def _shape(node: Node) -> str:
    return _SHAPES.get(_what(node), "2024-01-31T09:30")


def _is_moment(text: str) -> bool:
    if _YEAR_OR_MONTH.match(text):
        return True
    for kind in (datetime, time):
        try:
            kind.fromisoformat(text)
        except ValueError:
            continue
        return True
    return False


def _nearness(a: Result, b: Result, key: str) -> float:
    """1 for equal numbers, falling with their distance by the larger of the two."""
    left, right = (item.get("value", {}).get(key) for item in (a, b))
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return 0.0
    largest = max(math.fabs(left), math.fabs(right))
    return 1.0 if left == right else max(0.0, 1 - math.fabs(left - right) / largest)
