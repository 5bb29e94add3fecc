"""Who gets which task next."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tagma.db.types import stamp


def handed(work: Any, project: int, client: Any = None, **query: Any) -> int:
    answer = work.next(project, client, **query)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])


def reason(work: Any, project: int, client: Any = None, **query: Any) -> str:
    answer = work.next(project, client, **query)
    assert answer.status_code == 404, answer.text
    assert answer.json()["code"] == "no-task"
    assert answer.json()["detail"]
    assert answer.json()["hint"]
    return str(answer.json()["where"]["reason"])


def test_tasks_come_in_order_until_all_are_done(work: Any) -> None:
    project = work.project()
    ids = work.tasks(project, *"abc")
    seen = []
    for _ in ids:
        seen.append(handed(work, project))
        work.submit(seen[-1])
    assert seen == ids
    assert reason(work, project) == "all-done"


def test_a_project_without_tasks_says_so(work: Any) -> None:
    assert reason(work, work.project()) == "empty"


def test_who_asks_again_gets_the_same_task(work: Any) -> None:
    project = work.project()
    work.tasks(project, *"abc")
    first, second = work.next(project).json(), work.next(project).json()
    assert (first["id"], first["unique_lock_id"]) == (second["id"], second["unique_lock_id"])


def test_two_people_do_not_get_the_same_task(work: Any) -> None:
    project = work.project()
    one, two = work.tasks(project, "a", "b")
    ann = work.person("ann")
    assert (handed(work, project), handed(work, project, ann)) == (one, two)
    assert reason(work, project, work.person("bob")) == "held"


def test_with_an_overlap_several_people_get_it_and_nobody_twice(work: Any) -> None:
    project = work.project(maximum_annotations=2)
    [task] = work.tasks(project, "a")
    ann, bob = work.person("ann"), work.person("bob")
    assert handed(work, project) == handed(work, project, ann) == task
    assert reason(work, project, bob) == "held"
    work.submit(task)
    assert reason(work, project) == "yours-done"
    work.submit(task, ann)
    assert reason(work, project, bob) == "all-done"


def test_what_is_left_to_others_is_said(work: Any) -> None:
    project = work.project(maximum_annotations=2)
    work.submit(work.tasks(project, "a")[0])
    assert reason(work, project) == "yours-done"


def test_tasks_that_are_open_on_the_page_are_passed_by(work: Any) -> None:
    project = work.project()
    one, two = work.tasks(project, "a", "b")
    assert handed(work, project) == one
    assert handed(work, project, exclude=f"{one}") == two


def test_a_skipped_task_goes_to_others(work: Any) -> None:
    project = work.project()
    one, two = work.tasks(project, "a", "b")
    work.skip(handed(work, project))
    assert handed(work, project, work.person("ann")) == one
    assert handed(work, project) == two


def test_a_skipped_task_comes_back_to_who_skipped_it(work: Any) -> None:
    project = work.project(skip_queue="REQUEUE_FOR_ME")
    one, two = work.tasks(project, "a", "b")
    work.skip(handed(work, project))
    assert handed(work, project) == two
    work.submit(two)
    assert reason(work, project, work.person("ann")) == "yours-done"
    assert handed(work, project) == one


def test_a_skipped_task_is_over_where_skips_are_ignored(work: Any) -> None:
    project = work.project(skip_queue="IGNORE_SKIPPED")
    work.tasks(project, "a")
    work.skip(handed(work, project))
    assert reason(work, project) == "all-done"


def test_a_postponed_task_comes_last(work: Any) -> None:
    project = work.project()
    one, two = work.tasks(project, "a", "b")
    assert handed(work, project) == one
    work.client.post(f"/api/tasks/{one}/drafts", json={"result": [], "was_postponed": True})
    assert handed(work, project) == two
    work.submit(two)
    assert handed(work, project) == one


def test_a_deleted_annotation_opens_its_task_again(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    made = work.submit(handed(work, project))
    work.client.delete(f"/api/annotations/{made['id']}/")
    assert handed(work, project, work.person("ann")) == task


def test_a_task_comes_back_when_its_time_is_over(work: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    handed(work, project)
    ann = work.person("ann")
    assert reason(work, project, ann) == "held"
    long_ago = stamp().replace("20", "19", 1)
    work.site.database.write(lambda tx: tx.run("UPDATE lease SET expires_at = :then", then=long_ago))
    assert handed(work, project, ann) == task


def test_a_project_that_turns_to_chance_hands_out_its_tasks_in_another_order(work: Any) -> None:
    project = work.project()
    ids = work.tasks(project, *(str(number) for number in range(25)))
    answer = work.client.patch(f"/api/projects/{project}/", json={"sampling": "Uniform sampling"})
    assert answer.status_code == 200
    later = work.tasks(project, *(str(number) for number in range(25, 30)))
    given = []
    for _ in (*ids, *later):
        given.append(handed(work, project))
        work.submit(given[-1])
    assert sorted(given) == [*ids, *later]
    assert given != sorted(given)


@pytest.mark.parametrize("sampling", ["Sequential sampling", "Uniform sampling", "Uncertainty sampling"])
@pytest.mark.parametrize("overlap", [1, 2])
def test_every_sampling_hands_out_every_task_once(work: Any, sampling: str, overlap: int) -> None:
    project = work.project(sampling=sampling, maximum_annotations=overlap)
    ids = work.tasks(project, *"abcde")
    seen = []
    for _ in ids:
        seen.append(handed(work, project))
        work.submit(seen[-1])
    assert sorted(seen) == ids
    assert reason(work, project) == ("all-done" if overlap == 1 else "yours-done")


def test_the_model_is_asked_where_it_is_least_certain(work: Any) -> None:
    project = work.project(sampling="Uncertainty sampling")
    ids = work.tasks(project, *"abc")
    for task, score in zip(ids, (0.9, 0.1, 0.5), strict=True):
        body = {"task": task, "result": work.result(), "score": score, "model_version": "m"}
        work.client.post("/api/predictions/", json=body)
    work.client.patch(f"/api/projects/{project}/", json={"model_version": "m"})
    seen = []
    for _ in ids:
        seen.append(handed(work, project))
        work.submit(seen[-1])
    assert seen == [ids[1], ids[2], ids[0]]


def test_a_task_whose_annotation_is_taken_back_is_uncertain_again_wherever_it_came_from(work: Any) -> None:
    project = work.project(sampling="Uncertainty sampling")
    guess = {"result": work.result(), "score": 0.2, "model_version": "m"}
    done = {"data": {"text": "a"}, "predictions": [guess], "annotations": [{"result": work.result()}]}
    fresh = {"data": {"text": "b"}, "predictions": [{**guess, "score": 0.7}]}
    work.client.post(f"/api/projects/{project}/import", json=[done, fresh])
    work.client.patch(f"/api/projects/{project}/", json={"model_version": "m"})
    tasks = work.client.get(f"/api/tasks/?project={project}&fields=all").json()["tasks"]
    labeled, open_one = sorted(tasks, key=lambda one: one["id"])
    assert handed(work, project) == open_one["id"]
    work.submit(open_one["id"])
    [annotation] = labeled["annotations"]
    assert work.client.delete(f"/api/annotations/{annotation['id']}/").status_code == 204
    assert handed(work, project) == labeled["id"]


def test_predictions_without_a_score_come_after_those_with_one_and_other_versions_do_not_count(
    work: Any,
) -> None:
    project = work.project(sampling="Uncertainty sampling")
    ids = work.tasks(project, *"abcd")
    for task, score, version in zip(ids, (None, 0.9, 0.1, 0.8), "mmom", strict=True):
        body = {"task": task, "result": work.result(), "score": score, "model_version": version}
        assert work.client.post("/api/predictions/", json=body).status_code == 201
    work.client.patch(f"/api/projects/{project}/", json={"model_version": "m"})
    seen = []
    for _ in ids:
        seen.append(handed(work, project))
        work.submit(seen[-1])
    assert seen == [ids[3], ids[1], ids[0], ids[2]]


def test_a_tab_hands_out_its_own_tasks_in_its_order(work: Any) -> None:
    project = work.project()
    ids = work.tasks(project, *[{"text": "x", "n": n} for n in (3, 1, 2, 9)])
    few = {"filter": "filter:tasks:data.n", "operator": "less", "type": "Number", "value": 5}
    query = json.dumps({"filters": {"conjunction": "and", "items": [few]}, "ordering": ["-tasks:data.n"]})
    seen = []
    for _ in range(3):
        seen.append(handed(work, project, query=query))
        work.submit(seen[-1])
    assert seen == [ids[0], ids[2], ids[1]]
    assert reason(work, project, query=query) == "yours-done"
    none = {"filters": {"conjunction": "and", "items": [{**few, "value": 0}]}}
    assert reason(work, project, query=json.dumps(none)) == "filter-empty"
