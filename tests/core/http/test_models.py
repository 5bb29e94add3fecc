"""Models over HTTP, whatever kind: a plugin's class that runs in the server itself, on both databases."""

from __future__ import annotations

import collections
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from pydantic import Field, SecretStr

from tagma.errors import ModelError
from tagma.plugin import Fitted, Prediction, Predictor, Task
from tagma.services.model import models
from tagma.services.people import tokens
from tagma.services.site import Site
from tagma.testing import make_client

pytestmark = pytest.mark.needs("controls", "text")


class Counter(Predictor):
    """Guesses a mood from the number of letters, and remembers in its folder what it learned."""

    kind = "counter"
    title = "Letter counter"
    batch = 3

    class Settings(Predictor.Settings):
        least: int = Field(4, description="Letters of a good mood.")
        key: SecretStr | None = Field(None, description="A key.")
        broken: str = Field("", description="What goes wrong.")

    def setup(self) -> str:
        if self.settings.broken == "setup":
            raise ModelError("The counter has no fingers.", field="broken")
        learned = self.folder / "learned.json"
        return f"learned-{json.loads(learned.read_text())}" if learned.exists() else "raw"

    def predict(
        self, tasks: Sequence[Task], context: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Prediction]]:
        if self.settings.broken == "predict":
            raise ZeroDivisionError("by the plugin")
        return [[self._guess(task)] for task in tasks]

    def _guess(self, task: Task) -> Prediction:
        long = len(task["data"]["text"]) >= self.settings.least
        value = {"choices": ["good" if long else "bad"]}
        result = [{"from_name": "mood", "to_name": "text", "type": "choices", "value": value}]
        return {"result": result, "score": len(task["data"]["text"]) / 10}  # type: ignore[typeddict-item]

    def fit(self, tasks: Iterable[Task]) -> Fitted:
        seen = [one for task in tasks for one in task["annotations"]]
        (self.folder / "learned.json").write_text(json.dumps(len(seen)))
        points = [{"learned": len(seen), "held_out": 1, "score": 0.5, "metric": "accuracy"}]
        return {"points": points, "words": f"Learned from {len(seen)} annotations."}  # type: ignore[typeddict-item]


@pytest.fixture(autouse=True)
def counter(site: Site) -> None:
    site.plugins.predictors["counter"] = Counter


