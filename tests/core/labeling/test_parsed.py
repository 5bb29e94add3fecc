"""The parsed config of the API agrees with that of the official client; what a new config would orphan is told."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from tagma.labeling.config import parse, parse_strict
from tagma.labeling.parsed import lost, parsed
from tagma.labeling.sample import sample_task

CONFIGS = {
    "entities": """<View><Labels name="label" toName="text"><Label value="Person" background="red"/><Label value="Place"/></Labels>
      <Text name="text" value="$text"/></View>""",
    "boxes": """<View><Image name="image" value="$image"/>
      <RectangleLabels name="box" toName="image"><Label value="Cat"/></RectangleLabels></View>""",
    "choices with aliases": """<View><Text name="text" value="$text"/>
      <Choices name="c" toName="text"><Choice value="Good" alias="g"/><Choice value="Bad" hotkey="b"/></Choices></View>""",
    "two objects": """<View><Text name="a" value="$a"/><Image name="b" value="$b"/>
      <Choices name="c" toName="a,b"><Choice value="x"/></Choices></View>""",
    "labels of the task": """<View><Text name="text" value="$text"/><Choices name="c" toName="text" value="$options"/></View>""",
    "a tag nobody provides": """<View><Image name="image" value="$image"/>
      <PolygonLabels name="p" toName="image"><Label value="Road"/></PolygonLabels></View>""",
}


@pytest.mark.parametrize("case", CONFIGS)
def test_it_is_what_the_official_client_makes_of_a_config(case: str, tags: Any) -> None:
    client = import_module("label_studio_sdk._extensions.label_studio_tools.core.label_config")
    assert parsed(parse(CONFIGS[case], tags)) == client.parse_config(CONFIGS[case])


@pytest.mark.parametrize("case", CONFIGS)
def test_the_official_client_takes_the_sample_task(case: str, tags: Any) -> None:
    interface = import_module("label_studio_sdk.label_interface").LabelInterface(CONFIGS[case])
    config = parse(CONFIGS[case], tags)
    assert [control.name for control in interface.controls] == list(config.controls)
    assert {name: list(interface.get_control(name).labels) for name in config.controls} == {
        name: [label.value for label in config.labels(name)] for name in config.controls
    }
    assert interface.validate_task(sample_task(config))


def test_each_control_tells_its_inputs_and_labels(tags: Any) -> None:
    assert parsed(parse_strict(CONFIGS["entities"], tags)) == {
        "label": {
            "type": "Labels",
            "to_name": ["text"],
            "inputs": [{"type": "Text", "value": "text", "valueType": None}],
            "labels": ["Person", "Place"],
            "labels_attrs": {"Person": {"value": "Person", "background": "red"}, "Place": {"value": "Place"}},
        }
    }


def test_rules_and_indexed_names_are_told(tags: Any) -> None:
    xml = """<View><Text name="text" value="$text"/>
      <Choices name="c{{idx}}" toName="text" visibleWhen="choice-selected" whenTagName="m"><Choice value="x"/></Choices></View>"""
    entry = parsed(parse(xml, tags))["c{{idx}}"]
    assert entry["regex"] == {"{{idx}}": ".*"}
    assert entry["conditionals"] == {"type": "tag", "name": "m"}


def test_a_config_that_keeps_all_controls_and_labels_orphans_nothing(entities: Any) -> None:
    assert lost(entities, ["label|text|labels", "gone|text|textarea"], {"label": ["Person", "PLC"]}) == []


@pytest.mark.parametrize(
    ("used", "labels", "said"),
    [
        (["mood|text|choices"], {}, 'made with the control "mood", which the new config lacks'),
        (["label|page|labels"], {}, 'about "page", which it no longer points at'),
        (["label|text|choices"], {}, '"label" was a choices when annotations were made; now it is a Labels.'),
        ([], {"label": ["Person", "Animal", "Year"]}, 'carry the labels Animal, Year of "label"'),
    ],
)
def test_what_a_new_config_would_orphan_is_said(used: Any, labels: Any, said: str, entities: Any) -> None:
    (sentence,) = lost(entities, used, labels)
    assert said in sentence
