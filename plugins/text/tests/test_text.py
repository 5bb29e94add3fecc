"""Text and the spans that labels make on it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tagma.labeling import results
from tagma.labeling.config import check, parse
from tagma.plugin import ControlTag, Name, Tag, ToName, Value
from tagma.plugin import Text as Words
from tagma_text.tags import Span, Text


class Labels(ControlTag):
    """Stands in for the labels of another plugin."""

    name = "Labels"
    has_labels = True
    attributes = {"name": Name(required=True), "toName": ToName(required=True), "value": Words()}

    class Value(Value):
        labels: list[str]


TAGS: dict[str, type[Tag]] = {"text": Text, "labels": Labels}
CONFIG = parse(
    '<View><Text name="text" value="$text"/><Labels name="label" toName="text" value="$labels"/></View>', TAGS
)


def found(**value: Any) -> list[str]:
    item = {
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": {"labels": ["Person"], **value},
    }
    return [fault.message for fault in results.check([item], CONFIG, {"text": "Ada"}).faults]


def test_a_span_is_kept() -> None:
    assert found(start=0, end=3, text="Ada") == []
    assert found(start=0, end=0) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"start": 3, "end": 1}, "the end 1 lies before the start 3"),
        ({"start": -1, "end": 1}, "value.start: Input should be greater than or equal to 0"),
        ({"start": 0}, "value.end: Field required"),
        ({"start": 0.5, "end": 1}, "value.start"),
        ({"start": "here", "end": 1}, "value.start"),
    ],
)
def test_a_span_that_can_not_be_is_told(value: Any, said: str) -> None:
    (sentence,) = found(**value)
    assert said in sentence


def test_a_span_keeps_keys_nobody_declared() -> None:
    assert (
        Span.model_validate({"start": 0, "end": 1, "globalOffsets": {}}).model_dump()["globalOffsets"] == {}
    )
    with pytest.raises(ValidationError):
        Span.model_validate({"start": 2, "end": 1})


@pytest.mark.parametrize(
    ("value", "fits"),
    [("", True), ("words", True), (3, True), (True, False), (None, False), (["a"], False), ({}, False)],
)
def test_only_words_and_numbers_are_shown_as_text(value: Any, fits: bool) -> None:
    assert (Text.accepts(value) is None) == fits


def test_a_text_without_a_value_is_told() -> None:
    (fault, *_) = check('<View><Text name="text"/></View>', TAGS | {"view": Text})
    assert fault.where["line"] == 1


def test_its_granularity_is_one_of_four() -> None:
    xml = '<View><Text name="text" value="$text" granularity="letter"/><Labels name="l" toName="text" value="$x"/></View>'
    said = [fault.message for fault in check(xml, TAGS) if fault.code == "wrong-value"]
    assert said == [
        'granularity="letter" of Text "text" must be one of "symbol", "word", "sentence", "paragraph".'
    ]
