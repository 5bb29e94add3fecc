"""Plugins of others, installed beside Tagma and used in a browser: a good one, and one that breaks wherever it can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.xdist_group("installation")

STARS = Path(__file__).parents[2] / "docs" / "examples" / "star_rating"
GOOD = '<View><Text name="text" value="$text"/><Stars name="quality" toName="text" max="5"/></View>'
SULKY = """<View>
  <Text name="text" value="$text"/>
  <Sulk name="sulk" toName="text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""
SULKS = {
    "plugin.py": '''"""Breaks where it can, once it is loaded."""
from tagma.plugin import hookimpl, tags

class Sulk(tags.ControlTag):
    """Stores how it sulks."""
    name = "Sulk"
    attributes = {"name": tags.Name(required=True), "toName": tags.ToName(required=True)}
    class Value(tags.Value):
        sulk: str

@hookimpl
def register_tags():
    return [Sulk]

@hookimpl
def on_event(event):
    raise RuntimeError("sulking")
''',
    "web/index.js": """export default [{
  api: 1, tag: 'Sulk', kind: 'control',
  mount() { throw new Error('I will not be mounted'); },
}];
""",
}
STORED = {
    "id": "sulk000001",
    "from_name": "sulk",
    "to_name": "text",
    "type": "sulk",
    "value": {"sulk": "much"},
    "origin": "manual",
}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, build_wheel: Any, make_wheel: Any, install: Any, start: Any
) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("installed")
    wheels = build_wheel(STARS, folder / "dist"), make_wheel(folder, "sulks", SULKS)
    with start(folder / "data", install(folder / "site", *wheels)) as server:
        yield server


@pytest.fixture
def page(chromium: Browser, server: Any) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    server.sign_in(page)
    yield page
    context.close()


def make(server: Any, config: str, **task: Any) -> tuple[int, int]:
    project = server.send("/api/projects/", {"title": "Meals", "label_config": config})["id"]
    body = {"project": project, "data": {"text": "The soup was cold."}, **task}
    return project, server.send("/api/tasks/", body)["id"]


def open_task(server: Any, page: Page, project: int, task: int) -> None:
    page.goto(f"{server.address}/projects/{project}/label?task={task}")
    expect(page.locator(".editor[data-ready]")).to_be_visible()


def submit(page: Page) -> None:
    with page.expect_response(
        lambda answer: (
            "/annotations/" in answer.url
            and "/drafts" not in answer.url
            and answer.request.method in ("POST", "PATCH")
        )
    ) as answer:
        page.keyboard.press("Control+Enter")
    assert answer.value.ok, answer.value.text()


def test_stars_given_with_an_installed_plugin_are_stored(server: Any, page: Page) -> None:
    project, task = make(server, GOOD)
    open_task(server, page, project, task)
    page.get_by_role("button", name="4 / 5").click()
    expect(page.get_by_role("button", name="4 / 5")).to_have_attribute("aria-pressed", "true")
    submit(page)
    [annotation] = server.get(f"/api/tasks/{task}/annotations/")
    [result] = annotation["result"]
    assert (result["from_name"], result["to_name"], result["type"]) == ("quality", "text", "stars")
    assert result["value"] == {"stars": 4}


def test_an_installed_plugin_checks_what_is_stored(server: Any) -> None:
    _, task = make(server, GOOD)
    result = {"from_name": "quality", "to_name": "text", "type": "stars", "value": {"stars": 9}}
    answer = server.api.post(f"/api/tasks/{task}/annotations/", json={"result": [result]})
    assert answer.status_code == 400
    assert "must be 1 to 5, not 9" in answer.text


def test_the_preset_of_an_installed_plugin_is_offered(server: Any, page: Page) -> None:
    page.goto(f"{server.address}/projects/new")
    expect(page.get_by_text("Stars for texts").first).to_be_attached()


def test_a_tag_that_cannot_be_mounted_is_named_and_its_results_are_kept(server: Any, page: Page) -> None:
    project, task = make(server, SULKY, annotations=[{"result": [STORED]}])
    open_task(server, page, project, task)
    notice = page.locator(".tagma-notice[data-tag=Sulk]")
    expect(notice).to_contain_text("sulks")
    expect(notice).to_contain_text("I will not be mounted")
    page.locator("[data-tag=Choices]").get_by_role("radio").first.click()
    expect(page.locator("[data-tag=Choices]").get_by_role("radio").first).to_be_checked()
    submit(page)
    [annotation] = server.get(f"/api/tasks/{task}/annotations/")
    assert annotation["result"][0] == STORED
    assert annotation["result"][1]["value"] == {"choices": ["good"]}


def test_results_of_a_tag_that_cannot_be_mounted_are_exported_unchanged(server: Any) -> None:
    project, _ = make(server, SULKY, annotations=[{"result": [STORED]}])
    [exported] = server.get(f"/api/projects/{project}/export?exportType=JSON")
    assert exported["annotations"][0]["result"] == [STORED]


def test_a_listener_that_raises_is_named_and_what_happened_stands(server: Any, page: Page) -> None:
    project, _ = make(server, GOOD)
    assert server.get(f"/api/projects/{project}/")["title"] == "Meals"
    page.goto(f"{server.address}/plugins")
    row = page.get_by_text("on_event raised RuntimeError").first
    expect(row).to_be_attached()
    expect(row).to_contain_text("sulking")
