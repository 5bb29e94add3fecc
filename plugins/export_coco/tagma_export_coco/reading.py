"""COCO in: one task for each image, its boxes as annotations or predictions."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import ijson
import orjson
from pydantic import BaseModel, Field

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Fault, Importer, SourceFile
from tagma_export_coco.configs import Drawing, drawings
from tagma_export_coco.shapes import percent


class CocoImporter(Importer):
    """A file with ``images``, ``annotations`` and ``categories``, as the COCO data set and most tools write it."""

    name = "coco"
    title = "COCO"
    suffixes = (".json",)

    class Settings(BaseModel):
        becomes: Literal["annotations", "predictions"] = Field(
            "annotations", description="What the boxes become."
        )
        image_root: str = Field("", description="Put before file names, e.g. /data/local-files/?d=pictures/.")

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        if not name.lower().endswith(".json") or not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return 0.0
        signs = [
            (b'"images"', b'"file_name"'),
            (b'"annotations"', b'"image_id"'),
            (b'"categories"', b'"supercategory"'),
        ]
        return 0.95 if any(all(word in head for word in pair) for pair in signs) else 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        drawing = next(
            (one for one in drawings(self.config) if one.draws.tag in ("RectangleLabels", "Rectangle")), None
        )
        if drawing is None:
            raise ImportFailed(
                "The labeling set-up has nowhere to put boxes.",
                hint="Add a RectangleLabels that points at an Image, with the categories as its labels.",
                file=files[0].name,
            )
        for file in files:
            with (
                tempfile.TemporaryDirectory() as folder,
                _Annotations(Path(folder) / "annotations.db") as kept,
            ):
                try:
                    kept.fill(file)
                    yield from self._images(file, kept, drawing)
                except ijson.JSONError as error:
                    raise ImportFailed(
                        f"{file.name} is no JSON, or ends in the middle: {str(error).splitlines()[0]}.",
                        hint="Get the file again; a list of images, annotations and categories is expected.",
                        code="json",
                        file=file.name,
                    ) from error

    def _images(self, file: SourceFile, kept: _Annotations, drawing: Drawing) -> Iterator[Draft | Fault]:
        row = 0
        with file.path.open("rb") as stream:
            for row, image in enumerate(ijson.items(stream, "images.item", use_float=True), 1):
                try:
                    yield Draft(self._task(image, kept, drawing), file.name, row)  # type: ignore[arg-type]
                except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
                    yield Fault(
                        ImportFailed(
                            f"Image {row} of {file.name} is not whole: {type(error).__name__} {error}.",
                            hint="Each image needs id and file_name, with boxes also width and height.",
                            file=file.name,
                            row=row,
                        )
                    )
        if not row:
            raise ImportFailed(
                f"{file.name} has no images.", hint='COCO lists them under "images".', file=file.name
            )

    def _task(self, image: dict[str, Any], kept: _Annotations, drawing: Drawing) -> dict[str, Any]:
        results: list[dict[str, Any]] = []
        for annotation in kept.of(image["id"]):
            results += self._results(annotation, image, kept, drawing)
        task: dict[str, Any] = {"data": {drawing.key: self._address(image)}}
        if results:
            task[getattr(self.settings, "becomes", "annotations")] = [{"result": results}]
        return task

    def _address(self, image: dict[str, Any]) -> str:
        name, root = str(image["file_name"]), getattr(self.settings, "image_root", "")
        if "://" in name or name.startswith(("/data/", "data:")):
            return name
        if root:
            return root + name
        return str(image.get("coco_url") or name)

    def _results(
        self, annotation: dict[str, Any], image: dict[str, Any], kept: _Annotations, drawing: Drawing
    ) -> list[dict[str, Any]]:
        if not annotation.get("bbox"):
            return []
        label = kept.categories[annotation["category_id"]]
        common = {
            "id": f"coco{annotation['id']}",
            "to_name": drawing.image.name,
            "origin": "manual",
            "image_rotation": 0,
            "original_width": int(image["width"]),
            "original_height": int(image["height"]),
        }
        if annotation.get("score") is not None:
            common["score"] = annotation["score"]
        place = percent(annotation["bbox"], image["width"], image["height"])
        if drawing.draws is drawing.labels:
            value = {**place, "rectanglelabels": [label]}
            return [{**common, "from_name": drawing.draws.name, "type": "rectanglelabels", "value": value}]
        return [
            {**common, "from_name": drawing.draws.name, "type": "rectangle", "value": place},
            {
                **common,
                "from_name": drawing.labels.name,
                "type": "labels",
                "value": {**place, "labels": [label]},
            },
        ]


class _Annotations:
    """The file's annotations by image, on disk: they may stand before or after the images, in any order."""

    def __init__(self, file: Path) -> None:
        self.categories: dict[Any, str] = {}
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    def __enter__(self) -> _Annotations:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def fill(self, file: SourceFile) -> None:
        run = self._database.execute
        run("PRAGMA journal_mode=OFF")
        run("PRAGMA synchronous=OFF")
        run("CREATE TABLE annotation (image, body)")
        run("BEGIN")
        with file.path.open("rb") as stream:
            for item in ijson.items(stream, "categories.item", use_float=True):
                self.categories[item["id"]] = str(item["name"])
            stream.seek(0)
            rows = (
                (str(item.get("image_id")), orjson.dumps(_needed(item)))
                for item in ijson.items(stream, "annotations.item", use_float=True)
            )
            self._database.executemany("INSERT INTO annotation VALUES (?, ?)", rows)
        run("COMMIT")
        run("CREATE INDEX by_image ON annotation (image)")

    def of(self, image: Any) -> Iterator[dict[str, Any]]:
        for (body,) in self._database.execute(
            "SELECT body FROM annotation WHERE image = ? ORDER BY rowid", (str(image),)
        ):
            yield orjson.loads(body)


def _needed(item: dict[str, Any]) -> dict[str, Any]:
    return {key: item.get(key) for key in ("id", "category_id", "bbox", "score")}
