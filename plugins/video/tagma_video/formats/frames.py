"""Frames of films as pictures with boxes: COCO and YOLO, for whoever trains on pictures. Only frames that show a box are written."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

import orjson
from pydantic import BaseModel, Field

from tagma.errors import ImportFailed, StorageError
from tagma.plugin import Annotation, Task
from tagma_video import tracks
from tagma_video.formats import films
from tagma_video.formats.archive import ArchiveExporter
from tagma_video.formats.films import Track

Boxes = list[tuple[int, Track, tracks.Box]]
"""Number of the track in its film, track, box."""


class FramesExporter(ArchiveExporter):
    """Goes through films frame by frame; an heir says what is written of one."""

    class Settings(BaseModel):
        every: int = Field(
            1, ge=1, le=10_000, description="Only every so many frames, counted from the first."
        )
        quality: int = Field(92, ge=1, le=100, description="Of the pictures, as JPEG.")

    def one(self, archive: zipfile.ZipFile, name: str, uri: str, task: Task, annotation: Annotation) -> None:
        for frame, picture, boxes in self._frames(uri, task, annotation):
            self.frame(archive, f"{name}/{frame:06d}", picture, boxes)
            self.report.items += len(boxes)

    def frame(self, archive: zipfile.ZipFile, name: str, picture: Any, boxes: Boxes) -> None:
        """:param picture: a Pillow image, turned as it is seen."""
        raise NotImplementedError

    def put(self, archive: zipfile.ZipFile, name: str, picture: Any) -> None:
        with archive.open(f"images/{name}.jpg", "w", force_zip64=True) as file:
            picture.save(file, "JPEG", quality=getattr(self.settings, "quality", 92))

    def _frames(self, uri: str, task: Task, annotation: Annotation) -> Iterator[tuple[int, Any, Boxes]]:
        found = list(films.tracks_of(annotation, self.filming, task, self.report))
        if not found:
            return
        frames = max(track.frames for track in found) or 1
        wanted = (
            (number, [(place, track, box) for _, place, track, box in group])
            for number, group in itertools.groupby(films.by_frame(found, frames), key=lambda row: row[0])
            if (number - 1) % getattr(self.settings, "every", 1) == 0
        )
        following = next(wanted, None)
        if following is None:
            return
        place = f"annotation {annotation.get('id')}"
        try:
            for number, picture in self._pictures(uri, task, following[0]):
                while following is not None and following[0] < number:
                    self.report.leave_out("frames that can't be decoded", place)
                    following = next(wanted, None)
                if following is None:
                    return
                if following[0] == number:
                    yield number, picture.to_image(), following[1]
                    following = next(wanted, None)
        except StorageError as error:
            self.report.leave_out(f"a film could not be fetched: {error.message}", f"task {task.get('id')}")
        except ImportFailed as error:
            self.report.leave_out(f"a film can't be read: {error.message}", f"task {task.get('id')}")
        else:
            if following is not None:
                self.report.leave_out("frames that the film does not have", place)

    def _pictures(self, uri: str, task: Task, first: int) -> Iterator[tuple[int, _Picture]]:
        """Frames with their numbers, from ``first`` on."""
        from tagma_video import index
        from tagma_video.numbering import numbered

        with films.on_disk(uri, task, self.media) as file:
            film = index.read(file, lambda _part: None)
            for number, frame in numbered(file, film, first):
                yield number, _Picture(frame)


class _Picture:
    """A frame that is made a picture only if it is wanted."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def to_image(self) -> Any:
        picture = self._frame.to_image()
        turned = int(self._frame.rotation)
        return picture.rotate(turned, expand=True) if turned else picture


