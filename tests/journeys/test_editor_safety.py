"""What is done at the desk stays done: without network, without sign-in, in a tab that is gone; once, and undoable."""

from __future__ import annotations

import contextlib

import pytest
from journeys.desk import CHOICES, ENTITIES, PICTURE, Desk, mark, rows
from playwright.sync_api import Error, expect

from tagma.services.people import accounts
from tagma.testing import OWNER

FORM = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
  <TextArea name="note" toName="text" rows="2"/>
  <Rating name="stars" toName="text"/>
</View>"""


def test_undo_reaches_back_to_the_opening_of_the_task_after_a_reload_too(desk: Desk) -> None:
    project, [task] = desk.project(FORM, {"text": "Marie went to Paris"})
    desk.open(project, task)
    page = desk.page
    note = page.get_by_role("textbox", name="note")
    page.keyboard.press("1")
    note.fill("A town")
    with desk.draft_saved():
        page.get_by_role("radio", name="3 of 5").click()
    page.reload()
    expect(note).to_have_value("A town")
    page.locator("h1").click()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("radio", name="3 of 5")).not_to_be_checked()
    page.keyboard.press("Control+z")
    expect(note).to_have_value("")
    page.keyboard.press("Control+z")
    expect(page.get_by_label("good")).not_to_be_checked()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    for _ in range(3):
        page.keyboard.press("Control+Shift+z")
    expect(page.get_by_role("radio", name="3 of 5")).to_be_checked()
    desk.submit()
    assert [item["value"] for item in desk.results(task)] == [
        {"choices": ["good"]},
        {"text": ["A town"]},
        {"rating": 3},
    ]


def test_a_draft_sends_only_the_regions_that_changed(desk: Desk) -> None:
    project, [task] = desk.project(ENTITIES, {"text": "Marie went to Paris"})
    desk.open(project, task)
    desk.page.keyboard.press("1")
    with desk.draft_saved() as first:
        mark(desk, "Marie")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("2")
    with desk.draft_saved() as second:
        mark(desk, "Paris")
    sent = second.value.request.post_data_json
    assert len(first.value.request.post_data_json["result"]) == 1
    assert "result" not in sent
    [[span]] = sent["changes"].values()
    assert span["value"]["text"] == "Paris"
    [draft] = desk.get(f"/api/tasks/{task}/drafts")
    assert [item["value"]["text"] for item in draft["result"]] == ["Marie", "Paris"]


def test_work_goes_on_without_network_and_is_sent_when_it_is_back(desk: Desk) -> None:
    project, [task] = desk.project(ENTITIES, {"text": "Marie went to Paris"})
    desk.open(project, task)
    desk.context.set_offline(True)
    desk.page.keyboard.press("1")
    mark(desk, "Marie")
    expect(desk.page.locator("#bar-state")).to_have_text("Saved on this device, server unreachable")
    desk.context.set_offline(False)
    expect(desk.page.locator("#bar-state")).to_contain_text("Saved ")
    expect(desk.page.locator("#bar-state")).not_to_contain_text("device")
    [draft] = desk.get(f"/api/tasks/{task}/drafts")
    assert [item["value"]["text"] for item in draft["result"]] == ["Marie"]


def test_a_task_handed_in_without_network_arrives_once_and_the_next_one_is_there(desk: Desk) -> None:
    project, [first, second] = desk.project(CHOICES, {"text": "What a day"}, {"text": "Rain again"})
    with desk.page.expect_response(lambda answer: "/next/" in answer.url):
        desk.open(project)
    desk.context.set_offline(True)
    desk.page.keyboard.press("1")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.get_by_text("Rain again")).to_be_visible()
    desk.page.keyboard.press("2")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.get_by_text("The next task could not be fetched.")).to_be_visible()
    desk.context.set_offline(False)
    expect(desk.page.locator("#bar-state")).to_contain_text("Saved ")
    expect(desk.page.locator("#bar-state")).not_to_contain_text("device")
    desk.page.get_by_role("button", name="Look again").click()
    expect(desk.page.get_by_text("Nothing is left to label")).to_be_visible()
    assert [desk.results(task)[0]["value"]["choices"] for task in (first, second)] == [["good"], ["bad"]]
    assert desk.get(f"/api/tasks/{first}/drafts") == []


def test_a_tab_that_is_closed_before_anything_was_sent_loses_nothing(desk: Desk) -> None:
    project, [task, other] = desk.project(ENTITIES, {"text": "Marie went to Paris"}, {"text": "Two"})
    desk.open(project, task)
    desk.context.set_offline(True)
    desk.page.keyboard.press("1")
    mark(desk, "Marie")
    expect(desk.page.locator("#bar-state")).to_contain_text("Saved on this device")
    desk.page.close()
    desk.context.set_offline(False)
    desk.new_page()
    with desk.draft_saved():  # of the task that is not even open
        desk.open(project, other)
    [draft] = desk.get(f"/api/tasks/{task}/drafts")
    assert [item["value"]["text"] for item in draft["result"]] == ["Marie"]
    desk.open(project, task)
    expect(rows(desk)).to_contain_text("Person")
    desk.page.keyboard.press("Control+z")
    expect(rows(desk)).to_have_count(0)


def test_after_a_new_sign_in_in_another_tab_sending_goes_on(desk: Desk) -> None:
    project, [task] = desk.project(ENTITIES, {"text": "Marie went to Paris"})
    desk.open(project, task)
    desk.context.clear_cookies()
    desk.page.keyboard.press("1")
    mark(desk, "Marie")
    with desk.context.expect_page() as opened:
        desk.page.get_by_role("link", name="Sign in again to send it").click()
    door = opened.value
    door.fill("[name=email]", OWNER["email"])
    door.fill("[name=password]", OWNER["password"])
    door.keyboard.press("Enter")
    door.wait_for_url("**/projects/")
    door.close()
    expect(desk.page.locator("#bar-state")).not_to_contain_text("device")
    [draft] = desk.get(f"/api/tasks/{task}/drafts")
    assert [item["value"]["text"] for item in draft["result"]] == ["Marie"]


def test_what_one_person_did_is_not_sent_as_somebody_elses(desk: Desk) -> None:
    project, [task] = desk.project(ENTITIES, {"text": "Marie went to Paris"})
    desk.open(project, task)
    other = desk.site.database.write(
        lambda tx: accounts.sign_up(desk.site, tx, email="bob@example.com", password="another horse battery")
    )
    desk.sign_in(other)
    desk.page.keyboard.press("1")
    mark(desk, "Marie")
    expect(desk.page.locator("#bar-state")).to_contain_text("Sign in again to send it")
    assert desk.get(f"/api/tasks/{task}/drafts") == []
    desk.sign_in(desk.owner)
    expect(desk.page.locator("#bar-state")).not_to_contain_text("device")
    assert len(desk.get(f"/api/tasks/{task}/drafts")) == 1


def test_a_change_whose_answer_was_lost_is_in_the_history_once(desk: Desk) -> None:
    project, [task] = desk.project(CHOICES, {"text": "What a day"})
    desk.open(project, task)
    desk.page.keyboard.press("1")
    desk.submit()
    expect(desk.page.get_by_role("button", name="Update")).to_be_visible()
    lost = []

    def lose(route: object) -> None:
        lost.append(route.fetch().status)  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    desk.page.route("**/api/annotations/*/", lose, times=1)
    desk.page.keyboard.press("2")
    with desk.page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.ok):
        desk.page.keyboard.press("Control+Enter")
    expect(desk.page.locator(".history-list li")).to_have_count(2)
    assert lost == [200]
    [annotation] = desk.get(f"/api/tasks/{task}/annotations/")
    steps = desk.get(f"/api/annotations/{annotation['id']}/history/")
    assert [step["action"] for step in steps] == ["submitted", "updated"]


def test_what_the_server_refuses_comes_back_as_work(desk: Desk) -> None:
    project, [task, other] = desk.project(CHOICES, {"text": "What a day"}, {"text": "Rain again"})
    desk.open(project)
    refusal = {"status_code": 400, "detail": "This is not to the server's taste.", "code": "input"}
    desk.page.route(
        f"**/api/tasks/{task}/annotations/", lambda route: route.fulfill(status=400, json=refusal), times=1
    )
    desk.page.keyboard.press("2")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.get_by_text("Rain again")).to_be_visible()
    expect(desk.page.get_by_role("alert")).to_contain_text("not to the server's taste")
    desk.page.get_by_role("button", name="Open it again").click()
    expect(desk.page.get_by_text("What a day")).to_be_visible()
    expect(desk.page.get_by_label("bad")).to_be_checked()
    desk.submit()
    assert desk.results(task)[0]["value"] == {"choices": ["bad"]}
    assert other


def test_a_draft_of_a_change_is_taken_up_again_elsewhere(desk: Desk) -> None:
    kept = {
        "id": "m1",
        "from_name": "mood",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["good"]},
    }
    whole = {"data": {"text": "What a day"}, "annotations": [{"result": [kept]}]}
    project, [task] = desk.project(CHOICES, whole)
    desk.open(project, task)
    expect(desk.page.get_by_label("good")).to_be_checked()
    with desk.draft_saved():
        desk.page.keyboard.press("2")
    desk.elsewhere()
    desk.open(project, task)
    expect(desk.page.get_by_label("bad")).to_be_checked()
    assert desk.results(task)[0]["value"] == {"choices": ["good"]}
    desk.submit()
    assert desk.results(task)[0]["value"] == {"choices": ["bad"]}


@pytest.mark.parametrize("config", [ENTITIES, CHOICES.replace("<View>", '<View><Header value="How?"/>')])
def test_opening_a_task_makes_no_draft(desk: Desk, config: str) -> None:
    project, [task] = desk.project(config, {"text": "Marie went to Paris", "image": PICTURE})
    desk.open(project, task)
    desk.page.reload()
    expect(desk.page.locator(".editor[data-ready]")).to_be_visible()
    assert desk.get(f"/api/tasks/{task}/drafts") == []


def test_a_task_open_in_two_tabs_of_a_browser_is_said_to_be(desk: Desk) -> None:
    project, [task] = desk.project(CHOICES, {"text": "What a day"})
    desk.open(project, task)
    first = desk.page
    desk.new_page()
    desk.open(project, task)
    expect(desk.page.get_by_role("alert")).to_contain_text("open in another tab")
    expect(first.get_by_role("alert")).to_have_count(0)
    first.close()
    desk.page.reload()
    expect(desk.page.locator(".editor[data-ready]")).to_be_visible()
    desk.page.keyboard.press("1")
    expect(desk.page.locator("#bar-state")).to_contain_text("Saved ")
    expect(desk.page.get_by_role("alert")).to_have_count(0)


def test_a_tab_that_crashes_loses_nothing(desk: Desk) -> None:
    project, [task] = desk.project(ENTITIES, {"text": "Marie went to Paris"})
    desk.open(project, task)
    desk.page.route("**/drafts", lambda route: route.abort())
    desk.page.keyboard.press("1")
    mark(desk, "Marie")
    desk.page.keyboard.press("2")
    expect(rows(desk)).to_contain_text("Place")
    expect(desk.page.locator("#bar-state")).to_contain_text("Saved on this device")
    with desk.page.expect_event("crash"), contextlib.suppress(Error):
        desk.page.goto("chrome://crash")
    desk.new_page()
    desk.open(project, task)
    expect(rows(desk)).to_contain_text("Place")
    desk.page.keyboard.press("Control+z")
    expect(rows(desk)).to_contain_text("Person")
    desk.submit()
    assert desk.results(task)[0]["value"]["labels"] == ["Person"]
