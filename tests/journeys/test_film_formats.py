"""A film is labeled at the desk, taken out in every format, read by others, and brought back."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from journeys.desk import Desk, drag, rows
from journeys.films import HEIGHT, WIDTH, film, seen
from journeys.test_film import CONFIG, jump, stands
from PIL import Image
from playwright.sync_api import expect
from pycocotools.coco import COCO

pytestmark = pytest.mark.needs("video", "controls")

COUNT = 60
OUT = ("MOT", "CVAT_VIDEO", "COCO_FRAMES", "YOLO_FRAMES")


def sent(desk: Desk, name: str, body: bytes) -> tuple[int, int]:
    """A project and its one task, from a file."""
    project, _ = desk.project(CONFIG)
    answer = desk.context.request.post(
        f"{desk.address}/api/projects/{project}/import?return_task_ids=true",
        multipart={"file": {"name": name, "mimeType": "application/octet-stream", "buffer": body}},
    )
    assert answer.ok, answer.text()
    [task] = answer.json()["task_ids"]
    return project, task


def taken_out(desk: Desk, project: int, kind: str) -> bytes:
    answer = desk.context.request.get(f"{desk.address}/api/projects/{project}/export?exportType={kind}")
    assert answer.ok, answer.text()
    return answer.body()


def boxes(results: list[dict[str, Any]]) -> dict[int, tuple[float, ...]]:
    """Where the one track is, in each frame."""
    from tagma_video import tracks

    [value] = [one["value"] for one in results if one["type"] == "videorectangle"]
    assert value["labels"] == ["Person"]
    return {frame: box for frame, box, _ in tracks.boxes(value["sequence"], COUNT)}


def test_a_film_is_labeled_taken_out_and_brought_back(desk: Desk, tmp_path: Path) -> None:
    project, task = sent(desk, "street.mp4", film(tmp_path / "street.mp4", COUNT, between=2).read_bytes())
    desk.open(project, task)
    page, keys = desk.page, desk.page.keyboard
    expect(page.locator("[data-name=film][data-ready]")).to_be_visible()
    plane = page.locator(".plane")
    keys.press("2")
    drag(desk, plane, (0.45, 0.4), (0.55, 0.6))
    expect(rows(desk)).to_contain_text("Frames 1 to 60")
    jump(desk, 31)
    keys.press("v")
    drag(desk, plane, (0.5, 0.5), (0.6, 0.55))
    jump(desk, 41)
    keys.press("Shift+o")
    expect(rows(desk)).to_contain_text("Frames 1 to 41")
    desk.submit()
    made = boxes(desk.results(task))
    assert sorted(made) == list(range(1, 42))
    assert made[1][0] < made[16][0] < made[31][0] == made[41][0]

    for kind in ("MOT", "CVAT_VIDEO"):
        _, again = sent(desk, "back.zip", taken_out(desk, project, kind))
        found = boxes(desk.results(again))
        assert found.keys() == made.keys(), kind
        for frame, box in found.items():
            assert box == pytest.approx(made[frame], abs=0.02), (kind, frame)

    folder = tmp_path / "coco"
    zipfile.ZipFile(io.BytesIO(taken_out(desk, project, "COCO_FRAMES"))).extractall(folder)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(folder / "result.json")
    assert [image["frame"] for image in coco.dataset["images"]] == sorted(made)
    for image in coco.dataset["images"][::10]:
        out = io.BytesIO()
        Image.open(folder / image["file_name"]).save(out, "PNG")
        assert seen(out.getvalue()) == image["frame"], "the picture of this very frame"
        [box] = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))
        x, y, width, height, _ = made[image["frame"]]
        wanted = [x * WIDTH / 100, y * HEIGHT / 100, width * WIDTH / 100, height * HEIGHT / 100]
        assert box["bbox"] == pytest.approx(wanted, abs=0.01)

    with zipfile.ZipFile(io.BytesIO(taken_out(desk, project, "YOLO_FRAMES"))) as yolo:
        lines = [
            yolo.read(name).decode() for name in yolo.namelist() if name.endswith(".txt") and "/" in name
        ]
        assert len(lines) == 41
        assert {line.split()[0] for line in lines} == {"1"}
        assert yolo.read("classes.txt") == b"Car\nPerson\n"

    [whole] = json.loads(taken_out(desk, project, "JSON&interpolate_key_frames=true"))
    [track] = [one for one in whole["annotations"][0]["result"] if one["type"] == "videorectangle"]
    assert [key["frame"] for key in track["value"]["sequence"]] == sorted(made)


def test_what_was_brought_back_is_seen_where_it_was(desk: Desk, tmp_path: Path) -> None:
    project, task = sent(desk, "street.mp4", film(tmp_path / "street.mp4", COUNT).read_bytes())
    desk.open(project, task)
    expect(desk.page.locator("[data-name=film][data-ready]")).to_be_visible()
    desk.page.keyboard.press("4")
    stage = desk.page.locator(".line-stage")
    drag(desk, stage, (0.25, 0.5), (0.5, 0.5))
    expect(rows(desk)).to_have_count(1)
    stands(desk, int(desk.page.locator("[data-name=film]").get_attribute("data-frame") or 0))
    desk.submit()
    [result] = desk.results(task)
    assert (result["type"], result["value"]["timelinelabels"]) == ("timelinelabels", ["Outdoors"])
    _, again = sent(desk, "back.json", taken_out(desk, project, "JSON"))
    assert [one["value"] for one in desk.results(again)] == [result["value"]]
