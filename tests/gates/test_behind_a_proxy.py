"""The main way of a person, under a sub-path behind a TLS proxy; and what the server and the pages call on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sklearn.datasets
from playwright.sync_api import Browser, Page, Response, expect

pytestmark = pytest.mark.xdist_group("gates")

PHOTOGRAPHS = Path(sklearn.datasets.__file__).parent / "images"
# In the server's process: whom Python's own sockets call, and which names are looked up.
WATCH = """
import os, sys
def watch(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        with open(os.environ["CALLED"], "a") as file:
            print(event, *map(repr, args[1:] if event in ("socket.connect", "socket.sendto") else args), file=file)
sys.addaudithook(watch)
"""


@dataclass
class Walk:
    """What is left when a person has been from sign-up to export."""

    address: str
    requests: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    cookies: list[Any] = field(default_factory=list)
    called: str = ""
    exported: list[Any] = field(default_factory=list)
    stranger: Any = None


def refusals(answer: Response) -> list[str]:
    """What no page should ask for; that no task is left is an answer like others."""
    return [f"{answer.status} {answer.url}"] if answer.status >= 400 and "/next/" not in answer.url else []


def walk(page: Page, folder: Path) -> list[Any]:
    page.goto(".")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("Password", exact=True).fill("a few words in a row")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/")
    page.get_by_role("link", name="New project").first.click()
    page.get_by_label("Name", exact=True).fill("Photographs")
    page.get_by_role("radio", name="Objects in pictures").click()
    page.set_input_files("input[type=file]", [PHOTOGRAPHS / "china.jpg", PHOTOGRAPHS / "flower.jpg"])
    expect(page.locator("#preview [data-name=image][data-ready]")).to_be_visible()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/data")
    expect(page.locator("#dm-counts")).to_contain_text("2 tasks")
    page.click("#dm-tall")
    expect(page.locator("#row-1 img")).to_be_visible()
    page.get_by_role("link", name="Label", exact=False).first.click()
    expect(page.locator('.editor[data-task="1"] [data-name=image][data-ready]')).to_be_visible()
    shown = page.locator(".plane img").bounding_box()
    assert shown
    page.keyboard.press("1")
    page.mouse.move(shown["x"] + shown["width"] * 0.2, shown["y"] + shown["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(shown["x"] + shown["width"] * 0.5, shown["y"] + shown["height"] * 0.5, steps=3)
    page.mouse.up()
    with page.expect_response("**/api/tasks/1/annotations/"):
        page.keyboard.press("Control+Enter")
    expect(page.locator('.editor[data-task="2"] [data-name=image][data-ready]')).to_be_visible()
    for place in ("people", "account", "plugins", "docs/api", "projects/1/settings"):
        page.goto(place)
        expect(page.locator("main")).to_be_visible()
        page.wait_for_load_state("networkidle")
    answer = page.request.get("api/projects/1/export?exportType=JSON")
    assert answer.ok, answer.text()
    return list(json.loads(answer.body()))


@pytest.fixture(scope="module", params=["passed on", "taken away"])
def walked(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    chromium: Browser,
    start: Any,
    proxy: Any,
) -> Walk:
    folder = tmp_path_factory.mktemp("walk")
    called = folder / "called.txt"
    called.touch()
    with proxy(strips=request.param == "taken away") as door:
        told = Walk(door.address)
        settings = {"LABEL_STUDIO_HOST": door.address, "CALLED": str(called)}
        with start(folder / "data", code=WATCH, person=False, **settings) as server:
            door.target = f"127.0.0.1:{server.port}"
            context = chromium.new_context(
                base_url=f"{door.address}/", ignore_https_errors=True, viewport={"width": 1440, "height": 900}
            )
            context.set_default_timeout(30_000)
            page = context.new_page()
            page.on("request", lambda one: told.requests.append(one.url))
            page.on("pageerror", lambda error: told.troubles.append(str(error)))
            page.on("response", lambda one: told.troubles.extend(refusals(one)))
            told.exported = walk(page, folder)
            told.cookies = context.cookies()
            told.stranger = page.request.post(
                "api/projects/", data={"title": "Theirs"}, headers={"Origin": "https://evil.example"}
            ).json()
            context.close()
        told.called = called.read_text()
    return told


def test_what_was_drawn_under_a_sub_path_comes_out(walked: Walk) -> None:
    [task] = walked.exported
    [region] = task["annotations"][0]["result"]
    assert region["type"] == "rectanglelabels"
    assert abs(region["value"]["x"] - 20) < 1
    assert task["data"]["image"].startswith("/data/upload/")


def test_nothing_is_asked_for_outside_the_sub_path(walked: Walk) -> None:
    outside = {url for url in walked.requests if not url.startswith((walked.address, "data:", "blob:"))}
    assert len(walked.requests) > 50
    assert outside == set()
    assert walked.troubles == []


def test_cookies_are_for_https_and_the_sub_path_only(walked: Walk) -> None:
    [session] = [cookie for cookie in walked.cookies if cookie["name"] == "sessionid"]
    assert session["secure"]
    assert session["httpOnly"]
    assert session["path"] == "/tagma"
    assert session["sameSite"] == "Lax"


def test_the_server_calls_nobody(walked: Walk) -> None:
    assert walked.called == ""


def test_a_refused_origin_is_said_with_those_expected_and_the_setting(walked: Walk) -> None:
    parts = urlsplit(walked.address)
    assert walked.stranger["status_code"] == 403
    assert "https://evil.example" in walked.stranger["detail"]
    assert f"{parts.scheme}://{parts.netloc}" in walked.stranger["detail"]
    assert 'trusted_origins = ["https://evil.example"]' in walked.stranger["hint"]
