"""A config alone gives a task that fits it."""

from __future__ import annotations

from typing import Any

from tagma.labeling import results
from tagma.labeling.config import parse, parse_strict
from tagma.labeling.sample import sample_task


def test_each_key_the_config_reads_gets_a_value(tags: Any) -> None:
    xml = """<View><Header value="About $title"/><Text name="t" value="$text"/><Image name="i" valueList="$pages"/>
      <Choices name="c" toName="t" value="$options"/></View>"""
    data = sample_task(parse_strict(xml, tags))["data"]
    assert set(data) == {"title", "text", "pages", "options"}
    assert isinstance(data["text"], str)
    assert isinstance(data["pages"], list)
    assert isinstance(data["options"], list)


def test_paths_into_the_data_make_the_objects_and_lists_they_pass(tags: Any) -> None:
    data = sample_task(parse("<View><Text name='t' value='$page.lines[1].text'/></View>", tags))["data"]
    assert isinstance(data["page"]["lines"][1]["text"], str)


def test_its_annotation_passes_the_strictest_check(entities: Any) -> None:
    task = sample_task(entities, with_annotation=True)
    result = task["annotations"][0]["result"]
    assert {item["type"] for item in result} == {"labels", "stars"}
    assert results.check(result, entities, task["data"], strict=True).faults == []
    assert task["predictions"][0]["result"] == result


def test_tags_nobody_provides_are_passed_over(tags: Any) -> None:
    config = parse("<View><Odd name='o' value='$odd'/><Polygons name='p' toName='o'/></View>", tags)
    task = sample_task(config, with_annotation=True)
    assert "odd" in task["data"]
    assert task["annotations"][0]["result"] == []
