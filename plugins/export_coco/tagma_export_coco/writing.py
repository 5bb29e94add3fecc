"""COCO out: ``result.json`` and the pictures in a zip, written as it is read."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import orjson

from tagma.errors import StorageError
from tagma.plugin import Annotation, Exporter, LabelingConfig, Result, Task
from tagma_export_coco import shapes
from tagma_export_coco.categories import Categories
from tagma_export_coco.configs import Drawing, drawings, refuses
from tagma_export_coco.pictures import picture_size

Size = tuple[int, int]


class CocoExporter(Exporter):
    name = "COCO"
    title = "COCO"
    description = "Boxes and polygons on pictures as one result.json, the form of the COCO data set."
    suffix = ".zip"
    media_type = "application/zip"
    tags = ("image segmentation", "object detection")
    order = 10
    with_images = False

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        return refuses(config)

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        self._drawings = drawings(self.config)
        self._categories = Categories(self.config, self._drawings, self.project)
        self._names: set[str] = set()
        self._image_id = self._annotation_id = 0
        with (
            tempfile.TemporaryFile() as images,
            tempfile.TemporaryFile() as annotations,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            archive.mkdir("images")
            for task in tasks:
                self.report.tasks += 1
                self._task(task, images, annotations, archive)
            with archive.open("result.json", "w", force_zip64=True) as result:
                self._join(result, images, annotations)

    def _join(self, result: IO[bytes], images: IO[bytes], annotations: IO[bytes]) -> None:
        for name, part in (("images", images), ("annotations", annotations)):
            result.write(b"{" if name == "images" else b",")
            result.write(f'"{name}":['.encode())
            part.seek(0)
            shutil.copyfileobj(part, result, 1 << 18)
            result.write(b"]")
        moment = datetime.now(UTC)
        rest = {
            "categories": self._categories.as_list(),
            "info": {
                "year": moment.year,
                "version": "1.0",
                "description": str(self.project.get("title", "")),
                "contributor": "Tagma",
                "url": "",
                "date_created": moment.strftime("%Y-%m-%d %H:%M:%S.%f"),
            },
        }
        result.write(b"," + orjson.dumps(rest)[1:])

    def _task(self, task: Task, images: IO[bytes], annotations: IO[bytes], archive: zipfile.ZipFile) -> None:
        drawing = self._drawings[0]
        value = task.get("data", {}).get(drawing.key, task.get("data", {}).get("$undefined$"))
        if not isinstance(value, str) or not value:
            self.report.leave_out("no picture in the task", f"task {task.get('id')}")
            return
        kept = [one for one in task.get("annotations", []) if not one.get("was_cancelled")]
        if task.get("annotations") and not kept:
            self.report.leave_out("skipped by the annotator", f"task {task.get('id')}")
            return
        size = _recorded_size(kept) or self._probed(value, task)
        if size is None:
            self.report.leave_out(
                "the picture's size is not known: no result says it and the picture can't be read",
                f"task {task.get('id')}",
            )
            return
        name = self._file(value, task, archive)
        for annotation in kept or [None]:
            _put(
                images,
                self._image_id,
                {"width": size[0], "height": size[1], "id": self._image_id, "file_name": name},
            )
            for item in self._shapes(annotation, size, task) if annotation else ():
                _put(
                    annotations,
                    self._annotation_id,
                    {"id": self._annotation_id, "image_id": self._image_id, **item},
                )
                self._annotation_id += 1
                self.report.items += 1
            self._image_id += 1

    def _probed(self, value: str, task: Task) -> Size | None:
        try:
            with self.media.open(value, task) as stream:
                return picture_size(stream)
        except StorageError:
            return None

    def _file(self, value: str, task: Task, archive: zipfile.ZipFile) -> str:
        """What the picture is called in the result; put into the archive if wanted."""
        if not self.with_images:
            return value if not value.startswith("data:") else f"task-{task.get('id')}"
        name = _plain_name(value, task)
        if name in self._names:
            name = f"{task.get('id')}-{name}"
        self._names.add(name)
        try:
            with (
                self.media.open(value, task) as stream,
                archive.open(f"images/{name}", "w", force_zip64=True) as target,
            ):
                shutil.copyfileobj(stream, target, 1 << 18)
        except StorageError as error:
            self.report.leave_out(
                f"a picture could not be fetched: {error.message}", f"task {task.get('id')}"
            )
        return f"images/{name}"

    def _shapes(self, annotation: Annotation, size: Size, task: Task) -> Iterator[dict[str, Any]]:
        results = annotation.get("result", [])
        labelled = {one.get("id") for one in results if one.get("type") == "labels"}
        place = f"annotation {annotation.get('id')} of task {task.get('id')}"
        for result in results:
            kind = result.get("type", "")
            if kind in ("rectangle", "polygon") and result.get("id") in labelled:
                continue  # its labels item repeats the geometry
            drawing = self._drawing_of(result)
            if drawing is None:
                self.report.leave_out(f"COCO has no place for {kind or 'this result'}", place)
                continue
            item = self._shape(result, kind, drawing, size, place)
            if item is not None:
                yield item

    def _drawing_of(self, result: Result) -> Drawing | None:
        names = result.get("from_name"), result.get("to_name")
        for drawing in self._drawings:
            if names[1] == drawing.image.name and names[0] in (drawing.labels.name, drawing.draws.name):
                return drawing
        return None

    def _shape(
        self, result: Result, kind: str, drawing: Drawing, size: Size, place: str
    ) -> dict[str, Any] | None:
        value = result.get("value", {})
        words = value.get(kind) if kind in ("rectanglelabels", "polygonlabels", "labels") else None
        if not words:
            self.report.leave_out("a shape without a label", place)
            return None
        if len(words) > 1:
            self.report.leave_out(
                "a shape has several labels; COCO carries the first", f"{place}: {', '.join(map(str, words))}"
            )
        size = (result.get("original_width") or size[0], result.get("original_height") or size[1])
        try:
            geometry = self._geometry(value, size, place)
        except (KeyError, TypeError, ValueError, IndexError):
            self.report.leave_out("a shape whose geometry is not whole", place)
            return None
        category = self._categories.id(drawing.labels.name, str(words[0]))
        return {"category_id": category, **geometry, "ignore": 0, "iscrowd": 0}

    def _geometry(self, value: dict[str, Any], size: Size, place: str) -> dict[str, Any]:
        if "points" in value:
            points = [(x / 100 * size[0], y / 100 * size[1]) for x, y in value["points"]]
            flat = [number for point in points for number in point]
            return {
                "segmentation": [flat],
                "bbox": list(shapes.enclosing(points)),
                "area": shapes.area(points),
            }
        bbox = shapes.box(value, *size)
        if value.get("rotation"):
            self.report.leave_out("a turned box; COCO carries the upright box around it", place)
        return {"segmentation": [], "bbox": list(bbox), "area": bbox[2] * bbox[3]}


class CocoWithImagesExporter(CocoExporter):
    name = "COCO_WITH_IMAGES"
    title = "COCO with pictures"
    description = "As COCO, with the pictures in the folder images."
    order = 11
    with_images = True


def _put(part: IO[bytes], number: int, item: dict[str, Any]) -> None:
    part.write((b",\n" if number else b"") + orjson.dumps(item))


def _recorded_size(annotations: list[Annotation]) -> Size | None:
    for annotation in annotations:
        for result in annotation.get("result", []):
            if result.get("original_width") and result.get("original_height"):
                return int(result["original_width"]), int(result["original_height"])
    return None


def _plain_name(value: str, task: Task) -> str:
    """The last part of an address without anything a file system would mind."""
    if value.startswith("data:"):
        return f"task-{task.get('id')}.{value[5:].split(';')[0].split('/')[-1][:4]}"
    parts = urlsplit(value)
    last = os.path.basename(unquote(parts.query.rpartition("=")[2] if "d=" in parts.query else parts.path))
    return (
        "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in last)[-120:].lstrip(".")
        or f"task-{task.get('id')}"
    )
