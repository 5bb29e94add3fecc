"""A control makes results that fit it, and refuses others in words; what it makes passes Tagma's own rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tagma_model import Config, Control, ModelError
from tagma_model.judge import Judge

XML = """<View>
  <Image name="image" value="$image"/>
  <Text name="text" value="$deep.texts[1]"/>
  <Audio name="audio" value="$audio"/>
  <RectangleLabels name="box" toName="image"><Label value="Cat" alias="cat"/><Label value="Dog"/></RectangleLabels>
  <Rectangle name="bare" toName="image"/>
  <Labels name="kind" toName="image"><Label value="Old"/></Labels>
  <EllipseLabels name="oval" toName="image"><Label value="Egg"/></EllipseLabels>
  <PolygonLabels name="area" toName="image"><Label value="Lake"/></PolygonLabels>
  <KeyPointLabels name="dot" toName="image"><Label value="Nose"/></KeyPointLabels>
  <Labels name="name" toName="text"><Label value="Person"/></Labels>
  <Labels name="speech" toName="audio"><Label value="Laughter"/></Labels>
  <Choices name="mood" toName="text"><View><Choice value="good"><Choice value="very"/></Choice></View><Choice value="bad"/></Choices>
  <Choices name="free" toName="text" value="$options"/>
  <Taxonomy name="tree" toName="text"><Choice value="Animal"><Choice value="Cat"/></Choice></Taxonomy>
  <TextArea name="says" toName="text"/>
  <Rating name="stars" toName="text"/>
  <Number name="count" toName="text"/>
  <DateTime name="when" toName="text"/>
