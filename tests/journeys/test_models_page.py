"""A project's models in its settings, and asked from the list of tasks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from journeys.desk import Desk
from journeys.models import ModelServer, model_server
from journeys.test_accessibility import AXE, LOOK
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.needs("text", "controls", "ml")

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""


def moods(asked: dict[str, Any]) -> list[Any]:
    item = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
    return [{"result": [item], "score": 0.75} for _ in asked["tasks"]]


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_server() as little:
        little.predict = moods
        yield little


@pytest.fixture
def project(desk: Desk) -> int:
    made, _ = desk.project(CONFIG, *({"text": f"Word {n}"} for n in range(3)))
    return made


def settings(desk: Desk, project: int) -> Locator:
    desk.page.goto(f"{desk.address}/projects/{project}/settings")
    section = desk.page.locator("#models")
    expect(section.get_by_role("button", name="Connect a model")).to_be_visible()
    return section


def connect(desk: Desk, project: int, model: ModelServer, **fields: Any) -> int:
    body = {"project": project, "url": model.address, "title": "Little", **fields}
    answer = desk.context.request.post(f"{desk.address}/api/ml/", data=body)
    assert answer.ok, answer.text()
    return int(answer.json()["id"])


def add(desk: Desk, section: Locator) -> Locator:
    section.get_by_role("button", name="Connect a model").click()
    choice = desk.page.get_by_role("menuitem", name="Model server")
    if choice.count():
        choice.click()
    return desk.page.get_by_role("dialog")


def more(desk: Desk, section: Locator, what: str) -> None:
    section.get_by_role("button", name="More for Little").click()
    desk.page.get_by_role("menuitem", name=what).click()


def test_a_model_is_tried_connected_asked_about_all_tasks_and_disconnected(
    desk: Desk, project: int, model: ModelServer
) -> None:
    section = settings(desk, project)
    expect(section).to_contain_text("None is connected")
    form = add(desk, section)
    form.get_by_label("Address").fill("ftp://nowhere")
    form.get_by_role("button", name="Test the connection").click()
    expect(form.get_by_role("alert").filter(has_text="http://")).to_be_visible()
    form.get_by_label("Address").fill("http://127.0.0.1:9")
    form.get_by_role("button", name="Connect", exact=True).click()
    expect(form.locator(".fault:visible").first).to_contain_text("127.0.0.1:9")
    form.get_by_label("Address").fill(model.address)
    form.get_by_label("Name").first.fill("Little")
    form.get_by_role("button", name="Test the connection").click()
    expect(form).to_contain_text("Its version: v1")
    form.get_by_role("button", name="Connect", exact=True).click()
    row = section.locator("[data-model]")
    expect(row).to_contain_text("Ready")
    expect(row).to_contain_text("Version v1")

    row.get_by_role("button", name="Predict all").click()
    expect(section).to_contain_text("predicted 3 tasks of 3")
    assert {one["predictions"][0]["model_version"] for one in tasks(desk, project)} == {"v1"}

    more(desk, section, "What happened to it")
    expect(desk.page.get_by_role("dialog")).to_contain_text("Predicted 3 of 3 tasks")
    desk.page.keyboard.press("Escape")
    more(desk, section, "Disconnect")
    desk.page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(section).to_contain_text("None is connected")
    assert len([one for one in tasks(desk, project) if one["predictions"]]) == 3


def tasks(desk: Desk, project: int) -> list[dict[str, Any]]:
    return list(desk.get(f"/api/tasks/?project={project}&fields=all")["tasks"])


@pytest.mark.parametrize(("width", "height"), [(1280, 700), (360, 640)])
def test_a_long_form_scrolls_between_its_title_and_its_buttons(
    desk: Desk, project: int, width: int, height: int
) -> None:
    desk.page.set_viewport_size({"width": width, "height": height})
    form = add(desk, settings(desk, project))
    form.get_by_text("More settings").click()
    form.get_by_label("Seconds it may take").focus()
    expect(form.get_by_label("Seconds it may take")).to_be_in_viewport(ratio=1)
    expect(form.get_by_role("heading", name="Model server")).to_be_in_viewport(ratio=1)
    expect(form.get_by_role("button", name="Connect", exact=True)).to_be_in_viewport(ratio=1)


def test_a_model_that_stopped_answering_is_said_to_with_the_reason(
    desk: Desk, project: int, model: ModelServer
) -> None:
    connect(desk, project, model)
    model.fails = True
    section = settings(desk, project)
    row = section.locator("[data-model]")
    expect(row.locator(".state")).to_contain_text("Failed")
    expect(row.locator(".fault")).to_contain_text("500")
    model.fails = False
    more(desk, section, "Test the connection")
    expect(row).to_contain_text("Ready")
    expect(row).to_contain_text("Last fault")


def test_whose_predictions_are_shown_is_chosen_and_a_version_deleted(
    desk: Desk, project: int, model: ModelServer
) -> None:
    connect(desk, project, model)
    section = settings(desk, project)
    section.get_by_role("button", name="Predict all").click()
    expect(section).to_contain_text("predicted 3 tasks of 3")
    section.get_by_label("Predictions shown").select_option("v1")
    section.get_by_label("Ask the models as a task is opened").check()
    section.get_by_label("Models learn after so many annotations").fill("7")
    section.get_by_role("button", name="Save", exact=True).click()
    expect(section).to_contain_text("Saved")
    kept = desk.get(f"/api/projects/{project}/")
    assert (kept["model_version"], kept["min_annotations_to_start_training"]) == ("v1", 7)
    assert kept["evaluate_predictions_automatically"] is True

    section.get_by_role("button", name="Delete predictions of “v1”").click()
    desk.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(section.get_by_text("Versions of predictions")).to_be_hidden()
    assert desk.get(f"/api/projects/{project}/model-versions/") == {}


def test_what_a_model_learned_is_a_curve_and_a_table(desk: Desk, project: int, model: ModelServer) -> None:
    number = connect(desk, project, model)
    learned(desk, number)
    section = settings(desk, project)
    figure = section.get_by_role("figure")
    expect(figure).to_contain_text("82%")
    expect(figure.get_by_role("img")).to_have_attribute("aria-label", "Accuracy went from 50% to 82%")
    figure.get_by_text("As a table").click()
    expect(figure.get_by_role("row")).to_have_count(5)


def learned(desk: Desk, number: int) -> None:
    """What a model that learns has told over time."""
    from tagma.services.model import model_state

    scores = [(10, 0.5), (20, 0.64), (40, 0.78), (80, 0.82)]
    points = [{"learned": n, "held_out": 9, "score": score, "metric": "accuracy"} for n, score in scores]
    desk.site.database.write(lambda tx: model_state.add_points(tx, number, points))


def test_chosen_tasks_are_asked_about_from_the_list(desk: Desk, project: int, model: ModelServer) -> None:
    connect(desk, project, model)
    page = desk.page
    page.goto(f"{desk.address}/projects/{project}/data")
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name="Retrieve predictions").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Model").select_option(label="Little")
    form.get_by_role("button", name="Retrieve predictions").click()
    expect(page.get_by_role("dialog")).to_contain_text("Done")
    assert len([one for one in tasks(desk, project) if one["predictions"]]) == 1
    page.keyboard.press("Escape")


@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_runs_out_of_a_phone(
    desk: Desk, project: int, model: ModelServer, language: str, dark: bool
) -> None:
    number = connect(desk, project, model)
    learned(desk, number)
    desk.context.add_cookies([{"name": "tagma_language", "value": language, "url": desk.address}])
    page = desk.page
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{desk.address}/projects/{project}/settings")
    expect(page.locator("[data-model] figure")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.evaluate(AXE.read_text())
    assert page.evaluate(LOOK) == [], json.dumps(language)
    model.fails = True
    page.reload()
    expect(page.locator("[data-model] .fault")).to_be_visible()
    for button in page.locator("[data-model] button:visible").all():
        place = button.bounding_box()
        assert place
        assert place["x"] + place["width"] <= 360, button.inner_text()
    page.evaluate(AXE.read_text())
    assert page.evaluate(LOOK) == [], json.dumps(language)
