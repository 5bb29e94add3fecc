"""MOT Challenge: one line for each box of each frame, one folder for each film, in a zip.

``<film>/gt/gt.txt`` has lines ``frame,id,left,top,width,height,conf,class,visibility`` with frames and ids from 1 and pixels;
``<film>/seqinfo.ini`` the film's size, frames and rate; ``<film>/gt/labels.txt`` one class name a line.
Source: motchallenge.net, the form that CVAT writes too.
"""

from __future__ import annotations

import configparser
import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from tagma.errors import ImportFailed
from tagma.plugin import Annotation, Draft, Fault, Importer, SourceFile, Task
from tagma_video import tracks
from tagma_video.formats import films
from tagma_video.formats.archive import ArchiveExporter
from tagma_video.formats.films import Filming

_GT = "gt/gt.txt"
_LINE = re.compile(rb"\s*\d+\s*,\s*-?[\d.]+\s*,")


class MotExporter(ArchiveExporter):
    name = "MOT"
    title = "MOT"
    description = "Boxes frame by frame with the number of their track, as the MOT Challenge has them."
    tags = ("video", "object tracking")
    order = 40

    def one(self, archive: zipfile.ZipFile, name: str, uri: str, task: Task, annotation: Annotation) -> None:
        film = self.film(uri, task)
        if film is None:
            return
        found = list(films.tracks_of(annotation, self.filming, task, self.report))
        frames = max([film.frames, *(track.frames for track in found)])
        turned = any(key.get("rotation") for track in found for key in track.sequence)
        if turned:
            self.report.leave_out(
                "a turned box; MOT carries the upright box around it", f"annotation {annotation.get('id')}"
            )
        with archive.open(f"{name}/{_GT}", "w", force_zip64=True) as lines:
            for frame, number, track, box in films.by_frame(found, frames):
                left, top, width, height = tracks.upright(box, film.width, film.height)
                said = f"{frame},{number},{left:.2f},{top:.2f},{width:.2f},{height:.2f},1,{self.classes.number(track.label)},1\n"
                lines.write(said.encode())
                self.report.items += 1
        archive.writestr(f"{name}/gt/labels.txt", self.classes.lines())
        about = configparser.ConfigParser(interpolation=None)
        about.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
        about["Sequence"] = {
            "name": name,
            "imDir": "img1",
            "frameRate": f"{film.rate or 0:g}",
            "seqLength": str(frames),
            "imWidth": str(film.width),
            "imHeight": str(film.height),
            "imExt": ".jpg",
        }
        about["Tagma"] = {"film": uri if not uri.startswith("data:") else ""}
        text = io.StringIO()
        about.write(text, space_around_delimiters=False)
        archive.writestr(f"{name}/seqinfo.ini", text.getvalue())


class MotImporter(Importer):
    """A folder as above for each film, in one zip or chosen together."""

    name = "mot"
    title = "MOT"
    suffixes = (".txt", ".ini")
    together = True

    class Settings(BaseModel):
        becomes: Literal["annotations", "predictions"] = Field(
            "annotations", description="What the tracks become."
        )
        film_root: str = Field(
            "", description="Put before the names of films, e.g. /data/local-files/?d=films/."
        )
        film_suffix: str = Field(".mp4", description="Put behind the names of films.")

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        low = f"/{name.lower()}"
        if low.endswith("/seqinfo.ini"):
            return 0.97 if b"[sequence]" in head.lower() else 0.0
        if low.endswith("/gt.txt"):
            return 0.97 if _LINE.match(head) or not head.strip() else 0.0
        return 0.97 if low.endswith("/gt/labels.txt") else 0.0

    @classmethod
    def whole(cls, path: str) -> str:
        folder = path.rpartition("/")[0]
        return folder.removesuffix("/gt") if folder != "gt" else ""

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        filming = Filming.of(self.config)
        if filming is None:
            raise ImportFailed(
                "The labeling set-up has nowhere to put boxes of a film.",
                hint="Add a VideoRectangle that points at a Video, and a Labels beside it with the classes.",
                file=files[0].name,
            )
        named = {file.name.rpartition("/")[2].lower(): file for file in files}
        boxes = named.get("gt.txt")
        if boxes is None:
            raise ImportFailed(
                f"{files[0].name} came without gt/gt.txt.",
                hint="A folder for each film is expected, with gt/gt.txt and seqinfo.ini in it; import them in one zip.",
                file=files[0].name,
            )
        yield Draft(
            self._task(boxes, named.get("seqinfo.ini"), named.get("labels.txt"), filming), boxes.name, 1
        )  # type: ignore[arg-type]

    def _task(
        self, boxes: SourceFile, info: SourceFile | None, labels: SourceFile | None, filming: Filming
    ) -> dict[str, Any]:
        about = _about(info, boxes)
        width, height = (_whole(about, key, info or boxes) for key in ("imWidth", "imHeight"))
        rate = float(about.get("frameRate") or 0) or None
        found: dict[int, dict[int, tracks.Box]] = {}
        classes: dict[int, int] = {}
        for frame, number, box, kind in _boxes(boxes, width, height):
            found.setdefault(number, {})[frame] = box
            classes.setdefault(number, kind)
        names = _labels(labels)
        last = int(about.get("seqLength") or 0) or max((max(one) for one in found.values()), default=1)
        results = []
        for number, one in sorted(found.items()):
            sequence = tracks.sparse(sorted(one.items()), within=_within(width, height), rate=rate, last=last)
            label = names.get(classes[number], str(classes[number]))
            value: dict[str, Any] = {"framesCount": last, "sequence": sequence, "labels": [label]}
            if rate:
                value["duration"] = last / rate
            results.append(
                {
                    "id": f"mot{number}",
                    "from_name": filming.box.name,
                    "to_name": filming.film.name,
                    "type": "videorectangle",
                    "origin": "manual",
                    "value": value,
                }
            )
        becomes = getattr(self.settings, "becomes", "annotations")
        return {"data": {filming.key: self._film(about, boxes)}, becomes: [{"result": results}]}

    def _film(self, about: dict[str, str], boxes: SourceFile) -> str:
        if about.get("film"):
            return about["film"]
        name = about.get("name") or boxes.name.removesuffix("/gt.txt").removesuffix("/gt").rpartition("/")[2]
        root, suffix = (getattr(self.settings, key) for key in ("film_root", "film_suffix"))
        return f"{root}{name}{suffix}"


