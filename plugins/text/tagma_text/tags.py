"""The Text tag and the spans that labels make on it."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from tagma.plugin import Bool, Color, DataKey, Name, ObjectTag, OneOf, Value
from tagma.plugin import Text as TextAttribute


class Text(ObjectTag):
    """A plain text. With a Labels control pointing at it, spans can be marked; they may overlap."""

    name = "Text"
    children = ()
    attributes = {
        "name": Name(required=True, help="The text's name, unique in the config."),
        "value": DataKey(required=True, help="$key of the task's data."),
        "valueType": OneOf(
            "text", "url", default="text", help="Whether the value is the text or an address of it."
        ),
        "saveTextResult": OneOf("yes", "no", "none", help="Whether results quote the marked text."),
        "selectionEnabled": Bool(True, help="Whether spans can be marked."),
        "clickableLinks": Bool(False, help="Whether addresses in the text can be opened."),
        "highlightColor": Color(help="Colour of spans whose label has none."),
        "showLabels": Bool(True, help="Whether labels are written beside spans."),
        "encoding": OneOf(
            "none", "base64", "base64unicode", default="none", help="How the value is encoded."
        ),
        "granularity": OneOf(
            "symbol",
            "word",
            "sentence",
            "paragraph",
            default="symbol",
            help="What the ends of a span snap to.",
        ),
        "style": TextAttribute(help="CSS declarations."),
    }
    example = '<View><Text name="text" value="$text"/></View>'

    class Region(Value):
        """Characters ``start`` to ``end`` (exclusive), counted in Unicode code points as Python counts them."""

        start: int = Field(ge=0)
        end: int = Field(ge=0)
        text: str | None = None

        @model_validator(mode="before")
        @classmethod
        def numbers_may_be_quoted(cls, given: Any) -> Any:
            if isinstance(given, dict):
                given = dict(given)
                for key in ("start", "end"):
                    if isinstance(given.get(key), str) and given[key].isdigit():
                        given[key] = int(given[key])
            return given

        @model_validator(mode="after")
        def runs_forward(self) -> Any:
            if self.end < self.start:
                raise ValueError(f"a span ends at {self.end}, before its start at {self.start}")
            return self

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        return (
            None if isinstance(value, str | int | float | list) and not isinstance(value, bool) else "a text"
        )

    @classmethod
    def sample(cls, node: Any) -> Any:
        return "To have faith is to trust yourself to the water."
