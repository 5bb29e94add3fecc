"""Several annotations and predictions of a task, and the way from one task to the next."""

from __future__ import annotations

import json

import pytest
from journeys.desk import BOXES, CHOICES, PICTURE, Desk, rows
from playwright.sync_api import Route, expect

GOOD = {"id": "m1", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
BAD = {**GOOD, "id": "m2", "value": {"choices": ["bad"]}}
BOX = {
    "id": "b1", "from_name": "label", "to_name": "image", "type": "rectanglelabels", "original_width": 400, "original_height": 300,
    "image_rotation": 0, "value": {"x": 10, "y": 10, "width": 30, "height": 30, "rotation": 0, "rectanglelabels": ["Cat"]},
}  # fmt: skip


def test_a_prediction_is_looked_at_copied_corrected_and_handed_in(desk: Desk) -> None:
    whole = {
        "data": {"image": PICTURE},
        "predictions": [{"model_version": "yolo-7", "score": 0.83, "result": [BOX]}],
    }
    project, [task] = desk.project(BOXES, whole)
    desk.open(project, task)
    expect(rows(desk)).to_have_count(1)  # it is where a new annotation begins
    desk.page.get_by_role("tab", name="yolo-7").click()
    expect(rows(desk)).to_have_count(1)
    expect(desk.page.get_by_role("button", name="Submit")).to_have_count(0)
    desk.page.keyboard.press("Alt+Enter")
    expect(desk.page.get_by_role("tab", name="New annotation")).to_have_attribute("aria-selected", "true")
    rows(desk).click()
    desk.page.keyboard.press("2")
    desk.submit()
    [annotation] = desk.get(f"/api/tasks/{task}/annotations/")
    [box] = annotation["result"]
    assert (box["origin"], box["value"]["rectanglelabels"]) == ("prediction-changed", ["Dog"])
    assert annotation["parent_prediction"] == desk.get(f"/api/predictions/?task={task}")[0]["id"]


def test_annotations_stand_side_by_side_and_another_is_begun(desk: Desk) -> None:
    whole = {"data": {"text": "What a day"}, "annotations": [{"result": [GOOD]}, {"result": [BAD]}]}
    project, [task] = desk.project(CHOICES, whole)
    desk.open(project, task)
    desk.page.keyboard.press("Alt+c")
    cards = desk.page.locator(".compare-card")
    expect(cards).to_have_count(2)
    expect(cards.nth(0).get_by_label("good")).to_be_checked()
    expect(cards.nth(1).get_by_label("bad")).to_be_checked()
    expect(cards.nth(1).get_by_label("bad")).to_be_disabled()
    desk.page.keyboard.press("Alt+n")
    expect(desk.page.get_by_role("tab", name="New annotation")).to_have_attribute("aria-selected", "true")
    expect(desk.page.get_by_label("good")).not_to_be_checked()
    desk.page.keyboard.press("1")
    desk.submit()
    assert len(desk.get(f"/api/tasks/{task}/annotations/")) == 3


def test_an_annotation_is_deleted_and_the_deletion_undone(desk: Desk) -> None:
    whole = {"data": {"text": "What a day"}, "annotations": [{"result": [GOOD]}]}
    project, [task] = desk.project(CHOICES, whole)
    desk.open(project, task)
    desk.page.keyboard.press("Control+k")
    desk.page.keyboard.type("delete this")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("The annotation was deleted.")).to_be_visible()
    assert desk.get(f"/api/tasks/{task}/annotations/") == []
    desk.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(desk.page.get_by_role("button", name="Update")).to_be_visible()
    assert desk.results(task)[0]["value"] == {"choices": ["good"]}


