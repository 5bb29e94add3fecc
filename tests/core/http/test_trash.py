"""What is deleted is gone from everywhere, and comes back as it was, with its history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tagma.db.types import now, stamp
from tagma.services.desk import trash
from tagma.services.table import anchors

COUNTERS = (
    "task_number", "finished_task_number", "total_annotations_number", "skipped_annotations_number",
    "ground_truth_number", "num_tasks_with_annotations", "total_predictions_number",
)  # fmt: skip


def counters(work: Any, project: int) -> dict[str, int]:
    found = work.counts(project)
    return {name: found[name] for name in COUNTERS}


def listed(work: Any, project: int | None = None) -> list[dict[str, Any]]:
    answer = work.client.get("/api/trash/", params={} if project is None else {"project": project})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def run(work: Any, project: int, action: str, *ids: int) -> dict[str, Any]:
    body = {"selectedItems": {"all": False, "included": list(ids)}}
    answer = work.client.post(f"/api/dm/actions/?project={project}&id={action}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
def worked(work: Any) -> tuple[int, list[int]]:
    """A project with a labeled, a skipped, a predicted and an open task."""
    project = work.project()
    ids = work.tasks(project, *"abcd")
    work.submit(ids[0], lead_time=4, ground_truth=True)
    work.skip(ids[1])
    body = {"task": ids[2], "result": work.result("bad"), "score": 0.5, "model_version": "m"}
    assert work.client.post("/api/predictions/", json=body).status_code == 201
    return project, ids


def test_deleted_tasks_come_back_with_their_ids_work_and_history(
    work: Any, worked: tuple[int, list[int]]
) -> None:
    project, ids = worked
    before = counters(work, project)
    shown = [work.task(one) for one in ids]
    history = work.client.get(f"/api/annotations/{shown[0]['annotations'][0]['id']}/history").json()
    undo = run(work, project, "delete_tasks", *ids[:3])["undo"]
    assert counters(work, project) == {name: int(name == "task_number") for name in COUNTERS}
    assert work.client.get(f"/api/tasks/{ids[0]}/").status_code == 404
    assert work.client.get("/api/dm/rows/", params={"project": project}).json()["total"] == 1
    annotation = shown[0]["annotations"][0]["id"]
    assert work.client.get(f"/api/annotations/{annotation}/").status_code == 404
    [entry] = listed(work, project)
    assert (entry["kind"], entry["tasks"], entry["annotations"]) == ("tasks", 3, 1)
    assert entry["deleted_by"]["id"] == work.owner.user_id
    answer = work.client.post(undo)
    assert answer.json() == {"project": project, "tasks": 3}
    assert counters(work, project) == before
    for one, was in zip(ids, shown, strict=True):
        found = work.task(one)
        for key in ("id", "inner_id", "data", "is_labeled", "annotations", "predictions", "completed_at"):
            assert found[key] == was[key], key
    assert work.client.get(f"/api/annotations/{annotation}/history").json() == history
    assert listed(work) == []
    assert work.client.post(undo).status_code == 404


def test_a_single_task_and_all_tasks_can_be_restored_too(work: Any, worked: tuple[int, list[int]]) -> None:
    project, ids = worked
    before = counters(work, project)
    assert work.client.delete(f"/api/tasks/{ids[3]}/").status_code == 204
    assert work.client.delete(f"/api/projects/{project}/tasks/").status_code == 204
    assert not any(counters(work, project).values())
    for entry in listed(work):
        assert work.client.post(entry["restore"]).status_code == 200
    assert counters(work, project) == before
    columns = work.client.get("/api/dm/columns/", params={"project": project}).json()["columns"]
    assert "text" in [column["id"] for column in columns]


def test_a_deleted_task_is_handed_to_nobody_and_a_restored_one_is(work: Any) -> None:
    project = work.project()
    first, second = work.tasks(project, "a", "b")
    assert work.next(project).json()["id"] == first  # and so it is leased
    undo = run(work, project, "delete_tasks", first)["undo"]
    assert work.next(project).json()["id"] == second
    work.submit(second)
    assert work.next(project).status_code == 404
    work.client.post(undo)
    assert work.next(project, work.person("bo")).json()["id"] == first  # nobody holds it any more


def test_a_project_comes_back_whole(work: Any, worked: tuple[int, list[int]]) -> None:
    project, ids = worked
    before = counters(work, project)
    undo = run(work, project, "delete_tasks", ids[3])["undo"]
    assert work.client.delete(f"/api/projects/{project}/").status_code == 204
    assert work.client.get(f"/api/projects/{project}/").status_code == 404
    assert work.client.get("/api/projects/").json()["count"] == 0
    assert work.client.get(f"/api/tasks/{ids[0]}/").status_code == 404
    assert {entry["kind"] for entry in listed(work)} == {"project", "tasks"}
    refused = work.client.post(undo)
    assert refused.status_code == 409
    assert "in the trash itself" in refused.json()["detail"]
    assert work.client.post(f"/api/trash/{project}/restore").status_code == 200
    assert work.client.post(undo).status_code == 200
    assert counters(work, project) == before


def test_annotations_deleted_together_come_back_together(work: Any, worked: tuple[int, list[int]]) -> None:
    project, ids = worked
    before = counters(work, project)
    undo = run(work, project, "delete_tasks_annotations", *ids)["undo"]
    assert counters(work, project)["total_annotations_number"] == 0
    [entry] = listed(work, project)
    assert (entry["kind"], entry["annotations"], entry["restore"]) == ("annotations", 2, undo)
    assert work.client.post(undo).json()["annotations"] == 2
    assert counters(work, project) == before, "also what was ground truth is so again"
    [annotation] = work.task(ids[0])["annotations"]
    actions = [
        row[0]
        for row in work.site.database.read(
            lambda tx: tx.rows(
                "SELECT action FROM annotation_history WHERE annotation_id = :id ORDER BY id",
                id=annotation["id"],
            )
        )
    ]
    assert actions == ["submitted", "deleted", "restored"]


def test_what_lay_long_enough_is_gone_for_good(work: Any, worked: tuple[int, list[int]]) -> None:
    project, ids = worked
    run(work, project, "delete_tasks", ids[0])
    undo = run(work, project, "delete_tasks", ids[1])["undo"]
    first = listed(work)[-1]["id"]
    old = stamp(now() - timedelta(days=work.site.settings.trash_days, minutes=1))

    work.site.database.write(
        lambda tx: tx.run("UPDATE project SET deleted_at = :old WHERE id = :id", old=old, id=first)
    )
    trash.sweep(work.site)
    work.site.jobs.drain()
    assert [entry["restore"] for entry in listed(work)] == [undo]
    left = work.site.database.read(lambda tx: [row[0] for row in tx.rows("SELECT id FROM task ORDER BY id")])
    assert left == ids[1:]


def test_only_who_may_delete_sees_the_trash_and_nobody_from_elsewhere(
    work: Any, worked: tuple[int, list[int]]
) -> None:
    project, ids = worked
    undo = run(work, project, "delete_tasks", ids[0])["undo"]
    entry = undo.split("/")[3]
    for path in ("/api/trash/", f"/api/trash/?project={project}"):
        assert work.person(f"ann{len(path)}").get(path).status_code == 403
    stranger = work.stranger()
    assert stranger.get("/api/trash/").json() == []
    assert stranger.post(undo).status_code == 404
    assert stranger.delete(f"/api/trash/{entry}/").status_code == 404
    assert work.person("bo").post(undo).status_code in (403, 404)
    assert work.client.delete(f"/api/trash/{entry}/").status_code == 204
    assert work.client.post(undo).status_code == 404
    assert work.client.post(f"/api/trash/{project}/restore").status_code == 404  # it is in no trash
    bad = work.client.post("/api/trash/annotations/restore", params={"project": project, "deleted_at": "x"})
    assert bad.status_code == 400


def test_a_server_may_keep_no_trash(work: Any, worked: tuple[int, list[int]]) -> None:
    project, ids = worked
    work.site.settings.trash_days = 0
    assert run(work, project, "delete_tasks", ids[0])["undo"] == ""
    assert work.client.delete(f"/api/projects/{project}/").status_code == 204
    assert listed(work) == []


def test_pages_hold_while_tasks_go_and_others_come_back(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "_STEP", 2)
    project = work.project()
    ids = work.tasks(project, *"abcdefghij")
    left = set(ids)

    def pages() -> list[int]:
        asked = ({"project": project, "start": start, "length": 3} for start in range(0, len(left), 3))
        return [
            row["id"]
            for params in asked
            for row in work.client.get("/api/dm/rows/", params=params).json()["rows"]
        ]

    assert pages() == ids
    undo = run(work, project, "delete_tasks", *ids[1:4])["undo"]
    left -= set(ids[1:4])
    assert pages() == sorted(left)
    run(work, project, "delete_tasks", *ids[5:8])  # as many as come back before anybody looks again
    assert work.client.post(undo).status_code == 200
    left = set(ids) - set(ids[5:8])
    assert pages() == sorted(left)
