"""Boxes by mouse, pen, fingers and keys, and what the protocol then says of them."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from typing import Any

import pytest
from journeys.desk import BOXES, PICTURE, Desk, drag, picture, rows
from PIL import Image
from playwright.sync_api import Locator, expect

BARE = """<View>
  <Image name="image" value="$image"/>
  <Rectangle name="box" toName="image"/>
  <Labels name="label" toName="image"><Label value="Cat"/><Label value="Dog"/></Labels>
</View>"""


def box(number: int = 0, **value: Any) -> dict[str, Any]:
    """A stored result."""
    return {
        "id": f"box{number:07d}",
        "from_name": "label",
        "to_name": "image",
        "type": "rectanglelabels",
        "origin": "manual",
        "original_width": 400,
        "original_height": 300,
        "image_rotation": 0,
        "value": {
            "x": 30,
            "y": 30,
            "width": 20,
            "height": 20,
            "rotation": 0,
            "rectanglelabels": ["Cat"],
            **value,
        },
    }


def task(*results: dict[str, Any], image: str = PICTURE) -> dict[str, Any]:
    return {"data": {"image": image}, "annotations": [{"result": list(results)}] if results else []}


def opened(desk: Desk, config: str, row: dict[str, Any]) -> tuple[int, Locator]:
    """The task, and its picture on screen: shares of it are shares of the image."""
    project, [made] = desk.project(config, row)
    desk.open(project, made)
    expect(desk.page.locator("[data-tag=Image][data-ready]")).to_be_visible()
    return made, desk.page.locator(".plane-picture > *")


def place(image: Locator, x: float, y: float) -> tuple[float, float]:
    """Of a share of the picture on screen."""
    bounds = image.bounding_box()
    assert bounds is not None
    return bounds["x"] + bounds["width"] * x, bounds["y"] + bounds["height"] * y


def geometry(result: dict[str, Any]) -> list[float]:
    return [result["value"][key] for key in ("x", "y", "width", "height", "rotation")]


def test_a_drawn_box_is_what_the_protocol_says(desk: Desk) -> None:
    made, image = opened(desk, BOXES, task())
    desk.page.keyboard.press("1")
    drag(desk, image, (0.1, 0.2), (0.4, 0.45))
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [result] = desk.results(made)
    assert geometry(result) == pytest.approx([10, 20, 30, 25, 0], abs=0.5)
    assert result["value"]["rectanglelabels"] == ["Cat"]
    assert re.fullmatch(r"[\w-]{10}", result.pop("id"))
    del result["value"]
    assert result == {
        "from_name": "label",
        "to_name": "image",
        "type": "rectanglelabels",
        "origin": "manual",
        "original_width": 400,
        "original_height": 300,
        "image_rotation": 0,
    }


def test_a_bare_box_with_labels_is_two_results_of_one_region(desk: Desk) -> None:
    made, image = opened(desk, BARE, task())
    desk.page.keyboard.press("2")
    drag(desk, image, (0.2, 0.2), (0.5, 0.6))
    expect(rows(desk)).to_contain_text("Dog")
    desk.page.keyboard.press("ArrowRight")
    desk.submit()
    shape, label = desk.results(made)
    assert shape["id"] == label["id"]
    assert (shape["type"], label["type"]) == ("rectangle", "labels")
    assert label["value"].pop("labels") == ["Dog"]
    assert shape["value"] == label["value"]
    assert shape["original_width"] == label["original_width"] == 400


def test_a_box_is_moved_resized_turned_copied_and_all_of_it_undone(desk: Desk) -> None:
    made, image = opened(desk, BOXES, task(box()))
    keyboard, mouse = desk.page.keyboard, desk.page.mouse
    keyboard.press("v")
    drag(desk, image, (0.4, 0.4), (0.5, 0.45))  # the whole box
    drag(desk, image, (0.6, 0.55), (0.7, 0.65))  # its lower right corner
    x, y = place(image, 0.55, 0.35)
    mouse.move(x, y - 22)  # the handle above it
    mouse.down()
    mouse.move(*place(image, 0.9, 0.5), steps=4)
    mouse.up()
    for key in ("ArrowLeft", "Shift+ArrowDown", "Alt+ArrowRight", "Control+ArrowRight"):
        keyboard.press(key)
    keyboard.press("Control+d")
    expect(rows(desk)).to_have_count(2)
    keyboard.press("Control+c")
    keyboard.press("Control+v")
    expect(rows(desk)).to_have_count(3)
    desk.submit()
    first, second, third = desk.results(made)
    assert first["value"]["rotation"] == pytest.approx(91, abs=2)
    assert first["value"]["width"] > 29
    assert len({first["id"], second["id"], third["id"]}) == 3
    assert first["value"]["rectanglelabels"] == second["value"]["rectanglelabels"] == ["Cat"]
    assert second["value"]["rotation"] == first["value"]["rotation"]
    assert geometry(second)[:2] != geometry(first)[:2]
    assert geometry(second)[2:4] == pytest.approx(geometry(first)[2:4])


def test_steps_of_the_hand_are_taken_back_one_by_one(desk: Desk) -> None:
    _, image = opened(desk, BOXES, task(box()))
    desk.page.keyboard.press("v")
    numbers = desk.page.locator(".details-numbers")
    drag(desk, image, (0.4, 0.4), (0.5, 0.4))
    expect(numbers).to_contain_text("x 160")
    drag(desk, image, (0.5, 0.4), (1.5, 0.4))
    expect(numbers).to_contain_text("x 320")  # no further than the picture's edge
    desk.page.keyboard.press("Control+z")
    expect(numbers).to_contain_text("x 160")
    desk.page.keyboard.press("Control+z")
    expect(numbers).to_contain_text("x 120")


def test_a_box_is_drawn_with_keys_alone(desk: Desk) -> None:
    made, _ = opened(desk, BOXES, task())
    desk.page.locator(".plane").focus()
    for key in (
        "1",
        "Enter",
        *["Shift+ArrowLeft"] * 2,
        "Enter",
        *["Shift+ArrowRight"] * 4,
        "Shift+ArrowDown",
        "Enter",
    ):
        desk.page.keyboard.press(key)
    expect(rows(desk)).to_contain_text("Cat")
    desk.submit()
    [result] = desk.results(made)
    x, y, width, height, _ = geometry(result)
    assert x + width / 2 == pytest.approx(50, abs=0.1)
    assert y == pytest.approx(50, abs=0.1)
    assert width > height > 1


def test_wheel_and_keys_zoom_and_move_the_picture(desk: Desk) -> None:
    _, image = opened(desk, BOXES, task(box()))
    zoom = desk.page.locator(".editor-zoom output")
    fitting = zoom.text_content() or ""
    before = image.bounding_box()
    assert before is not None
    at = place(image, 0.25, 0.25)
    desk.page.mouse.move(*at)
    desk.page.keyboard.down("Control")
    desk.page.mouse.wheel(0, -300)
    desk.page.keyboard.up("Control")
    expect(zoom).not_to_have_text(fitting)
    assert place(image, 0.25, 0.25) == pytest.approx(at, abs=1)  # the point under the pointer stays
    wide = image.bounding_box()
    assert wide is not None
    assert wide["width"] > before["width"]
    desk.page.mouse.wheel(0, 100)
    desk.page.wait_for_function(
        "(y) => document.querySelector('.plane-picture > *').getBoundingClientRect().y < y - 90",
        arg=wide["y"],
    )
    desk.page.keyboard.press("Shift+2")
    expect(zoom).to_have_text("100%")
    desk.page.keyboard.press("Control+=")
    expect(zoom).to_have_text("125%")
    desk.page.keyboard.press("Shift+1")
    expect(zoom).to_have_text(fitting)


def test_escape_lets_go_of_a_drag(desk: Desk) -> None:
    _, image = opened(desk, BOXES, task(box()))
    desk.page.keyboard.press("v")
    mouse = desk.page.mouse
    mouse.move(*place(image, 0.4, 0.4))
    mouse.down()
    mouse.move(*place(image, 0.6, 0.6), steps=3)
    desk.page.keyboard.press("Escape")
    mouse.up()
    expect(desk.page.locator(".details-numbers")).to_contain_text("x 120")


def test_corners_snap_to_pixels_and_turning_can_be_forbidden(desk: Desk) -> None:
    config = BOXES.replace('name="label"', 'name="label" snap="pixel" canRotate="false" opacity="0.5"')
    made, image = opened(desk, config, task())
    desk.page.keyboard.press("1")
    drag(desk, image, (0.1013, 0.2017), (0.4021, 0.4533))
    expect(rows(desk)).to_have_count(1)
    for key in ("ArrowRight", "Alt+ArrowRight"):
        desk.page.keyboard.press(key)
    desk.submit()
    [result] = desk.results(made)
    x, y, width, height, rotation = geometry(result)
    for pixels in (x * 4, y * 3, (x + width) * 4, (y + height) * 3):
        assert pixels == pytest.approx(round(pixels), abs=1e-6)
    assert rotation == 0


def test_a_camera_s_rotation_is_applied_once(desk: Desk) -> None:
    photo = Image.new("RGB", (300, 200), "grey")
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=exif)
    address = "data:image/jpeg;base64," + b64encode(out.getvalue()).decode()
    made, image = opened(desk, BOXES, task(image=address))
    bounds = image.bounding_box()
    assert bounds is not None
    assert bounds["height"] > bounds["width"]
    desk.page.keyboard.press("1")
    drag(desk, image, (0.25, 0.5), (0.75, 0.75))
    desk.submit()
    [result] = desk.results(made)
    assert (result["original_width"], result["original_height"]) == (200, 300)
    assert geometry(result) == pytest.approx([25, 50, 50, 25, 0], abs=0.8)


def test_a_pen_draws_and_the_hand_that_holds_it_does_not(desk: Desk) -> None:
    made, image = opened(desk, BOXES, task())
    desk.page.keyboard.press("1")
    session = desk.context.new_cdp_session(desk.page)

    def pen(kind: str, x: float, y: float) -> None:
        at = place(image, x, y)
        session.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind,
                "x": at[0],
                "y": at[1],
                "button": "left",
                "buttons": 1,
                "clickCount": 1,
                "pointerType": "pen",
            },
        )

    pen("mousePressed", 0.2, 0.2)
    touch(session, "touchStart", [place(image, 0.8, 0.8)])
    pen("mouseMoved", 0.3, 0.3)
    pen("mouseMoved", 0.5, 0.5)
    touch(session, "touchEnd", [])
    pen("mouseReleased", 0.5, 0.5)
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [result] = desk.results(made)
    assert geometry(result) == pytest.approx([20, 20, 30, 30, 0], abs=0.8)


def touch(session: Any, kind: str, points: list[tuple[float, float]]) -> None:
    session.send(
        "Input.dispatchTouchEvent",
        {
            "type": kind,
            "touchPoints": [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)],
        },
    )


def test_two_fingers_zoom_and_one_draws(desk: Desk) -> None:
    made, image = opened(desk, BOXES, task())
    zoom = desk.page.locator(".editor-zoom output")
    before = zoom.text_content()
    session = desk.context.new_cdp_session(desk.page)
    x, y = place(image, 0.5, 0.5)
    touch(session, "touchStart", [(x - 40, y), (x + 40, y)])
    for step in range(1, 6):
        touch(session, "touchMove", [(x - 40 - step * 12, y), (x + 40 + step * 12, y)])
    touch(session, "touchEnd", [])
    expect(zoom).not_to_have_text(before or "")
    desk.page.keyboard.press("Shift+1")
    expect(zoom).to_have_text(before or "")
    desk.page.keyboard.press("1")
    points = [place(image, share, share) for share in (0.3, 0.45, 0.6)]
    touch(session, "touchStart", points[:1])
    touch(session, "touchMove", points[1:2])
    touch(session, "touchMove", points[2:])
    touch(session, "touchEnd", [])
    expect(rows(desk)).to_have_count(1)
    desk.submit()
    [result] = desk.results(made)
    assert geometry(result) == pytest.approx([30, 30, 30, 30, 0], abs=0.8)


def test_each_page_of_a_task_has_boxes_of_its_own(desk: Desk) -> None:
    config = BOXES.replace('value="$image"', 'valueList="$pages"')
    project, [made] = desk.project(
        config, {"data": {"pages": [PICTURE, picture(200, 300), "/data/upload/9/gone.png"]}}
    )
    desk.open(project, made)
    image = desk.page.locator(".plane-picture > *")
    ready = desk.page.locator("[data-tag=Image][data-ready]")
    bar = desk.page.get_by_role("group", name="Pages")
    expect(bar).to_contain_text("1 of 3")
    expect(ready).to_be_visible()
    desk.page.keyboard.press("1")
    drag(desk, image, (0.1, 0.2), (0.4, 0.45))
    expect(rows(desk)).to_have_count(1)
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("Control+ArrowRight")
    expect(bar).to_contain_text("2 of 3")
    expect(ready).to_be_visible()
    drag(desk, image, (0.25, 0.5), (0.75, 0.75))
    expect(rows(desk)).to_have_count(2)
    bar.get_by_role("button", name="Next page").click()
    expect(desk.page.get_by_role("alert")).to_contain_text("There is no file at /data/upload/9/gone.png")
    rows(desk).first.click()
    expect(bar).to_contain_text("1 of 3")
    expect(ready).to_be_visible()
    desk.submit()
    first, second = desk.results(made)
    assert (first["item_index"], second["item_index"]) == (0, 1)
    assert (second["original_width"], second["original_height"]) == (200, 300)
    assert geometry(first) == pytest.approx([10, 20, 30, 25, 0], abs=0.5)
    assert geometry(second) == pytest.approx([25, 50, 50, 25, 0], abs=0.8)


def test_a_prediction_s_box_without_a_place_is_listed_and_the_others_are_drawn(desk: Desk) -> None:
    lost = box(1)
    del lost["value"]["width"]
    row = {"data": {"image": PICTURE}, "predictions": [{"result": [lost, box(2)], "score": 0.5}]}
    _, image = opened(desk, BOXES, row)
    desk.page.get_by_role("tab", name="Prediction").click()
    expect(desk.page.get_by_role("button", name="Copy to a new annotation")).to_be_visible()
    expect(rows(desk)).to_have_count(2)
    desk.page.keyboard.press("v")
    desk.page.mouse.click(*place(image, 0.4, 0.4))
    expect(rows(desk).nth(1)).to_have_attribute("aria-selected", "true")
    rows(desk).first.click()
    expect(rows(desk).first).to_have_attribute("aria-selected", "true")


def test_a_picture_is_turned_with_its_boxes_and_back(desk: Desk) -> None:
    config = BOXES.replace('value="$image"', 'value="$image" rotateControl="true"')
    made, image = opened(desk, config, task(box(x=10, y=20, width=30, height=25)))
    turn = desk.page.get_by_role("button", name="Turn the picture")
    numbers = desk.page.locator(".details-numbers")
    rows(desk).click()
    expect(numbers).to_contain_text("x 40y 60w 120h 75")
    turn.click()
    expect(numbers).to_contain_text("x 165y 40w 75h 120")
    bounds = image.bounding_box()
    assert bounds is not None
    assert bounds["height"] > bounds["width"]
    desk.page.keyboard.press("Escape")
    desk.page.mouse.click(*place(image, 0.6, 0.2))
    expect(rows(desk)).to_have_attribute("aria-selected", "true")
    desk.page.keyboard.press("Control+z")
    expect(numbers).to_contain_text("x 40y 60w 120h 75")
    turn.click()
    desk.page.keyboard.press("1")
    desk.page.keyboard.press("Escape")
    desk.page.keyboard.press("r")
    drag(desk, image, (0.1, 0.6), (0.3, 0.9))
    expect(rows(desk)).to_have_count(2)
    desk.submit()
    first, second = desk.results(made)
    assert geometry(first) == pytest.approx([55, 10, 25, 30, 0])
    assert geometry(second) == pytest.approx([10, 60, 20, 30, 0], abs=0.8)
    for result in (first, second):
        assert (result["original_width"], result["original_height"], result["image_rotation"]) == (
            400,
            300,
            90,
        )


COUNT = """() => {
    const [rest, active] = document.querySelectorAll('.plane-layer');
    globalThis.painted = { rest: 0, active: 0 };
    const clear = CanvasRenderingContext2D.prototype.clearRect;
    CanvasRenderingContext2D.prototype.clearRect = function (...args) {
        painted[this.canvas === rest ? 'rest' : 'active']++;
        return clear.apply(this, args);
    };
}"""


def test_among_thousands_a_selection_and_a_drag_leave_the_boxes_at_rest_alone(desk: Desk) -> None:
    many = [box(n, x=(n % 60) * 1.6, y=(n // 60) * 2.3, width=1, height=1.5) for n in range(2400)]
    _, image = opened(desk, BOXES, task(*many))
    expect(desk.page.locator(".side-head")).to_contain_text("2400")
    assert rows(desk).count() < 60
    desk.page.keyboard.press("v")
    desk.page.evaluate(COUNT)
    for number in range(3):
        rows(desk).nth(number).click()
        expect(rows(desk).nth(number)).to_have_attribute("aria-selected", "true")
    painted = desk.page.evaluate("painted")
    assert painted["rest"] == 0
    assert painted["active"] >= 3
    mouse = desk.page.mouse
    mouse.move(*place(image, 0.5 * 0.01 + 0.032, 0.0075))
    mouse.down()
    mouse.move(*place(image, 0.3, 0.3), steps=12)
    mouse.up()
    expect(desk.page.locator(".details-numbers")).not_to_contain_text("y 0")
    # the box left the layer at rest, and came back to it
    assert desk.page.evaluate("painted.rest") <= 3


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/data/upload/1/gone.jpg", "There is no file at"),
        ("data:image/png;base64,bm90IGEgcGljdHVyZQ==", "no picture that a browser can read"),
    ],
)
def test_a_picture_that_cannot_be_shown_says_why_and_what_to_do(desk: Desk, address: str, words: str) -> None:
    project, [made] = desk.project(BOXES, {"image": address})
    desk.open(project, made)
    notice = desk.page.locator("[data-tag=Image] [role=alert]")
    expect(notice).to_contain_text("The picture could not be loaded.")
    expect(notice).to_contain_text(words)
    expect(notice).to_contain_text("can still be skipped")
