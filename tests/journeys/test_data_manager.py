"""The list of tasks as a person works with it: narrowing, ordering, choosing, deleting, looking closer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tagma.services.access import Actor
from tagma.services.desk import task_batches
from tagma.services.project import projects
from tagma.services.site import Site

CONFIG = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""


def choice(mood: str) -> dict[str, Any]:
    return {
        "id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [mood]},
    }  # fmt: skip


@pytest.fixture
def listed(signed_in: Page, site: Site, owner: Actor) -> Callable[[int], Page]:
    """Opens the data manager of a project with so many tasks; the number of each is in its data, downward."""

    def open_(count: int) -> Page:
        def make(tx: Any) -> int:
            project = projects.create(site, tx, owner, {"title": "Reviews", "label_config": CONFIG})
            drafts: list[Any] = [
                {"data": {"text": f"Review number {count - at}", "stars": at % 5}} for at in range(count)
            ]
            for at in range(0, count, 10):
                drafts[at]["annotations"] = [{"result": [choice("good" if at % 20 else "bad")]}]
            for start in range(0, count, 2000):
                task_batches.insert_drafts(site, tx, owner, project, drafts[start : start + 2000])
            return project.id or 0

        project_id = site.database.write(make)
        signed_in.goto(f"/projects/{project_id}/data")
        expect(row(signed_in, 0)).to_be_visible()
        return signed_in

    return open_


def row(page: Page, at: int) -> Locator:
    return page.locator(f"#row-{at}")


def counts(page: Page) -> Locator:
    return page.locator("#dm-counts")


def filter_by(page: Page, column: str, comparison: str, value: str) -> None:
    page.click("#add-filter")
    page.get_by_role("menuitem", name=column, exact=True).click()
    page.get_by_label("Comparison").select_option(label=comparison)
    page.get_by_label("Value", exact=True).fill(value)
    page.keyboard.press("Enter")


def test_a_filter_narrows_the_list_and_stays_after_a_reload(listed: Callable[[int], Page]) -> None:
    page = listed(30)
    filter_by(page, "text", "contains", "number 3")
    expect(counts(page)).to_contain_text("2 of 30 tasks")
    with page.expect_response(lambda answer: "/api/dm/views/" in answer.url and answer.ok):
        filter_by(page, "ID", "above", "20")
    expect(counts(page)).to_contain_text("1 of 30 tasks")
    page.reload()
    expect(counts(page)).to_contain_text("1 of 30 tasks")
    page.get_by_role("button", name="Remove the filter on ID").click()
    expect(counts(page)).to_contain_text("2 of 30 tasks")


def test_a_click_on_a_head_sorts_and_another_turns_the_order(listed: Callable[[int], Page]) -> None:
    page = listed(30)
    head = page.get_by_role("columnheader", name="ID")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(row(page, 0)).to_contain_text("Review number 30")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(row(page, 0)).to_contain_text("Review number 1")


def test_all_but_two_are_chosen_deleted_and_taken_back(listed: Callable[[int], Page]) -> None:
    page = listed(500)
    page.get_by_label("Choose all tasks").check()
    expect(page.locator("#dm-chosen")).to_contain_text("500 selected")
    for at in (0, 2):
        row(page, at).get_by_role("checkbox").click()
    expect(page.locator("#dm-chosen")).to_contain_text("498 selected")
    page.locator("#dm-chosen").get_by_role("button", name="Delete").click()
    expect(counts(page)).to_contain_text("2 tasks")
    expect(row(page, 0)).to_contain_text("Review number 500")
    expect(row(page, 1)).to_contain_text("Review number 498")
    page.get_by_role("button", name="Undo").click()
    expect(counts(page)).to_contain_text("500 tasks")
    expect(row(page, 1)).to_contain_text("Review number 499")


def test_what_was_deleted_waits_in_the_trash(listed: Callable[[int], Page]) -> None:
    page = listed(30)
    home = page.url
    row(page, 0).get_by_role("checkbox").click()
    page.locator("#dm-chosen").get_by_role("button", name="Delete").click()
    expect(counts(page)).to_contain_text("29 tasks")
    page.goto("/projects/")
    page.get_by_role("button", name="More for Reviews").click()
    page.get_by_role("menuitem", name="Delete project").click()
    expect(page.get_by_text("“Reviews” is in the trash, with 29 tasks")).to_be_visible()
    expect(page.get_by_role("link", name="Reviews")).to_be_hidden()
    page.goto("/trash")
    entries = page.locator(".trash tbody tr")
    expect(entries).to_have_count(2)
    entries.filter(has_text="1 task of “Reviews”").get_by_role("button", name="Restore").click()
    expect(page.get_by_role("alert")).to_contain_text("Restore the project first.")
    for words in ("Project “Reviews”", "1 task of “Reviews”"):
        entries.filter(has_text=words).get_by_role("button", name="Restore").click()
        expect(entries.filter(has_text=words)).to_have_count(0)
    page.goto(home)
    expect(counts(page)).to_contain_text("30 tasks")


def test_escape_leads_from_the_quick_view_back_to_the_same_row(listed: Callable[[int], Page]) -> None:
    page = listed(500)
    grid = page.get_by_role("grid")
    grid.focus()
    page.keyboard.press("End")
    last = row(page, 499)
    expect(last).to_contain_text("Review number 1")
    place = grid.evaluate("element => element.scrollTop")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("good")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(last).to_be_in_viewport()
    assert grid.evaluate("element => element.scrollTop") == place
    expect(grid).to_be_focused()


def test_the_last_of_twenty_thousand_rows_is_one_scroll_away(listed: Callable[[int], Page]) -> None:
    page = listed(20_000)
    expect(counts(page)).to_contain_text("20,000 tasks")
    page.get_by_role("grid").evaluate("element => { element.scrollTop = element.scrollHeight; }")
    expect(row(page, 19_999)).to_contain_text("Review number 1")
    expect(row(page, 19_999)).to_be_in_viewport()
    assert page.locator(".dm-row").count() < 120


def test_the_last_row_takes_one_request(listed: Callable[[int], Page]) -> None:
    page = listed(20_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/data/rows" in request.url else None)
    page.get_by_role("grid").focus()
    page.keyboard.press("End")
    expect(row(page, 19_999)).to_contain_text("Review number 1")
    assert len(asked) == 1


def pick_filter(page: Page, column: str, comparison: str, value: str) -> None:
    page.click("#add-filter")
    page.get_by_role("menuitem", name=column, exact=True).click()
    page.get_by_label("Comparison").select_option(label=comparison)
    page.get_by_label("Value", exact=True).select_option(label=value)
    page.get_by_role("button", name="Apply").click()


def test_tasks_are_found_by_their_label_and_by_their_state(listed: Callable[[int], Page]) -> None:
    page = listed(100)
    expect(row(page, 0)).to_contain_text("bad")
    expect(row(page, 10)).to_contain_text("good")
    expect(row(page, 1)).to_contain_text("None yet")
    pick_filter(page, "State", "is", "Done")
    expect(counts(page)).to_contain_text("10 of 100 tasks")
    pick_filter(page, "Labels", "contains", "good")
    expect(counts(page)).to_contain_text("5 of 100 tasks")
    expect(page.locator("#dm-filters")).to_contain_text("State is Done")
    page.get_by_role("button", name="Remove the filter on State").click()
    page.get_by_role("button", name="Remove the filter on Labels").click()
    pick_filter(page, "Labels", "does not contain", "bad")
    expect(counts(page)).to_contain_text("95 of 100 tasks")


def titles(page: Page) -> list[str]:
    return page.locator(".dm-th").all_inner_texts()


def test_columns_are_moved_and_made_wider_by_hand_and_by_keys(listed: Callable[[int], Page]) -> None:
    page = listed(30)
    assert titles(page)[:4] == ["ID", "State", "text", "stars"]
    head = page.get_by_role("columnheader")
    head.filter(has_text="stars").get_by_role("button").drag_to(head.filter(has_text="State"))
    expect(page.locator(".dm-th").nth(1)).to_have_text("stars")
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(".dm-th").nth(1)).to_have_text("State")
    wide = head.filter(has_text="stars").bounding_box()
    with page.expect_response(lambda answer: "/api/dm/views/" in answer.url and answer.ok):
        page.keyboard.press("Shift+ArrowRight")
    wider = head.filter(has_text="stars").bounding_box()
    assert wide
    assert wider
    assert wider["width"] == wide["width"] + 16
    page.click("#dm-columns")
    with page.expect_response(lambda answer: "/api/dm/views/" in answer.url and answer.ok):
        page.get_by_label("Annotators", exact=True).uncheck()
    page.reload()
    expect(row(page, 0)).to_be_visible()
    assert titles(page)[:4] == ["ID", "State", "stars", "text"]
    assert "Annotators" not in titles(page)


def test_every_tab_says_how_many_tasks_it_lists(listed: Callable[[int], Page]) -> None:
    page = listed(60)
    page.get_by_role("button", name="Save as a new view").click()
    page.get_by_label("Name", exact=True).fill("Labeled")
    page.keyboard.press("Enter")
    tab = page.get_by_role("tab", name="Labeled")
    expect(tab).to_have_attribute("aria-selected", "true")
    with page.expect_response(lambda answer: "/api/dm/views/" in answer.url and answer.ok):
        pick_filter(page, "State", "is", "Done")
    expect(tab).to_contain_text("6")
    page.goto(page.url.split("?")[0])
    expect(page.get_by_role("tab", name="Labeled")).to_contain_text("6")


def test_going_back_leads_to_the_same_tab_row_and_choice(listed: Callable[[int], Page]) -> None:
    page = listed(800)
    grid = page.get_by_role("grid")
    grid.focus()
    page.keyboard.press("End")
    row(page, 790).get_by_role("checkbox").click()
    row(page, 795).get_by_role("checkbox").click()
    place = grid.evaluate("element => element.scrollTop")
    row(page, 795).hover()
    row(page, 795).get_by_label("More for task").click()
    page.get_by_role("menuitem", name="Open on its own page").click()
    page.wait_for_url("**/label?task=*")
    page.go_back()
    expect(page.locator("#dm-chosen")).to_contain_text("2 selected")
    expect(row(page, 795)).to_be_in_viewport()
    assert abs(grid.evaluate("element => element.scrollTop") - place) < 36


def test_a_stream_of_a_tab_keeps_to_its_filters_and_leads_back_to_it(listed: Callable[[int], Page]) -> None:
    page = listed(30)
    with page.expect_response(lambda answer: "/api/dm/views/" in answer.url and answer.ok):
        filter_by(page, "text", "contains", "number 3")
    expect(page.locator("#dm-label")).to_have_attribute("href", re.compile(r"view=\d+"))
    page.keyboard.press("l")
    expect(page.locator(".editor")).to_contain_text("Review number 3")
    page.get_by_text("good", exact=True).click()
    page.keyboard.press("Control+Enter")
    page.get_by_role("link", name="To the tasks").click()
    expect(counts(page)).to_contain_text("2 of 30 tasks")
    expect(row(page, 1)).to_contain_text("Done")


def test_a_stream_of_the_chosen_tasks_holds_no_others(listed: Callable[[int], Page]) -> None:
    page = listed(30)
    row(page, 4).get_by_role("checkbox").click()
    row(page, 7).get_by_role("checkbox").click()
    page.locator("#dm-chosen").get_by_role("button", name="Label tasks").click()
    for words in ("Review number 26", "Review number 23"):
        expect(page.locator(".editor")).to_contain_text(words)
        page.get_by_text("good", exact=True).click()
        page.keyboard.press("Control+Enter")
    page.get_by_role("link", name="To the tasks").click()
    expect(row(page, 4)).to_contain_text("Done")
    expect(row(page, 5)).to_contain_text("Open")


def test_what_does_not_change_stays_so_that_no_click_on_it_is_lost(listed: Callable[[int], Page]) -> None:
    page = listed(30)
    box = row(page, 1).get_by_role("checkbox").element_handle()
    row(page, 5).get_by_role("checkbox").click()
    row(page, 6).get_by_role("checkbox").click()
    expect(page.locator("#dm-chosen")).to_contain_text("2 selected")
    assert box.evaluate("element => element.isConnected")
    box.click()
    expect(page.locator("#dm-chosen")).to_contain_text("3 selected")
