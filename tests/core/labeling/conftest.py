"""A handful of tags, so that these tests need no plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tagma.plugin import tags as t
from tagma.plugin.config import Label as Offered
from tagma.plugin.config import LabelingConfig, Node
from tagma.plugin.shapes import Result

NAMES = {"name": t.Name(required=True), "toName": t.ToName(required=True)}
RULES = {"visibleWhen": t.Text(), "whenTagName": t.Text(), "whenLabelValue": t.Text(), "perRegion": t.Bool()}


class View(t.VisualTag):
    name = "View"
    attributes = {"style": t.Text(), "className": t.Text(), **RULES}


class Header(t.VisualTag):
    name = "Header"
    attributes = {"value": t.DataKey(required=True), "size": t.Number(4, min=1, max=6)}


class Style(t.VisualTag):
    name = "Style"
    children = ()


class Text(t.ObjectTag):
    name = "Text"
    attributes = {
        "name": t.Name(required=True),
        "value": t.DataKey(required=True, help="The text."),
        "granularity": t.OneOf("symbol", "word", default="symbol"),
    }

    class Region(t.Value):
        start: int
        end: int

        def model_post_init(self, context: Any) -> None:
            if self.end < self.start:
                raise ValueError(f"the end {self.end} lies before the start {self.start}")

    @classmethod
    def sample_region(cls, node: Node) -> dict[str, Any]:
        return {"start": 0, "end": 6, "text": "Sample"}


class Image(t.ObjectTag):
    name = "Image"
    attributes = {"name": t.Name(required=True), "value": t.DataKey(), "valueList": t.DataKey()}


class Label(t.VisualTag):
    name = "Label"
    is_label = True
    children = ()
    open_attributes = True
    attributes = {"value": t.Text(), "alias": t.Text(), "background": t.Color()}


class Choice(Label):
    name = "Choice"
    children = None


class Labels(t.ControlTag):
    """A Labels control of these tests."""

    name = "Labels"
    targets = ("Text",)
    has_labels = True
    children = ("Label",)
    attributes = {**NAMES, **RULES, "value": t.DataKey(), "allowEmpty": t.Bool(False)}

    class Value(t.Value):
        labels: list[str]


class Choices(t.ControlTag):
    name = "Choices"
    aliases = ("Picks",)
    has_labels = True
    attributes = {
        **NAMES,
        **RULES,
        "value": t.DataKey(),
        "choice": t.OneOf("single", "multiple"),
        "required": t.Bool(False),
    }

    class Value(t.Value):
        choices: list[str]


class RectangleLabels(t.ControlTag):
    name = "RectangleLabels"
    targets = ("Image",)
    has_labels = True
    draws = "rectangle"
    attributes = {**NAMES, "opacity": t.Number(0.2, min=0, max=1), "value": t.DataKey()}

    class Value(t.Value):
        x: float
        y: float
        width: float
        height: float
        rectanglelabels: list[str] = []


class Stars(t.ControlTag):
    name = "Stars"
    attributes = {**NAMES, "most": t.Number(5, min=1)}

    class Value(t.Value):
        stars: int

    @classmethod
    def check_node(cls, node: Node) -> Iterable[str]:
        return ["Stars can't be 13."] if node.raw("most") == "13" else []

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: list[Offered] | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        if value.stars > node.get("most"):
            yield "stars", f"{value.stars} is more than {node.get('most'):g}."

    @classmethod
    def upgrade(cls, result: Result) -> Result:
        value = result.get("value", {})
        return {**result, "value": {"stars": value["rating"]}} if "rating" in value else result

    @classmethod
    def sample(cls, node: Node, labels: list[Offered]) -> dict[str, Any]:
        return {"stars": 4}


ALL = (View, Header, Style, Text, Image, Label, Choice, Labels, Choices, RectangleLabels, Stars)


@pytest.fixture(scope="session")
def tags() -> dict[str, type[t.Tag]]:
    return {name.lower(): tag for tag in ALL for name in (tag.name, *tag.aliases)}


@pytest.fixture
def entities(tags: dict[str, type[t.Tag]]) -> LabelingConfig:
    from tagma.labeling.config import parse_strict

    return parse_strict(
        """<View>
  <Text name="text" value="$text"/>
  <Labels name="label" toName="text"><Label value="Person"/><Label value="Place" alias="PLC"/></Labels>
  <Stars name="stars" toName="text"/>
</View>""",
        tags,
    )
