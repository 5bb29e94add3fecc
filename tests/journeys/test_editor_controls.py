"""Controls beside the regions, as the config words them: defaults, limits, formats, rules of when they are seen."""

from __future__ import annotations

from typing import Any

import pytest
from journeys.desk import PICTURE, Desk, mark, rows
from playwright.sync_api import expect

TEXT = '<Text name="text" value="$text"/>'


def asked(desk: Desk, controls: str, data: dict[str, Any] | None = None) -> int:
    """A task with these controls on its page."""
    project, [task] = desk.project(f"<View>{TEXT}{controls}</View>", {"text": "Marie", **(data or {})})
    desk.open(project, task)
    return task


def answers(desk: Desk, task: int) -> dict[str, Any]:
    desk.submit()
    return {item["from_name"]: item["value"] for item in desk.results(task)}


def test_defaults_stand_at_first_are_no_steps_and_can_be_taken_back(desk: Desk) -> None:
    task = asked(
        desk,
        """<Choices name="mood" toName="text"><Choice value="good" selected="true"/><Choice value="bad"/></Choices>
        <Rating name="stars" toName="text" defaultValue="2"/><Number name="count" toName="text" defaultValue="7"/>
        <TextArea name="note" toName="text" rows="2" value="$note"/>
        <DateTime name="when" toName="text" only="date" defaultValue="2024-01-31"/>""",
        {"note": "From the task"},
    )
    page = desk.page
    expect(page.get_by_label("good")).to_be_checked()
    expect(page.get_by_role("radio", name="2 of 5")).to_be_checked()
    expect(page.get_by_role("spinbutton", name="count")).to_have_value("7")
    expect(page.get_by_role("textbox", name="note")).to_have_value("From the task")
    expect(page.get_by_label("when")).to_have_value("2024-01-31")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.keyboard.press("1")
    expect(page.get_by_label("good")).not_to_be_checked()
    assert answers(desk, task) == {
        "stars": {"rating": 2},
        "count": {"number": 7},
        "note": {"text": ["From the task"]},
        "when": {"datetime": "2024-01-31"},
    }


@pytest.mark.parametrize(
    ("attributes", "typed", "stored"),
    [
        ('only="date"', "2024-01-31", "2024-01-31"),
        ('only="date" format="%d.%m.%Y"', "2024-01-31", "31.01.2024"),
        ('only="time" format="%I:%M %p"', "14:05", "02:05 PM"),
        (
            'only="date,time" format="%A, %d %B %Y %H:%M"',
            "2024-01-31T09:30",
            "Wednesday, 31 January 2024 09:30",
        ),
        ('only="month,year" format="%m/%y"', "2024-02", "02/24"),
        ('only="year"', "2024", "2024"),
    ],
)
def test_a_moment_is_stored_as_the_config_writes_it_and_read_again(
    desk: Desk, attributes: str, typed: str, stored: str
) -> None:
    task = asked(desk, f'<DateTime name="when" toName="text" {attributes}/>')
    field = desk.page.get_by_label("when")
    field.fill(typed)
    assert answers(desk, task) == {"when": {"datetime": stored}}
    desk.page.reload()
    expect(field).to_have_value(typed)


def test_a_number_out_of_bounds_is_said_and_not_taken(desk: Desk) -> None:
    task = asked(desk, '<Number name="count" toName="text" min="1" max="9" slider="true" hotkey="c"/>')
    page = desk.page
    field = page.get_by_role("spinbutton", name="count")
    page.keyboard.press("c")
    expect(field).to_be_focused()
    page.keyboard.type("12")
    expect(page.locator("[data-name=count] [role=status]")).to_contain_text("less than or equal to 9")
    page.keyboard.press("Tab")
    expect(field).to_have_value("1")  # the last number that fitted
    expect(page.locator("[data-name=count] [role=status]")).to_contain_text("It was not taken.")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    expect(field).to_have_value("9")
    assert answers(desk, task) == {"count": {"number": 9}}


def test_stars_are_given_by_arrows_and_a_key_of_their_own(desk: Desk) -> None:
    task = asked(
        desk, '<Rating name="stars" toName="text" maxRating="7" hotkey="s" icon="heart" size="large"/>'
    )
    desk.page.keyboard.press("s")
    desk.page.keyboard.press("s")
    expect(desk.page.get_by_role("radio", name="2 of 7")).to_be_checked()
    desk.page.get_by_role("radio", name="2 of 7").focus()
    desk.page.keyboard.press("ArrowRight")
    assert answers(desk, task) == {"stars": {"rating": 3}}


