"""Submitting, changing, skipping, deleting and restoring; drafts on the way."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest


def test_a_submitted_annotation_counts_for_its_task_and_project(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    made = work.submit(task, lead_time=4.5)
    assert (made["task"], made["project"], made["lead_time"]) == (task, project, 4.5)
    assert made["completed_by"] == work.owner.user_id
    shown = work.task(task)
    assert (shown["is_labeled"], shown["total_annotations"]) == (True, 1)
    counts = work.counts(project)
    assert (counts["finished_task_number"], counts["num_tasks_with_annotations"]) == (1, 1)


def test_a_save_that_is_sent_twice_counts_once(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    key = str(uuid4())
    first, second = (work.submit(task, unique_id=key) for _ in range(2))
    assert first["id"] == second["id"]
    assert work.task(task)["total_annotations"] == 1


def test_the_unique_id_of_another_task_is_refused(work: Any) -> None:
    one, two = work.tasks(work.project(), "a", "b")
    key = str(uuid4())
    work.submit(one, unique_id=key)
    body = {"result": work.result(), "unique_id": key}
    assert work.client.post(f"/api/tasks/{two}/annotations/", json=body).status_code == 409
    body["unique_id"] = "no uuid"
    assert work.client.post(f"/api/tasks/{two}/annotations/", json=body).status_code == 400


def test_a_result_that_does_not_fit_is_refused_with_its_place(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    wrong = work.result()
    wrong[0]["value"] = {"choices": "good"}
    answer = work.client.post(f"/api/tasks/{task}/annotations/", json={"result": wrong})
    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == "result"
    assert "path" in body["where"]
    assert body["faults"]
    assert work.task(task)["total_annotations"] == 0


@pytest.mark.parametrize("result", [None, {}, "good", 1])
def test_a_result_must_be_a_list(work: Any, result: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    answer = work.client.post(f"/api/tasks/{task}/annotations/", json={"result": result})
    assert answer.status_code == 400
    assert "result" in answer.json()["validation_errors"]


def test_a_task_is_labeled_by_as_many_people_as_its_overlap_says(work: Any) -> None:
    project = work.project(maximum_annotations=2)
    [task] = work.tasks(project, "a")
    work.submit(task)
    work.submit(task)
    assert work.task(task)["is_labeled"] is False, "the same person counts once"
    work.submit(task, work.person("ann"))
    shown = work.task(task)
    assert (shown["is_labeled"], shown["total_annotations"]) == (True, 3)


def test_each_change_leaves_what_it_replaced_in_the_history(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    made = work.submit(task)
    path = f"/api/annotations/{made['id']}/"
    changed = work.client.patch(path, json={"result": work.result("bad")})
    assert changed.status_code == 200, changed.text
    work.client.patch(path, json={"lead_time": 3})
    work.client.patch(path, json={"result": []})
    steps = work.client.get(path + "history/").json()
    assert [step["action"] for step in steps] == ["submitted", "updated", "updated", "updated"]
    said = [step["result"][0]["value"]["choices"] if step["result"] else None for step in steps]
    assert said == [["good"], ["bad"], ["bad"], None]


def test_a_skip_is_counted_as_a_skip(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    made = work.skip(task)
    assert made["was_cancelled"] is True
    shown = work.task(task)
    assert (shown["is_labeled"], shown["total_annotations"], shown["cancelled_annotations"]) == (False, 0, 1)
    assert work.counts(project)["skipped_annotations_number"] == 1
    again = work.client.patch(
        f"/api/annotations/{made['id']}/", json={"was_cancelled": False, "result": work.result()}
    )
    assert again.status_code == 200
    shown = work.task(task)
    assert (shown["is_labeled"], shown["total_annotations"], shown["cancelled_annotations"]) == (True, 1, 0)


def test_a_skip_is_done_where_skips_are_ignored(work: Any) -> None:
    [task] = work.tasks(work.project(skip_queue="IGNORE_SKIPPED"), "a")
    work.skip(task)
    assert work.task(task)["is_labeled"] is True


def test_a_deleted_annotation_can_be_restored(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    path = f"/api/annotations/{work.submit(task)['id']}/"
    assert work.client.delete(path).status_code == 204
    assert work.client.get(path).status_code == 404
    assert work.task(task)["is_labeled"] is False
    assert work.counts(project)["total_annotations_number"] == 0
    assert work.client.post(path + "restore/").status_code == 200
    assert work.task(task)["is_labeled"] is True
    assert work.client.post(path + "restore/").status_code == 409
    actions = [step["action"] for step in work.client.get(path + "history/").json()]
    assert actions == ["submitted", "deleted", "restored"]


def test_what_was_ground_truth_comes_back_as_such_unless_another_is_now(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    first = f"/api/annotations/{work.submit(task, ground_truth=True)['id']}/"
    work.client.delete(first)
    assert work.counts(project)["ground_truth_number"] == 0
    work.client.post(first + "restore/")
    assert work.client.get(first).json()["ground_truth"] is True
    assert work.counts(project)["ground_truth_number"] == 1
    work.client.delete(first)
    work.submit(task, ground_truth=True)
    work.client.post(first + "restore/")
    assert work.client.get(first).json()["ground_truth"] is False
    assert work.counts(project)["ground_truth_number"] == 1


def test_one_annotation_of_a_task_is_ground_truth(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    first, second = work.submit(task, ground_truth=True), work.submit(task, ground_truth=True)
    assert work.client.get(f"/api/annotations/{first['id']}/").json()["ground_truth"] is False
    assert work.client.get(f"/api/annotations/{second['id']}/").json()["ground_truth"] is True
    assert work.counts(project)["ground_truth_number"] == 1


def test_annotators_change_their_own_work_only(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    ann, bob = work.person("ann"), work.person("bob")
    path = f"/api/annotations/{work.submit(task, ann)['id']}/"
    assert ann.patch(path, json={"result": work.result("bad")}).status_code == 200
    assert bob.patch(path, json={"result": []}).status_code == 403
    assert bob.delete(path).status_code == 403
    assert bob.get(f"/api/tasks/{task}/annotations/").json() == []
    assert ann.patch(path, json={"ground_truth": True}).status_code == 403
    assert work.client.patch(path, json={"ground_truth": True}).status_code == 200


def test_a_draft_is_kept_replaced_and_gone_on_submit(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    path = f"/api/tasks/{task}/drafts"
    first = work.client.post(path, json={"result": work.result(), "lead_time": 2})
    assert first.status_code == 201
    second = work.client.post(path, json={"result": work.result("bad"), "lead_time": 7})
    assert second.json()["id"] == first.json()["id"]
    assert [one["lead_time"] for one in work.client.get(path).json()] == [7]
    made = work.submit(task)
    assert made["lead_time"] == 7
    assert work.client.get(path).json() == []


def test_drafts_of_others_do_not_exist(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    mine = work.client.post(f"/api/tasks/{task}/drafts", json={"result": work.result()}).json()
    ann = work.person("ann")
    assert ann.get(f"/api/drafts/{mine['id']}/").status_code == 404
    assert ann.patch(f"/api/drafts/{mine['id']}/", json={"result": []}).status_code == 404
    assert ann.get(f"/api/tasks/{task}/drafts").json() == []
    work.submit(task, ann)
    assert len(work.client.get(f"/api/tasks/{task}/drafts").json()) == 1


def test_a_draft_of_a_change_goes_with_the_change(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    made = work.submit(task)
    path = f"/api/tasks/{task}/annotations/{made['id']}/drafts"
    assert work.client.post(path, json={"result": work.result("bad")}).status_code == 201
    work.client.patch(f"/api/annotations/{made['id']}/", json={"result": work.result("bad")})
    assert work.client.get(path).json() == []


def test_an_annotation_is_taken_back_to_a_draft(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    made = work.submit(task)
    draft = work.client.post(f"/api/annotations/{made['id']}/convert-to-draft")
    assert draft.status_code == 201, draft.text
    assert draft.json()["result"] == made["result"]
    assert work.task(task)["total_annotations"] == 0


def test_a_change_sent_twice_with_one_key_counts_once(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    path = f"/api/annotations/{work.submit(task)['id']}/"
    first = {"json": {"result": work.result("bad")}, "headers": {"Idempotency-Key": "one"}}
    assert work.client.patch(path, **first).status_code == 200
    other = work.client.patch(path, json={"result": []}, headers={"Idempotency-Key": "two"})
    assert other.json()["result"] == []
    again = work.client.patch(path, **first)
    assert (again.status_code, again.json()["result"]) == (200, [])
    steps = work.client.get(path + "history/").json()
    assert [step["action"] for step in steps] == ["submitted", "updated", "updated"]
    assert steps[-1]["result"] == []


def test_a_draft_takes_the_changes_of_some_regions(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    path = f"/api/tasks/{task}/drafts"
    good, bad = work.result()[0], work.result("bad")[0]
    three = [{**good, "id": "one"}, {**good, "id": "two"}, {**good, "id": "three"}]
    draft = work.client.post(path, json={"result": three}).json()
    changes = {"two": [{**bad, "id": "two"}], "three": None, "four": [{**bad, "id": "four"}]}
    answer = work.client.patch(
        f"/api/drafts/{draft['id']}/", json={"changes": changes, "since": draft["updated_at"]}
    )
    assert answer.status_code == 200, answer.text
    assert "result" not in answer.json()
    [kept] = work.client.get(path).json()
    assert kept["result"] == [three[0], *changes["two"], *changes["four"]]
    assert kept["updated_at"] == answer.json()["updated_at"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"changes": {"one": None}, "since": "2020-01-01T00:00:00.000000Z"}, 409, "The draft was saved at"),
        ({"changes": {"one": None}}, 409, "not at None"),
        ({"changes": []}, 400, "object from region id"),
        ({"changes": {"one": [3]}}, 400, "object from region id"),
        ({"changes": {"one": {"id": "one"}}}, 400, "object from region id"),
    ],
)
def test_changes_of_another_draft_than_the_stored_one_are_refused(
    work: Any, body: dict[str, Any], status: int, words: str
) -> None:
    [task] = work.tasks(work.project(), "a")
    draft = work.client.post(f"/api/tasks/{task}/drafts", json={"result": work.result()}).json()
    answer = work.client.patch(f"/api/drafts/{draft['id']}/", json=body)
    assert answer.status_code == status
    assert words in answer.text
    assert work.client.get(f"/api/drafts/{draft['id']}/").json()["result"] == work.result()


def test_what_one_persons_page_sends_is_not_saved_as_anothers(work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    path = f"/api/tasks/{task}/drafts"
    refused = work.client.post(path, json={"result": []}, headers={"X-Tagma-Person": "4711"})
    assert refused.status_code == 401
    assert "Somebody else has signed in" in refused.json()["detail"]
    me = work.client.get("/api/current-user/whoami").json()["id"]
    assert work.client.post(path, json={"result": []}, headers={"X-Tagma-Person": str(me)}).status_code == 201
