"""Labeling as a person does it: by pointer and keyboard, in a real browser.

SQLite is enough here: what is tried is on screen.
"""

from __future__ import annotations

from journeys.desk import (
    ANSWERS,
    BOXES,
    CHOICES,
    ENTITIES,
    FORGOTTEN,
    NOTES,
    PICTURE,
    Desk,
    drag,
    mark,
    rows,
)  # fmt: skip
from playwright.sync_api import expect


def test_a_labelled_box_is_drawn_and_submitted_and_the_next_task_appears(desk: Desk) -> None:
    project, [first, second] = desk.project(BOXES, {"image": PICTURE}, {"image": PICTURE})
    desk.open(project)
    stage = desk.page.locator("[data-tag=Image][data-ready]")
    expect(stage).to_be_visible()
    desk.page.keyboard.press("2")
    drag(desk, stage, (0.3, 0.3), (0.6, 0.6))
    expect(rows(desk)).to_have_count(1)
    expect(rows(desk)).to_contain_text("Dog")
    desk.submit()
    expect(desk.page.locator(f'.editor[data-task="{second}"]')).to_be_visible()
    expect(rows(desk)).to_have_count(0)
    [box] = desk.results(first)
    assert box["value"]["rectanglelabels"] == ["Dog"]
    assert (box["original_width"], box["original_height"]) == (400, 300)
    assert 0 < box["value"]["x"] < 100
    assert box["value"]["width"] > 5
    desk.submit()
    expect(desk.page.get_by_text("Nothing is left to label")).to_be_visible()


def test_offsets_in_a_text_count_an_emoji_as_one(desk: Desk) -> None:
    text = "👩‍🚀 Marie went to Paris"
    project, [task] = desk.project(ENTITIES, {"text": text})
    desk.open(project, task)
    desk.page.keyboard.press("2")
    mark(desk, "Paris")
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [span] = desk.results(task)
    value = span["value"]
    assert text[value["start"] : value["end"]] == value["text"] == "Paris"
    assert value["labels"] == ["Place"]


def test_undo_and_redo_walk_through_what_was_done(desk: Desk) -> None:
    project, [task] = desk.project(ENTITIES, {"text": "Marie went to Paris"})
    desk.open(project, task)
    desk.page.keyboard.press("1")
    mark(desk, "Marie")
    expect(rows(desk)).to_contain_text("Person")
    desk.page.keyboard.press("2")
    expect(rows(desk)).to_contain_text("Place")
    desk.page.keyboard.press("Control+z")
    expect(rows(desk)).to_contain_text("Person")
    desk.page.keyboard.press("Control+z")
    expect(rows(desk)).to_have_count(0)
    desk.page.keyboard.press("Control+Shift+Z")
    desk.page.keyboard.press("Control+y")
    expect(rows(desk)).to_contain_text("Place")


def test_a_draft_comes_back_after_a_reload(desk: Desk) -> None:
    project, [task] = desk.project(ENTITIES, {"text": "Marie went to Paris"})
    desk.open(project, task)
    desk.page.keyboard.press("1")
    with desk.page.expect_response(lambda answer: answer.url.endswith("/drafts")):
        mark(desk, "Marie")
    desk.page.reload()
    expect(rows(desk)).to_contain_text("Person")
    assert desk.get(f"/api/tasks/{task}/annotations/") == []
    desk.submit()
    [span] = desk.results(task)
    assert span["value"]["text"] == "Marie"
    assert desk.get(f"/api/tasks/{task}/drafts") == []


def test_work_done_without_the_server_comes_back_after_a_reload(desk: Desk) -> None:
    project, [task] = desk.project(ENTITIES, {"text": "Marie went to Paris"})
    desk.open(project, task)
    desk.page.route("**/drafts", lambda route: route.abort())
    desk.page.keyboard.press("1")
    mark(desk, "Marie")
    expect(desk.page.locator("#bar-state")).to_contain_text("Saved on this device")
    desk.page.unroute("**/drafts")
    desk.page.reload()
    expect(rows(desk)).to_contain_text("Person")


def test_choices_are_made_by_digits(desk: Desk) -> None:
    project, [task, other] = desk.project(CHOICES, {"text": "What a day"}, {"text": "Rain again"})
    desk.open(project)
    desk.page.keyboard.press("2")
    expect(desk.page.get_by_label("bad")).to_be_checked()
    desk.page.keyboard.press("1")
    expect(desk.page.get_by_label("good")).to_be_checked()
    expect(desk.page.get_by_label("bad")).not_to_be_checked()
    desk.submit()
    expect(desk.page.get_by_text("Rain again")).to_be_visible()
    expect(desk.page.get_by_label("good")).not_to_be_checked()
    assert [result["value"] for result in desk.results(task)] == [{"choices": ["good"]}]
    assert other