def test_entries_of_a_text_are_added_changed_and_limited(desk: Desk) -> None:
    task = asked(
        desk,
        '<TextArea name="note" toName="text" label="Names" editable="true" maxSubmissions="2" skipDuplicates="true"/>',
    )
    page = desk.page
    field = page.get_by_role("textbox", name="Names", exact=True)
    field.fill("One")
    field.press("Enter")
    field.fill("One")
    field.press("Enter")
    expect(page.get_by_text("This is there already.")).to_be_visible()
    field.fill("Two")
    field.press("Enter")
    expect(field).to_be_hidden()
    page.get_by_role("textbox", name="Names, entry 1").fill("First")
    page.get_by_role("button", name="Take away “Two”").click()
    expect(field).to_be_visible()
    assert answers(desk, task) == {"note": {"text": ["First"]}}


def test_a_tree_is_searched_and_chosen_from_by_keyboard(desk: Desk) -> None:
    task = asked(
        desk,
        """<Taxonomy name="kind" toName="text" leafsOnly="true" showFullPath="true" legacy="true" maxUsages="2">
        <Choice value="Animal"><Choice value="Cat"/><Choice value="Dog"/></Choice><Choice value="Plant"/></Taxonomy>""",
    )
    page = desk.page
    field = page.get_by_role("combobox", name="kind")
    field.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # a branch, which this config does not let be chosen
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="Cat")).to_have_attribute("aria-selected", "true")
    page.keyboard.type("Stone")
    page.keyboard.press("Enter")
    page.keyboard.type("dog")
    page.keyboard.press("Enter")
    expect(page.get_by_text("At most 2 can be chosen.")).to_be_visible()
    assert answers(desk, task) == {"kind": {"taxonomy": [["Animal", "Cat"], ["Stone"]]}}


def test_choices_of_the_task_come_with_their_own_words_colors_and_branches(desk: Desk) -> None:
    offered = [
        {"value": "Fruit", "hint": "grows on trees", "children": [{"value": "Apple", "alias": "apple"}]},
        {"value": "Stone", "background": "#808080", "hotkey": "k"},
    ]
    task = asked(
        desk,
        '<Choices name="what" toName="text" choice="multiple" allowNested="true" value="$offered"/>',
        {"offered": offered},
    )
    desk.page.keyboard.press("k")
    desk.page.get_by_label("Apple").click()
    expect(desk.page.get_by_text("grows on trees")).to_be_visible()
    assert answers(desk, task) == {"what": {"choices": [["Stone"], ["Fruit", "apple"]]}}


