"""A phone of 360 pixels: no page is wider, the list is cards, a task opens over them and goes away again."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tagma.services.access import Actor
from tagma.services.desk import task_batches, trash
from tagma.services.project import projects
from tagma.services.site import Site

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""


@pytest.fixture
def project(site: Site, owner: Actor) -> int:
    def make(tx: Any) -> int:
        made = projects.create(site, tx, owner, {"title": "Reviews of a long name", "label_config": CONFIG})
        drafts: list[Any] = [
            {"data": {"text": f"Review {n} of the river by the old town"}} for n in range(60)
        ]
        ids = task_batches.insert_drafts(site, tx, owner, made, drafts)
        trash.put_task(site, tx, owner, ids[-1])
        assert made.id
        return made.id

    return site.database.write(make)


@pytest.mark.parametrize("locale", ["en-US", "zh-TW"])
def test_no_page_is_wider_than_a_phone(signed_in: Page, project: int, locale: str, owner: Actor) -> None:
    page = signed_in
    page.set_extra_http_headers({"Accept-Language": locale})
    page.set_viewport_size({"width": 360, "height": 780})
    paths = ["/projects/", "/projects/new", "/account", "/people", "/plugins", "/trash", "/nowhere"]
    paths += [f"/projects/{project}/{name}" for name in ("data", "settings", "label")]
    for path in paths:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, path


def test_a_task_opens_over_the_cards_and_closes_to_the_same_place(signed_in: Page, project: int) -> None:
    page = signed_in
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(f"/projects/{project}/data")
    card = page.locator("#row-3")
    expect(card.locator(".dm-card")).to_contain_text("Review 3")
    card.locator(".dm-card").click()
    task = page.get_by_role("dialog")
    expect(task).to_contain_text("good")
    box = task.bounding_box()
    assert box
    assert box["width"] == 360
    task.get_by_role("button", name="Task after").click()
    expect(page.get_by_role("dialog")).to_contain_text("Review 4")
    page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).first.click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(card).to_be_in_viewport()
    page.locator("#row-4").get_by_role("checkbox").click()
    expect(page.locator("#dm-chosen")).to_contain_text("1 selected")
    for button in page.locator("#dm-chosen button").all():
        place = button.bounding_box()
        assert place
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= 360
