"""The example models, served by ``tagma-model start``, in projects of a real server: connected, taught, asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytestmark = [
    pytest.mark.needs("controls", "text", "image", "formats", "ml"),
    pytest.mark.xdist_group("models"),
]

EXAMPLES = Path(__file__).parents[3] / "model" / "examples"


def config(name: str) -> str:
    return (EXAMPLES / name / "config.xml").read_text()


def test_a_classifier_learns_what_people_chose(work: Any, served: Any) -> None:
    here = work(config("text_classifier"))
    model = here.connect(served(EXAMPLES / "text_classifier"))
    assert here.model(model)["model_version"] == "TextClassifier 1"
    texts = {
        "lovely warm soup": "good",
        "awful cold soup": "bad",
        "lovely people": "good",
        "awful people": "bad",
    }
    made = here.tasks(*({"text": text} for text in [*texts, "a lovely day", "an awful day"]))
    for task, word in zip(made, texts.values(), strict=False):
        here.annotate(task, {"choices": [word]}, from_name="mood", to_name="text", type="choices")
    assert here.train(model)["state"] == "completed"
    assert here.model(model)["model_version"].startswith("TextClassifier ")
    assert here.model(model)["model_version"] != "TextClassifier 1"
    found = here.predict(model)
    assert [found[task][0]["value"]["choices"] for task in made[-2:]] == [["good"], ["bad"]]
    assert "TextClassifier 1" in here.get(f"/api/ml/{model}/versions")["versions"]


def test_what_is_missing_to_learn_is_told_in_the_models_words(work: Any, served: Any) -> None:
    here = work(config("text_classifier"))
    model = here.connect(served(EXAMPLES / "text_classifier"))
    [task] = here.tasks({"text": "lovely"})
    here.annotate(task, {"choices": ["good"]}, from_name="mood", to_name="text", type="choices")
    job = here.train(model)
    assert job["state"] == "failed"
    assert "Two different choices are needed to learn; there are 1 so far." in str(job["error"])
    assert here.predict(model) == {task: []}


def test_a_model_that_does_not_fit_the_project_says_so_as_it_is_connected(work: Any, served: Any) -> None:
    here = work(config("boxes"))
    body = {"project": here.project, "url": served(EXAMPLES / "text_classifier")}
    answer = here.api.post("/api/ml/", json=body)
    assert answer.status_code == 400
    assert "This model needs <Choices> on <Text>" in answer.text
    assert "RectangleLabels" in answer.text


def test_what_is_drawn_is_answered_with_suggestions(work: Any, served: Any, tmp_path: Path) -> None:
    (tmp_path / "near").mkdir()
    (tmp_path / "near" / "model.py").write_text(
        "from tagma_model import Model\n\n\nclass Near(Model):\n"
        "    def predict(self, tasks, context):\n"
        "        if not context:\n"
        "            return [None for _ in tasks]\n"
        "        at = context['result'][0]['value']\n"
        "        box = self.config.control('RectangleLabels')\n"
        "        return [box.rectangle(at['x'] - 5, at['y'] - 5, 10, 10, 'Big')]\n"
    )
    here = work(config("boxes"))
    model = here.connect(served(tmp_path / "near"), is_interactive=True)
    task = here.upload("a.png", picture())
    drawn = {"id": "p", "type": "rectanglelabels", "value": {"x": 50, "y": 20, "width": 1, "height": 1}}
    drawn |= {"from_name": "label", "to_name": "image"}
    answer = here.send(
        f"/api/ml/{model}/interactive-annotating", {"task": task, "context": {"result": [drawn]}}
    )
    [result] = answer["data"]["result"]
    assert (result["value"]["x"], result["value"]["y"]) == (45, 15)


def test_a_model_is_checked_with_the_tasks_of_a_project(work: Any, live_server: str, key: str) -> None:
    here = work(config("boxes"))
    task = here.upload("a.png", picture((10, 10, 80, 60)))
    box = {"x": 5, "y": 10, "width": 40, "height": 60, "rotation": 0, "rectanglelabels": ["Small"]}
    here.annotate(task, box, from_name="label", to_name="image", type="rectanglelabels")
    program = Path(sys.executable).parent / "tagma-model"
    words = [program, "check", EXAMPLES / "boxes", "--url", f"{live_server}/projects/{here.project}"]
    done = subprocess.run(words, env={**os.environ, "TAGMA_TOKEN": key}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 prediction with 1 result" in done.stdout
    assert "Boxes 2" in done.stdout
    refused = subprocess.run(
        words, env={**os.environ, "TAGMA_TOKEN": "wrong"}, capture_output=True, text=True
    )
    assert refused.returncode == 1
    assert "The token does not hold" in refused.stderr


def test_spans_are_suggested_as_people_marked_them(work: Any, served: Any) -> None:
    here = work(config("entities"))
    model = here.connect(served(EXAMPLES / "entities"))
    marked = [
        ("Yesterday Ada Lovelace went to London.", ("Ada Lovelace", "Person"), ("London", "Place")),
        ("Later Alan Turing lived in Manchester.", ("Alan Turing", "Person"), ("Manchester", "Place")),
        ("We met Grace Hopper in Paris.", ("Grace Hopper", "Person"), ("Paris", "Place")),
    ]
    text = "🙂 Yesterday Emmy Noether lived in Berlin."
    made = here.tasks(*({"text": one[0]} for one in marked), {"text": text})
    for task, (whole, *spans) in zip(made, marked, strict=False):
        values = [
            {
                "start": whole.index(part),
                "end": whole.index(part) + len(part),
                "text": part,
                "labels": [label],
            }
            for part, label in spans
        ]
        here.annotate(task, *values, from_name="label", to_name="text", type="labels")
    assert here.train(model)["state"] == "completed"
    found = [one["value"] for one in here.predict(model)[made[-1]]]
    assert [(one["text"], one["labels"]) for one in found] == [
        ("Emmy Noether", ["Person"]),
        ("Berlin", ["Place"]),
    ]
    assert all(text[one["start"] : one["end"]] == one["text"] for one in found)


def test_boxes_are_suggested_on_uploaded_pictures(work: Any, served: Any) -> None:
    here = work(config("boxes"))
    model = here.connect(served(EXAMPLES / "boxes"))
    first = here.upload("a.png", picture((10, 10, 80, 60), (120, 30, 20, 10)))
    second = here.upload("b.png", picture((20, 30, 70, 60), (150, 70, 18, 12)))
    untaught = here.predict(model)
    assert {word for one in untaught[second] for word in one["value"]["rectanglelabels"]} == {"Big"}
    boxes = [
        {"x": 5, "y": 10, "width": 40, "height": 60, "rotation": 0, "rectanglelabels": ["Big"]},
        {"x": 60, "y": 30, "width": 10, "height": 10, "rotation": 0, "rectanglelabels": ["Small"]},
    ]
    here.annotate(first, *boxes, from_name="label", to_name="image", type="rectanglelabels")
    assert here.train(model)["state"] == "completed"
    found = [one["value"] for one in here.predict(model)[second]]
    assert found == [
        {"x": 10, "y": 30, "width": 35, "height": 60, "rotation": 0, "rectanglelabels": ["Big"]},
        {"x": 75, "y": 70, "width": 9, "height": 12, "rotation": 0, "rectanglelabels": ["Small"]},
    ]


def picture(*boxes: tuple[int, int, int, int]) -> bytes:
    """A light PNG of 200 by 100 pixels with dark boxes."""
    drawn = np.full((100, 200, 3), 240, np.uint8)
    for x, y, width, height in boxes:
        drawn[y : y + height, x : x + width] = (40, 80, 200)
    return cv2.imencode(".png", drawn)[1].tobytes()
