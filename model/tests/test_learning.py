"""A model learns in the background, when it is told to; predictions go on, and what it learned outlives the server."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tagma_model import Model, ModelError

TASK = {"id": 1, "data": {"text": "Fine."}}


class Counter(Model):
    """Suggests what it read last."""

    def load(self) -> None:
        self.mood = self.config.control("Choices")
        saved = self.folder / "last"
        self.last = saved.read_text() if saved.exists() else None

    def predict(self, tasks: Any, context: Any) -> Any:
        return [self.last and self.mood.choices(self.last) for _ in tasks]

    def fit(self, event: str, data: Any) -> None:
        for task in self.annotated_tasks():
            for result in self.mood.results(task):
                [self.last] = self.mood.chosen(result)
        if self.last is None:
            raise ModelError("Nothing is annotated yet.")
        (self.folder / "last").write_text(self.last)


def annotated(word: str, **more: Any) -> dict[str, Any]:
    result = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [word]}}
    return {**TASK, "annotations": [{"result": [result], **more}]}


def chosen(desk: Any) -> Any:
    [prediction] = desk.ask(TASK).json()["results"]
    return [one["value"]["choices"] for one in prediction["result"]], prediction["model_version"]


def test_it_learns_from_the_servers_annotations_with_its_token(desk: Any, home: Any) -> None:
    there, here = home(), desk(Counter)
    there.files["/api/projects/7/export?exportType=JSON"] = [annotated("bad")]
    here.setup(hostname=there.address, access_token="abc")
    assert chosen(here) == ([], "Counter 1")
    answer = here.tell()
    assert (answer.status_code, answer.json()["status"]) == (201, "ok")
    assert here.learned() == {"learning": "", "trouble": "", "broke": False}
    assert chosen(here) == ([["bad"]], "Counter 2")
    assert there.asked == [("/api/projects/7/export?exportType=JSON", "Token abc")]
    assert here.client.get("/versions").json() == {"versions": ["Counter 2", "Counter 1"]}
    assert here.setup().json() == {"model_version": "Counter 2"}


def test_what_it_learned_outlives_the_server(desk: Any, home: Any) -> None:
    there, here = home(), desk(Counter)
    there.files["/api/projects/7/export?exportType=JSON"] = [annotated("good")]
    here.setup(hostname=there.address)
    here.tell()
    here.learned()
    again = desk(Counter)
    assert chosen(again) == ([["good"]], "Counter 2")
    assert again.client.get("/versions").json() == {"versions": ["Counter 2", "Counter 1"]}


def test_a_new_version_of_the_code_counts_more_than_what_was_learned(desk: Any, home: Any) -> None:
    there, here = home(), desk(Counter)
    there.files["/api/projects/7/export?exportType=JSON"] = [annotated("good")]
    here.setup(hostname=there.address)
    here.tell()
    here.learned()
    assert desk(type("Counter", (Counter,), {"version": "counter-b"})).setup().json() == {
        "model_version": "counter-b"
    }


def test_skipped_annotations_teach_nothing(desk: Any, home: Any) -> None:
    there, here = home(), desk(Counter)
    there.files["/api/projects/7/export?exportType=JSON"] = [annotated("good", was_cancelled=True)]
    here.setup(hostname=there.address)
    here.tell("ANNOTATION_CREATED", task=TASK, annotation={})
    assert here.learned()["trouble"] == "Nothing is annotated yet."
    assert chosen(here) == ([], "Counter 1")


def test_an_event_that_teaches_nothing_is_answered_kindly(desk: Any) -> None:
    answer = desk(Counter).tell("PROJECT_UPDATED")
    assert (answer.status_code, answer.json()["status"]) == (200, "Unknown event")
    assert "START_TRAINING" in answer.json()["detail"]

    class Fixed(Model):
        def predict(self, tasks: Any, context: Any) -> Any:
            return [None for _ in tasks]

    assert "no method fit" in desk(Fixed).tell().json()["detail"]


def test_a_mistake_in_fit_leaves_the_model_as_it_was(desk: Any, caplog: Any) -> None:
    class Broken(Counter):
        def fit(self, event: str, data: Any) -> None:
            self.last = "good"
            raise ZeroDivisionError("so many")

    here = desk(Broken)
    here.setup()
    answer = here.tell()
    assert answer.status_code == 500
    assert "fit raised ZeroDivisionError" in answer.json()["detail"]
    state = here.learned()
    assert state["broke"]
    assert "fit raised ZeroDivisionError: so many in test_learning.py, line" in state["trouble"]
    assert chosen(here) == ([], "Broken 1")
    assert "Traceback" in caplog.text


def test_it_cannot_learn_before_it_knows_where_the_server_is(desk: Any, monkeypatch: Any) -> None:
    for name in ("TAGMA_URL", "LABEL_STUDIO_URL", "LABEL_STUDIO_HOST"):
        monkeypatch.delenv(name, raising=False)
    here = desk(Counter)
    here.ask(TASK)
    answer = here.tell()
    assert answer.status_code == 400
    assert "no labeling server has said yet where it is" in answer.json()["detail"]
    assert "no labeling server has said yet where it is" in here.learned()["trouble"]


@pytest.mark.parametrize("answer", [404, b"<html>", {"detail": "no"}])
def test_an_export_that_is_none_is_told(desk: Any, home: Any, answer: Any) -> None:
    there, here = home(), desk(Counter)
    there.files["/api/projects/7/export?exportType=JSON"] = answer
    here.setup(hostname=there.address)
    here.tell()
    state = here.learned()
    assert there.address in state["trouble"]
    assert not state["broke"]


def test_predictions_go_on_while_it_learns_and_only_the_newest_event_waits(desk: Any) -> None:
    begun, go_on, seen = threading.Event(), threading.Event(), []

    class Slow(Counter):
        def fit(self, event: str, data: Any) -> None:
            seen.append(data.get("number"))
            begun.set()
            assert go_on.wait(30)
            self.last = "good"

    here = desk(Slow)
    here.setup()
    here.tell("ANNOTATION_UPDATED", number=1)
    assert begun.wait(30)
    assert here.state["learning"] == "ANNOTATION_UPDATED"
    for number in (2, 3, 4):
        assert here.tell("ANNOTATION_CREATED", number=number).status_code == 201
    assert chosen(here) == ([], "Slow 1")
    go_on.set()
    here.learned()
    assert seen == [1, 4]
    assert chosen(here) == ([["good"]], "Slow 3")


def test_fit_may_name_its_version(desk: Any) -> None:
    class Named(Counter):
        def fit(self, event: str, data: Any) -> None:
            self.version = "of tuesday"

    here = desk(Named)
    here.setup()
    here.tell()
    here.learned()
    assert here.ask(TASK).json()["model_version"] == "of tuesday"


def test_who_presses_the_button_hears_when_it_takes_long(desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("tagma_model.app.PATIENCE", 0.01)
    go_on = threading.Event()

    class Slow(Counter):
        def fit(self, event: str, data: Any) -> None:
            assert go_on.wait(30)

    here = desk(Slow)
    here.setup()
    assert here.tell().json()["job"] == "START_TRAINING"
    go_on.set()
    here.learned()
    assert here.setup().json() == {"model_version": "Slow 2"}
