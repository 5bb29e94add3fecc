"""What is done to many chosen tasks at once."""

from __future__ import annotations

from typing import Any

import pytest

ALL = {"all": True, "excluded": []}


def run(work: Any, project: int, action: str, selected: Any = ALL, client: Any = None, **fields: Any) -> Any:
    body = {"selectedItems": selected, **fields} if selected is not None else fields
    return (client or work.client).post(f"/api/dm/actions/?id={action}&project={project}", json=body)


def predict(work: Any, task: int, version: str = "m", choice: str = "good") -> None:
    body = {"task": task, "result": work.result(choice), "model_version": version}
    assert work.client.post("/api/predictions/", json=body).status_code == 201


def test_chosen_tasks_are_deleted(work: Any) -> None:
    project = work.project()
    ids = work.tasks(project, *"abcd")
    answer = run(work, project, "delete_tasks", {"all": False, "included": ids[:2]})
    said = answer.json()
    assert said.pop("undo").startswith("/api/trash/")
    assert said == {"processed_items": 2, "detail": "Deleted 2 tasks", "reload": True}
    answer = run(work, project, "delete_tasks", {"all": True, "excluded": [ids[3]]})
    assert answer.json()["detail"] == "Deleted 1 task"
    assert work.counts(project)["task_number"] == 1


def test_filters_and_selection_go_together(work: Any) -> None:
    project = work.project()
    work.tasks(project, *"aab")
    test = {"filter": "filter:tasks:data.text", "operator": "equal", "type": "String", "value": "a"}
    filters = {"conjunction": "and", "items": [test]}
    assert run(work, project, "delete_tasks", filters=filters).json()["processed_items"] == 2
    assert work.counts(project)["task_number"] == 1


@pytest.mark.parametrize(
    "action", ["delete_tasks", "delete_tasks_annotations", "delete_tasks_predictions", "remove_duplicates"]
)
def test_nothing_is_destroyed_without_a_selection(work: Any, action: str) -> None:
    project = work.project()
    work.tasks(project, "a", "a")
    answer = run(work, project, action, None)
    assert answer.status_code == 400
    assert "selectedItems" in answer.json()["validation_errors"]
    assert run(work, project, action, {"all": False, "included": []}).json()["processed_items"] == 0
    assert work.counts(project)["task_number"] == 2


def test_another_projects_tasks_are_not_touched(work: Any) -> None:
    mine, other = work.project(), work.project()
    [task] = work.tasks(other, "a")
    answer = run(work, mine, "delete_tasks", {"all": False, "included": [task]})
    assert answer.json()["processed_items"] == 0
    assert work.counts(other)["task_number"] == 1


def test_annotations_are_deleted_and_can_be_restored(work: Any) -> None:
    project = work.project()
    one, two = work.tasks(project, "a", "b")
    made = work.submit(one)
    work.submit(two)
    work.skip(two, work.person("ann"))
    answer = run(work, project, "delete_tasks_annotations", {"all": False, "included": [one]})
    assert answer.json()["processed_items"] == 1
    assert work.task(one)["is_labeled"] is False
    assert work.counts(project)["total_annotations_number"] == 1
    assert work.client.post(f"/api/annotations/{made['id']}/restore/").status_code == 200
    assert run(work, project, "delete_tasks_annotations").json()["processed_items"] == 3
    counts = work.counts(project)
    assert (counts["finished_task_number"], counts["skipped_annotations_number"]) == (0, 0)
    assert work.next(project).status_code == 200


def test_annotations_of_one_person_are_deleted(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    work.submit(task)
    theirs = work.submit(task, work.person("ann"))
    form = work.client.get(f"/api/dm/actions/delete_tasks_annotations/form/?project={project}").json()
    [field] = form[0]["fields"]
    who = next(one["value"] for one in field["options"] if one["label"] == "ann@example.com")
    assert run(work, project, "delete_tasks_annotations", annotator=who).json()["processed_items"] == 1
    assert work.client.get(f"/api/annotations/{theirs['id']}/").status_code == 404
    assert work.task(task)["total_annotations"] == 1
    assert run(work, project, "delete_tasks_annotations", annotator="x").status_code == 400


def test_predictions_are_deleted(work: Any) -> None:
    project = work.project()
    for task in work.tasks(project, "a", "b"):
        predict(work, task)
    assert run(work, project, "delete_tasks_predictions").json()["processed_items"] == 2
    assert work.counts(project)["total_predictions_number"] == 0


def test_predictions_become_annotations_once(work: Any) -> None:
    project = work.project()
    one, two = work.tasks(project, "a", "b")
    predict(work, one, "old", "bad")
    predict(work, one, "new", "good")
    assert run(work, project, "predictions_to_annotations").json()["processed_items"] == 1
    [made] = work.client.get(f"/api/tasks/{one}/annotations/").json()
    assert made["result"] == work.result("good")
    assert made["completed_by"] == work.owner.user_id
    assert (work.task(one)["is_labeled"], work.task(two)["is_labeled"]) == (True, False)
    assert run(work, project, "predictions_to_annotations").json()["processed_items"] == 0
    again = run(work, project, "predictions_to_annotations", model_version="old")
    assert again.json()["processed_items"] == 1
    assert [step["action"] for step in work.client.get(f"/api/annotations/{made['id']}/history/").json()] == [
        "prediction"
    ]


def test_of_equal_tasks_one_stays_with_all_the_work(work: Any) -> None:
    project = work.project()
    ids = work.tasks(
        project, {"text": "a", "n": 1}, {"n": 1, "text": "a"}, {"text": "b"}, {"text": "a", "n": 1}
    )
    work.submit(ids[1])
    work.submit(ids[3], work.person("ann"))
    predict(work, ids[0])
    assert run(work, project, "remove_duplicates").json()["processed_items"] == 2
    shown = work.task(ids[1])
    assert (shown["total_annotations"], shown["total_predictions"]) == (2, 1)
    counts = work.counts(project)
    assert (counts["task_number"], counts["total_annotations_number"]) == (2, 2)
    assert (counts["total_predictions_number"], counts["finished_task_number"]) == (1, 1)


def test_an_unknown_action_is_named_with_the_nearest(work: Any) -> None:
    answer = run(work, work.project(), "delete_task")
    assert answer.status_code == 404
    assert "delete_task" in answer.json()["detail"]
    assert answer.json()["hint"] == 'Did you mean "delete_tasks"?'


def test_an_action_without_an_id_is_422(work: Any) -> None:
    assert work.client.post(f"/api/dm/actions/?project={work.project()}", json={}).status_code == 422


def test_asking_models_answers_with_a_sentence(work: Any) -> None:
    answer = run(work, work.project(), "retrieve_tasks_predictions")
    assert answer.status_code == 200
    assert "No model" in answer.json()["detail"]


def test_the_next_task_can_be_asked_as_an_action(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    assert run(work, project, "next_task", None).json()["id"] == task


def test_the_list_holds_what_one_may_do(work: Any) -> None:
    project = work.project()
    mine = {one["id"] for one in work.client.get(f"/api/dm/actions/?project={project}").json()}
    assert {"delete_tasks", "predictions_to_annotations", "remove_duplicates"} <= mine
    ann = work.person("ann")
    assert ann.get(f"/api/dm/actions/?project={project}").json() == []
    assert run(work, project, "delete_tasks", client=ann).status_code == 403
    assert ann.get(f"/api/dm/project/?project={project}").json()["can_delete_tasks"] is False
    assert work.client.get(f"/api/dm/project/?project={project}").json()["can_delete_tasks"] is True