def test_a_required_answer_is_asked_for_in_words(desk: Desk) -> None:
    project, [task] = desk.project(CHOICES, {"text": "What a day"})
    desk.open(project, task)
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.get_by_text("Say how it sounds.")).to_be_visible()
    assert desk.get(f"/api/tasks/{task}/annotations/") == []


def test_writing_an_answer_and_submitting_needs_no_pointer(desk: Desk) -> None:
    project, [task] = desk.project(ANSWERS, {"text": "Why?"})
    desk.open(project, task)
    field = desk.page.get_by_role("textbox", name="answer")
    field.focus()
    desk.page.keyboard.type("Because 12")
    desk.submit()
    assert [result["value"] for result in desk.results(task)] == [{"text": ["Because 12"]}]


def test_results_of_a_tag_no_plugin_provides_are_shown_locked_and_saved_unchanged(desk: Desk) -> None:
    kept = {
        "id": "roof000001",
        "from_name": "outline",
        "to_name": "image",
        "type": "hexagonlabels",
        "original_width": 400,
        "original_height": 300,
        "value": {"points": [[1, 2], [30, 4], [5, 60]], "closed": True, "hexagonlabels": ["Roof"]},
        "origin": "manual",
    }
    whole = {"data": {"image": PICTURE}, "annotations": [{"result": [kept]}]}
    project, [task] = desk.project(FORGOTTEN, whole)
    desk.open(project, task)
    notice = desk.page.locator(".tagma-notice[data-tag=HexagonLabels]")
    expect(notice).to_contain_text("HexagonLabels")
    expect(rows(desk)).to_contain_text("Roof")
    rows(desk).click()
    desk.page.keyboard.press("Delete")
    expect(rows(desk)).to_have_count(1)
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("1")
    stage = desk.page.locator("[data-tag=Image][data-ready]")
    drag(desk, stage, (0.5, 0.5), (0.7, 0.7))
    expect(rows(desk)).to_have_count(2)
    desk.submit()
    stored = desk.results(task)
    assert stored[0] == kept
    assert stored[1]["value"]["rectanglelabels"] == ["Cat"]


def test_a_tag_whose_module_throws_is_named_and_the_rest_of_the_page_works(desk: Desk) -> None:
    kept = {
        "id": "mood000001",
        "from_name": "mood",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["good"]},
        "origin": "manual",
    }
    config = CHOICES.replace(
        "<View>", '<View><Labels name="label" toName="text"><Label value="Person"/></Labels>'
    )
    whole = {"data": {"text": "Marie went to Paris"}, "annotations": [{"result": [kept]}]}
    project, [task] = desk.project(config, whole)
    broken = "export default { api: 1, tag: 'Choices', kind: 'control', mount() { throw new Error('Out of ink'); } }"
    desk.page.route("**/choices.js", lambda route: route.fulfill(body=broken, content_type="text/javascript"))
    desk.open(project, task)
    notice = desk.page.locator(".tagma-notice[data-tag=Choices]")
    expect(notice).to_contain_text("controls")
    expect(notice).to_contain_text("Out of ink")
    desk.page.keyboard.press("1")
    mark(desk, "Paris")
    expect(rows(desk).filter(has_text="Person")).to_have_count(1)
    desk.submit()
    stored = desk.results(task)
    assert stored[0] == kept
    assert stored[1]["value"]["text"] == "Paris"
    assert set(desk.troubles) == {"Out of ink"}
    desk.foreseen.add("Out of ink")


def test_an_earlier_state_of_an_annotation_can_be_taken_up_again(desk: Desk) -> None:
    project, [task] = desk.project(CHOICES, {"text": "What a day"})
    desk.open(project, task)
    for key in ("1", "2"):
        desk.page.keyboard.press(key)
        desk.submit()
        expect(desk.page.get_by_role("button", name="Update")).to_be_visible()
    steps = desk.page.locator(".history-list li")
    expect(steps).to_have_count(2)
    steps.last.get_by_role("button", name="Take this up again").click()
    expect(desk.page.get_by_label("good")).to_be_checked()
    desk.page.keyboard.press("Control+z")
    expect(desk.page.get_by_label("bad")).to_be_checked()


def test_a_shortcut_types_its_words_and_what_stands_in_the_field_is_submitted(desk: Desk) -> None:
    project, [task] = desk.project(NOTES, {"text": "Why?"})
    desk.open(project, task)
    desk.page.get_by_role("textbox", name="answer").focus()
    desk.page.keyboard.type("It is ")
    desk.page.get_by_role("button", name="Unclear").click()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Control+1")
    desk.submit()
    assert [result["value"] for result in desk.results(task)] == [{"text": ["It is not clear", "not clear"]}]
