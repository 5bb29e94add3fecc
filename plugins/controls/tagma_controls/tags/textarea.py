"""Free text."""

from __future__ import annotations

import difflib
from typing import Any

from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    DataKey,
    Hotkey,
    Node,
    Number,
    OneOf,
    Result,
    Text,
    Value,
    VisualTag,
)
from tagma.plugin import Label as Offered
from tagma_controls.tags.answers import answer


class Shortcut(VisualTag):
    """A button inside a TextArea that types a word."""

    name = "Shortcut"
    children = ()
    attributes = {
        "value": Text(required=True, help="What is typed."),
        "alias": Text(help="The words on the button."),
        "hotkey": Hotkey(help="The key that types it."),
        "background": Color("#333333", help="Colour of the button."),
    }


class TextArea(ControlTag):
    """Free text: a caption, a translation, a correction."""

    name = "TextArea"
    value_key = "text"
    attributes = {
        **answer(),
        "value": DataKey(help="What stands in it at first."),
        "placeholder": Text(help="Shown while it is empty."),
        "rows": Number(1, min=1, help="Height in lines."),
        "maxSubmissions": Number(min=1, help="How many texts may be entered."),
        "editable": Bool(False, help="Entered texts can be changed."),
        "transcription": Bool(False, help="A text for what is marked in a recording or picture."),
        "skipDuplicates": Bool(False, help="Refuse a text that was entered already."),
        "displayMode": OneOf(
            "tag", "region-list", default="tag", help="Where it is shown when asked for each region."
        ),
        "showSubmitButton": Bool(help="Show a button to enter the text."),
        "label": Text(help="Words beside it."),
        "allowSubmit": Bool(True, help="Enter and keep several texts, one after the other."),
    }
    example = """<View>
  <Text name="text" value="$text"/>
  <TextArea name="summary" toName="text" rows="4"/>
</View>"""

    class Value(Value):
        text: list[str] | str

    @classmethod
    def upgrade(cls, result: Result) -> Result:
        """One bare text becomes a list of one."""
        value = result.get("value")
        if isinstance(value, dict) and isinstance(value.get("text"), str):
            return {**result, "value": {**value, "text": [value["text"]]}}
        return result

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        left, right = ("\n".join(item.get("value", {}).get("text", [])) for item in (a, b))
        return difflib.SequenceMatcher(None, left, right).ratio()

    @classmethod
    def sample(cls, node: Node, labels: list[Offered]) -> dict[str, Any]:
        return {"text": ["A text"]}
