"""Dialogues, and the passages that labels make in them."""

from __future__ import annotations

from typing import Any

import pytest

from tagma.labeling import results
from tagma.labeling.config import check, parse
from tagma.labeling.sample import sample_task
from tagma.plugin import Tag
from tagma_text.paragraphs import ParagraphLabels, Paragraphs

TAGS: dict[str, type[Tag]] = {"paragraphs": Paragraphs, "paragraphlabels": ParagraphLabels}
CONFIG = parse(
    """<View><Paragraphs name="talk" value="$talk" nameKey="who" textKey="said"/>
    <ParagraphLabels name="label" toName="talk" value="$labels"/></View>""",
    TAGS,
)


def item(**value: Any) -> Any:
    return {
        "from_name": "label",
        "to_name": "talk",
        "type": "paragraphlabels",
        "value": {"paragraphlabels": ["Question"], **value},
    }


def found(**value: Any) -> list[str]:
    return [fault.message for fault in results.check([item(**value)], CONFIG, {"talk": []}).faults]


def test_a_passage_of_one_line_or_several_is_kept() -> None:
    assert found(start="0", end="0", startOffset=0, endOffset=3, text="Did") == []
    assert found(start="0", end="12", startOffset=7, endOffset=2) == []
    assert found(start=0, end=1, startOffset=7, endOffset=2) == [], "as some tools write the lines"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            {"start": "2", "end": "1", "startOffset": 0, "endOffset": 1},
            "the end (1, 1) lies before the start (2, 0)",
        ),
        (
            {"start": "1", "end": "1", "startOffset": 4, "endOffset": 1},
            "the end (1, 1) lies before the start (1, 4)",
        ),
        ({"start": "-1", "end": "1", "startOffset": 0, "endOffset": 1}, "must be the number of a line"),
        ({"start": "first", "end": "1", "startOffset": 0, "endOffset": 1}, "and is 'first'"),
        ({"start": "0", "end": "1", "startOffset": -1, "endOffset": 1}, "value.startOffset"),
        ({"start": "0", "end": "1", "startOffset": 0}, "value.endOffset: Field required"),
        ({"start": True, "end": "1", "startOffset": 0, "endOffset": 1}, "value.start"),
    ],
)
def test_a_passage_that_can_not_be_is_told(value: Any, said: str) -> None:
    (sentence,) = found(**value)
    assert said in sentence


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        ([{"author": "Ada", "text": "Yes"}], True),
        (["Yes", "No"], True),
        ("/data/upload/1/talk.json", True),
        ([], True),
        ([1], False),
        ({"author": "Ada"}, False),
        (None, False),
        ("", False),
    ],
)
def test_lists_of_lines_and_addresses_are_shown_as_a_dialogue(value: Any, fits: bool) -> None:
    assert (Paragraphs.accepts(value) is None) == fits


def test_the_sample_of_a_config_has_its_keys_and_fits() -> None:
    task = sample_task(CONFIG, with_annotation=True)
    assert set(task["data"]["talk"][0]) == {"who", "said", "start", "duration"}
    assert results.check(task["annotations"][0]["result"], CONFIG, task["data"], strict=True).faults == []


def test_passages_agree_by_what_they_share() -> None:
    def alike(a: dict[str, Any], b: dict[str, Any]) -> float:
        return ParagraphLabels.similarity(item(**a), item(**b))

    first = {"start": "0", "end": "0", "startOffset": 0, "endOffset": 10}
    assert alike(first, first) == 1
    assert alike(first, first | {"startOffset": 5}) == 0.5
    assert alike(first, first | {"start": "1", "end": "1"}) == 0
    assert alike(first | {"end": "3"}, first | {"start": "2", "end": "3"}) == 0.5
    assert alike(first, first | {"paragraphlabels": ["Answer"]}) == 0


def test_labels_of_a_dialogue_point_at_a_dialogue() -> None:
    faults = check('<View><ParagraphLabels name="l" toName="nobody"/></View>', TAGS)
    assert any("nobody" in fault.message for fault in faults)