def _about(info: SourceFile | None, boxes: SourceFile) -> dict[str, str]:
    if info is None:
        raise ImportFailed(
            f"{boxes.name} came without seqinfo.ini, so the size of the film is not known.",
            hint="Write a seqinfo.ini with [Sequence], imWidth and imHeight beside the folder gt, and import both in one zip.",
            file=boxes.name,
        )
    about = configparser.ConfigParser(interpolation=None)
    about.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        about.read_string(info.path.read_text("utf-8-sig"))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ImportFailed(
            f"{info.name} can't be read: {str(error).splitlines()[0]}.",
            hint="It is a list of lines like imWidth=1920 below [Sequence].",
            file=info.name,
        ) from error
    return {key: value for section in about.sections() for key, value in about[section].items()}


def _boxes(file: SourceFile, width: int, height: int) -> Iterator[tuple[int, int, tracks.Box, int]]:
    with file.path.open(encoding="utf-8-sig", newline="") as text:
        for line, row in enumerate(csv.reader(text), 1):
            if not row or not "".join(row).strip():
                continue
            try:
                frame, number = int(row[0]), int(float(row[1]))
                left, top, wide, high = (float(cell) for cell in row[2:6])
                kind = int(float(row[7])) if len(row) > 7 else 1
                valid = float(row[6]) if len(row) > 6 else 1.0
                if frame < 1:
                    raise ValueError(f"frames count from 1, not {frame}")
                if wide < 0 or high < 0:
                    raise ValueError("a box can't be narrower than nothing")
            except (ValueError, IndexError) as error:
                raise ImportFailed(
                    f"Line {line} of {file.name} is no box: {','.join(row)[:60]!r} ({error}).",
                    hint="Expected: frame,id,left,top,width,height,conf,class,visibility.",
                    file=file.name,
                    line=line,
                ) from error
            if valid == 0:  # by the Challenge's rules not to be counted
                continue
            yield (
                frame,
                number,
                (100 * left / width, 100 * top / height, 100 * wide / width, 100 * high / height, 0.0),
                kind,
            )


def _labels(file: SourceFile | None) -> dict[int, str]:
    if file is None:
        return {}
    text = file.path.read_text("utf-8-sig", errors="replace")
    return dict(enumerate((line.strip() for line in text.splitlines() if line.strip()), 1))


def _within(width: int, height: int) -> float:
    """The hundredth of a pixel to which lists are written, in percent."""
    return 1.1 / min(width, height)


def _whole(about: dict[str, str], key: str, file: SourceFile) -> int:
    given = about.get(key, "")
    if not given.isdecimal() or not int(given):
        raise ImportFailed(
            f"{file.name} has no {key}" + (f": {given!r} is no size." if given else "."),
            hint=f"Write {key}=1920, the size of the picture in pixels.",
            file=file.name,
            field=key,
        )
    return int(given)
