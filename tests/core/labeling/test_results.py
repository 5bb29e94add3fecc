"""Results are checked by asking their tag; what nobody here can judge is kept."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tagma.labeling import results
from tagma.labeling.config import parse, parse_strict

DATA = {"text": "Ada lived in London"}


def span(*labels: str, **changes: Any) -> dict[str, Any]:
    value = {"start": 0, "end": 3, "text": "Ada", "labels": list(labels or ["Person"])}
    return {"id": "r1", "from_name": "label", "to_name": "text", "type": "labels", "value": value} | changes


def faults(config: Any, *items: Any, strict: bool = True) -> list[Any]:
    return results.check(list(items), config, DATA, strict=strict).faults


def test_right_results_are_kept_with_the_keys_nobody_declared(entities: Any) -> None:
    item = span("Person", "PLC", origin="manual", score=0.5)
    item["value"]["globalOffsets"] = {"start": 0}
    kept, found = results.check([item], entities, DATA, strict=True)
    assert (kept, found) == ([item], [])


def test_a_label_nobody_offers_is_named_with_its_place_and_a_suggestion(entities: Any) -> None:
    (fault,) = faults(entities, span("Person", "Persom"))
    assert fault.message == 'Labels "label" does not offer "Persom".'
    assert fault.hint == 'Did you mean "Person"?'
    assert fault.where == {"region": "r1", "row": 1, "path": "value.labels[1]", "severity": "error"}


def test_a_label_is_offered_by_its_alias(entities: Any) -> None:
    assert faults(entities, span("PLC")) == []
    assert 'does not offer "Place"' in faults(entities, span("Place"))[0].message


def test_a_control_that_is_missing_is_named_with_a_suggestion(entities: Any) -> None:
    (fault,) = faults(entities, span(from_name="lable"))
    assert (
        fault.message == 'A result belongs to the control "lable", which the labeling config does not have.'
    )
    assert fault.hint == 'Did you mean "label"?'
    assert fault.where["path"] == "from_name"


def test_what_the_config_lacks_is_only_a_warning_unless_it_is_to_be_strict(entities: Any) -> None:
    items = [span(from_name="lable"), span("Persom"), span(to_name="txt")]
    kept, found = results.check(items, entities, DATA, strict=False)
    assert kept == items
    assert [fault.where["severity"] for fault in found] == ["warning"] * 3
    assert results.check(items, entities, DATA, strict=True).kept == []


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_are_refused(number: float, entities: Any) -> None:
    item = span()
    item["value"]["more"] = [{"deep": number}]
    (fault,) = faults(entities, item, strict=False)
    assert "NaN or Infinity" in fault.message
    assert fault.where["severity"] == "error"


def test_a_span_that_ends_before_it_starts_is_refused(entities: Any) -> None:
    item = span()
    item["value"] |= {"start": 9, "end": 4}
    (fault,) = faults(entities, item, strict=False)
    assert "the end 4 lies before the start 9" in fault.message


def test_a_span_without_its_places_is_refused(entities: Any) -> None:
    found = faults(entities, span(value={"labels": ["Person"]}))
    assert [fault.where["path"] for fault in found] == ["value.start", "value.end"]


@pytest.mark.parametrize("value", [None, [], "text", {}, {"labels": "Person"}, {"labels": [1]}])
def test_a_value_of_another_shape_is_refused(value: Any, entities: Any) -> None:
    kept, found = results.check([span(value=value)], entities, DATA)
    assert kept == []
    assert all(fault.where["path"].startswith("value") for fault in found)


def test_a_type_the_control_does_not_make_is_refused(entities: Any) -> None:
    (fault,) = faults(entities, span(type="choices"), strict=False)
    assert fault.message == 'The result of "label" has the type "choices", but Labels makes "labels".'


def test_results_of_a_tag_nobody_provides_are_kept_as_they_are(tags: Any) -> None:
    xml = "<View><Image name='image' value='$image'/><Polygons name='shape' toName='image'/></View>"
    item = {
        "id": "a",
        "from_name": "shape",
        "to_name": "image",
        "type": "polygons",
        "value": {"points": [[1, 2]]},
    }
    kept, found = results.check([item], parse(xml, tags), {}, strict=True)
    assert (kept, found) == ([item], [])


def test_the_tags_own_check_is_asked(entities: Any) -> None:
    stars = {"id": "s", "from_name": "stars", "to_name": "text", "type": "stars", "value": {"stars": 9}}
    (fault,) = faults(entities, stars)
    assert fault.message == 'Stars "stars": 9 is more than 5.'
    assert fault.where["path"] == "value.stars"


def test_results_of_an_older_version_are_brought_up_to_date(entities: Any) -> None:
    old = {"id": "s", "from_name": "stars", "to_name": "text", "type": "stars", "value": {"rating": 3}}
    kept, found = results.check([old], entities, DATA, strict=True)
    assert found == []
    assert kept[0]["value"] == {"stars": 3}


@pytest.mark.parametrize("method", ["check", "upgrade"])
def test_a_tag_that_breaks_on_a_result_is_named_and_the_result_is_kept(
    entities: Any, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("stars")

    monkeypatch.setattr(entities.controls["stars"].tag_class, method, classmethod(broken))
    stars = {"id": "s", "from_name": "stars", "to_name": "text", "type": "stars", "value": {"stars": 2}}
    kept, [fault] = results.check([stars], entities, DATA, strict=True)
    assert kept == [stars]
    assert (fault.code, fault.where["severity"]) == ("plugin", "warning")
    assert fault.message == "Stars \"stars\" could not be checked: its plugin broke with KeyError: 'stars'."


def test_labels_from_the_task_are_not_judged(tags: Any) -> None:
    config = parse_strict(
        "<View><Text name='text' value='$text'/><Choices name='c' toName='text' value='$options'/></View>",
        tags,
    )
    item = {"from_name": "c", "to_name": "text", "type": "choices", "value": {"choices": ["anything"]}}
    assert faults(config, item) == []


def test_relations_join_regions_that_are_there(entities: Any) -> None:
    relation = {"type": "relation", "from_id": "r1", "to_id": "r9", "direction": "right"}
    (fault,) = faults(entities, span(), relation)
    assert fault.where["path"] == "to_id"
    assert faults(entities, span(), {**relation, "to_id": "r1"}) == []


@pytest.mark.parametrize("broken", [{}, "text", None, 3])
def test_a_result_that_is_no_list_is_refused(broken: Any, entities: Any) -> None:
    assert [fault.message for fault in results.check(broken, entities, DATA).faults] == [
        "result must be a list."
    ]


def test_what_is_no_object_is_named_by_its_place(entities: Any) -> None:
    kept, found = results.check([span(), "x", None], entities, DATA)
    assert kept == [span()]
    assert [fault.message for fault in found] == ["Result 2 is no object.", "Result 3 is no object."]


def test_deep_nesting_is_refused_in_words(entities: Any) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    item = span()
    item["value"]["deep"] = deep
    (fault,) = faults(entities, item, strict=False)
    assert "nested" in fault.message
    while deep:  # taken apart by hand, since the interpreter would recurse
        deep = deep.pop()
