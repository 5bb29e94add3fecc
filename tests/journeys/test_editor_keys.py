"""Keys and commands of the labeling page: seen, changed, found by name; and a labeler's whole job by keyboard alone."""

from __future__ import annotations

from journeys.desk import BOXES, CHOICES, ENTITIES, PICTURE, Desk, rows
from playwright.sync_api import Locator, expect

NAMED = """<View>
  <Labels name="label" toName="text"><Label value="Person"/><Label value="Place"/></Labels>
  <Text name="text" value="$text"/>
  <TextArea name="norm" toName="text" perRegion="true" label="Normal form"/>
  <Choices name="mood" toName="text" required="true"><Choice value="good"/><Choice value="bad"/></Choices>
  <Rating name="sure" toName="text"/>
</View>"""


def key_row(desk: Desk, title: str) -> Locator:
    desk.page.keyboard.press("?")
    return desk.page.locator(".key-dialog .key-row").filter(has_text=title)


def test_a_key_is_changed_on_the_screen_of_keys_and_holds_on_another_machine(desk: Desk) -> None:
    project, [task, other] = desk.project(CHOICES, {"text": "What a day"}, {"text": "Rain again"})
    desk.open(project)
    row = key_row(desk, "Submit or update")
    row.get_by_role("button", name="Change the key").click()
    with desk.page.expect_response("**/api/current-user/hotkeys/") as answer:
        desk.page.keyboard.press("Control+s")
    assert answer.value.ok
    expect(row).to_contain_text("Ctrl+S")
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("button", name="Submit")).to_contain_text("Ctrl+S")
    desk.elsewhere()
    desk.open(project)
    desk.page.keyboard.press("1")
    desk.page.keyboard.press("Control+Enter")
    with desk.page.expect_response("**/annotations/"):
        desk.page.keyboard.press("Control+s")
    expect(desk.page.get_by_text("Rain again")).to_be_visible()
    assert desk.results(task)[0]["value"] == {"choices": ["good"]}
    row = key_row(desk, "Submit or update")
    with desk.page.expect_response("**/api/current-user/hotkeys/"):
        row.get_by_role("button", name="Back to").click()
    expect(row).to_contain_text("Ctrl+↵")
    assert desk.get("/api/current-user/hotkeys/") == {"custom_hotkeys": {}}
    assert other


def test_a_key_that_is_taken_is_said_by_name_and_can_be_taken_over(desk: Desk) -> None:
    project, [task] = desk.project(CHOICES, {"text": "What a day"})
    desk.open(project, task)
    row = key_row(desk, "bad")
    row.get_by_role("button", name="Change the key").click()
    desk.page.keyboard.press("1")
    expect(row.get_by_role("alert")).to_contain_text("1 is the key of “good”.")
    row.get_by_role("button", name="Take it from there").click()
    expect(desk.page.locator(".key-row").filter(has_text="good")).to_contain_text("No key")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("1")
    expect(desk.page.get_by_label("bad")).to_be_checked()
    row = key_row(desk, "bad")
    row.get_by_role("button", name="Change the key").click()
    desk.page.keyboard.press("Control+w")
    expect(row.get_by_role("alert")).to_contain_text("belongs to the browser")
    desk.page.get_by_role("button", name="Reset all keys").click()
    expect(row).to_contain_text("2")


def test_a_bare_letter_as_key_of_submit_can_still_be_typed(desk: Desk) -> None:
    project, [task] = desk.project(NAMED.replace(' required="true"', ""), {"text": "Marie"})
    desk.set_keys({"annotation:submit": {"key": "s", "active": True}})
    desk.open(project, task)
    desk.page.keyboard.press("?")
    desk.page.get_by_label("Search commands").press_sequentially("submit s")
    desk.page.keyboard.press("Escape")
    assert desk.get(f"/api/tasks/{task}/annotations/") == []
    with desk.page.expect_response("**/annotations/"):
        desk.page.keyboard.press("s")
    expect(desk.page.get_by_role("button", name="Update")).to_be_visible()


def test_the_palette_finds_the_editors_commands(desk: Desk) -> None:
    project, [task] = desk.project(CHOICES, {"text": "What a day"})
    desk.open(project, task)
    desk.page.keyboard.press("Control+k")
    desk.page.keyboard.type("bad")
    expect(desk.page.get_by_role("option").first).to_contain_text("Choices: bad")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_label("bad")).to_be_checked()
    desk.page.keyboard.press("Control+k")
    desk.page.keyboard.type("undo")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_label("bad")).not_to_be_checked()


def test_keys_pressed_in_a_dialog_do_nothing_to_the_task_behind_it(desk: Desk) -> None:
    project, [task] = desk.project(CHOICES, {"text": "What a day"})
    desk.open(project, task)
    desk.page.keyboard.press("?")
    desk.page.get_by_role("button", name="Reset all keys").wait_for()
    desk.page.get_by_role("button", name="Close").focus()
    desk.page.keyboard.press("1")
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("dialog")).to_have_count(0)
    expect(desk.page.get_by_label("good")).not_to_be_checked()


