"""Tasks over the API."""

from __future__ import annotations

from typing import Any

import pytest

PAGE = "/api/tasks/?project={}&page={}&page_size=2"


def test_a_task_is_made_shown_changed_and_deleted(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, {"text": "a", "n": 1})
    assert work.task(task)["data"] == {"text": "a", "n": 1}
    assert work.task(task)["inner_id"] == 1
    answer = work.client.patch(f"/api/tasks/{task}/", json={"data": {"text": "b"}, "meta": {"from": "x"}})
    assert answer.status_code == 200
    assert (answer.json()["data"], answer.json()["meta"]) == ({"text": "b"}, {"from": "x"})
    assert work.client.delete(f"/api/tasks/{task}/").status_code == 204
    assert work.client.get(f"/api/tasks/{task}/").status_code == 404
    assert work.counts(project)["task_number"] == 0


def test_an_id_is_never_given_twice(work: Any) -> None:
    project = work.project()
    [first] = work.tasks(project, "a")
    work.client.delete(f"/api/tasks/{first}/")
    [second] = work.tasks(project, "a")
    assert second > first


def test_data_must_hold_what_the_config_shows(work: Any) -> None:
    answer = work.client.post("/api/tasks/", json={"project": work.project(), "data": {"tekst": "a"}})
    assert answer.status_code == 400
    assert '"text"' in answer.json()["validation_errors"]["data"][0]
    assert answer.json()["hint"]


@pytest.mark.parametrize("data", [None, [], "text", 7, {}])
def test_data_must_be_an_object_with_something_in_it(work: Any, data: Any) -> None:
    answer = work.client.post("/api/tasks/", json={"project": work.project(), "data": data})
    assert answer.status_code == 400
    assert "data" in answer.json()["validation_errors"]


def test_odd_text_comes_back_as_it_went_in(work: Any) -> None:
    text = "Grüße\u2028 🐈 \"'\\ % :name $x {} \x7f \ud7ff"
    [task] = work.tasks(work.project(), {"text": text, "key with 'quotes\"": 1.5})
    assert work.task(task)["data"] == {"text": text, "key with 'quotes\"": 1.5}


def test_pages_go_on_until_there_are_none(work: Any) -> None:
    project = work.project()
    ids = work.tasks(project, *"abcde")
    seen = []
    for page in (1, 2, 3):
        answer = work.client.get(PAGE.format(project, page)).json()
        assert answer["total"] == 5
        seen += [one["id"] for one in answer["tasks"]]
    assert seen == ids
    past = work.client.get(PAGE.format(project, 4))
    assert past.status_code == 404
    assert past.json()["detail"] == "Invalid page."


def test_the_first_page_of_nothing_is_empty(work: Any) -> None:
    answer = work.client.get(PAGE.format(work.project(), 1))
    assert (answer.status_code, answer.json()["tasks"], answer.json()["total"]) == (200, [], 0)


def test_pages_hold_after_tasks_in_the_middle_are_gone(work: Any) -> None:
    project = work.project()
    ids = work.tasks(project, *"abcdefg")
    for gone in ids[1:5]:
        work.client.delete(f"/api/tasks/{gone}/")
    left = [ids[0], *ids[5:]]
    pages = [work.client.get(PAGE.format(project, page)).json()["tasks"] for page in (1, 2)]
    assert [one["id"] for page in pages for one in page] == left


def test_a_list_without_a_project_says_what_it_needs(work: Any) -> None:
    answer = work.client.get("/api/tasks/")
    assert answer.status_code == 404
    assert "project" in answer.json()["detail"]