def connect(work: Any, project: int, **fields: Any) -> dict[str, Any]:
    answer = work.client.post("/api/ml/", json={"project": project, "kind": "counter", **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def predict(work: Any, model: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    job = work.client.post(f"/api/ml/{model['id']}/predict", json=chosen).json()["job"]
    work.site.jobs.drain()
    return dict(work.client.get(f"/api/jobs/{job}/").json())


def scores(work: Any, project: int) -> dict[int, float]:
    found = work.client.get(f"/api/predictions/?project={project}").json()
    return {one["task"]: one["score"] for one in found}


def test_a_model_is_connected_asked_changed_and_disconnected(work: Any) -> None:
    project = work.project()
    ids = work.tasks(project, "a", "bb", "ccc", "dddd", "eeeee")
    model = connect(work, project, key="hidden")
    assert (model["kind"], model["title"], model["state"], model["model_version"]) == (
        "counter",
        "Letter counter",
        "CO",
        "raw",
    )
    assert (model["least"], model["key_is_set"], model["can_fit"], model["url"]) == (4, True, True, "")
    assert "hidden" not in json.dumps(model)
    assert predict(work, model)["result"]["predicted"] == 5
    assert scores(work, project) == {one: number / 10 for number, one in enumerate(ids, 1)}
    assert work.counts(project)["total_predictions_number"] == 5
    path = f"/api/ml/{model['id']}/"
    assert work.client.patch(path, json={"least": 1, "title": "Letters"}).json()["least"] == 1
    assert work.client.put(path, json={"least": None}).json()["least"] == 4
    assert work.client.delete(path).status_code == 204
    assert work.client.get(path).status_code == 404
    assert len(scores(work, project)) == 5


def test_it_learns_from_annotations_that_count_and_shows_how_good_it_is(work: Any) -> None:
    project = work.project()
    one, two, three = work.tasks(project, "one", "two", "three")
    work.submit(one)
    work.submit(two)
    work.skip(three)
    model = connect(work, project)
    job = work.client.post(f"/api/ml/{model['id']}/train", json={}).json()["job"]
    work.site.jobs.drain()
    assert work.client.get(f"/api/jobs/{job}/").json()["result"]["text"] == "Learned from 2 annotations."
    shown = work.client.get(f"/api/ml/{model['id']}/").json()
    assert (shown["model_version"], shown["state"]) == ("learned-2", "CO")
    (point,) = shown["points"]
    assert (point["learned"], point["held_out"], point["score"], point["metric"]) == (2, 1, 0.5, "accuracy")
    assert point["at"] > shown["created_at"][:10]
    assert predict(work, model)["result"]["model_version"] == "learned-2"


def test_its_own_place_on_disk_goes_with_it(work: Any) -> None:
    project = work.project()
    model = connect(work, project)
    work.client.post(f"/api/ml/{model['id']}/train", json={})
    work.site.jobs.drain()
    folder = work.site.settings.data_dir / "models" / str(model["id"])
    assert (folder / "learned.json").exists()
    work.client.delete(f"/api/ml/{model['id']}/")
    assert not folder.exists()


def test_its_own_place_on_disk_goes_with_its_project_when_that_is_gone_for_good(work: Any) -> None:
    folders = []
    for _ in range(2):
        project = work.project()
        model = connect(work, project)
        work.client.post(f"/api/ml/{model['id']}/train", json={})
        work.site.jobs.drain()
        folders.append(work.site.settings.data_dir / "models" / str(model["id"]))
    work.client.delete(f"/api/projects/{project}/")
    models.clear(work.site)
    assert all(folder.exists() for folder in folders), "it may come back from the trash"
    assert work.client.delete(f"/api/trash/{project}/").status_code == 204
    models.clear(work.site)
    assert [folder.exists() for folder in folders] == [True, False]


def test_several_models_of_a_project_are_asked_by_one_action(work: Any) -> None:
    project = work.project()
    (task,) = work.tasks(project, "a")
    for name in ("One", "Two"):
        connect(work, project, title=name)
    path = f"/api/dm/actions/?project={project}&id=retrieve_tasks_predictions"
    told = work.client.post(path, json={"selectedItems": {"all": False, "included": [task]}}).json()
    assert told["processed_items"] == 1
    assert len(told["jobs"]) == 2
    work.site.jobs.drain()
    # both have the same version, so that the second finds nothing left to ask about
    assert len(work.client.get(f"/api/predictions/?project={project}").json()) == 1


def test_the_action_says_so_where_no_model_is_connected(work: Any) -> None:
    project = work.project()
    path = f"/api/dm/actions/?project={project}"
    first = next(one for one in work.client.get(path).json() if one["id"] == "retrieve_tasks_predictions")
    assert (first["disabled"], first["disabled_reason"]) == (True, "no model is connected")
    connect(work, project, title="Letters")
    first = next(one for one in work.client.get(path).json() if one["id"] == "retrieve_tasks_predictions")
    assert first["disabled"] is False
    options = first["dialog"]["form"][0]["fields"][0]["options"]
    assert [one["label"] for one in options] == ["All that are connected", "Letters"]


def test_a_model_that_is_not_ready_is_not_connected(work: Any) -> None:
    project = work.project()
    body = {"project": project, "kind": "counter", "broken": "setup"}
    answer = work.client.post("/api/ml/", json=body)
    assert answer.status_code == 400
    assert answer.json()["validation_errors"] == {"broken": ["The counter has no fingers."]}


def test_a_plugin_that_raises_is_named_and_the_rest_goes_on(work: Any) -> None:
    project = work.project()
    work.tasks(project, "a", "b")
    model = connect(work, project, title="Letters", broken="predict")
    job = predict(work, model)
    assert job["state"] == "completed"
    assert job["result"]["fault_count"] == 2
    assert "ZeroDivisionError: by the plugin" in job["result"]["faults"][0]["message"]
    assert work.client.get(f"/api/projects/{project}/").status_code == 200


def test_a_model_whose_plugin_is_gone_is_kept_and_says_so(work: Any) -> None:
    project = work.project()
    model = connect(work, project)
    del work.site.plugins.predictors["counter"]
    (shown,) = work.client.get(f"/api/ml/?project={project}").json()
    assert (shown["id"], shown["state"]) == (model["id"], "ER")
    assert "No plugin that is loaded" in shown["error_message"]
    assert work.client.post(f"/api/ml/{model['id']}/predict", json={}).status_code == 404
    assert work.client.delete(f"/api/ml/{model['id']}/").status_code == 204


def test_models_are_for_managers_and_annotators_only_use_them(work: Any) -> None:
    project = work.project()
    (task,) = work.tasks(project, "aaaa")
    model = connect(work, project, is_interactive=True)
    ann, path = work.person("ann"), f"/api/ml/{model['id']}"
    assert [one["id"] for one in ann.get(f"/api/ml/?project={project}&is_interactive=true").json()] == [
        model["id"]
    ]
    told = ann.post(f"{path}/interactive-annotating", json={"task": task})
    assert told.json()["data"]["score"] == 0.4
    for method, where in (
        ("PATCH", "/"),
        ("DELETE", "/"),
        ("POST", "/train"),
        ("POST", "/predict"),
        ("GET", "/log"),
    ):
        assert ann.request(method, f"{path}{where}", json={}).status_code == 403, where
    assert ann.post("/api/ml/", json={"project": project, "kind": "counter"}).status_code == 403
    stranger = work.stranger()
    assert stranger.get(f"{path}/").status_code == 404
    assert stranger.get(f"/api/ml/?project={project}").status_code == 404
    assert stranger.get("/api/ml/").json() == []


def test_all_models_that_one_may_see_are_listed_without_a_project(work: Any) -> None:
    made = [connect(work, work.project())["id"] for _ in range(2)]
    assert [one["id"] for one in work.client.get("/api/ml/").json()] == made


def test_the_least_certain_are_served_first_by_the_models_present_version(work: Any) -> None:
    project = work.project(sampling="Uncertainty sampling")
    ids = work.tasks(project, "aaaa", "a", "aa")
    predict(work, connect(work, project, title="Letters"))
    assert work.client.get(f"/api/projects/{project}/").json()["model_version"] == "Letters"
    assert work.next(project).json()["id"] == ids[1]


def test_a_models_key_opens_its_project_and_nothing_else(work: Any, site: Site) -> None:
    project, other = work.project(), work.project()
    [task], [foreign] = work.tasks(project, "good"), work.tasks(other, "bad")
    key = tokens.model_key(site, project)
    program = make_client(site)
    program.headers["Authorization"] = f"Token {key}"
    assert program.get(f"/api/projects/{project}/").status_code == 401, "it has no model as yet"
    model = connect(work, project)
    assert program.get(f"/api/projects/{project}/").status_code == 200
    assert (
        program.get(f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true").json()[0]["id"]
        == task
    )
    assert [one["id"] for one in program.get("/api/projects/").json()["results"]] == [project]
    guess = {"task": task, "result": work.result(), "model_version": "v1"}
    assert program.post("/api/predictions/", json=guess).status_code == 201
    assert program.get(f"/api/tasks/{foreign}/").status_code == 404
    assert program.get(f"/api/projects/{other}/").status_code == 404
    assert program.post("/api/projects/", json={"title": "More"}).status_code == 403
    assert program.patch("/api/organizations/1", json={"title": "Mine"}).status_code == 403
    program.headers["Authorization"] = f"Token {key[:-1]}{'0' if key[-1] != '0' else '1'}"
    assert program.get(f"/api/projects/{project}/").status_code == 401
    program.headers["Authorization"] = f"Token {key}"
    work.client.delete(f"/api/ml/{model['id']}/")
    assert program.get(f"/api/projects/{project}/").status_code == 401, "the model is gone"


class Renewing(Counter):
    kind = "renewing"
    title = "Letter counter that renews itself"
    renews = True


def test_a_model_that_renews_itself_learns_by_itself_and_replaces_what_it_said_before(
    work: Any, site: Site
) -> None:
    site.plugins.predictors["renewing"] = Renewing
    project = work.project(maximum_annotations=1)
    tasks = work.tasks(project, *(f"text {number}" for number in range(14)))
    model = connect(work, project, kind="renewing")
    predict(work, model)
    assert versions(work, project) == {"raw": 14}
    begun = next(one for one in predictions(work, project) if one["task"] == tasks[-1])
    work.submit(tasks[0])
    site.hub.drain()
    site.jobs.drain()
    assert versions(work, project) == {"raw": 14}, "one annotation is not enough"
    for task in tasks[1:9]:
        work.submit(task)
    work.submit(tasks[-1], parent_prediction=begun["id"])
    site.hub.drain()
    site.jobs.drain()
    assert versions(work, project) == {"raw": 10, "learned-10": 4}, "of labeled tasks it stays as it was"
    assert work.client.get(f"/api/projects/{project}/").json()["total_predictions_number"] == 14
    for task in tasks[9:12]:
        work.submit(task)
    site.hub.drain()
    site.jobs.drain()
    found = versions(work, project)
    assert found["raw"] == 10
    assert sum(found.values()) == 14, found


def predictions(work: Any, project: int) -> list[dict[str, Any]]:
    return list(work.client.get(f"/api/predictions/?project={project}").json())


def versions(work: Any, project: int) -> dict[str, int]:
    return dict(collections.Counter(one["model_version"] for one in predictions(work, project)))
