"""What a labeling server asks over the wire, and what it is answered; also when the model is at fault."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tagma_model import Model, ModelError

ONE, TWO = {"id": 1, "data": {"text": "Fine."}}, {"id": 2, "data": {"text": "Awful."}}


class Mood(Model):
    def load(self) -> None:
        self.mood = self.config.control("Choices", on="Text")

    def predict(self, tasks: Any, context: Any) -> Any:
        return [
            self.mood.choices("good", score=0.75) if self.mood.of(task) == "Fine." else None for task in tasks
        ]


def answering(answer: Any) -> type[Model]:
    """A model that answers each task with what ``answer`` makes of it."""

    class Answering(Model):
        def predict(self, tasks: Any, context: Any) -> Any:
            return [answer(self, task, context) for task in tasks]

    return Answering


@pytest.mark.parametrize("path", ["/", "/health"])
def test_it_says_that_it_is_up(desk: Any, path: str) -> None:
    answer = desk(Mood).client.get(path)
    assert answer.status_code == 200
    assert answer.json()["status"] == "UP"
    assert answer.json()["model_class"] == "Mood"


def test_setup_tells_the_version(desk: Any) -> None:
    answer = desk(Mood).setup()
    assert (answer.status_code, answer.json()) == (200, {"model_version": "Mood 1"})


def test_the_version_of_the_class_is_told(desk: Any) -> None:
    class Second(Mood):
        version = "mood-2b"

    assert desk(Second).setup().json() == {"model_version": "mood-2b"}


def test_tasks_are_answered_in_their_order(desk: Any) -> None:
    answer = desk(Mood).ask(TWO, ONE)
    assert answer.status_code == 200
    nothing, good = answer.json()["results"]
    assert nothing == {"result": [], "score": None, "model_version": "Mood 1"}
    [result] = good["result"]
    assert result.pop("id")
    assert result == {
        "from_name": "mood",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["good"]},
        "score": 0.75,
    }
    assert (good["score"], good["model_version"]) == (0.75, "Mood 1")


def test_predictions_need_no_setup_before(desk: Any) -> None:
    assert desk(Mood).ask(ONE).json()["model_version"] == "Mood 1"


def test_what_was_drawn_is_handed_over(desk: Any) -> None:
    seen = []
    drawn = {"result": [{"id": "a", "type": "keypointlabels"}]}
    desk(answering(lambda _model, _task, context: seen.append(context))).ask(ONE, context=drawn)
    assert seen == [drawn]


def test_a_task_may_have_several_predictions(desk: Any) -> None:
    def answer(model: Model, _task: Any, _context: Any) -> Any:
        mood = model.config.control()
        return [
            {"result": [mood.choices(word)], "score": score} for word, score in (("good", 0.6), ("bad", 0.4))
        ]

    [several] = desk(answering(answer)).ask(ONE).json()["results"]
    assert [one["score"] for one in several] == [0.6, 0.4]
    assert [one["result"][0]["value"] for one in several] == [{"choices": ["good"]}, {"choices": ["bad"]}]


def test_predict_may_be_a_generator(desk: Any) -> None:
    class Lazy(Mood):
        def predict(self, tasks: Any, context: Any) -> Iterator[Any]:
            yield from super().predict(tasks, context)

    assert len(desk(Lazy).ask(ONE, TWO).json()["results"]) == 2


def test_numbers_of_numpy_become_plain_ones(desk: Any) -> None:
    def answer(model: Model, _task: Any, _context: Any) -> Any:
        value = {"x": np.float32(0.5), "points": np.array([[1, 2]]), "n": np.int64(3)}
        return {"result": [model.config.control().result(value)], "score": np.float64(0.25)}

    [found] = desk(answering(answer)).ask(ONE).json()["results"]
    assert found["result"][0]["value"] == {"x": 0.5, "points": [[1, 2]], "n": 3}
    assert found["score"] == 0.25


def test_the_score_of_a_prediction_is_the_mean_of_its_results(desk: Any) -> None:
    def answer(model: Model, _task: Any, _context: Any) -> Any:
        return [model.config.control().choices("good", score=score) for score in (0.5, 1.0)]

    assert desk(answering(answer)).ask(ONE).json()["results"][0]["score"] == 0.75


def test_a_changed_config_makes_the_model_anew(desk: Any) -> None:
    here = desk(Mood)
    assert here.ask(ONE).status_code == 200
    here.config = here.config.replace('name="mood"', 'name="tone"')
    assert here.ask(ONE).json()["results"][0]["result"][0]["from_name"] == "tone"


def test_extra_parameters_reach_the_model(desk: Any) -> None:
    seen = []

    class Curious(Mood):
        def load(self) -> None:
            seen.append(self.params)

    here = desk(Curious)
    here.setup(extra_params='{"threshold": 0.5}')
    here.setup(extra_params='{"threshold": 0.5}')
    here.setup(extra_params={"threshold": 0.9})
    assert seen == ['{"threshold": 0.5}', {"threshold": 0.9}]


def test_projects_are_apart(desk: Any) -> None:
    seen = set()

    def answer(model: Model, _task: Any, _context: Any) -> None:
        (model.folder / "mine").write_text(model.project)
        seen.add(model.folder)

    here = desk(answering(answer))
    for here.project in ("1.1", "2.1"):
        here.ask(ONE)
    assert sorted((folder / "mine").read_text() for folder in seen) == ["1", "2"]


def test_versions_are_listed(desk: Any) -> None:
    here = desk(Mood)
    here.setup()
    assert here.client.get("/versions").json() == {"versions": ["Mood 1"]}
    assert here.client.post("/versions", json={"project": "9.1"}).json() == {"versions": []}


def test_a_door_with_a_password_lets_nobody_else_in(desk: Any) -> None:
    here = desk(Mood, user="ana", password="käse")
    assert here.setup().status_code == 401
    assert "user and a password" in here.setup().json()["detail"]
    assert here.client.post("/setup", auth=("ana", "wrong")).status_code == 401
    assert here.client.get("/health").status_code == 200
    here.client.auth = ("ana", "käse")
    assert here.setup().json() == {"model_version": "Mood 1"}


BAD = {
    "no JSON": ("/predict", b"<html>", "no JSON"),
    "a list": ("/predict", b"[]", "list"),
    "too deep": ("/predict", b"[" * 100_000, "no JSON"),
    "no tasks": ("/predict", b"{}", "without tasks"),
    "tasks that are texts": ("/predict", b'{"tasks": ["a"]}', "without tasks"),
    "no project yet": ("/predict", b'{"tasks": []}', "not connected"),
    "no config": ("/setup", b'{"project": "1.1"}', "no labeling config"),
    "a broken config": ("/setup", b'{"schema": "<View>"}', "no XML"),
    "a config with entities": ("/setup", b'{"schema": "<!DOCTYPE a><View/>"}', "DOCTYPE"),
    "another config": (
        "/setup",
        b'{"schema": "<View><Image name=\\"i\\" value=\\"$i\\"/></View>"}',
        "needs <Choices> on <Text>",
    ),
    "no action": ("/webhook", b'{"project": {"id": 1}}', '"action"'),
    "bytes that are no text": ("/setup", b"\xff\xfe\x00", "no JSON"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_answered_with_a_sentence_in_json(name: str, desk: Any) -> None:
    path, body, words = BAD[name]
    answer = desk(Mood).client.post(path, content=body)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/predict", 405), ("POST", "/train", 404)])
def test_an_unknown_path_is_answered_in_json(desk: Any, method: str, path: str, status: int) -> None:
    answer = desk(Mood).client.request(method, path)
    assert answer.status_code == status
    assert "/predict" in answer.json()["detail"]


@pytest.mark.parametrize("name", ["../../etc", "/etc/passwd", "a/b", "", ".", "x" * 300, "\u0000"])
def test_a_projects_name_leads_to_no_other_folder(desk: Any, tmp_path: Any, name: str) -> None:
    here = desk(Mood, project=name)
    assert here.setup().status_code == 200
    [state] = tmp_path.rglob(".tagma-model.json")
    assert state.parent.parent == tmp_path / "data"


def test_a_mistake_in_predict_is_told_with_its_task_and_line(desk: Any, caplog: Any) -> None:
    def answer(_model: Model, task: Any, _context: Any) -> Any:
        return task["data"]["txet"] if task["id"] == 2 else None

    with caplog.at_level(logging.ERROR):
        answer_ = desk(answering(answer)).ask(ONE, TWO)
    assert answer_.status_code == 500
    told = answer_.json()
    assert "predict raised KeyError: 'txet' in test_protocol.py, line" in told["detail"]
    assert "at task 2" in told["detail"]
    assert told["where"]["task"] == 2
    assert "Traceback" in caplog.text


def test_what_a_model_refuses_is_told_in_its_words(desk: Any, caplog: Any) -> None:
    def answer(_model: Model, _task: Any, _context: Any) -> Any:
        raise ModelError("The picture is black.", "Take another.")

    answer_ = desk(answering(answer)).ask(TWO)
    assert answer_.status_code == 400
    assert answer_.json() == {
        "status": "error",
        "detail": "The picture is black. Take another.",
        "where": {"task": 2},
    }
    assert "Traceback" not in caplog.text


def test_a_key_that_a_task_lacks_is_named(desk: Any) -> None:
    told = desk(Mood).ask({"id": 5, "data": {"body": "x"}}).json()
    assert told["detail"] == 'Text "text" shows "text", which the task\'s data does not have. It has: body.'
    assert told["where"] == {"task": 5}


RETURNED = {
    "nothing": (None, "returned nothing"),
    "a text": ("good", "str 'good' instead of a list"),
    "one prediction": ({"result": []}, "instead of a list"),
    "a number": (3, "int 3 instead of a list"),
    "too few": ([], "0 items for 1 task"),
    "too many": ([None, None], "2 items for 1 task"),
    "a number for a task": ([0.5], "float 0.5 for a task"),
    "texts as results": ([["good"]], "Result 1 of a prediction is str 'good'"),
    "a result that is no list": ([{"result": "good"}], "result of a prediction is str"),
    "NaN": ([[{"value": {"x": [1, float("nan")]}}]], "result[0].value.x[1] is nan"),
    "an infinite score": ([{"result": [], "score": float("inf")}], "score is inf"),
    "a score in words": ([{"result": [], "score": "high"}], "number from 0 to 1"),
    "a set": ([[{"value": {"choices": {"good"}}}]], "result[0].value.choices is set"),
    "NaN in the second": (
        [[{"result": []}, {"result": [{"v": np.float32("nan")}]}]],
        "[1].result[0].v is nan",
    ),
}


@pytest.mark.parametrize("name", RETURNED)
def test_what_predict_must_not_return_is_told_in_words(name: str, desk: Any) -> None:
    returned, words = RETURNED[name]

    class Wrong(Model):
        def predict(self, tasks: Any, context: Any) -> Any:
            return returned

    answer = desk(Wrong).ask(ONE)
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


def test_a_model_without_predict_says_so(desk: Any) -> None:
    answer = desk(type("Empty", (Model,), {})).ask(ONE)
    assert answer.status_code == 500
    assert "Empty has no method predict yet" in answer.json()["detail"]


def test_a_mistake_in_load_is_told_as_it_is_connected(desk: Any) -> None:
    class Broken(Model):
        def load(self) -> None:
            open(self.folder / "weights.bin").close()

    answer = desk(Broken).setup()
    assert answer.status_code == 500
    assert "load raised FileNotFoundError" in answer.json()["detail"]