def test_work_is_only_in_lists_that_ask_for_all_fields(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    made = work.submit(task)
    plain, full = (
        work.client.get(f"/api/tasks/?project={project}&fields={fields}").json()["tasks"][0]
        for fields in ("task_only", "all")
    )
    assert not plain.get("annotations")
    assert [one["id"] for one in full["annotations"]] == [made["id"]]
    owner = full["annotations"][0]["completed_by"]
    assert owner == made["completed_by"]  # a list names people by number
    alone = work.client.get(f"/api/tasks/{task}/").json()["annotations"][0]
    assert alone["completed_by"]["id"] == owner


def test_a_change_of_overlap_changes_what_counts_as_labeled(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    work.submit(task)
    assert work.task(task)["is_labeled"] is True
    work.client.patch(f"/api/tasks/{task}/", json={"overlap": 2})
    assert work.task(task)["is_labeled"] is False
    assert work.counts(project)["finished_task_number"] == 0
    assert work.client.patch(f"/api/tasks/{task}/", json={"overlap": 0}).status_code == 400


def test_the_project_remembers_which_columns_its_data_have(work: Any) -> None:
    project = work.project()
    work.tasks(project, {"text": "a", "weather": "sun"})
    [task] = work.tasks(project, {"text": "b", "place": "sea"})

    def columns() -> set[str]:
        found = work.client.get(f"/api/dm/columns/?project={project}").json()["columns"]
        return {one["id"] for one in found if one.get("parent") == "data"}

    assert columns() == {"text", "weather", "place"}
    work.client.delete(f"/api/tasks/{task}/")
    assert columns() == {"text", "weather"}


def test_all_tasks_of_a_project_are_deleted_with_their_work(work: Any) -> None:
    project = work.project()
    made = work.submit(work.tasks(project, "a", "b")[0])
    assert work.client.delete(f"/api/projects/{project}/tasks/").status_code == 204
    assert work.client.get(f"/api/annotations/{made['id']}/").status_code == 404
    counts = work.counts(project)
    assert (counts["task_number"], counts["total_annotations_number"]) == (0, 0)


def test_annotators_can_neither_list_change_nor_delete_tasks(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    annotator = work.person("ann")
    assert annotator.get(f"/api/tasks/{task}/").status_code == 200
    assert annotator.get(f"/api/tasks/?project={project}").status_code == 403
    assert annotator.patch(f"/api/tasks/{task}/", json={"data": {"text": "b"}}).status_code == 403
    refused = annotator.delete(f"/api/tasks/{task}/")
    assert refused.status_code == 403
    assert "annotator" in refused.json()["detail"]
    assert work.counts(project)["task_number"] == 1


def test_what_belongs_to_another_organization_does_not_exist(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    annotation = work.submit(task)["id"]
    stranger = work.stranger()
    for method, path in [
        ("GET", f"/api/tasks/{task}/"),
        ("PATCH", f"/api/tasks/{task}/"),
        ("DELETE", f"/api/tasks/{task}/"),
        ("GET", f"/api/tasks/?project={project}"),
        ("POST", f"/api/tasks/{task}/annotations/"),
        ("POST", f"/api/tasks/{task}/drafts"),
        ("GET", f"/api/annotations/{annotation}/"),
        ("PATCH", f"/api/annotations/{annotation}/"),
        ("DELETE", f"/api/annotations/{annotation}/"),
        ("GET", f"/api/annotations/{annotation}/history/"),
        ("GET", f"/api/projects/{project}/next/"),
        ("GET", f"/api/dm/views/?project={project}"),
        ("GET", f"/api/dm/rows/?project={project}"),
        ("GET", f"/api/dm/columns/?project={project}"),
        ("GET", f"/api/dm/actions/?project={project}"),
        ("GET", f"/api/dm/project/?project={project}"),
        ("POST", f"/api/dm/actions/?project={project}&id=delete_tasks"),
        ("GET", f"/api/predictions/?project={project}"),
    ]:
        answer = stranger.request(method, path, json=None if method == "GET" else {"result": []})
        assert answer.status_code == 404, (method, path, answer.text)
    assert work.task(task)["total_annotations"] == 1


def test_predictions_are_made_counted_shown_and_deleted(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    body = {"task": task, "result": work.result(), "score": 0.5, "model_version": "one"}
    made = work.client.post("/api/predictions/", json=body)
    assert made.status_code == 201, made.text
    assert work.task(task)["total_predictions"] == 1
    short = work.client.post("/api/predictions/", json={"task": task, "result": {"choices": ["bad"]}})
    assert short.json()["result"][0]["from_name"] == "mood"
    assert len(work.client.get(f"/api/predictions/?task={task}").json()) == 2
    assert work.client.delete(f"/api/predictions/{made.json()['id']}/").status_code == 204
    assert work.counts(project)["total_predictions_number"] == 1


def test_a_task_says_when_it_changed_last_and_until_then_when_it_was_made(work: Any) -> None:
    project = work.project()
    [one, other] = work.tasks(project, "a", "b")
    made = work.task(one)
    assert made["updated_at"] == made["created_at"]
    work.submit(one)
    changed = work.task(one)
    annotation = changed["annotations"][0]
    assert changed["updated_at"] > made["updated_at"]
    assert annotation["updated_at"] == annotation["created_at"]
    work.client.patch(f"/api/annotations/{annotation['id']}/", json={"result": []})
    annotation = work.task(one)["annotations"][0]
    assert annotation["updated_at"] > annotation["created_at"]
    params = {"project": project, "query": '{"ordering": ["-tasks:updated_at"]}'}
    rows = work.client.get("/api/dm/rows/", params=params).json()["rows"]
    assert [row["id"] for row in rows] == [one, other]
