"""CVAT for video 1.1: one XML for each film, in a zip.

Frames count from 0 there, a box is turned about its middle, and ``outside="1"`` says that it is not there from that frame on.
Source: docs.cvat.ai, "CVAT for videos".
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any, Literal

from lxml import etree
from pydantic import BaseModel, Field

from tagma.errors import ImportFailed
from tagma.plugin import Annotation, Draft, Fault, Importer, SourceFile, Task
from tagma_video import tracks
from tagma_video.formats import films
from tagma_video.formats.archive import ArchiveExporter
from tagma_video.formats.films import Film, Filming


class CvatExporter(ArchiveExporter):
    name = "CVAT_VIDEO"
    title = "CVAT for video"
    description = "Tracks with their key frames, as CVAT reads them."
    tags = ("video", "object tracking")
    order = 41

    def one(self, archive: zipfile.ZipFile, name: str, uri: str, task: Task, annotation: Annotation) -> None:
        film = self.film(uri, task)
        if film is not None:
            with archive.open(f"{name}.xml", "w", force_zip64=True) as file:
                self._film(file, uri, task, annotation, film)

    def _film(self, file: IO[bytes], uri: str, task: Task, annotation: Annotation, film: Film) -> None:
        found = list(films.tracks_of(annotation, self.filming, task, self.report))
        frames = max([film.frames, 1, *(track.frames for track in found)])
        with etree.xmlfile(file, encoding="utf-8") as xml:
            xml.write_declaration()
            with xml.element("annotations"):
                _text(xml, "version", "1.1")
                self._meta(xml, uri, task, film, frames)
                for number, track in enumerate(found):
                    with xml.element("track", id=str(number), label=track.label, source="manual"):
                        for key in _boxes(track, frames, film):
                            xml.write(etree.Element("box", key))
                            self.report.items += 1

    def _meta(self, xml: Any, uri: str, task: Task, film: Film, frames: int) -> None:
        with xml.element("meta"), xml.element("task"):
            _text(xml, "id", str(task.get("id")))
            _text(xml, "name", films.stem(uri, task))
            _text(xml, "size", str(frames))
            _text(xml, "mode", "interpolation")
            with xml.element("labels"):
                for _, label in self.classes.names():
                    with xml.element("label"):
                        _text(xml, "name", label)
            with xml.element("original_size"):
                _text(xml, "width", str(film.width))
                _text(xml, "height", str(film.height))
            _text(xml, "source", uri if not uri.startswith("data:") else films.stem(uri, task))


def _text(xml: Any, tag: str, words: str) -> None:
    with xml.element(tag):
        xml.write(words)


def _boxes(track: films.Track, frames: int, film: Film) -> Iterator[dict[str, str]]:
    keys = tracks.ordered(track.sequence)
    for place, key in enumerate(keys):
        box = tracks.box(key)
        yield _box(key["frame"] - 1, box, film, outside=False)
        following = keys[place + 1]["frame"] if place + 1 < len(keys) else frames + 1
        if key.get("enabled") is False and following > key["frame"] + 1:
            yield _box(key["frame"], box, film, outside=True)


def _box(frame: int, box: tracks.Box, film: Film, *, outside: bool) -> dict[str, str]:
    x, y = tracks.middle_of(box, film.width, film.height)
    wide, high = box[2] * film.width / 200, box[3] * film.height / 200
    said = {
        "frame": str(frame),
        "keyframe": "1",
        "outside": str(int(outside)),
        "occluded": "0",
        "xtl": f"{x - wide:.4f}",
        "ytl": f"{y - high:.4f}",
        "xbr": f"{x + wide:.4f}",
        "ybr": f"{y + high:.4f}",
        "z_order": "0",
    }
    return said | ({"rotation": f"{box[4] % 360:.4f}"} if box[4] % 360 else {})


class CvatImporter(Importer):
    """One film an XML, tracks as key frames. Attributes of boxes are kept in the region's ``meta``."""

    name = "cvat_video"
    title = "CVAT for video"
    suffixes = (".xml",)

    class Settings(BaseModel):
        becomes: Literal["annotations", "predictions"] = Field(
            "annotations", description="What the tracks become."
        )
        film_root: str = Field(
            "", description="Put before the names of films, e.g. /data/local-files/?d=films/."
        )

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        if b"<annotations>" in head and (b"<track " in head or b"<mode>interpolation" in head):
            return 0.95
        return 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        filming = Filming.of(self.config)
        if filming is None:
            raise ImportFailed(
                "The labeling set-up has nowhere to put boxes of a film.",
                hint="Add a VideoRectangle that points at a Video, and a Labels beside it with the classes.",
                file=files[0].name,
            )
        for file in files:
            with file.path.open("rb") as stream:
                yield Draft(self._task(stream, file.name, filming), file.name, 1)  # type: ignore[arg-type]

    def _task(self, stream: IO[bytes], name: str, filming: Filming) -> dict[str, Any]:
        meta: dict[str, str] = {}
        results: list[dict[str, Any]] = []
        options: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False}
        try:
            for _, element in etree.iterparse(stream, events=("end",), tag=("meta", "track"), **options):
                if element.tag == "meta":
                    meta = _meta(element, name)
                else:
                    results.append(self._track(element, meta, name, filming))
                element.clear()
        except etree.XMLSyntaxError as error:
            raise ImportFailed(
                f"{name} is no XML, or ends in the middle: {error.msg}.",
                hint='Export it again from CVAT, as "CVAT for video 1.1".',
                file=name,
                line=error.lineno,
            ) from error
        if not meta:
            raise ImportFailed(
                f"{name} does not say how large its film is.",
                hint='It needs <meta> with <original_size>; "CVAT for images" is another format.',
                file=name,
            )
        source = meta.get("source") or meta.get("name") or name
        root = getattr(self.settings, "film_root", "")
        whole = "://" in source or source.startswith(("/data/", "data:"))
        becomes = getattr(self.settings, "becomes", "annotations")
        return {"data": {filming.key: source if whole else root + source}, becomes: [{"result": results}]}

    def _track(self, element: Any, meta: dict[str, str], name: str, filming: Filming) -> dict[str, Any]:
        if not meta:
            raise ImportFailed(
                f"{name} has tracks before it says how large its film is.",
                hint="<meta> with <original_size> comes first.",
                file=name,
                line=element.sourceline,
            )
        width, height, frames = int(meta["width"]), int(meta["height"]), int(meta.get("size") or 0)
        keys: list[dict[str, Any]] = []
        for one in element.iterchildren("box"):
            try:
                key = _key(one, width, height)
            except (KeyError, ValueError) as error:
                raise ImportFailed(
                    f"Line {one.sourceline} of {name}: the box is not whole ({type(error).__name__} {error}).",
                    hint="It needs frame, xtl, ytl, xbr, ybr, keyframe and outside.",
                    file=name,
                    line=one.sourceline,
                ) from error
            if one.get("outside") == "1":
                _end(keys, key)
            elif one.get("keyframe", "1") == "1":
                keys.append(key)
        label = element.get("label", "object")
        value = {"framesCount": max(frames, 1), "sequence": keys, "labels": [label]}
        return {
            "id": f"cvat{element.get('id', '')}",
            "from_name": filming.box.name,
            "to_name": filming.film.name,
            "type": "videorectangle",
            "origin": "manual",
            "value": value,
        }