def test_instructions_stay_open_beside_the_work(desk: Desk) -> None:
    words = "<p>Listen <b>well</b>.</p><script>alert(1)</script>"
    project, [task, _other] = desk.project(
        CHOICES,
        {"text": "What a day"},
        {"text": "Rain again"},
        expert_instruction=words,
        show_instruction=True,
    )
    desk.open(project)
    panel = desk.page.get_by_role("complementary", name="Instructions")
    expect(panel).to_contain_text("Listen well.")
    desk.page.keyboard.press("1")
    desk.submit()
    expect(desk.page.get_by_text("Rain again")).to_be_visible()
    expect(panel).to_be_visible()
    desk.page.keyboard.press("Alt+i")
    expect(panel).to_be_hidden()
    desk.page.reload()
    expect(desk.page.locator(".editor[data-ready]")).to_be_visible()
    expect(panel).to_be_hidden()
    desk.page.get_by_role("button", name="Instructions").click()
    expect(panel).to_be_visible()
    assert task


def test_own_keys_hold_on_the_other_pages_too(desk: Desk) -> None:
    project, _tasks = desk.project(CHOICES, {"text": "What a day"})
    desk.set_keys({"data:label": {"key": "y", "active": True}})
    with desk.page.expect_response("**/api/current-user/hotkeys/"):
        desk.page.goto(f"{desk.address}/projects/{project}/data")
    desk.page.keyboard.press("?")
    expect(desk.page.locator(".key-row").filter(has_text="Label").locator("kbd")).to_have_text("Y")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("y")
    expect(desk.page.locator(".editor[data-ready]")).to_be_visible()


def test_labels_have_the_same_keys_beside_the_list_and_on_their_own_page(desk: Desk) -> None:
    many = "".join(f'<Label value="L{n}"/>' for n in range(20))
    project, [task] = desk.project(
        ENTITIES.replace('<Label value="Person"/><Label value="Place"/>', many), {"text": "Marie"}
    )
    desk.open(project, task)
    keys = desk.page.locator(".chip kbd").all_inner_texts()
    assert keys == [*"1234567890QTYIASDFGJ"]
    desk.page.goto(f"{desk.address}/projects/{project}/data?task={task}")
    expect(desk.page.locator(".quick .editor[data-ready]")).to_be_visible()
    assert desk.page.locator(".quick .chip kbd").all_inner_texts() == keys


def test_boxes_are_drawn_moved_and_handed_in_by_keyboard_alone(desk: Desk) -> None:
    project, tasks = desk.project(BOXES, *[{"image": PICTURE}] * 3)
    desk.open(project)
    key = desk.page.keyboard.press
    for number, task in enumerate(tasks):
        expect(desk.page.locator(f'.editor[data-task="{task}"]')).to_be_visible()
        expect(desk.page.locator(".plane")).to_be_focused()
        key("2" if number else "1")
        key("Enter")
        for _ in range(3):
            key("Shift+ArrowLeft")
        key("Enter")
        for _ in range(4):
            key("Shift+ArrowRight")
            key("Shift+ArrowDown")
        key("Enter")
        expect(rows(desk)).to_have_count(1)
        key("Control+d")
        expect(rows(desk)).to_have_count(2)
        key("v")
        key("ArrowRight")
        key("Alt+m")
        expect(desk.page.get_by_role("textbox", name="Note")).to_be_focused()
        desk.page.keyboard.type("Half hidden 12")
        key("Escape")
        expect(desk.page.locator(".plane")).to_be_focused()
        desk.submit()
        first, second = desk.results(task)
        assert first["value"]["rectanglelabels"] == (["Dog"] if number else ["Cat"])
        assert second["meta"] == {"text": ["Half hidden 12"]}
        assert second["value"]["x"] > first["value"]["x"]
    expect(desk.page.get_by_text("Nothing is left to label")).to_be_visible()


def test_names_moods_and_stars_are_given_by_keyboard_alone(desk: Desk) -> None:
    texts = [f"Marie went to Paris {n} times" for n in range(3)]
    project, tasks = desk.project(NAMED, *[{"text": text} for text in texts])
    desk.open(project)
    key = desk.page.keyboard.press
    for task, text in zip(tasks, texts, strict=True):
        expect(desk.page.get_by_text(text)).to_be_visible()
        expect(desk.page.locator(".text-scroller")).to_be_focused()
        key("1")
        key("Control+Shift+ArrowRight")
        key("Enter")
        expect(rows(desk)).to_contain_text("Person")
        key("Alt+m")
        desk.page.keyboard.type("Marie C. 1")
        key("Escape")
        key("Escape")
        key("Control+Enter")
        expect(desk.page.get_by_text("“mood” needs an answer.").last).to_be_visible()
        expect(desk.page.get_by_label("good")).to_be_focused()
        key("ArrowDown")
        expect(desk.page.get_by_label("bad")).to_be_checked()
        key("Tab")
        key("4")
        expect(desk.page.get_by_role("radio", name="4 of 5")).to_be_checked()
        desk.submit()
        values = {item["from_name"]: item["value"] for item in desk.results(task)}
        assert values["norm"]["text"] == ["Marie C. 1"]
        assert values["label"]["labels"] == ["Person"]
        assert text[values["label"]["start"] : values["label"]["end"]].strip() == "Marie"
        assert (values["mood"], values["sure"]) == ({"choices": ["bad"]}, {"rating": 4})
    expect(desk.page.get_by_text("Nothing is left to label")).to_be_visible()
