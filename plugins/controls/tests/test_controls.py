"""The controls: what each takes for a result, and what it makes of two."""

from __future__ import annotations

from typing import Any

import pytest

from tagma.labeling import results
from tagma.labeling.config import check, parse
from tagma.plugin import DataKey, Name, ObjectTag
from tagma_controls.tags import ALL


class Page(ObjectTag):
    """Stands in for an object of another plugin."""

    name = "Page"
    attributes = {"name": Name(required=True), "value": DataKey(required=True)}


TAGS = {tag.name.lower(): tag for tag in (*ALL, Page)}
BY_NAME = {tag.name: tag for tag in ALL}


def config(control: str) -> Any:
    xml = f'<View><Page name="page" value="$page"/>{control}</View>'
    assert [str(fault) for fault in check(xml, TAGS)] == []
    return parse(xml, TAGS)


def faults(control: str, **value: Any) -> list[str]:
    parsed = config(control)
    (node,) = parsed.controls.values()
    kind = node.tag_class.result_type()
    item = {"id": "a", "from_name": node.name, "to_name": "page", "type": kind, "value": value}
    return [fault.message for fault in results.check([item], parsed, {"page": "x"}, strict=True).faults]


MOOD = '<Choices name="mood" toName="page"><Choice value="Good"/><Choice value="Bad" alias="b"/></Choices>'
MANY = MOOD.replace("toName", 'choice="multiple" toName')
TREE = """<Taxonomy name="kind" toName="page"><Choice value="Animal"><Choice value="Cat"/><Choice value="Dog"/></Choice>
  <Choice value="Plant"/></Taxonomy>"""
LABELS = '<Labels name="label" toName="page"><Label value="Person"/></Labels>'
STARS = '<Rating name="stars" toName="page" maxRating="5"/>'
COUNT = '<Number name="count" toName="page" min="1" max="9"/>'
NOTE = '<TextArea name="note" toName="page"/>'
WHEN = '<DateTime name="when" toName="page" only="date"/>'


@pytest.mark.parametrize(
    ("control", "value"),
    [
        (MOOD, {"choices": ["b"]}),
        (MANY, {"choices": ["Good", "b"]}),
        (TREE, {"taxonomy": [["Animal", "Cat"], ["Plant"]]}),
        (TREE.replace("<Taxonomy", '<Taxonomy legacy="true"'), {"taxonomy": [["Of my own"]]}),
        (LABELS, {"labels": ["Person"]}),
        (STARS, {"rating": 5}),
        (COUNT, {"number": 1.5}),
        (NOTE, {"text": ["One", "Two"]}),
        (NOTE, {"text": "One"}),
        (WHEN, {"datetime": "2024-01-31"}),
        (WHEN.replace('"date"', '"year"'), {"datetime": 2024}),
        (WHEN.replace('"date"', '"month"'), {"datetime": "2024-01"}),
        (WHEN.replace('"date"', '"time"'), {"datetime": "09:30"}),
        (WHEN.replace('"date"', '"date,time"'), {"datetime": "2024-01-31T09:30"}),
        (WHEN.replace('"date"', '"date" format="%d.%m.%Y"'), {"datetime": "31.01.2024"}),
        (WHEN, {"datetime": ""}),
    ],
)
def test_a_right_value_is_kept(control: str, value: Any) -> None:
    assert faults(control, **value) == []


@pytest.mark.parametrize(
    ("control", "value", "said"),
    [
        (MOOD, {"choices": ["Goood"]}, '"Goood" is not offered. Did you mean "Good"?'),
        (MOOD, {"choices": ["Good", "b"]}, "holds 2 choices, but only one may be picked."),
        (MOOD, {"choices": "Good"}, "value.choices"),
        (MOOD, {}, "value.choices: Field required"),
        (TREE, {"taxonomy": [["Cat"]]}, '"Cat" is not offered'),
        (
            TREE,
            {"taxonomy": [["Animal", "Catt"]]},
            '"Animal / Catt" is not offered. Did you mean "Animal / Cat"?',
        ),
        (TREE, {"taxonomy": ["Plant"]}, "value.taxonomy.0"),
        (LABELS, {"labels": ["Persom"]}, 'does not offer "Persom"'),
        (STARS, {"rating": 6}, "6 is not between 0 and 5."),
        (STARS, {"rating": -1}, "-1 is not between 0 and 5."),
        (STARS, {"rating": 2.5}, "value.rating"),
        (COUNT, {"number": 0}, "0 is less than 1."),
        (COUNT, {"number": 9.5}, "9.5 is more than 9."),
        (COUNT, {"number": "many"}, "value.number"),
        (NOTE, {"text": 3}, "value.text"),
        (WHEN, {"datetime": None}, "value.datetime"),
        (WHEN, {"datetime": "yesterday"}, '"yesterday" is no date as in 2024-01-31.'),
        (WHEN, {"datetime": "2024-02-31"}, '"2024-02-31" is no date as in 2024-01-31.'),
    ],
)
def test_a_wrong_value_is_told(control: str, value: Any, said: str) -> None:
    found = faults(control, **value)
    assert found
    assert said in found[0]


def test_a_bare_text_becomes_a_list_of_one() -> None:
    old: Any = {"value": {"text": "One"}}
    assert BY_NAME["TextArea"].upgrade(old)["value"] == {"text": ["One"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("tag", "a", "b", "alike"),
    [
        ("Choices", {"choices": ["x", "y"]}, {"choices": ["y"]}, 1 / 2),
        ("Choices", {"choices": [["x", "y"]]}, {"choices": [["x", "y"]]}, 1),
        ("Taxonomy", {"taxonomy": [["x", "y"]]}, {"taxonomy": [["x"]]}, 0),
        ("Labels", {"labels": ["x"], "start": 0, "end": 10}, {"labels": ["x"], "start": 5, "end": 15}, 1 / 3),
        ("Labels", {"labels": ["x"], "start": 0, "end": 10}, {"labels": ["y"], "start": 0, "end": 10}, 0),
        ("Labels", {"labels": ["x"], "start": 0, "end": 1}, {"labels": ["x"], "start": 5, "end": 6}, 0),
        ("Rating", {"rating": 4}, {"rating": 2}, 1 / 2),
        ("Rating", {"rating": 0}, {"rating": 0}, 1),
        ("Number", {"number": -1}, {"number": 1}, 0),
        ("TextArea", {"text": ["a cat"]}, {"text": ["a cat"]}, 1),
        ("DateTime", {"datetime": "2024"}, {"datetime": "2025"}, 0),
    ],
)
def test_likeness_runs_from_none_to_all(tag: str, a: Any, b: Any, alike: float) -> None:
    control: Any = BY_NAME[tag]
    assert control.similarity({"value": a}, {"value": b}) == pytest.approx(alike)
    assert control.similarity({"value": b}, {"value": a}) == pytest.approx(alike)


@pytest.mark.parametrize(
    ("control", "said"),
    [
        (WHEN.replace('"date"', '"day"'), 'only="day" of DateTime must be of date, time, month and year.'),
        (STARS.replace('"5"', '"0"'), "must be a number of at least 1"),
        (
            MOOD.replace("toName", 'choice="some" toName'),
            'must be one of "single", "single-radio", "multiple"',
        ),
        (COUNT.replace('max="9"', 'max="0"'), 'Number "count" has min="1" above max="0".'),
    ],
)
def test_what_a_control_refuses_in_a_config_is_told(control: str, said: str) -> None:
    found = check(f'<View><Page name="page" value="$page"/>{control}</View>', TAGS)
    assert any(said in fault.message for fault in found), [str(fault) for fault in found]