</View>"""


@pytest.fixture
def config() -> Config:
    return Config(XML)


Make = Callable[[Config], dict[str, Any]]
MADE: dict[str, tuple[Make, str, dict[str, Any]]] = {
    "choices": (lambda c: c.controls["mood"].choices("bad"), "choices", {"choices": ["bad"]}),
    "choices from the data": (lambda c: c.controls["free"].choices("any"), "choices", {"choices": ["any"]}),
    "taxonomy": (
        lambda c: c.controls["tree"].taxonomy(["Animal", "Cat"]),
        "taxonomy",
        {"taxonomy": [["Animal", "Cat"]]},
    ),
    "textarea": (lambda c: c.controls["says"].textarea("a", "b"), "textarea", {"text": ["a", "b"]}),
    "rating": (lambda c: c.controls["stars"].rating(4), "rating", {"rating": 4}),
    "number": (lambda c: c.controls["count"].number(1.5), "number", {"number": 1.5}),
    "datetime": (
        lambda c: c.controls["when"].datetime("2026-01-31T09:30"),
        "datetime",
        {"datetime": "2026-01-31T09:30"},
    ),
    "span": (
        lambda c: c.controls["name"].span("Ada 👩‍🚀 wrote", 0, 3, "Person"),
        "labels",
        {"start": 0, "end": 3, "text": "Ada", "labels": ["Person"]},
    ),
    "interval": (
        lambda c: c.controls["speech"].interval(0.5, 2, "Laughter"),
        "labels",
        {"start": 0.5, "end": 2, "channel": 0, "labels": ["Laughter"]},
    ),
    "rectangle in percent": (
        lambda c: c.controls["box"].rectangle(10, 20, 30, 40, "cat"),
        "rectanglelabels",
        {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["cat"]},
    ),
    "rectangle in pixels": (
        lambda c: c.controls["box"].rectangle(100, 50, 50, 100, "Dog", size=(200, 200)),
        "rectanglelabels",
        {"x": 50, "y": 25, "width": 25, "height": 50, "rotation": 0, "rectanglelabels": ["Dog"]},
    ),
    "rectangle over the edge": (
        lambda c: c.controls["box"].rectangle(-10, 90, 30, 40, "Dog"),
        "rectanglelabels",
        {"x": 0, "y": 90, "width": 20, "height": 10, "rotation": 0, "rectanglelabels": ["Dog"]},
    ),
    "bare rectangle": (
        lambda c: c.controls["bare"].rectangle(1, 2, 3, 4),
        "rectangle",
        {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 0},
    ),
    "ellipse": (
        lambda c: c.controls["oval"].ellipse(50, 20, 10, 5, "Egg", size=(100, 50)),
        "ellipselabels",
        {"x": 50, "y": 40, "radiusX": 10, "radiusY": 10, "rotation": 0, "ellipselabels": ["Egg"]},
    ),
    "polygon": (
        lambda c: c.controls["area"].polygon([(0, 0), (5, 0), (5, 5)], "Lake", size=(10, 50)),
        "polygonlabels",
        {"points": [[0, 0], [50, 0], [50, 10]], "closed": True, "polygonlabels": ["Lake"]},
    ),
    "keypoint": (
        lambda c: c.controls["dot"].keypoint(5, 5, "Nose", size=(10, 50)),
        "keypointlabels",
        {"x": 50, "y": 10, "width": 0.5, "keypointlabels": ["Nose"]},
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_a_result_has_its_names_type_and_value(name: str, config: Config) -> None:
    make, kind, value = MADE[name]
    made = make(config)
    assert (made["type"], made["value"]) == (kind, value)
    control = config.controls[made["from_name"]]
    assert made["to_name"] == control.object.name
    assert len(made["id"]) == 10
    assert "score" not in made


@pytest.mark.needs("controls", "text", "image")
@pytest.mark.parametrize("name", MADE)
def test_what_is_made_passes_the_rules_of_the_labeling_server(name: str, config: Config) -> None:
    assert list(Judge(XML).faults([MADE[name][0](config)], {"data": {}})) == []


def test_pixels_tell_the_size_of_the_picture(config: Config) -> None:
    made = config.controls["box"].rectangle(0, 0, 1, 1, "Dog", size=(640, 400), score=0.5)
    assert (made["original_width"], made["original_height"], made["image_rotation"]) == (640, 400, 0)
    assert made["score"] == 0.5


def test_a_label_about_a_bare_box_shares_its_region(config: Config) -> None:
    box = config.controls["bare"].rectangle(1, 2, 3, 4, size=(100, 100))
    label = config.controls["kind"].about(box, "Old", score=0.5)
    assert (label["id"], label["to_name"], label["type"]) == (box["id"], "image", "labels")
    assert label["value"] == {**box["value"], "labels": ["Old"]}
    assert label["original_width"] == 100
    assert box["value"].keys() == {"x", "y", "width", "height", "rotation"}


def test_a_choice_about_a_labeled_box_leaves_its_labels_out(config: Config) -> None:
    box = config.controls["box"].rectangle(1, 2, 3, 4, "cat")
    assert "rectanglelabels" not in config.controls["mood"].about(box, "good")["value"]


BAD: dict[str, tuple[Make, str]] = {
    "a choice that is not offered": (
        lambda c: c.controls["mood"].choices("god"),
        'Choices "mood" does not offer "god". Did you mean "good"?',
    ),
    "a shown word instead of its alias": (
        lambda c: c.controls["box"].rectangle(1, 1, 1, 1, "Cat"),
        'does not offer "Cat". Did you mean "cat"?',
    ),
    "a list of choices": (lambda c: c.controls["mood"].choices(["good"]), "takes words, not"),  # type: ignore[arg-type]
    "choices of a Rating": (lambda c: c.controls["stars"].choices("good"), "holds no choices; Choices do"),
    "a span the wrong way round": (
        lambda c: c.controls["name"].span("Ada", 3, 1, "Person"),
        "none of a text of 3",
    ),
    "a span past the end": (lambda c: c.controls["name"].span("Ada", 0, 4, "Person"), "none of a text of 3"),
    "a box in pixels as percent": (
        lambda c: c.controls["box"].rectangle(300, 200, 50, 50, "Dog"),
        "covers nothing",
    ),
    "a box of NaN": (
        lambda c: c.controls["box"].rectangle(float("nan"), 0, 1, 1, "Dog"),
        "covers nothing",
    ),
    "a picture without size": (
        lambda c: c.controls["box"].rectangle(1, 1, 1, 1, "Dog", size=(0, 10)),
        "0 by 10 pixels",
    ),
    "a label of a bare box": (
        lambda c: c.controls["bare"].rectangle(1, 1, 1, 1, "Old"),
        'carries no labels; those of <Labels> beside it do. Make the region first, then the label: labels.about(region, "Old")',
    ),
    "a polygon of two points": (
        lambda c: c.controls["area"].polygon([(0, 0), (1, 1)], "Lake"),
        "three points",
    ),
    "a path that is not offered": (
        lambda c: c.controls["tree"].taxonomy(["Animal", "Dog"]),
        'offer "Animal / Dog"',
    ),
    "an interval of no length": (lambda c: c.controls["speech"].interval(2, 2, "Laughter"), "no length"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_refused_in_words(name: str, config: Config) -> None:
    make, words = BAD[name]
    with pytest.raises(ModelError) as told:
        make(config)
    assert words in str(told.value)


def test_what_is_offered_is_known_with_aliases_and_paths(config: Config) -> None:
    assert config.controls["box"].words == ["cat", "Dog"]
    assert config.controls["box"].labels[0].text == "Cat"
    assert [label.path for label in config.controls["mood"].labels] == [("good",), ("good", "very"), ("bad",)]
    assert config.controls["free"].words == []


def test_a_control_is_found_by_tag_by_name_and_by_what_it_is_about(config: Config) -> None:
    assert config.control().name == "box"
    assert config.control("Labels", on="Text").name == "name"
    assert config.control("stars").tag == "Rating"
    assert config.control("VideoRectangle", "Choices").name == "mood"


def test_a_control_that_is_not_there_is_asked_for_in_words(config: Config) -> None:
    with pytest.raises(
        ModelError, match=r'needs <Choices> on <Image>.*It has: RectangleLabels "box" on Image'
    ):
        config.control("Choices", on="Image")


def test_what_an_object_shows_is_found_along_its_path(config: Config) -> None:
    text: Control = config.controls["name"]
    assert text.of({"data": {"deep": {"texts": ["a", "b"]}}}) == "b"
    with pytest.raises(ModelError, match=r'shows "deep.texts\[1\]"'):
        text.of({"data": {"deep": {"texts": ["a"]}}})
    assert (
        Config('<View><Text name="t" value="$x"/></View>').objects["t"].of({"data": {"$undefined$": "u"}})
        == "u"
    )
