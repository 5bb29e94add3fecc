"""The models under ``examples/`` pass the check, learn from a few annotations, and are right about what they did not see."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tagma_model.loading import load_class

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def taught(desk: Any, home: Any) -> Callable[..., Any]:
    """An example, served, that has learned from tasks with their results."""

    def teach(name: str, tasks: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> Any:
        there = home()
        there.files["/api/projects/7/export?exportType=JSON"] = [
            {"id": number, "data": data, "annotations": [{"result": result}]}
            for number, (data, result) in enumerate(tasks, 1)
        ]
        here = desk(load_class(EXAMPLES / name), config=(EXAMPLES / name / "config.xml").read_text())
        here.setup(hostname=there.address)
        here.tell()
        assert here.learned() == {"learning": "", "trouble": "", "broke": False}
        return here

    return teach


def ask(desk: Any, data: dict[str, Any]) -> list[dict[str, Any]]:
    answer = desk.ask({"id": 99, "data": data})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"][0]["result"]


@pytest.mark.needs("controls", "text", "image")
@pytest.mark.parametrize("name", sorted(one.parent.name for one in EXAMPLES.glob("*/model.py")))
def test_it_passes_the_check(name: str) -> None:
    program = Path(sys.executable).parent / "tagma-model"
    done = subprocess.run([program, "check", EXAMPLES / name], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to judge" not in done.stdout


@pytest.mark.parametrize("name", ["text_classifier", "entities"])
def test_before_it_learned_it_suggests_nothing(desk: Any, name: str) -> None:
    here = desk(load_class(EXAMPLES / name), config=(EXAMPLES / name / "config.xml").read_text())
    assert ask(here, {"text": "What a day"}) == []


def test_texts_are_classified_as_people_classified_them(taught: Any) -> None:
    good = ["a lovely warm soup", "lovely people", "warm and lovely", "the soup was warm"]
    bad = ["an awful cold soup", "awful people", "cold and awful", "the soup was cold"]

    def chose(text: str, word: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        value = {"choices": [word]}
        return {"text": text}, [{"from_name": "mood", "to_name": "text", "type": "choices", "value": value}]

    here = taught("text_classifier", [*(chose(t, "good") for t in good), *(chose(t, "bad") for t in bad)])
    for text, word in (("such a lovely evening", "good"), ("what an awful evening", "bad")):
        [result] = ask(here, {"text": text})
        assert result["value"] == {"choices": [word]}
        assert 0.5 < result["score"] < 1


def test_one_choice_is_too_little_to_learn_from(desk: Any, home: Any) -> None:
    there = home()
    result = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
    there.files["/api/projects/7/export?exportType=JSON"] = [
        {"id": 1, "data": {"text": "a"}, "annotations": [{"result": [result]}]}
    ]
    here = desk(load_class(EXAMPLES / "text_classifier"))
    here.setup(hostname=there.address)
    here.tell("ANNOTATION_CREATED")
    assert here.learned()["trouble"] == "Two different choices are needed to learn; there are 1 so far."


def test_names_are_found_where_people_would_mark_them(taught: Any) -> None:
    def marked(text: str, *spans: tuple[str, str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        return {"text": text}, [
            {
                "from_name": "label",
                "to_name": "text",
                "type": "labels",
                "value": {"start": text.index(part), "end": text.index(part) + len(part), "labels": [label]},
            }
            for part, label in spans
        ]

    here = taught(
        "entities",
        [
            marked("Yesterday Ada Lovelace went to London.", ("Ada Lovelace", "Person"), ("London", "Place")),
            marked(
                "Later Alan Turing lived in Manchester.", ("Alan Turing", "Person"), ("Manchester", "Place")
            ),
            marked("We met Grace Hopper in Paris.", ("Grace Hopper", "Person"), ("Paris", "Place")),
            marked(
                "Nobody went to the market.",
            ),
        ],
    )
    text = "🙂 Yesterday Emmy Noether lived in Berlin."
    found = [(one["value"]["text"], one["value"]["labels"]) for one in ask(here, {"text": text})]
    assert found == [("Emmy Noether", ["Person"]), ("Berlin", ["Place"])]


def picture(*boxes: tuple[int, int, int, int]) -> str:
    """A light picture of 200 by 100 pixels with dark boxes, as an address in itself."""
    drawn = np.full((100, 200, 3), 240, np.uint8)
    for x, y, width, height in boxes:
        drawn[y : y + height, x : x + width] = (40, 80, 200)
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", drawn)[1].tobytes()).decode()


def test_boxes_are_drawn_around_what_stands_out_and_named_by_likeness(taught: Any) -> None:
    def drawn(box: tuple[int, int, int, int], label: str) -> dict[str, Any]:
        x, y, width, height = box
        value = {"x": x / 2, "y": y, "width": width / 2, "height": height, "rectanglelabels": [label]}
        return {"from_name": "label", "to_name": "image", "type": "rectanglelabels", "value": value}

    big, small = (10, 10, 80, 60), (120, 30, 20, 10)
    here = taught("boxes", [({"image": picture(big, small)}, [drawn(big, "Big"), drawn(small, "Small")])])
    found = ask(here, {"image": picture((20, 30, 70, 60), (150, 70, 18, 12))})
    assert [one["value"] for one in found] == [
        {"x": 10, "y": 30, "width": 35, "height": 60, "rotation": 0, "rectanglelabels": ["Big"]},
        {"x": 75, "y": 70, "width": 9, "height": 12, "rotation": 0, "rectanglelabels": ["Small"]},
    ]
    assert {(one["original_width"], one["original_height"]) for one in found} == {(200, 100)}


def test_a_file_that_is_no_picture_is_told(desk: Any) -> None:
    here = desk(load_class(EXAMPLES / "boxes"), config=(EXAMPLES / "boxes" / "config.xml").read_text())
    answer = here.ask({"id": 3, "data": {"image": "data:text/plain,hello"}})
    assert answer.status_code == 400
    assert "no picture that OpenCV can read" in answer.json()["detail"]
    assert answer.json()["where"] == {"task": 3}
