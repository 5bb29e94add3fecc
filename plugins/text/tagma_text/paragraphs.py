"""The Paragraphs tag, a dialogue, and the labels of its passages."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    DataKey,
    Name,
    Node,
    Number,
    ObjectTag,
    Offered,
    OneOf,
    Result,
    Value,
    common,
)
from tagma.plugin import Text as TextAttribute


class Passage(Value):
    """From a character of one line to before a character of the same or a later line.

    Lines are counted from 0 and written as texts, characters are UTF-16 units, as the protocol has them.
    """

    start: str
    end: str
    startOffset: int = Field(ge=0)
    endOffset: int = Field(ge=0)
    text: str | None = None

    @field_validator("start", "end", mode="before")
    @classmethod
    def _line(cls, given: Any) -> Any:
        if isinstance(given, int) and not isinstance(given, bool):
            given = str(given)
        if isinstance(given, str) and not given.isdecimal():
            raise ValueError(f'must be the number of a line, counted from "0", and is {given!r}')
        return given

    @model_validator(mode="after")
    def _in_order(self) -> Passage:
        first, last = (int(self.start), self.startOffset), (int(self.end), self.endOffset)
        if last < first:
            raise ValueError(f"the end {last} lies before the start {first} (line, character)")
        return self


class Paragraphs(ObjectTag):
    """Shows a dialogue line by line; labels mark passages of it, and a recording can play in step."""

    name = "Paragraphs"
    Region = Passage
    attributes = {
        "name": Name(required=True, help="The object's name; controls point at it with toName."),
        "value": DataKey(required=True, help="$key of the list of lines in the task's data."),
        "valueType": OneOf(
            "json", "url", default="json", help="Whether the value is the list or its address."
        ),
        "audioUrl": DataKey(help="$key of the recording of the dialogue."),
        "sync": TextAttribute(help="Name of another object, or of a group, that plays in step."),
        "showPlayer": Bool(False, help="Show the recording's player above the lines."),
        "saveTextResult": OneOf(
            "yes",
            "no",
            "none",
            help="Whether results quote the text; unless given, they do if the value is no address.",
        ),
        "layout": OneOf("none", "dialogue", default="none", help="dialogue sets off who speaks by colour."),
        "nameKey": TextAttribute("author", help="Key of who speaks in each line."),
        "textKey": TextAttribute("text", help="Key of what is said in each line."),
        "contextScroll": Bool(
            False,
            help="Whether the lines follow the recording; each needs start, and end or duration, in seconds.",
        ),
        "showLabels": Bool(False, help="Show the labels beside the passages."),
        "highlightColor": Color(help="Colour of passages."),
        "granularity": OneOf(
            "symbol", "word", "sentence", "paragraph", default="symbol", help="What a selection snaps to."
        ),
        "style": TextAttribute(help="CSS of the dialogue."),
    }
    example = """<View>
  <Paragraphs name="talk" value="$dialogue" layout="dialogue"/>
  <ParagraphLabels name="label" toName="talk"><Label value="Question"/><Label value="Answer"/></ParagraphLabels>
</View>"""

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        lines = isinstance(value, list) and all(isinstance(line, dict | str) for line in value)
        return None if lines or (isinstance(value, str) and value) else "a list of lines, or its address"

    @classmethod
    def sample(cls, node: Node) -> Any:
        author, text = (node.raw(key) or cls.attributes[key].default for key in ("nameKey", "textKey"))
        said = (
            ("Ada", "Did the engine run last night?"),
            ("Charles", "It did, until the third card jammed."),
        )
        if node.raw("valueType") == "url":
            return f"/samples/paragraphs.json?nameKey={author}&textKey={text}"
        return [
            {author: who, text: words, "start": place * 2.5, "duration": 2.5}
            for place, (who, words) in enumerate(said)
        ]

    @classmethod
    def sample_region(cls, node: Node) -> dict[str, Any]:
        return {"start": "0", "end": "0", "startOffset": 0, "endOffset": 3, "text": "Did"}


class ParagraphLabels(ControlTag):
    """Labels for passages of a dialogue."""

    name = "ParagraphLabels"
    targets = ("Paragraphs",)
    has_labels = True
    attributes = {
        **common.control("the dialogue"),
        **common.labels("passage", "passages"),
        "opacity": Number(0.2, min=0, max=1, help="How opaque passages are filled."),
    }
    example = Paragraphs.example

    class Value(Passage):
        paragraphlabels: list[str] = []

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        left, right = (set(item["value"].get("paragraphlabels", ())) for item in (a, b))
        labels = len(left & right) / len(left | right) if left | right else 1.0
        return labels * _overlap(*(Passage.model_validate(item["value"]) for item in (a, b)))

    @classmethod
    def sample(cls, node: Node, labels: Offered) -> dict[str, Any] | None:
        if not labels:
            return None
        return {"paragraphlabels": [labels[0].value]} | Paragraphs.sample_region(node)


def _overlap(a: Passage, b: Passage) -> float:
    """Shared part of two passages, in characters within one line, else in lines, whose lengths nobody here knows."""
    one_line = a.start == a.end == b.start == b.end
    (from_a, to_a), (from_b, to_b) = (
        (each.startOffset, each.endOffset) if one_line else (int(each.start), int(each.end) + 1)
        for each in (a, b)
    )
    union = max(to_a, to_b) - min(from_a, from_b)
    return max(0.0, (min(to_a, to_b) - max(from_a, from_b)) / union) if union else 1.0