def test_a_task_is_left_for_later_and_the_one_before_is_gone_back_to(desk: Desk) -> None:
    project, [first, second, third] = desk.project(CHOICES, *[{"text": f"Day {n}"} for n in (1, 2, 3)])
    desk.open(project)
    page = desk.page
    expect(page.get_by_role("button", name="Previous task")).to_be_disabled()
    with desk.draft_saved():
        page.keyboard.press("2")
    page.get_by_role("button", name="Next task").click()
    expect(page.get_by_text("Day 2")).to_be_visible()
    page.keyboard.press("1")
    desk.submit()
    expect(page.get_by_text("Day 3")).to_be_visible()
    page.keyboard.press("Alt+PageUp")
    expect(page.get_by_text("Day 2")).to_be_visible()
    expect(page.get_by_role("button", name="Update")).to_be_visible()
    expect(page.get_by_label("good")).to_be_checked()
    page.keyboard.press("Alt+PageDown")
    expect(page.get_by_text("Day 3")).to_be_visible()
    page.keyboard.press("1")
    desk.submit()
    expect(page.get_by_text("Day 1")).to_be_visible()
    expect(page.get_by_label("bad")).to_be_checked()
    desk.submit()
    expect(page.get_by_text("Nothing is left to label")).to_be_visible()
    assert [desk.results(task)[0]["value"]["choices"] for task in (first, second, third)] == [
        ["bad"],
        ["good"],
        ["good"],
    ]


def test_the_next_task_is_on_screen_before_the_server_has_answered_the_submit(desk: Desk) -> None:
    project, [first, second] = desk.project(CHOICES, {"text": "What a day"}, {"text": "Rain again"})
    with desk.page.expect_response(lambda answer: "/next/" in answer.url):
        desk.open(project)
    waiting: list[Route] = []
    desk.page.route(f"**/api/tasks/{first}/annotations/", lambda route: waiting.append(route))
    desk.page.keyboard.press("1")
    with desk.page.expect_request(f"**/api/tasks/{first}/annotations/"):
        desk.page.keyboard.press("Control+Enter")
    expect(desk.page.get_by_text("Rain again")).to_be_visible()
    [held] = waiting
    with desk.page.expect_response(lambda answer: f"/tasks/{first}/annotations/" in answer.url):
        held.continue_()
    assert desk.results(first)[0]["value"] == {"choices": ["good"]}
    assert second


def test_files_of_the_next_task_are_fetched_ahead(desk: Desk) -> None:
    project, _tasks = desk.project(BOXES, {"image": PICTURE}, {"image": "/data/upload/next.png"})
    with desk.page.expect_request("**/data/upload/next.png"):
        desk.open(project)


@pytest.mark.parametrize(
    ("rows_given", "words"),
    [([], "This project has no tasks yet."), ([{"text": "a", "skip": True}], "Nothing is left to label")],
)
def test_why_there_is_no_task_is_said(desk: Desk, rows_given: list[dict], words: str) -> None:
    project, tasks = desk.project(CHOICES, *[{"text": row["text"]} for row in rows_given])
    for task in tasks:
        answer = desk.context.request.post(
            f"{desk.address}/api/tasks/{task}/annotations/", data={"result": [GOOD]}
        )
        assert answer.ok
    desk.page.goto(f"{desk.address}/projects/{project}/label")
    expect(desk.page.get_by_role("heading", name=words)).to_be_visible()
    if rows_given:
        return
    desk.context.request.post(
        f"{desk.address}/api/tasks/", data={"project": project, "data": {"text": "Fresh"}}
    )
    desk.page.get_by_role("button", name="Look again").click()
    expect(desk.page.get_by_text("Fresh")).to_be_visible()


def test_a_task_others_work_on_is_said_to_be_theirs(desk: Desk) -> None:
    project, [task] = desk.project(CHOICES, {"text": "a"})
    bob = desk.person("bob@example.com", "AD")
    desk.sign_in(bob)
    desk.open(project)
    desk.sign_in(desk.owner)
    desk.page.goto(f"{desk.address}/projects/{project}/label")
    expect(desk.page.get_by_role("heading", name="The remaining task is with somebody else")).to_be_visible()
    assert task


def test_a_stream_of_a_view_hands_out_its_tasks_only(desk: Desk) -> None:
    project, [_first, second, _third] = desk.project(CHOICES, *[{"text": f"Day {n}"} for n in (1, 2, 3)])
    query = json.dumps({"selectedItems": {"all": False, "included": [second]}})
    desk.page.goto(f"{desk.address}/projects/{project}/label?query={query}")
    expect(desk.page.get_by_text("Day 2")).to_be_visible()
    desk.page.keyboard.press("1")
    desk.submit()
    expect(desk.page.locator(".empty")).to_be_visible()