def _end(keys: list[dict[str, Any]], outside: dict[str, Any]) -> None:
    """Not there from this frame on: the one before it is the last."""
    if not keys or keys[-1]["enabled"] is False:
        return
    last = outside["frame"] - 1
    if keys[-1]["frame"] >= last:
        keys[-1]["enabled"] = False
        return
    keys.append({**outside, "frame": last, "enabled": False})


def _key(box: Any, width: int, height: int) -> dict[str, Any]:
    left, top, right, bottom = (float(box.attrib[side]) for side in ("xtl", "ytl", "xbr", "ybr"))
    rotation = float(box.get("rotation", 0))
    frame = int(box.attrib["frame"])
    if frame < 0:
        raise ValueError(f"frames count from 0, not {frame}")
    if right < left or bottom < top:
        raise ValueError("its right lies left of its left, or its bottom above its top")
    middle = ((left + right) / 2, (top + bottom) / 2)
    x, y, wide, high, _ = tracks.about_middle(*middle, right - left, bottom - top, rotation, (width, height))
    place = {"x": x, "y": y, "width": wide, "height": high}
    return {"frame": frame + 1, "enabled": True, "rotation": rotation, **place}


def _meta(element: Any, name: str) -> dict[str, str]:
    found = {tag: (element.findtext(f".//{tag}") or "").strip() for tag in ("source", "name", "size")}
    size = element.find(".//original_size")
    for tag in ("width", "height"):
        given = (size.findtext(tag) or "").strip() if size is not None else ""
        if not given.isdecimal() or not int(given):
            raise ImportFailed(
                f"{name} does not say the {tag} of its film.",
                hint="<original_size> needs <width> and <height> in pixels.",
                file=name,
                line=element.sourceline,
            )
        found[tag] = given
    return found
