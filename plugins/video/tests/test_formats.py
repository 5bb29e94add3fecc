"""Films in the formats of others: written, read by other readers, and read back as they were."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
import pytest
from lxml import etree
from PIL import Image
from pycocotools.coco import COCO

from tagma.errors import ImportFailed, StorageError
from tagma.labeling.config import parse
from tagma.plugin import (
    ControlTag,
    Draft,
    LabelingConfig,
    MediaSource,
    Name,
    SourceFile,
    Tag,
    Text,
    ToName,
    Value,
    VisualTag,
)
from tagma_video import tracks
from tagma_video.formats import cvat, frames, mot
from tagma_video.tags import Video, VideoRectangle

WIDTH, HEIGHT, RATE, COUNT = 200, 100, 25, 40
FILM = "/data/upload/1/0a1b2c3d-street corner.mp4"


class Labels(ControlTag):
    name = "Labels"
    has_labels = True
    attributes = {"name": Name(required=True), "toName": ToName(required=True)}

    class Value(Value):
        labels: list[str]


class Label(VisualTag):
    name = "Label"
    is_label = True
    attributes = {"value": Text()}


TAGS: dict[str, type[Tag]] = {
    "video": Video,
    "videorectangle": VideoRectangle,
    "labels": Labels,
    "label": Label,
}
XML = """<View><Labels name="kind" toName="film"><Label value="Person"/><Label value="Car"/></Labels>
<Video name="film" value="$video"/><VideoRectangle name="box" toName="film"/></View>"""


@pytest.fixture
def config() -> LabelingConfig:
    return parse(XML, TAGS)


@pytest.fixture(scope="module")
def film() -> bytes:
    """Frames whose grey says which they are."""
    out = io.BytesIO()
    with av.open(out, "w", "mp4") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for number in range(1, COUNT + 1):
            picture = av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH, 3), number * 6, np.uint8), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return out.getvalue()


class Media(MediaSource):
    def __init__(self, film: bytes) -> None:
        self.film = film

    def open(self, uri: str, task: Any) -> IO[bytes]:
        if uri != FILM:
            raise StorageError(f"{uri} is gone.")
        return io.BytesIO(self.film)


def key(frame: int, x: float, *, enabled: bool = True, rotation: float = 0, y: float = 20) -> dict[str, Any]:
    return {
        "frame": frame,
        "enabled": enabled,
        "rotation": rotation,
        "x": x,
        "y": y,
        "width": 10,
        "height": 30,
        "time": frame / RATE,
    }


CAR = [key(1, 10), key(21, 50), key(30, 50, enabled=False, y=30), key(35, 5)]
PERSON = [key(11, 70), key(13, 72, enabled=False)]


def region(id: str, label: str, sequence: list[dict[str, Any]]) -> dict[str, Any]:
    value = {"framesCount": COUNT, "duration": COUNT / RATE, "sequence": sequence, "labels": [label]}
    return {"id": id, "from_name": "box", "to_name": "film", "type": "videorectangle", "value": value}


def task(*results: dict[str, Any], uri: str = FILM, **more: Any) -> dict[str, Any]:
    return {"id": 7, "data": {"video": uri}, "annotations": [{"id": 3, "result": list(results), **more}]}


TASK = task(region("c", "Car", CAR), region("p", "Person", PERSON))


def written(
    kind: Any, config: LabelingConfig, film: bytes, *tasks: Any, **settings: Any
) -> tuple[zipfile.ZipFile, Any]:
    exporter = kind(kind.Settings(**settings), config, Media(film), {"id": 1, "title": "Streets"})
    out = io.BytesIO()
    exporter.write(tasks, out)
    return zipfile.ZipFile(out), exporter.report


def read(kind: Any, config: LabelingConfig, path: Path, name: str = "", **settings: Any) -> list[Any]:
    return list(kind(kind.Settings(**settings), config).read([SourceFile(path, name or path.name)]))


def walked(sequence: list[dict[str, Any]]) -> dict[int, tuple[float, ...]]:
    return {frame: box for frame, box, _ in tracks.boxes(sequence, COUNT)}


def same(found: list[dict[str, Any]], wanted: list[dict[str, Any]], off: float) -> None:
    one, two = walked(found), walked(wanted)
    assert one.keys() == two.keys()
    for frame, box in one.items():
        assert box == pytest.approx(two[frame], abs=off), frame


def test_mot_lists_each_box_of_each_frame(config: LabelingConfig, film: bytes) -> None:
    archive, report = written(mot.MotExporter, config, film, TASK)
    folder = "0a1b2c3d-street corner"
    assert sorted(archive.namelist()) == [
        f"{folder}/gt/gt.txt",
        f"{folder}/gt/labels.txt",
        f"{folder}/seqinfo.ini",
    ]
    lines = archive.read(f"{folder}/gt/gt.txt").decode().splitlines()
    assert lines[0] == "1,1,20.00,20.00,20.00,30.00,1,2,1"
    assert lines[11] == "11,2,140.00,20.00,20.00,30.00,1,1,1"
    assert len(lines) == report.items == len(walked(CAR)) + len(walked(PERSON))
    assert [int(line.split(",")[0]) for line in lines] == sorted(int(line.split(",")[0]) for line in lines)
    assert archive.read(f"{folder}/gt/labels.txt") == b"Person\nCar\n"
    about = archive.read(f"{folder}/seqinfo.ini").decode()
    for said in ("imWidth=200", "imHeight=100", "seqLength=40", "frameRate=25", f"film={FILM}"):
        assert said in about


def unpacked(archive: zipfile.ZipFile, folder: Path) -> list[SourceFile]:
    """As an import hands them over."""
    archive.extractall(folder)
    return [SourceFile(folder / name, name) for name in archive.namelist()]


@pytest.mark.parametrize("kind", ["mot", "cvat"])
def test_what_was_written_is_read_back(
    config: LabelingConfig, film: bytes, tmp_path: Path, kind: str
) -> None:
    writer, reader = {
        "mot": (mot.MotExporter, mot.MotImporter),
        "cvat": (cvat.CvatExporter, cvat.CvatImporter),
    }[kind]
    archive, report = written(writer, config, film, TASK)
    assert report.left_out == {}
    files = unpacked(archive, tmp_path)
    for file in files:
        assert reader.sniff(file.name, file.path.read_bytes()[: 1 << 16]) > 0.9
    assert len({reader.whole(file.name) for file in files}) == 1
    [draft] = reader(reader.Settings(), config).read(files)
    assert isinstance(draft, Draft)
    assert draft.task["data"] == {"video": FILM}
    [annotation] = draft.task["annotations"]
    car, person = annotation["result"]
    assert (car["value"]["labels"], person["value"]["labels"]) == (["Car"], ["Person"])
    assert (car["type"], car["from_name"], car["to_name"]) == ("videorectangle", "box", "film")
    assert car["value"]["framesCount"] == COUNT
    same(car["value"]["sequence"], CAR, 0.02)
    same(person["value"]["sequence"], PERSON, 0.02)
    VideoRectangle.Value.model_validate(car["value"])
    [as_predictions] = reader(reader.Settings(becomes="predictions"), config).read(files)
    assert isinstance(as_predictions, Draft)
    assert len(as_predictions.task["predictions"][0]["result"]) == 2


def test_cvat_has_key_frames_and_turns_about_the_middle(
    config: LabelingConfig, film: bytes, tmp_path: Path
) -> None:
    turned = task(region("t", "Car", [key(2, 40, rotation=90), key(12, 40, rotation=400)]))
    archive, _ = written(cvat.CvatExporter, config, film, turned)
    [name] = archive.namelist()
    tree = etree.fromstring(archive.read(name))
    first = tree.find("track/box")
    assert first is not None
    # 20 x 30 pixels, a quarter turned about its top-left corner at (80, 20): its middle is (65, 30)
    assert [float(first.get(side)) for side in ("xtl", "ytl", "xbr", "ybr")] == pytest.approx(
        [55, 15, 75, 45]
    )
    assert (first.get("frame"), first.get("rotation")) == ("1", "90.0000")
    assert tree.findtext("meta/task/original_size/width") == "200"
    file = tmp_path / "one.xml"
    file.write_bytes(archive.read(name))
    [draft] = read(cvat.CvatImporter, config, file)
    assert isinstance(draft, Draft)
    [result] = draft.task["annotations"][0]["result"]
    assert result["value"]["sequence"][0] == pytest.approx(
        {"frame": 2, "enabled": True, "rotation": 90, "x": 40, "y": 20, "width": 10, "height": 30}, abs=0.001
    )


def test_what_cvat_writes_itself_is_read(config: LabelingConfig, tmp_path: Path) -> None:
    file = tmp_path / "annotations.xml"
    file.write_text(
        """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version>
