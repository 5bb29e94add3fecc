"""What a person reads about a labeling config that is wrong, and what is made of one that is right."""

from __future__ import annotations

from typing import Any

import pytest

from tagma.errors import ConfigError
from tagma.labeling.config import check, errors, parse, parse_strict

TEXT = '<Text name="text" value="$text"/>'
MOOD = '<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>'

# config -> line, code, severity, part of the message, part of the hint
FAULTS = {
    "nothing": ("  ", None, "config-empty", "error", "is empty", "<View>"),
    "an open tag": ("<View>\n<Text", 2, "config-xml", "error", "not well-formed XML", ""),
    "the wrong end": (
        "<View>\n<Header value='x'>\n</View>",
        3,
        "config-xml",
        "error",
        "not well-formed XML",
        "Close every tag",
    ),
    "a bare ampersand": (
        "<View>\n<Header value='a & b'/></View>",
        2,
        "config-xml",
        "error",
        "not well-formed",
        "&amp;",
    ),
    "no quotes": ("<View name=x/>", 1, "config-xml", "error", "not well-formed", "in quotes"),
    "an attribute twice": (
        "<View style='' style=''/>",
        1,
        "config-xml",
        "error",
        "not well-formed",
        "one of the two",
    ),
    "two roots": ("<View/>\n<View/>", 2, "config-xml", "error", "not well-formed", "A config is one element"),
    "a misspelt tag": (
        f"<View>\n{TEXT}\n<Choises name='a' toName='text'/></View>",
        3,
        "unknown-tag",
        "error",
        "There is no tag <Choises>.",
        'Did you mean "Choices"?',
    ),
    "a tag of no plugin": (
        f"<View>\n{TEXT}\n<PolygonLabels name='a' toName='text'/>{MOOD}</View>",
        3,
        "unknown-tag",
        "warning",
        "No plugin of this server provides the tag <PolygonLabels>.",
        "shown locked",
    ),
    "a target that is not there": (
        f"<View>{TEXT}\n<Choices name='a' toName='txt'><Choice value='x'/></Choices></View>",
        2,
        "unknown-to-name",
        "error",
        'Choices "a" points at "txt", which no tag is named.',
        'Did you mean "text"?',
    ),
    "a target that shows nothing": (
        f"<View>{TEXT}{MOOD}\n<Stars name='a' toName='mood'/></View>",
        2,
        "wrong-to-name",
        "error",
        'Stars "a" points at "mood", which is a control (Choices) and shows no data.',
        "text",
    ),
    "a target of another kind": (
        f"<View>{TEXT}\n<RectangleLabels name='a' toName='text'><Label value='x'/></RectangleLabels></View>",
        2,
        "wrong-to-name",
        "error",
        'RectangleLabels "a" can\'t work on "text", which is a Text.',
        "RectangleLabels works on Image.",
    ),
    "no target": (
        f"<View>{TEXT}{MOOD}\n<Stars name='a'/></View>",
        2,
        "missing-to-name",
        "error",
        "has no toName",
        "text",
    ),
    "a name twice": (
        f"<View>{TEXT}\n{MOOD}\n<Stars name='mood' toName='text'/></View>",
        3,
        "duplicate-name",
        "error",
        'The name "mood" is used twice: by <Choices> in line 2 and by <Stars> in line 3.',
        "another name",
    ),
    "no name": (
        f"<View>{TEXT}{MOOD}\n<Stars toName='text'/></View>",
        2,
        "missing-name",
        "error",
        "<Stars> has no name.",
        'name="stars"',
    ),
    "a missing attribute": (
        f"<View>{TEXT}{MOOD}\n<Text name='other'/></View>",
        2,
        "missing-attribute",
        "error",
        'Text "other" has no value.',
        'value="$key"',
    ),
    "a misspelt attribute": (
        f"<View>{TEXT}\n<Choices name='a' toName='text' choise='single'><Choice value='x'/></Choices></View>",
        2,
        "unknown-attribute",
        "warning",
        'Choices "a" knows no attribute "choise".',
        'Did you mean "choice"?',
    ),
    "a word that is not allowed": (
        f"<View>{TEXT}\n<Choices name='a' toName='text' choice='three'><Choice value='x'/></Choices></View>",
        2,
        "wrong-value",
        "error",
        'choice="three" of Choices "a" must be one of "single", "multiple".',
        "",
    ),
    "no number": (
        f"<View>{TEXT}{MOOD}\n<Header value='x' size='big'/></View>",
        2,
        "wrong-value",
        "error",
        "must be a number",
        "",
    ),
    "too large a number": (
        f"<View>{TEXT}{MOOD}\n<Header value='x' size='9'/></View>",
        2,
        "wrong-value",
        "error",
        "must be a number of at most 6",
        "",
    ),
    "neither true nor false": (
        f"<View>{TEXT}\n<Choices name='a' toName='text' required='maybe'><Choice value='x'/></Choices></View>",
        2,
        "wrong-value",
        "error",
        'must be "true" or "false"',
        "",
    ),
    "a child in the wrong place": (
        f"<View>{TEXT}\n<Labels name='a' toName='text'><Label value='x'/>\n<Choice value='y'/></Labels></View>",
        3,
        "wrong-child",
        "error",
        '<Choice> can\'t stand inside Labels "a".',
        "<Labels> holds Label.",
    ),
    "a child where none may be": (
        f"<View>{TEXT}{MOOD}<Style>\n<View/></Style></View>",
        2,
        "wrong-child",
        "error",
        "can't stand inside <Style>",
        "holds no tags",
    ),
    "nothing to choose": (
        f"<View>{TEXT}\n<Choices name='a' toName='text'/></View>",
        2,
        "no-labels",
        "error",
        'Choices "a" offers nothing to choose.',
        "Put labels inside",
    ),
    "a label without a value": (
        f"<View>{TEXT}\n<Choices name='a' toName='text'><Choice value='x'/>\n<Choice/></Choices></View>",
        3,
        "missing-attribute",
        "error",
        "<Choice> has no value.",
        "value=",
    ),
    "a label twice": (
        f"<View>{TEXT}\n<Choices name='a' toName='text'><Choice value='x'/>\n<Choice value='x'/></Choices></View>",
        3,
        "duplicate-label",
        "warning",
        'Choices "a" offers "x" twice, in lines 2 and 3.',
        "alias",
    ),
    "a rule about nobody": (
        f"<View>{TEXT}{MOOD}\n<View visibleWhen='choice-selected' whenTagName='mod'/></View>",
        2,
        "unknown-rule",
        "error",
        'waits for "mod", which no tag is named',
        'Did you mean "mood"?',
    ),
    "a rule about a label nobody offers": (
        f"<View>{TEXT}{MOOD}\n<View visibleWhen='x' whenTagName='mood' whenLabelValue='goood'/></View>",
        2,
        "unknown-rule",
        "warning",
        'waits for "goood", but Choices "mood" does not offer it.',
        'Did you mean "good"?',
    ),
    "what the tag itself refuses": (
        f"<View>{TEXT}\n<Stars name='a' toName='text' most='13'/></View>",
        2,
        "wrong-tag",
        "error",
        "Stars can't be 13.",
        "",
    ),
    "nothing to show": ("<View/>", 1, "config-empty", "warning", "shows nothing yet", "<Text"),
    "nothing to mark with": (
        f"<View>\n{TEXT}</View>",
        2,
        "no-controls",
        "warning",
        "no control marks it",
        "<Choices>",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_names_its_line_and_what_to_do(case: str, tags: Any) -> None:
    xml, line, code, severity, message, hint = FAULTS[case]
    found = check(xml, tags)
    assert [fault.code for fault in found] == [code], [str(fault) for fault in found]
    fault = found[0]
    assert message in fault.message
    assert hint in fault.hint
    assert fault.where.get("line") == line
    assert fault.where["severity"] == severity


def test_a_right_config_has_no_faults(tags: Any) -> None:
    assert check(f"<View>{TEXT}{MOOD}</View>", tags) == []


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(tags: Any) -> None:
    xml = f"<View>\n{TEXT}\n<Choises name='a' toName='text'/>\n<Stars name='text' toName='x'/>\n<Header size='9'/></View>"
    with pytest.raises(ConfigError) as raised:
        parse_strict(xml, tags)
    assert [fault.where["line"] for fault in raised.value.faults] == [3, 4, 4, 5, 5]
    assert raised.value.message == "The labeling config has 5 faults."


def test_a_single_fault_is_told_by_itself(tags: Any) -> None:
    with pytest.raises(ConfigError, match="There is no tag <Choises>") as raised:
        parse_strict(f"<View>{TEXT}<Choises name='a' toName='text'/></View>", tags)
    assert raised.value.where["line"] == 1


def test_warnings_alone_do_not_keep_a_config_from_being_saved(tags: Any) -> None:
    xml = f"<View>{TEXT}<PolygonLabels name='p' toName='text'><Label value='x'/></PolygonLabels></View>"
    assert errors(check(xml, tags)) == []
    assert parse_strict(xml, tags).controls["p"].kind == "unknown"


def test_a_misspelt_tag_that_is_stored_already_may_stay(tags: Any) -> None:
    xml = f"<View>{TEXT}{MOOD}<Imag/></View>"
    assert errors(check(xml, tags))
    assert errors(check(xml, tags, kept=["Imag"])) == []


# Hostile XML

BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<View>&b;</View>'
)
EXTERNAL = '<?xml version="1.0"?>\n<!-- hello -->\n<!DOCTYPE v [<!ENTITY x SYSTEM "file:///etc/passwd">]><View>&x;</View>'


@pytest.mark.parametrize(("xml", "line"), [(BOMB, 1), (EXTERNAL, 3)], ids=["entity bomb", "external entity"])
def test_a_doctype_is_refused_before_anything_is_read(xml: str, line: int, tags: Any) -> None:
    (fault,) = check(xml, tags)
    assert fault.code == "config-doctype"
    assert fault.where["line"] == line
    assert "DOCTYPE" in fault.message
    assert parse(xml, tags).root.children == []


@pytest.mark.parametrize("depth", [101, 400, 100_000])
def test_elements_nested_without_end_are_refused(depth: int, tags: Any) -> None:
    (fault,) = check("<View>" * depth + "</View>" * depth, tags)
    assert fault.code == "config-depth"
    assert fault.message == "The labeling config nests elements more than 100 deep."


def test_a_config_of_many_megabytes_is_refused(tags: Any) -> None:
    (fault,) = check("<View>" + " " * (17 * 2**20) + "</View>", tags)
    assert fault.code == "config-size"
    assert "17 MiB" in fault.message


@pytest.mark.parametrize(
    "xml",
    ["", "no xml", "<View>\x00</View>", "<View>\ud800</View>", '<?xml version="1.0" encoding="x"?><View'],
)
def test_a_stored_config_opens_whatever_it_is(xml: str, tags: Any) -> None:
    assert parse(xml, tags).root.tag == "View"
    assert errors(check(xml, tags))


# What is made of a right one

THREE_PARTS = """<View style="display: flex">
  <Style>.left { width: 50% }</Style>
  <View className="left">
    <Image name="image" value="$image"/>
    <PolygonLabels name="shape" toName="image"><Label value="Road" background="red"/></PolygonLabels>
    <Choices name="quality" toName="image"><Choice value="sharp"/><Choice value="blurred"/></Choices>
  </View>
  <View style="flex: 1">
    <View style="margin: 1em">
      <Header value="Names in $title"/>
      <Labels name="entity" toName="text"><Label value="Person"/></Labels>
      <Text name="text" value="$text"/>
    </View>
  </View>
</View>"""


def test_a_config_of_three_parts_opens_with_a_tag_nobody_provides(tags: Any) -> None:
    config = parse_strict(THREE_PARTS, tags)
    assert list(config.objects) == ["image", "text"]
    assert list(config.controls) == ["shape", "quality", "entity"]
    shape = config.controls["shape"]
    assert (shape.kind, shape.tag, shape.to_name) == ("unknown", "PolygonLabels", ("image",))
    assert [label.value for label in config.labels("shape")] == ["Road"]
    assert set(config.references) == {"image", "title", "text"}
    assert set(config.required_keys) == {"image", "text"}


def test_names_of_tags_and_attributes_know_no_case(tags: Any) -> None:
    config = parse_strict(
        "<view><text NAME='t' VALUE='$t'/><picks name='c' toname='t' Choice='MULTIPLE'><choice value='x'/></picks></view>",
        tags,
    )
    assert config.controls["c"].tag == "Choices"
    assert config.controls["c"].get("choice") == "multiple"


def test_aliases_are_what_results_hold(tags: Any) -> None:
    config = parse_strict(
        f"<View>{TEXT}<Choices name='c' toName='text'><Choice value='Good' alias='g'><Choice value='Very'/></Choice></Choices></View>",
        tags,
    )
    assert [(label.value, label.text, label.path) for label in config.labels("c")] == [
        ("g", "Good", ("g",)),
        ("Very", "Very", ("g", "Very")),
    ]


def test_labels_may_come_from_the_task(tags: Any) -> None:
    config = parse_strict(f"<View>{TEXT}<Choices name='c' toName='text' value='$options'/></View>", tags)
    assert config.is_dynamic("c")
    assert config.labels("c") == []
    assert set(config.required_keys) == {"text"}


def test_one_control_may_point_at_several_objects(tags: Any) -> None:
    config = parse_strict(
        "<View><Text name='a' value='$a'/><Text name='b' value='Fixed words'/><Stars name='s' toName='a, b'/></View>",
        tags,
    )
    assert config.controls["s"].to_name == ("a", "b")
    assert set(config.required_keys) == {"a"}


def test_comments_and_instructions_are_passed_over(tags: Any) -> None:
    config = parse_strict(f"<?x y?><!-- a --><View><!-- b --><?z?>{TEXT}{MOOD}</View>", tags)
    assert [child.tag for child in config.root.children] == ["Text", "Choices"]
