"""MOT Challenge: one line for each box of each frame, one folder for each film, in a zip.

``<film>/gt/gt.txt`` has lines ``frame,id,left,top,width,height,conf,class,visibility`` with frames and ids from 1 and pixels;
``<film>/seqinfo.ini`` the film's size, frames and rate; ``<film>/gt/labels.txt`` one class name a line.
Source: motchallenge.net, the form that CVAT writes too.
"""

from __future__ import annotations

import configparser
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Literal

from pydantic import BaseModel, Field

from tagma.errors import ImportFailed
from tagma.plugin import Annotation, Draft, Exporter, Fault, Importer, LabelingConfig, SourceFile, Task
from tagma_video import tracks
from tagma_video.formats import films
from tagma_video.formats.films import Classes, Film, Filming

_GT = "gt/gt.txt"


class MotExporter(Exporter):
    name = "MOT"
    title = "MOT"
    description = "Boxes frame by frame with the number of their track, as the MOT Challenge has them."
    suffix = ".zip"
    media_type = "application/zip"
    tags = ("video", "object tracking")
    order = 40

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        return films.refuses(config)

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        filming = Filming.of(self.config)
        assert filming is not None
        self._filming, self._names = filming, films.Names()
        self._classes = Classes(self.config, filming, self.project)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for task in tasks:
                self.report.tasks += 1
                uri = task.get("data", {}).get(filming.key)
                kept = films.annotations(task, self.report)
                if not isinstance(uri, str) or not kept:
                    continue
                film = films.film_of(task, uri, self.media, self.report)
                for annotation in kept if film else ():
                    assert film is not None
                    self._sequence(
                        archive, self._names.name(uri, task, annotation), uri, task, annotation, film
                    )

    def _sequence(
        self, archive: zipfile.ZipFile, name: str, uri: str, task: Task, annotation: Annotation, film: Film
    ) -> None:
        found = list(films.tracks_of(annotation, self._filming, task, self.report))
        frames = max([film.frames, *(track.frames for track in found)])
        turned = any(key.get("rotation") for track in found for key in track.sequence)
        if turned:
            self.report.leave_out(
                "a turned box; MOT carries the upright box around it", f"annotation {annotation.get('id')}"
            )
        with archive.open(f"{name}/{_GT}", "w", force_zip64=True) as lines:
            for frame, number, track, box in films.by_frame(found, frames):
                left, top, width, height = tracks.upright(box, film.width, film.height)
                said = f"{frame},{number},{left:.2f},{top:.2f},{width:.2f},{height:.2f},1,{self._classes.number(track.label)},1\n"
                lines.write(said.encode())
                self.report.items += 1
        archive.writestr(f"{name}/gt/labels.txt", self._classes.lines())
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
    """A zip as above, of one film or several; or a single ``gt.txt``, with the size of the picture given."""

    name = "mot"
    title = "MOT"
    suffixes = (".zip",)

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
        return 0.95 if head.startswith(b"PK\x03\x04") and b"gt/gt.txt" in head else 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        filming = Filming.of(self.config)
        if filming is None:
            raise ImportFailed(
                "The labeling set-up has nowhere to put boxes of a film.",
                hint="Add a VideoRectangle that points at a Video, and a Labels beside it with the classes.",
                file=files[0].name,
            )
        for file in files:
            try:
                with zipfile.ZipFile(file.path) as archive:
                    yield from self._films(archive, file, filming)
            except (zipfile.BadZipFile, EOFError) as error:
                raise ImportFailed(
                    f"{file.name} is no zip, or ends in the middle: {error}.",
                    hint="Get the file again.",
                    file=file.name,
                ) from error

    def _films(self, archive: zipfile.ZipFile, file: SourceFile, filming: Filming) -> Iterator[Draft | Fault]:
        lists = sorted(name for name in archive.namelist() if name == _GT or name.endswith(f"/{_GT}"))
        if not lists:
            raise ImportFailed(
                f"{file.name} holds no gt/gt.txt.",
                hint="A folder for each film is expected, with gt/gt.txt and seqinfo.ini in it.",
                file=file.name,
            )
        for row, place in enumerate(lists, 1):
            try:
                yield Draft(self._task(archive, place.removesuffix(_GT), file, filming), file.name, row)  # type: ignore[arg-type]
            except ImportFailed as error:
                yield Fault(error)

    def _task(
        self, archive: zipfile.ZipFile, folder: str, file: SourceFile, filming: Filming
    ) -> dict[str, Any]:
        about = self._about(archive, folder, file)
        width, height = (_whole(about, key, folder, file) for key in ("imWidth", "imHeight"))
        rate = float(about.get("frameRate") or 0) or None
        boxes: dict[int, list[tuple[int, tracks.Box]]] = {}
        classes: dict[int, int] = {}
        for frame, number, box, kind in self._boxes(archive, folder, file, width, height):
            boxes.setdefault(number, []).append((frame, box))
            classes.setdefault(number, kind)
        names = self._labels(archive, folder)
        last = int(about.get("seqLength") or 0) or max(
            (f for one in boxes.values() for f, _ in one), default=1
        )
        results = []
        for number, found in sorted(boxes.items()):
            once = dict(found)
            sequence = tracks.sparse(
                sorted(once.items()), within=_within(width, height), rate=rate, last=last
            )
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
        return {"data": {filming.key: self._film(about, folder, file)}, becomes: [{"result": results}]}

    def _film(self, about: dict[str, str], folder: str, file: SourceFile) -> str:
        if about.get("film"):
            return about["film"]
        name = about.get("name") or folder.strip("/").rpartition("/")[2] or file.name.rpartition(".")[0]
        return (
            f"{getattr(self.settings, 'film_root', '')}{name}{getattr(self.settings, 'film_suffix', '.mp4')}"
        )

    def _about(self, archive: zipfile.ZipFile, folder: str, file: SourceFile) -> dict[str, str]:
        place = f"{folder}seqinfo.ini"
        about = configparser.ConfigParser(interpolation=None)
        about.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            about.read_string(archive.read(place).decode("utf-8-sig"))
        except KeyError as error:
            raise ImportFailed(
                f"{file.name} has no {place}, so the size of the film is not known.",
                hint="Write a seqinfo.ini with [Sequence], imWidth and imHeight beside the folder gt.",
                file=file.name,
            ) from error
        except (configparser.Error, UnicodeDecodeError) as error:
            raise ImportFailed(
                f"{place} in {file.name} can't be read: {str(error).splitlines()[0]}.",
                hint="It is a list of lines like imWidth=1920 below [Sequence].",
                file=file.name,
            ) from error
        return {key: value for section in about.sections() for key, value in about[section].items()}

    def _boxes(
        self, archive: zipfile.ZipFile, folder: str, file: SourceFile, width: int, height: int
    ) -> Iterator[tuple[int, int, tracks.Box, int]]:
        place = f"{folder}{_GT}"
        with archive.open(place) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
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
                        f"Line {line} of {place} in {file.name} is no box: {','.join(row)[:60]!r} ({error}).",
                        hint="Expected: frame,id,left,top,width,height,conf,class,visibility.",
                        file=file.name,
                        line=line,
                    ) from error
                if valid == 0:  # by the Challenge's rules not to be counted
                    continue
                box = (100 * left / width, 100 * top / height, 100 * wide / width, 100 * high / height, 0.0)
                yield frame, number, box, kind

    def _labels(self, archive: zipfile.ZipFile, folder: str) -> dict[int, str]:
        try:
            text = archive.read(f"{folder}gt/labels.txt").decode("utf-8-sig")
        except KeyError:
            return {}
        return dict(enumerate((line.strip() for line in text.splitlines() if line.strip()), 1))


def _within(width: int, height: int) -> float:
    """The hundredth of a pixel to which lists are written, in percent."""
    return 1.1 / min(width, height)


def _whole(about: dict[str, str], key: str, folder: str, file: SourceFile) -> int:
    given = about.get(key, "")
    if not given.isdecimal() or not int(given):
        raise ImportFailed(
            f"{folder}seqinfo.ini in {file.name} has no {key}"
            + (f": {given!r} is no size." if given else "."),
            hint=f"Write {key}=1920, the size of the picture in pixels.",
            file=file.name,
            field=key,
        )
    return int(given)
