"""axe looks at every page and finds nothing serious, by day and by night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from tagma.http.app import operations
from tagma.services import demo
from tagma.services.people import sessions
from tagma.testing import make_client, make_owner, make_site, serve

AXE = Path(__file__).parents[2] / "core" / "web-vendor" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) =>
    `${one.id}: ${one.help}\\n` + one.nodes.slice(0, 5).map((node) =>
      `    ${node.target.join(' ')}  ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`).join('\\n'));
}"""


@dataclass
class Place:
    address: str
    cookie: str
    labelled: list[tuple[int, int, str]]
    """Project, its first task, which is labelled, and the title."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server with the demo's projects, of each of which one task is labelled."""
    site = make_site(tmp_path_factory.mktemp("axe") / "data")
    owner = make_owner(site)
    list(demo.create(site))
    with make_client(site, owner) as client:
        labelled = [
            label(client, one["id"], one["title"]) for one in client.get("/api/projects/").json()["results"]
        ]
    with serve(site) as address:
        yield Place(address, sessions.session_cookie(site, owner), labelled)
    site.close()


def label(client: TestClient, project: int, title: str) -> tuple[int, int, str]:
    config = client.get(f"/api/projects/{project}/").json()["label_config"]
    asked = {"label_config": config, "include_annotation_and_prediction": True}
    sample = client.post(f"/api/projects/{project}/sample-task/", json=asked).json()["sample_task"]
    task = client.get(f"/api/tasks/?project={project}&page_size=1").json()["tasks"][0]["id"]
    result = sample["annotations"][0]["result"]
    answer = client.post(f"/api/tasks/{task}/annotations/", json={"result": result})
    assert answer.status_code == 201, answer.text
    return project, task, title


@pytest.fixture(params=["light", "dark"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, place: Place) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=place.address, color_scheme=request.param, reduced_motion="reduce", locale="en-US"
    )
    context.add_init_script(AXE.read_text())
    yield context.new_page()
    context.close()


@pytest.fixture
def signed_in(visitor: Page, place: Place) -> Page:
    visitor.context.add_cookies([{"name": "sessionid", "value": place.cookie, "url": place.address}])
    return visitor


def look(page: Page) -> str:
    return "\n".join(page.evaluate(LOOK))


@pytest.mark.parametrize("path", ["/user/login/", "/user/signup/", "/user/signup/?token=stale"])
def test_the_door(visitor: Page, path: str) -> None:
    visitor.goto(path)
    expect(visitor.get_by_label("E-mail")).to_be_visible()
    assert look(visitor) == ""


ELSEWHERE = {
    "/", "/user/login/", "/user/signup/", "/logout/", "/user/account/", "/organization/", "/projects/1/",  # lead on
    "/projects/1/data/rows", "/labeling-tags",  # parts of pages
    "/projects/1/label",  # below, with each preset
}  # fmt: skip
PAGES = {
    one.path.replace("{id:int}", "1") for one in operations() if one.page and one.method == "GET"
} - ELSEWHERE


@pytest.mark.parametrize("path", ["/nothing/here", *sorted(path for path in PAGES if "{" not in path)])
def test_a_page(signed_in: Page, path: str) -> None:
    signed_in.goto(path)
    signed_in.wait_for_load_state("networkidle")
    assert look(signed_in) == ""


def test_the_labeling_page_of_each_preset(signed_in: Page, place: Place) -> None:
    found = []
    opened = [(f"/projects/{project}/label?task={task}", title) for project, task, title in place.labelled]
    for path, title in [("/projects/1/label", "nothing done"), *opened]:
        signed_in.goto(path)
        expect(signed_in.locator(".editor[data-task]")).to_be_visible()
        signed_in.wait_for_load_state("networkidle")
        if words := look(signed_in):
            found.append(f"{title} {path}\n{words}")
    assert "\n".join(found) == ""


def press(*keys: str) -> Callable[[Page], None]:
    return lambda page: [page.keyboard.press(key) for key in keys] and None


def click(*places: str) -> Callable[[Page], None]:
    return lambda page: [page.locator(place).first.click() for place in places] and None


@pytest.mark.parametrize(
    ("path", "open_", "shown"),
    [
        ("/projects/1/label", press("?"), "dialog[open]"),
        ("/projects/1/data", press("Control+k"), "dialog[open]"),
        ("/projects/1/data", press("?"), "dialog[open]"),
        ("/projects/1/data", click("#dm-import"), "dialog[open]"),
        ("/projects/1/data", click("#dm-export"), "dialog[open]"),
        ("/projects/1/data", click("#dm-sort"), "[popover]:popover-open, dialog[open], [role=menu]"),
        ("/projects/1/data", click("#dm-columns"), "[popover]:popover-open, dialog[open], [role=menu]"),
        ("/projects/1/data", click("#dm-grid"), "#dm-host [role=gridcell]"),
        ("/projects/1/data?task=1", press(), ".quick .editor[data-task]"),
        ("/projects/", click("#bar-person summary"), "#bar-person[open] .menu-list"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_opens_over_a_page(
    signed_in: Page, path: str, open_: Callable[[Page], None], shown: str
) -> None:
    signed_in.goto(path)
    signed_in.wait_for_load_state("networkidle")
    open_(signed_in)
    expect(signed_in.locator(shown).first).to_be_visible()
    assert look(signed_in) == ""


def test_the_api_page_shows_every_operation(signed_in: Page) -> None:
    told = signed_in.request.get("/docs/api/schema/json/").json()
    signed_in.goto("/docs/api")
    expect(signed_in.locator("#api")).to_contain_text("/api/projects/{id}/")
    shown = signed_in.locator("#api").inner_text()
    assert [path for path in told["paths"] if path not in shown] == []
