"""COCO out and in again, read by pycocotools."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from pycocotools.coco import COCO

from tagma.plugin import (
    ControlTag,
    Draft,
    LabelingConfig,
    MediaSource,
    Node,
    ObjectTag,
    SourceFile,
    VisualTag,
)
from tagma_export_coco.reading import CocoImporter
from tagma_export_coco.writing import CocoExporter


class Image(ObjectTag):
    name = "Image"


class Boxes(ControlTag):
    name = "RectangleLabels"


class Label(VisualTag):
    name = "Label"
    is_label = True


def config() -> LabelingConfig:
    image = Node("Image", {"name": "image", "value": "$image"}, [], 2, tag_class=Image)
    labels = [Node("Label", {"value": word}, [], 3, tag_class=Label) for word in ("Dog", "Cat")]
    boxes = Node("RectangleLabels", {"name": "label", "toName": "image"}, labels, 3, tag_class=Boxes)
    return LabelingConfig("<View/>", Node("View", {}, [image, boxes], 1))


def task(*values: dict[str, Any], id: int = 1) -> dict[str, Any]:
    common = {
        "from_name": "label",
        "to_name": "image",
        "type": "rectanglelabels",
        "original_width": 200,
        "original_height": 100,
    }
    results = [{**common, "id": f"r{n}", "value": value} for n, value in enumerate(values)]
    return {
        "id": id,
        "data": {"image": f"/data/upload/1/0a1b2c3d-{id}.jpg"},
        "annotations": [{"id": id, "result": results}],
    }


def box(*labels: str, rotation: float = 0) -> dict[str, Any]:
    return {
        "x": 10,
        "y": 20,
        "width": 30,
        "height": 40,
        "rotation": rotation,
        "rectanglelabels": list(labels),
    }


def export(tasks: list[Any], project: dict[str, Any]) -> tuple[dict[str, Any], CocoExporter]:
    exporter = CocoExporter(CocoExporter.Settings(), config(), MediaSource(), project)
    out = io.BytesIO()
    exporter.write(iter(tasks), out)
    return json.loads(zipfile.ZipFile(out).read("result.json")), exporter


def test_boxes_are_read_by_pycocotools_and_come_back_where_they_were(tmp_path: Path) -> None:
    result, exporter = export([task(box("Cat")), task(box("Dog"), id=2)], {"title": "t"})
    file = tmp_path / "result.json"
    file.write_text(json.dumps(result))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(file))
    assert coco.anns[0]["bbox"] == [20.0, 20.0, 60.0, 40.0]
    assert [one["name"] for one in coco.loadCats(coco.getCatIds())] == ["Cat", "Dog"]
    assert exporter.report.as_dict()["left_out"] == []
    assert CocoImporter.sniff("result.json", file.read_bytes()) > 0.9
    read = list(CocoImporter(CocoImporter.Settings(), config()).read([SourceFile(file, "result.json")]))
    assert all(isinstance(one, Draft) for one in read)
    value = read[0].task["annotations"][0]["result"][0]["value"]  # type: ignore[union-attr]
    assert value == {
        "x": 10.0,
        "y": 20.0,
        "width": 30.0,
        "height": 40.0,
        "rotation": 0,
        "rectanglelabels": ["Cat"],
    }


def test_class_numbers_once_given_do_not_move() -> None:
    project: dict[str, Any] = {"title": "t", "class_ids": {"label": {"Zebra": 0, "Dog": 1}}}
    result, _ = export([task(box("Cat"))], project)
    assert result["categories"] == [{"id": 1, "name": "Dog"}, {"id": 2, "name": "Cat"}]
    assert project["class_ids"]["label"] == {"Zebra": 0, "Dog": 1, "Cat": 2}


def test_what_coco_can_not_carry_is_reported() -> None:
    _, exporter = export([task(box("Cat", rotation=90), box("Cat", "Dog"), box())], {"title": "t"})
    reasons = [one["reason"] for one in exporter.report.as_dict()["left_out"]]
    assert "a turned box; COCO carries the upright box around it" in reasons
    assert "a shape has several labels; COCO carries the first" in reasons
    assert "a shape without a label" in reasons