<meta><task><name>street</name><size>100</size><mode>interpolation</mode>
<original_size><width>200</width><height>100</height></original_size><source>street.mp4</source></task></meta>
<track id="0" label="Car" source="manual">
<box frame="0" keyframe="1" outside="0" occluded="0" xtl="20" ytl="20" xbr="40" ybr="50" z_order="0"/>
<box frame="1" keyframe="0" outside="0" occluded="0" xtl="21" ytl="20" xbr="41" ybr="50" z_order="0"/>
<box frame="4" keyframe="1" outside="0" occluded="0" xtl="24" ytl="20" xbr="44" ybr="50" z_order="0"/>
<box frame="9" keyframe="1" outside="1" occluded="0" xtl="24" ytl="20" xbr="44" ybr="50" z_order="0"/>
</track></annotations>"""
    )
    assert cvat.CvatImporter.sniff(file.name, file.read_bytes()) > 0.9
    [draft] = read(cvat.CvatImporter, config, file, film_root="/data/local-files/?d=")
    assert isinstance(draft, Draft)
    assert draft.task["data"] == {"video": "/data/local-files/?d=street.mp4"}
    [result] = draft.task["annotations"][0]["result"]
    sequence = result["value"]["sequence"]
    assert [(one["frame"], one["enabled"]) for one in sequence] == [(1, True), (5, True), (9, False)]
    assert tracks.spans(sequence, 100) == [(1, 9)]


def test_frames_are_pictures_with_boxes_that_pycocotools_reads(
    config: LabelingConfig, film: bytes, tmp_path: Path
) -> None:
    archive, report = written(frames.CocoFramesExporter, config, film, TASK)
    archive.extractall(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(tmp_path / "result.json")
    shown = sorted(walked(CAR).keys() | walked(PERSON).keys())
    assert [image["frame"] for image in coco.dataset["images"]] == shown
    for image in coco.dataset["images"]:
        picture = Image.open(tmp_path / image["file_name"])
        assert picture.size == (WIDTH, HEIGHT)
        grey = float(np.asarray(picture).mean())
        assert grey == pytest.approx(image["frame"] * 6, abs=3), "the picture of this very frame"
    [eleventh] = [image for image in coco.dataset["images"] if image["frame"] == 11]
    boxes = coco.loadAnns(coco.getAnnIds(imgIds=[eleventh["id"]]))
    assert [(box["track_id"], coco.cats[box["category_id"]]["name"]) for box in boxes] == [
        (1, "Car"),
        (2, "Person"),
    ]
    assert boxes[0]["bbox"] == pytest.approx([60, 20, 20, 30])
    assert report.items == len(coco.dataset["annotations"]) == len(walked(CAR)) + len(walked(PERSON))


def test_every_fifth_frame_as_yolo(config: LabelingConfig, film: bytes) -> None:
    archive, _ = written(frames.YoloFramesExporter, config, film, TASK, every=5)
    names = sorted(name for name in archive.namelist() if name.startswith("labels/"))
    folder = "0a1b2c3d-street corner"
    assert names == [f"labels/{folder}/{frame:06d}.txt" for frame in (1, 6, 11, 16, 21, 26, 36)]
    assert {name.replace("labels/", "images/").replace(".txt", ".jpg") for name in names} <= set(
        archive.namelist()
    )
    assert archive.read(names[2]).decode().splitlines() == [
        "1 0.350000 0.350000 0.100000 0.300000",
        "0 0.750000 0.350000 0.100000 0.300000",
    ]
    assert archive.read("classes.txt") == b"Person\nCar\n"
    assert b'  1: "Car"' in archive.read("data.yaml")


@pytest.mark.parametrize(
    "kind", [mot.MotExporter, cvat.CvatExporter, frames.CocoFramesExporter, frames.YoloFramesExporter]
)
def test_what_can_not_be_carried_is_counted_and_stops_nothing(
    kind: Any, config: LabelingConfig, film: bytes
) -> None:
    scene = {"id": "s", "from_name": "scene", "to_name": "film", "type": "timelinelabels", "value": {}}
    gone = task(region("c", "Car", CAR), uri="/data/upload/1/gone.mp4")
    skipped = task(region("c", "Car", CAR), was_cancelled=True)
    _, report = written(kind, config, film, gone, skipped, task(scene, region("c", "Car", CAR)))
    told = report.as_dict()["left_out"]
    assert {one["reason"] for one in told} == {
        "a film could not be fetched: /data/upload/1/gone.mp4 is gone.",
        "skipped by the annotator",
        "this format has no place for timelinelabels",
    }
    keys_and_ends = len(CAR) + 1
    assert report.items == (keys_and_ends if kind is cvat.CvatExporter else len(walked(CAR)))


@pytest.mark.parametrize("kind", [mot.MotExporter, cvat.CvatExporter, frames.CocoFramesExporter])
def test_projects_without_moving_boxes_are_refused(kind: Any) -> None:
    assert "shows none" in str(kind.refuses(parse("<View/>", TAGS)))
    assert "VideoRectangle" in str(
        kind.refuses(parse('<View><Video name="film" value="$video"/></View>', TAGS))
    )
    assert kind.refuses(parse(XML, TAGS)) is None


INI = "[Sequence]\nname=a\nimWidth=200\nimHeight=100\nseqLength=9\n"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"seqinfo.ini": INI}, "seqinfo.ini came without gt/gt.txt."),
        ({"gt.txt": "1,1,0,0,5,5,1,1,1"}, "gt.txt came without seqinfo.ini"),
        (
            {"gt.txt": "", "seqinfo.ini": "[Sequence]\nimWidth=wide\n"},
            "seqinfo.ini has no imWidth: 'wide' is no size.",
        ),
        ({"gt.txt": "", "seqinfo.ini": "imWidth=3\n"}, "seqinfo.ini can't be read"),
        (
            {"gt.txt": "1,1,0,0,5,5,1,1,1\n1,1,x", "seqinfo.ini": INI},
            "Line 2 of gt.txt is no box: '1,1,x'",
        ),
        ({"gt.txt": "0,1,0,0,5,5", "seqinfo.ini": INI}, "frames count from 1, not 0"),
        ({"gt.txt": "1,1,0,0,-5,5", "seqinfo.ini": INI}, "narrower than nothing"),
    ],
)
def test_lists_that_can_not_be_read_are_told_by_line(
    config: LabelingConfig, tmp_path: Path, files: dict[str, str], said: str
) -> None:
    given = []
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        given.append(SourceFile(tmp_path / name, name))
    with pytest.raises(ImportFailed) as refused:
        list(mot.MotImporter(mot.MotImporter.Settings(), config).read(given))
    assert said in refused.value.message
    assert refused.value.hint


META = "<meta><task><size>9</size><original_size><width>200</width><height>100</height></original_size></task></meta>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<annotations><track", "is no XML, or ends in the middle"),
        ("<annotations><image/></annotations>", "does not say how large its film is"),
        ("<annotations><meta><task/></meta></annotations>", "does not say the width of its film"),
        (
            f'<annotations>\n<track id="0" label="a"/>\n{META}</annotations>',
            "has tracks before it says how large its film is",
        ),
        (
            f'<annotations>{META}\n<track id="0" label="a">\n<box frame="0" xtl="1"/></track></annotations>',
            "Line 3 of given.xml: the box is not whole (KeyError 'ytl')",
        ),
        (
            f'<annotations>{META}<track id="0" label="a"><box frame="-1" xtl="1" ytl="1" xbr="2" ybr="2"/></track></annotations>',
            "frames count from 0, not -1",
        ),
        (
            f'<annotations>{META}<track id="0" label="a"><box frame="1" xtl="9" ytl="1" xbr="2" ybr="2"/></track></annotations>',
            "its right lies left of its left",
        ),
    ],
)
def test_xml_that_can_not_be_read_is_told_by_line(
    config: LabelingConfig, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "given.xml"
    file.write_text(text)
    with pytest.raises(ImportFailed) as refused:
        read(cvat.CvatImporter, config, file)
    assert said in refused.value.message
    assert refused.value.hint


def test_a_file_that_names_another_is_not_followed(config: LabelingConfig, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("told")
    file = tmp_path / "given.xml"
    file.write_text(
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><annotations>{META.replace("<size>", "<source>&e;</source><size>")}</annotations>'
    )
    [draft] = read(cvat.CvatImporter, config, file)
    assert isinstance(draft, Draft)
    assert "told" not in json.dumps(draft.task)