class CocoFramesExporter(FramesExporter):
    name = "COCO_FRAMES"
    title = "COCO of frames"
    description = "The frames that show a box as pictures, and one result.json with their boxes and tracks."
    tags = ("video", "object detection", "object tracking")
    order = 42

    def begin(self, files: contextlib.ExitStack) -> None:
        self._images = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # the stack closes it
        self._boxes = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # the stack closes it
        self._image_id = self._box_id = 0
        self._tracks: dict[tuple[str, int], int] = {}

    def frame(self, archive: zipfile.ZipFile, name: str, picture: Any, boxes: Boxes) -> None:
        self.put(archive, name, picture)
        film, _, number = name.rpartition("/")
        image = {"id": self._image_id, "width": picture.width, "height": picture.height}
        _put(
            self._images,
            self._image_id,
            image | {"file_name": f"images/{name}.jpg", "frame": int(number), "film": film},
        )
        for place, track, box in boxes:
            left, top, width, height = tracks.upright(box, picture.width, picture.height)
            if box[4]:
                self.report.leave_out("a turned box; COCO carries the upright box around it", name)
            item = {
                "id": self._box_id,
                "image_id": self._image_id,
                "category_id": self.classes.number(track.label),
                "track_id": self._tracks.setdefault((film, place), len(self._tracks) + 1),
                "bbox": [left, top, width, height],
                "area": width * height,
                "segmentation": [],
                "iscrowd": 0,
            }
            _put(self._boxes, self._box_id, item)
            self._box_id += 1
        self._image_id += 1

    def end(self, archive: zipfile.ZipFile) -> None:
        moment = datetime.now(UTC)
        rest = {
            "categories": [{"id": number, "name": name} for number, name in self.classes.names()],
            "info": {
                "year": moment.year,
                "version": "1.0",
                "description": str(self.project.get("title", "")),
                "contributor": "Tagma",
                "url": "",
                "date_created": moment.strftime("%Y-%m-%d %H:%M:%S.%f"),
            },
        }
        with archive.open("result.json", "w", force_zip64=True) as result:
            for name, part in (("images", self._images), ("annotations", self._boxes)):
                result.write(f'{"{" if name == "images" else ","}"{name}":['.encode())
                part.seek(0)
                while block := part.read(1 << 18):
                    result.write(block)
                result.write(b"]")
            result.write(b"," + orjson.dumps(rest)[1:])


def _put(part: IO[bytes], number: int, item: dict[str, Any]) -> None:
    part.write((b",\n" if number else b"") + orjson.dumps(item))


class YoloFramesExporter(FramesExporter):
    name = "YOLO_FRAMES"
    title = "YOLO of frames"
    description = "The frames that show a box as pictures, and a text file of boxes for each."
    tags = ("video", "object detection")
    order = 43
    first_class = 0

    def frame(self, archive: zipfile.ZipFile, name: str, picture: Any, boxes: Boxes) -> None:
        self.put(archive, name, picture)
        lines = []
        for _, track, box in boxes:
            left, top, width, height = tracks.upright(box, 1, 1) if not box[4] else _share(box, picture)
            if box[4]:
                self.report.leave_out("a turned box; YOLO carries the upright box around it", name)
            x, y = left + width / 2, top + height / 2
            lines.append(f"{self.classes.number(track.label)} {x:.6f} {y:.6f} {width:.6f} {height:.6f}\n")
        archive.writestr(f"labels/{name}.txt", "".join(lines))

    def end(self, archive: zipfile.ZipFile) -> None:
        archive.writestr("classes.txt", self.classes.lines())
        shown = "".join(
            f"  {number}: {orjson.dumps(name).decode()}\n" for number, name in self.classes.names()
        )
        archive.writestr("data.yaml", f"path: .\ntrain: images\nval: images\nnames:\n{shown}")


def _share(box: tracks.Box, picture: Any) -> tuple[float, float, float, float]:
    """The upright box around a turned one, in parts of the picture: turning happens in pixels."""
    left, top, width, height = tracks.upright(box, picture.width, picture.height)
    return left / picture.width, top / picture.height, width / picture.width, height / picture.height