def test_what_is_hidden_by_a_rule_is_neither_asked_nor_saved(desk: Desk) -> None:
    task = asked(
        desk,
        """<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
        <View visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="bad">
          <Header value="Why, $text?"/><TextArea name="why" toName="text" rows="2" required="true" requiredMessage="Say why."/></View>
        <View visibleWhen="choice-unselected" whenTagName="mood"><Header value="Not yet"/></View>""",
    )
    page = desk.page
    why = page.get_by_role("textbox", name="why")
    expect(page.get_by_role("heading", name="Not yet")).to_be_visible()
    expect(why).to_be_hidden()
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Why, Marie?")).to_be_visible()
    expect(page.get_by_role("heading", name="Not yet")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Say why.")).to_be_visible()
    why.fill("It rained")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(why).to_be_hidden()
    assert answers(desk, task) == {"mood": {"choices": ["good"]}}


def test_labels_of_the_task_and_questions_about_each_region(desk: Desk) -> None:
    config = f"""<View><Labels name="label" toName="text" value="$labels"/>{TEXT}
    <Choices name="sure" toName="text" perRegion="true" required="true" whenTagName="label" whenLabelValue="per">
      <Choice value="yes"/><Choice value="no"/></Choices></View>"""
    labels = [{"value": "Person", "alias": "per", "background": "#c03"}, {"value": "Place"}]
    project, [task] = desk.project(config, {"text": "Marie went to Paris", "labels": labels})
    desk.open(project, task)
    page = desk.page
    page.keyboard.press("2")
    mark(desk, "Paris")
    expect(rows(desk)).to_contain_text("Place")
    expect(page.get_by_label("yes")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    mark(desk, "Marie")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("“sure” needs an answer.")).to_be_visible()
    page.get_by_label("yes").click()
    desk.submit()
    place, person, sure = desk.results(task)
    assert (place["value"]["labels"], person["value"]["labels"]) == (["Place"], ["per"])
    assert (sure["id"], sure["value"]["choices"]) == (person["id"], ["yes"])


def test_a_config_of_three_parts_in_styled_views_works_but_for_its_polygons(desk: Desk) -> None:
    config = """<View>
      <Style>.part { border: 1px solid rgb(1, 2, 3); padding: 8px } } body { display: none }</Style>
      <View style="display: flex; gap: 12px">
        <View className="part" style="flex: 2">
          <Header value="1. Outline the $thing" size="3" underline="true"/>
          <Image name="image" value="$image"/>
          <PolygonLabels name="outline" toName="image"><Label value="Roof"/></PolygonLabels>
          <Choices name="quality" toName="image" showInline="true"><Choice value="sharp"/><Choice value="blurred"/></Choices>
        </View>
        <View className="part" style="flex: 1">
          <Header value="2. Name what is named"/>
          <Labels name="entity" toName="text"><Label value="Person"/><Label value="Place"/></Labels>
          <Text name="text" value="$text"/>
        </View>
      </View>
      <View className="part"><View style="background: rgb(240, 240, 250)"><Header value="3. Rate"/><Rating name="stars" toName="text"/></View></View>
    </View>"""
    kept = {
        "id": "roof000001", "from_name": "outline", "to_name": "image", "type": "polygonlabels", "original_width": 400, "original_height": 300,
        "value": {"points": [[1, 2], [30, 4], [5, 60]], "closed": True, "polygonlabels": ["Roof"]}, "origin": "manual",
    }  # fmt: skip
    data = {"image": PICTURE, "text": "Marie went to Paris", "thing": "roof"}
    project, [task] = desk.project(config, {"data": data, "annotations": [{"result": [kept]}]})
    desk.open(project, task)
    page = desk.page
    expect(page.get_by_role("heading", name="1. Outline the roof")).to_be_visible()
    expect(page.locator(".part").first).to_have_css("border-top-color", "rgb(1, 2, 3)")
    expect(page.locator("body")).not_to_have_css("display", "none")
    expect(page.locator("[data-tag=Image][data-ready]")).to_be_visible()
    expect(rows(desk)).to_contain_text("Roof")
    page.get_by_label("sharp").click()
    page.get_by_role("button", name="Place").click()
    mark(desk, "Paris")
    page.get_by_role("radio", name="4 of 5").click()
    desk.submit()
    stored = desk.results(task)
    assert stored[0] == kept
    values = {item["from_name"]: item["value"] for item in stored[1:]}
    assert values["quality"] == {"choices": ["sharp"]}
    assert (values["entity"]["text"], values["entity"]["labels"]) == ("Paris", ["Place"])
    assert values["stars"] == {"rating": 4}


def test_when_the_picture_itself_fails_its_boxes_are_locked_and_the_rest_goes_on(desk: Desk) -> None:
    box = {
        "id": "b1", "from_name": "label", "to_name": "image", "type": "rectanglelabels", "original_width": 400, "original_height": 300,
        "image_rotation": 0, "value": {"x": 10, "y": 10, "width": 30, "height": 30, "rotation": 0, "rectanglelabels": ["Cat"]}, "origin": "manual",
    }  # fmt: skip
    config = """<View><Image name="image" value="$image"/>
    <RectangleLabels name="label" toName="image"><Label value="Cat"/><Label value="Dog"/></RectangleLabels>
    <Choices name="mood" toName="image"><Choice value="good"/></Choices></View>"""
    project, [task] = desk.project(config, {"data": {"image": PICTURE}, "annotations": [{"result": [box]}]})
    broken = (
        "export default { api: 1, tag: 'Image', kind: 'object', mount() { throw new Error('No light') } }"
    )
    desk.page.route("**/image.js", lambda route: route.fulfill(body=broken, content_type="text/javascript"))
    desk.open(project, task)
    expect(desk.page.locator(".tagma-notice[data-tag=Image]")).to_contain_text("No light")
    rows(desk).click()
    desk.page.keyboard.press("2")
    desk.page.keyboard.press("Delete")
    expect(rows(desk)).to_contain_text("Cat")
    desk.page.keyboard.press("3")
    expect(desk.page.get_by_label("good")).to_be_checked()
    desk.submit()
    stored = desk.results(task)
    assert stored[0] == box
    assert stored[1]["value"] == {"choices": ["good"]}
    assert set(desk.troubles) == {"No light"}
    desk.foreseen.add("No light")


def test_a_question_asked_for_each_page_is_answered_for_each(desk: Desk) -> None:
    config = """<View><Image name="image" valueList="$pages"/>
    <Choices name="kind" toName="image" perItem="true" required="true"><Choice value="letter"/><Choice value="bill"/></Choices></View>"""
    project, [task] = desk.project(config, {"pages": [PICTURE, PICTURE]})
    desk.open(project, task)
    page = desk.page
    expect(page.locator("[data-tag=Image][data-ready]")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_label("letter")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("“kind” needs an answer.")).to_be_visible()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    expect(page.get_by_label("letter")).not_to_be_checked()
    page.keyboard.press("2")
    desk.submit()
    told = [(item["item_index"], item["value"]["choices"]) for item in desk.results(task)]
    assert told == [(0, ["letter"]), (1, ["bill"])]
