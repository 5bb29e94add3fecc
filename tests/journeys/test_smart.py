"""Labeling with a model's help: what is drawn asks it, what it suggests is accepted or rejected."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from journeys.desk import BOXES, ENTITIES, PICTURE, Desk, drag, mark, rows
from journeys.models import ModelServer, model_server
from journeys.test_accessibility import AXE, LOOK
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.needs("image", "text", "controls", "ml")

SMART_ONLY = BOXES.replace("<RectangleLabels ", '<RectangleLabels smartOnly="true" ')


BAD_BOX = {"from_name": "label", "to_name": "image", "type": "rectanglelabels"}
BAD = [
    [],
    [{"result": "none"}],
    [{"result": [{**BAD_BOX, "value": {"x": "left", "rectanglelabels": ["Cat"]}}]}],
    [{"result": [{**BAD_BOX, "value": None}]}],
    [{"result": [{**BAD_BOX, "from_name": "gone", "value": {}}]}],
    [{"result": [7, None]}],
    [{"result": [], "score": "high"}],
]


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_server() as little:
        little.suggest = two_boxes
        yield little


def two_boxes(asked: dict[str, Any]) -> list[Any]:
    [prompt] = asked["params"]["context"]["result"]
    box = {"x": 20.0, "y": 20.0, "width": 15.0, "height": 25.0, "rotation": 0}
    label = prompt["value"]["rectanglelabels"]
    item = {key: prompt[key] for key in ("from_name", "to_name", "type")}
    return [
        {
            "result": [
                {**item, "id": "first", "value": {**box, "rectanglelabels": label}},
                {**item, "id": "second", "value": {**box, "x": 60.0, "rectanglelabels": label}},
            ],
            "score": 0.9,
        }
    ]


def connect(desk: Desk, project: int, model: ModelServer, title: str = "Little") -> None:
    answer = desk.context.request.post(
        f"{desk.address}/api/ml/",
        data={"project": project, "url": model.address, "title": title, "is_interactive": True},
    )
    assert answer.ok, answer.text()


def opened(desk: Desk, model: ModelServer, config: str = BOXES, data: Any = None) -> int:
    project, [task] = desk.project(config, data or {"image": PICTURE})
    connect(desk, project, model)
    desk.open(project, task)
    return task


def switch(desk: Desk) -> Locator:
    return desk.page.get_by_role("switch", name="Auto-annotation")


def draw(
    desk: Desk, start: tuple[float, float] = (0.42, 0.42), end: tuple[float, float] = (0.55, 0.55)
) -> None:
    chip = desk.page.locator(".chip").first
    if chip.get_attribute("aria-pressed") != "true":
        chip.click()
    drag(desk, desk.page.locator(".plane"), start, end)


def suggestions(desk: Desk) -> Locator:
    return desk.page.locator('.region[data-proposed="suggestion"]')


def test_what_is_drawn_asks_the_model_and_what_it_suggests_is_accepted(
    desk: Desk, model: ModelServer
) -> None:
    task = opened(desk, model)
    switch(desk).check()
    draw(desk)
    expect(suggestions(desk)).to_have_count(2)
    expect(rows(desk)).to_have_count(2)  # the prompt has gone
    [asked] = model.asked
    [prompt] = asked["params"]["context"]["result"]
    assert (prompt["type"], prompt["is_positive"], asked["tasks"][0]["id"]) == ("rectanglelabels", True, task)

    suggestions(desk).first.get_by_role("button", name="Accept").click()
    suggestions(desk).first.get_by_role("button", name="Reject").click()
    expect(rows(desk)).to_have_count(1)
    expect(suggestions(desk)).to_have_count(0)
    desk.submit()
    [kept] = desk.results(task)
    assert (kept["value"]["x"], kept["origin"], kept["original_width"]) == (20.0, "prediction", 400)
    assert "is_positive" not in kept


def test_the_keyboard_alone_asks_accepts_and_rejects(desk: Desk, model: ModelServer) -> None:
    task = opened(desk, model)
    keys = desk.page.keyboard
    keys.press("Alt+a")
    expect(switch(desk)).to_be_checked()
    keys.press("1")
    desk.page.locator(".plane").focus()
    keys.press("Enter")
    keys.press("Enter")
    for _ in range(4):
        keys.press("Shift+ArrowRight")
        keys.press("Shift+ArrowDown")
    keys.press("Enter")
    expect(suggestions(desk)).to_have_count(2)
    keys.press("Alt+x")
    expect(rows(desk)).to_have_count(0)
    for key in ("Enter", "Enter", *["Shift+ArrowRight", "Shift+ArrowDown"] * 4, "Enter"):
        keys.press(key)
    expect(suggestions(desk)).to_have_count(2)
    keys.press("Alt+y")
    expect(suggestions(desk)).to_have_count(0)
    expect(rows(desk)).to_have_count(2)
    keys.press("Control+z")
    expect(rows(desk)).to_have_count(0)
    keys.press("Control+Shift+z")
    desk.submit()
    assert len(desk.results(task)) == 2


def test_suggestions_are_no_part_of_the_work_until_they_are_accepted(desk: Desk, model: ModelServer) -> None:
    task = opened(desk, model)
    draw(desk, (0.42, 0.7), (0.55, 0.8))
    switch(desk).check()
    draw(desk)
    expect(suggestions(desk)).to_have_count(2)
    desk.submit()
    expect(desk.page.get_by_text("2 suggestions were not accepted")).to_be_visible()
    assert len(desk.results(task)) == 1


def test_suggestions_may_be_taken_as_they_come(desk: Desk, model: ModelServer) -> None:
    task = opened(desk, model)
    switch(desk).check()
    desk.page.get_by_label("Accept automatically").check()
    draw(desk)
    expect(rows(desk)).to_have_count(2)
    expect(suggestions(desk)).to_have_count(0)
    desk.submit()
    assert len(desk.results(task)) == 2


def test_a_slow_model_is_seen_thinking_can_be_stopped_and_comes_too_late(
    desk: Desk, model: ModelServer
) -> None:
    opened(desk, model)
    switch(desk).check()
    model.hold()
    draw(desk)
    bar = desk.page.get_by_role("group", name="Suggestions")
    expect(bar).to_contain_text("Little is thinking…")
    bar.get_by_role("button", name="Cancel").click()
    expect(rows(desk)).to_have_count(0)
    model.let_go()
    draw(desk)
    expect(rows(desk)).to_have_count(2)  # the answer to the second, not that to the first besides


def test_an_answer_to_a_task_that_was_left_is_dropped(desk: Desk, model: ModelServer) -> None:
    project, ids = desk.project(BOXES, {"image": PICTURE}, {"image": PICTURE})
    connect(desk, project, model)
    desk.open(project)
    switch(desk).check()
    model.hold()
    draw(desk)
    expect(desk.page.get_by_role("group", name="Suggestions")).to_contain_text("thinking")
    desk.page.keyboard.press("Control+Enter")
    expect(desk.page.locator(f'.editor[data-task="{ids[1]}"][data-ready]')).to_be_visible()
    expect(switch(desk)).to_be_checked()
    model.let_go()
    draw(desk)
    expect(suggestions(desk)).to_have_count(2)
    assert desk.results(ids[0]) == []


def test_what_went_wrong_is_said_and_the_drawing_is_not_lost(desk: Desk, model: ModelServer) -> None:
    task = opened(desk, model)
    switch(desk).check()
    model.suggest = lambda asked: [{"result": []}]
    draw(desk)
    bar = desk.page.get_by_role("group", name="Suggestions")
    expect(bar).to_contain_text("suggests nothing")
    model.suggest = two_boxes
    bar.get_by_role("button", name="Ask again").click()
    expect(suggestions(desk)).to_have_count(2)
    bar.get_by_role("button", name="Reject").click()

    model.suggest = lambda asked: [{"result": [{"from_name": "gone", "to_name": "image", "type": "x"}]}]
    draw(desk)
    expect(bar.locator(".fault")).to_be_visible()
    desk.page.get_by_role("button", name="Keep what I drew").click()
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    assert len(desk.results(task)) == 1


def test_a_passage_of_a_text_asks_too(desk: Desk, model: ModelServer) -> None:
    def whole_name(asked: dict[str, Any]) -> list[Any]:
        [prompt] = asked["params"]["context"]["result"]
        value = {"start": 0, "end": 12, "text": "Ada Lovelace", "labels": prompt["value"]["labels"]}
        return [{"result": [{**prompt, "id": "name", "value": value}]}]

    model.suggest = whole_name
    task = opened(desk, model, ENTITIES, {"text": "Ada Lovelace wrote a program."})
    switch(desk).check()
    desk.page.locator(".chip").first.click()
    mark(desk, "Lovelace")
    expect(suggestions(desk)).to_have_count(1)
    desk.page.keyboard.press("Alt+y")
    desk.submit()
    [kept] = desk.results(task)
    assert kept["value"]["text"] == "Ada Lovelace"


def test_a_tool_that_only_asks_says_so_where_no_model_answers(desk: Desk) -> None:
    project, [task] = desk.project(SMART_ONLY, {"image": PICTURE})
    desk.open(project, task)
    expect(desk.page.get_by_role("group", name="Suggestions")).to_be_hidden()
    draw(desk)
    expect(desk.page.get_by_text("This tool only asks a model")).to_be_visible()
    expect(rows(desk)).to_have_count(0)


def test_a_tags_two_halves_agree_on_what_may_ask_a_model(desk: Desk) -> None:
    """By the contract alone: each tag that makes regions and has the attribute ``smart`` says so in the browser, no other."""
    project, [task] = desk.project(BOXES, {"image": PICTURE})
    desk.open(project, task)
    known = desk.page.evaluate(
        """async (plugins) => Object.fromEntries((await Promise.all(plugins.map(async (plugin) =>
            Promise.all((await import(`plugin/${plugin}/index.js`)).default.map(async (one) => {
              const whole = one.load ? (await one.load()).default : one;
              return [whole.tag, Boolean(whole.smart)];
            }))))).flat())""",
        [
            name
            for name, (_, folder) in desk.site.plugins.web_folders().items()
            if (folder / "index.js").is_file()
        ],
    )
    tags = {
        tag.name: "smart" in tag.attributes
        and bool(getattr(tag, "draws", None) or getattr(tag, "has_labels", False))
        for tag in desk.site.plugins.tags.values()
    }
    assert {tag: smart for tag, smart in known.items() if smart != tags[tag]} == {}
    assert any(known.values())


def boxes_everywhere(asked: dict[str, Any]) -> list[Any]:
    value = {"x": 10.0, "y": 10.0, "width": 20.0, "height": 20.0, "rotation": 0, "rectanglelabels": ["Cat"]}
    item = {"id": "all", "from_name": "label", "to_name": "image", "type": "rectanglelabels", "value": value}
    return [{"result": [item], "score": 0.8} for _ in asked["tasks"]]


def test_a_prediction_the_project_shows_is_where_one_begins(desk: Desk, model: ModelServer) -> None:
    model.predict = boxes_everywhere
    result = boxes_everywhere({"tasks": [1]})[0]["result"]
    data = {"data": {"image": PICTURE}, "predictions": [{"result": result, "model_version": "old"}]}
    project, [task] = desk.project(BOXES, data)
    desk.open(project, task)
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [annotation] = desk.get(f"/api/tasks/{task}/annotations/")
    assert annotation["result"][0]["origin"] == "prediction"
    assert annotation["parent_prediction"]


def test_a_model_is_asked_as_a_task_is_opened_where_the_project_wants_it(
    desk: Desk, model: ModelServer
) -> None:
    model.predict = boxes_everywhere
    project, [task] = desk.project(BOXES, {"image": PICTURE}, evaluate_predictions_automatically=True)
    connect(desk, project, model)
    desk.open(project, task)
    expect(rows(desk)).to_have_count(1)
    expect(desk.page.get_by_role("tab", name="v1")).to_be_visible()
    assert desk.get(f"/api/tasks/{task}/")["predictions"][0]["model_version"] == "v1"


def test_predictions_are_kept_from_people_where_the_project_says_so(desk: Desk, model: ModelServer) -> None:
    result = boxes_everywhere({"tasks": [1]})[0]["result"]
    data = {"data": {"image": PICTURE}, "predictions": [{"result": result, "model_version": "old"}]}
    project, [task] = desk.project(BOXES, data, show_collab_predictions=False)
    desk.sign_in(desk.person("ann@example.com", "AN"))
    desk.open(project, task)
    expect(rows(desk)).to_have_count(0)
    expect(desk.page.get_by_role("tab", name="old")).to_have_count(0)


def test_predictions_that_come_late_do_not_disturb_who_has_begun(desk: Desk, model: ModelServer) -> None:
    asked = threading.Event()
    may_answer = threading.Event()

    def slowly(body: dict[str, Any]) -> list[Any]:
        asked.set()
        may_answer.wait(60)
        return boxes_everywhere(body)

    model.predict = slowly
    project, [task] = desk.project(BOXES, {"image": PICTURE}, evaluate_predictions_automatically=True)
    connect(desk, project, model)
    desk.open(project, task)
    assert asked.wait(60)
    draw(desk)
    expect(rows(desk)).to_have_count(1)
    may_answer.set()
    expect(desk.page.get_by_text("Predictions of this task came in.")).to_be_visible()
    expect(desk.page.get_by_role("tab", name="v1")).to_have_count(0)
    desk.page.get_by_role("button", name="Show", exact=True).click()
    expect(desk.page.get_by_role("tab", name="v1")).to_be_visible()
    expect(rows(desk)).to_have_count(1)


def test_whatever_a_model_answers_is_a_sentence_or_a_suggestion(desk: Desk, model: ModelServer) -> None:
    opened(desk, model)
    switch(desk).check()
    bar = desk.page.get_by_role("group", name="Suggestions")
    for bad in BAD:
        model.suggest = lambda asked, bad=bad: bad
        draw(desk)
        expect(bar.locator(".fault")).to_be_visible()
        assert len(bar.locator(".fault").inner_text()) > 10, bad
        desk.page.keyboard.press("Alt+x")
        expect(bar.locator(".fault")).to_have_count(0)
    expect(rows(desk)).to_have_count(0)
    model.suggest = two_boxes
    draw(desk)
    expect(suggestions(desk)).to_have_count(2)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state_of_the_bar(
    desk: Desk, model: ModelServer, scheme: str, width: int
) -> None:
    page = desk.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 780})
    opened(desk, model)
    bar = page.get_by_role("group", name="Suggestions")
    page.evaluate(AXE.read_text())

    def look(state: str) -> None:
        assert page.evaluate(LOOK) == [], state
        assert page.evaluate("document.documentElement.scrollWidth") <= width, state

    look("off")
    switch(desk).check()
    look("on")
    model.hold()
    draw(desk)
    expect(bar).to_contain_text("thinking")
    look("thinking")
    model.let_go()
    expect(suggestions(desk)).to_have_count(2)
    look("suggested")
    page.keyboard.press("Alt+x")
    model.suggest = lambda asked: []
    draw(desk)
    expect(bar.locator(".fault")).to_be_visible()
    look("trouble")
