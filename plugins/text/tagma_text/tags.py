"""The Text tag and the spans that labels make on it."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from tagma.plugin import Bool, Color, DataKey, Name, Node, ObjectTag, OneOf, Value
from tagma.plugin import Text as TextAttribute


class Span(Value):
    """Code points from ``start`` to before ``end``; ``text`` is what stands there."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.end < self.start:
            raise ValueError(f"the end {self.end} lies before the start {self.start}")
        return self


class Text(ObjectTag):
    """Shows a plain text; labels mark spans of it."""

    name = "Text"
    Region = Span
    attributes = {
        "name": Name(required=True, help="The object's name; controls point at it with toName."),
        "value": DataKey(required=True, help="$key of the text in the task's data."),
        "valueType": OneOf(
            "text", "url", default="text", help="Whether the value is the text or its address."
        ),
        "saveTextResult": OneOf("yes", "no", default="yes", help="Whether results quote the text."),
        "selectionEnabled": Bool(True, help="Whether spans can be selected."),
        "clickableLinks": Bool(False, help="Whether addresses in the text can be followed."),
        "highlightColor": Color(help="Colour of spans."),
        "showLabels": Bool(True, help="Show the labels beside the spans."),
        "encoding": OneOf(
            "none", "base64", "base64unicode", default="none", help="How the value is encoded."
        ),
        "granularity": OneOf(
            "symbol", "word", "sentence", "paragraph", default="symbol", help="What a selection snaps to."
        ),
        "style": TextAttribute(help="CSS of the text."),
    }
    example = '<View><Text name="text" value="$text"/></View>'

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        return None if isinstance(value, str | int | float) and not isinstance(value, bool) else "a text"

    @classmethod
    def sample(cls, node: Node) -> Any:
        return "Ada Lovelace wrote the first program in London."

    @classmethod
    def sample_region(cls, node: Node) -> dict[str, Any]:
        return {"start": 0, "end": 3, "text": "Ada"}
