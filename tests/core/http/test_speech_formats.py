"""Formats of speech: what is exported is read by each format's own library, and imported again it is the same."""

from __future__ import annotations

import io
import json
import random
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kaldiio
import pytest
import srt
import webvtt
from praatio import textgrid
from starlette.testclient import TestClient

pytestmark = pytest.mark.needs("audio", "controls")

CONFIG = """<View>
  <Labels name="who" toName="audio"><Label value="Host"/><Label value="Guest"/></Labels>
  <Audio name="audio" value="$audio"/>
  <TextArea name="said" toName="audio" perRegion="true"/>
</View>"""
WHOLE = """<View><Audio name="audio" value="$audio"/><TextArea name="all" toName="audio"/></View>"""
TURNS = [
    (0.5, 2.25, "Host", 'Good evening, "all" & <welcome>.'),
    (2.0, 3.125, "Guest", "晚上好"),
    (3.5, 4.0, "Host", "Line one\nline two"),
    (4.25, 5.0, "Guest", ""),
]
Turns = list[tuple[float, float, str, str]]


def sound(seconds: float = 6, rate: int = 8000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(random.Random(1).randbytes(int(seconds * rate) * 2))
    return out.getvalue()


def results(turns: Turns) -> list[dict[str, Any]]:
    found = []
    for number, (start, end, label, text) in enumerate(turns):
        common = {"id": f"r{number}", "to_name": "audio", "original_length": 6}
        place = {"start": start, "end": end, "channel": 0}
        if label:
            value = {**place, "labels": [label]}
            found.append({**common, "from_name": "who", "type": "labels", "value": value})
        if text:
            value = {**place, "text": [text]}
            found.append({**common, "from_name": "said", "type": "textarea", "value": value})
    return found


def turns_of(result: list[dict[str, Any]]) -> Turns:
    found: dict[str, Any] = {}
    for one in result:
        value = one["value"]
        start, end, label, text = found.get(one["id"], (value["start"], value["end"], "", ""))
        label = value.get("labels", [label])[0]
        found[one["id"]] = (start, end, label, value.get("text", [text])[0])
    return sorted(found.values())


class Desk:
    def __init__(self, client: TestClient, project: Callable[..., Any]) -> None:
        self.client, self._project = client, project

    def project(self, config: str = CONFIG) -> int:
        return int(self._project(config, title="Talk").id)

    def send(self, project: int, *files: tuple[str, bytes], **settings: Any) -> Any:
        return self.client.post(
            f"/api/projects/{project}/import?return_task_ids=true",
            files=[("file", one) for one in files],
            data={"settings": json.dumps(settings)} if settings else None,
        )

    def labeled(self, turns: Turns, project: int | None = None, name: str = "talk.wav") -> int:
        project = project or self.project()
        [task] = self.send(project, (name, sound())).json()["task_ids"]
        answer = self.client.post(f"/api/tasks/{task}/annotations/", json={"result": results(turns)})
        assert answer.status_code == 201, answer.text
        return project

    def export(self, project: int, kind: str) -> bytes:
        answer = self.client.get(f"/api/projects/{project}/export", params={"exportType": kind})
        assert answer.status_code == 200, answer.text
        return answer.content

    def imported(self, *files: tuple[str, bytes], config: str = CONFIG) -> dict[str, Turns]:
        """Turns of each recording, by its name as the server keeps it."""
        project = self.project(config)
        answer = self.send(project, *files)
        assert answer.status_code == 201, answer.text
        found = {}
        for id in answer.json()["task_ids"]:
            task = self.client.get(f"/api/tasks/{id}/").json()
            assert task["data"]["audio"].startswith("/data/upload/"), task["data"]
            assert self.client.get(task["data"]["audio"]).status_code == 200
            name = task["data"]["audio"].rpartition("/")[2].partition("-")[2]
            found[name] = turns_of(task["annotations"][0]["result"]) if task["annotations"] else []
        return found

    def refused(self, *files: tuple[str, bytes], config: str = CONFIG) -> str:
        answer = self.send(self.project(config), *files)
        assert answer.status_code == 400, answer.text
        return answer.text


@pytest.fixture
def desk(client: TestClient, project: Callable[..., Any]) -> Desk:
    return Desk(client, project)


def inside(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_rttm(desk: Desk) -> None:
    body = desk.export(desk.labeled(TURNS), "RTTM")
    lines = [line.split() for line in body.decode().splitlines()]
    assert all(len(line) == 10 and line[0] == "SPEAKER" and line[1] == "talk" for line in lines)
    spoken = [(float(line[3]), float(line[3]) + float(line[4]), line[7]) for line in lines]
    assert spoken == [turn[:3] for turn in TURNS]
    found = desk.imported(("calls.rttm", body), ("talk.wav", sound()))
    assert found == {"talk.wav": [(*turn[:3], "") for turn in TURNS]}


def test_a_rttm_of_several_recordings_meets_each(desk: Desk) -> None:
    project = desk.labeled(TURNS[:2])
    desk.labeled(TURNS[2:], project, "second.wav")
    body = desk.export(project, "RTTM")
    found = desk.imported(("all.rttm", body), ("talk.wav", sound()), ("second.wav", sound()))
    assert {name: len(turns) for name, turns in found.items()} == {"talk.wav": 2, "second.wav": 2}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("form", ["ours", "long_textgrid", "short_textgrid"])
def test_textgrid(desk: Desk, tmp_path: Path, form: str, encoding: str) -> None:
    overlapping = [*TURNS, (0.75, 1.5, "Host", "aside"), (5.5, 5.5, "Guest", "click")]
    [(name, body)] = inside(desk.export(desk.labeled(overlapping), "TEXTGRID")).items()
    assert name == "talk.TextGrid"
    file = tmp_path / name
    file.write_bytes(body)
    grid = textgrid.openTextgrid(str(file), includeEmptyIntervals=False)
    assert grid.maxTimestamp == 6
    assert grid.tierNames == ("Host", "Host (2)", "Guest", "Guest (points)")
    read = [(*entry[:2], entry[2]) for entry in grid.getTier("Host").entries]
    assert [one[:2] for one in read] == [turn[:2] for turn in TURNS if turn[2] == "Host"]
    assert grid.getTier("Guest (points)").entries[0].time == 5.5
    if form != "ours":
        grid.save(str(file), format=form, includeBlankSpaces=True)
    sent = file.read_text(encoding="utf-8").encode(encoding)
    found = desk.imported(("talk.TextGrid", sent), ("talk.wav", sound()))
    assert found == {"talk.wav": sorted(overlapping)}


def test_webvtt(desk: Desk) -> None:
    [(name, body)] = inside(desk.export(desk.labeled(TURNS), "WEBVTT")).items()
    cues = webvtt.from_buffer(io.StringIO(body.decode()))
    assert [(cue.start_in_seconds, cue.voice) for cue in cues][:2] == [(0, "Host"), (2, "Guest")]
    assert [cue.start for cue in cues] == ["00:00:00.500", "00:00:02.000", "00:00:03.500", "00:00:04.250"]
    assert cues[2].text == "Line one\nline two"
    assert desk.imported((name, body), ("talk.wav", sound())) == {"talk.wav": TURNS}


def test_srt(desk: Desk) -> None:
    [(name, body)] = inside(desk.export(desk.labeled(TURNS), "SRT")).items()
    cues = list(srt.parse(body.decode()))
    assert [(one.start.total_seconds(), one.end.total_seconds()) for one in cues] == [
        turn[:2] for turn in TURNS
    ]
    assert cues[1].content == "Guest: 晚上好"
    assert desk.imported((name, body), ("talk.wav", sound())) == {"talk.wav": TURNS}


def test_audacity(desk: Desk) -> None:
    """Its manual: start, tab, end, tab, label, with six digits."""
    [(name, body)] = inside(desk.export(desk.labeled(TURNS), "AUDACITY")).items()
    assert body.decode().splitlines()[1] == "2.000000\t3.125000\tGuest: 晚上好"
    one_line = [(*turn[:3], turn[3].replace("\n", " ")) for turn in TURNS]
    assert desk.imported((name, body), ("talk.wav", sound())) == {"talk.wav": one_line}


def test_audacity_as_other_countries_write_it(desk: Desk) -> None:
    body = b"0,5\t1,25\tHost\r\n\\\t100\t200\r\n2\t2\tGuest\r\n"
    found = desk.imported(("talk.txt", body), ("talk.wav", sound()))
    assert found == {"talk.wav": [(0.5, 1.25, "Host", ""), (2, 2, "Guest", "")]}


def test_kaldi(desk: Desk, tmp_path: Path) -> None:
    project = desk.labeled(TURNS)
    desk.labeled(TURNS[:1], project, "second.wav")
    body = desk.export(project, "KALDI")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(tmp_path)
    scp = tmp_path / "wav.scp"
    scp.write_text(scp.read_text().replace("audio/", f"{tmp_path}/audio/"))
    cut = {}
    for name, (rate, samples) in kaldiio.load_scp_sequential(str(scp), segments=str(tmp_path / "segments")):
        cut[name] = len(samples) / rate
    assert sorted(cut.values()) == sorted([1.75, 1.125, 0.5, 0.75, 1.75])
    for name in ("wav.scp", "segments", "text", "utt2spk", "spk2utt"):
        lines = (tmp_path / name).read_bytes().splitlines()
        assert lines == sorted(lines), f"{name} must be sorted by bytes"
    speakers = [line.split()[0] for line in (tmp_path / "spk2utt").read_text().splitlines()]
    assert speakers == ["Guest", "Host"]
    one_line = [(*turn[:3], turn[3].replace("\n", " ")) for turn in TURNS]
    assert desk.imported(("data.zip", body)) == {"talk.wav": one_line, "second.wav": TURNS[:1]}


def test_asr_manifest(desk: Desk) -> None:
    project = desk.project(WHOLE)
    [task] = desk.send(project, ("talk.wav", sound())).json()["task_ids"]
    value = {
        "id": "t",
        "from_name": "all",
        "to_name": "audio",
        "type": "textarea",
        "value": {"text": ["all of it"]},
    }
    desk.client.post(f"/api/tasks/{task}/annotations/", json={"result": [value]})
    body = desk.export(project, "ASR_MANIFEST")
    files = inside(body)
    assert set(files) == {"manifest.json", "audio/talk.wav"}
    [line] = [json.loads(one) for one in files["manifest.json"].splitlines()]
    assert line.pop("annotator")
    assert line == {"audio_filepath": "audio/talk.wav", "duration": 6.0, "text": "all of it"}
    assert files["audio/talk.wav"] == sound()
    again = desk.project(WHOLE)
    [made] = desk.send(again, ("all.zip", body)).json()["task_ids"]
    shown = desk.client.get(f"/api/tasks/{made}/").json()
    assert shown["data"]["audio"].endswith("-talk.wav")
    assert shown["annotations"][0]["result"][0]["value"] == {"text": ["all of it"]}


def test_recordings_of_one_name_in_several_folders_meet_their_own_labels(desk: Desk) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for folder, label in (("a", "Host"), ("b", "Guest")):
            archive.writestr(f"{folder}/1.wav", sound())
            archive.writestr(f"{folder}/1.txt", f"0\t1\t{label}\n")
    project = desk.project()
    answer = desk.send(project, ("calls.zip", out.getvalue()))
    assert answer.status_code == 201, answer.text
    tasks = [desk.client.get(f"/api/tasks/{id}/").json() for id in answer.json()["task_ids"]]
    assert len({task["data"]["audio"] for task in tasks}) == 2


def test_a_format_without_its_place_in_the_config_says_what_it_needs(desk: Desk) -> None:
    project = desk.project(WHOLE)
    offered = {one["name"]: one for one in desk.client.get(f"/api/projects/{project}/export/formats").json()}
    assert offered["RTTM"]["disabled"]
    assert "disabled" not in offered["ASR_MANIFEST"]
    assert "stretches of a recording" in offered["RTTM"]["reason"]
    assert "has no place for" in desk.refused(("talk.rttm", b"SPEAKER a 1 0 1 <NA> <NA> b"), config=WHOLE)


HEAD = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n5\n<exists>\n1\n"IntervalTier"\n"Host"\n0\n5\n1\n'


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("talk.rttm", "SPEAKER talk 1 0\n", "Line 1 of talk.rttm has 4 words"),
        ("talk.rttm", "\nSPEAKER talk 1 x 1 <NA> <NA> Host\n", "Line 2 of talk.rttm has 'x' where the start"),
        ("talk.rttm", "SPEAKER talk 1 nan 1 <NA> <NA> Host\n", "where the start in seconds"),
        ("talk.rttm", "SPEAKER talk 1 1 -1 <NA> <NA> Host\n", "from 1 to 0 seconds"),
        ("talk.rttm", "SPEAKER other 1 1 1 <NA> <NA> Host\n", "no one media file of that name"),
        ("talk.rttm", ";; nothing\n", "describes nothing"),
        ("talk.TextGrid", "hello", "is no TextGrid"),
        ("talk.TextGrid", "ooBinaryFile\x08TextGrid", "binary form"),
        ("talk.TextGrid", HEAD + "0\n5\n", "where a text in quotes should stand"),
        ("talk.TextGrid", HEAD + '4\n1\n"x"\n', "Line 15 of talk.TextGrid has a stretch from 4 to 1"),
        ("talk.TextGrid", HEAD.replace("IntervalTier", "Odd"), "a tier of the class"),
        ("talk.vtt", "00:01.000 --> 00:02.000\nHi\n", "its first line is not WEBVTT"),
        ("talk.vtt", "WEBVTT\n\n00:01 --> 00:02\nHi\n", "Line 3 of talk.vtt has '00:01 --> 00:02'"),
        ("talk.vtt", "WEBVTT\n\n00:05.000 --> 00:02.000\nHi\n", "from 5 to 2 seconds"),
        ("talk.srt", "1\n00:00:01,000 -> 00:00:02,000\nHi\n", "Line 1 of talk.srt has '1' where a time"),
        ("talk.srt", "", "talk.srt"),
        ("talk.txt", "0\t1\tHost\n2\tx\tHost\n", "Line 2 of talk.txt has 'x' where the end"),
        ("talk.txt", "0\t1\tNobody\n", "talk.txt"),
        ("wav.scp", "talk cat x.wav |\n", "a command where a path should stand"),
        ("wav.scp", "talk\n", "no path after"),
        ("segments", "a talk 0 1\n", "came without wav.scp"),
        ("m.json", '{"audio_filepath": ""}\n', "no audio_filepath"),
        (
            "m.json",
            '{"audio_filepath": "talk.wav", "text": "a"}\n{"audio_filepath\n',
            "Line 2 of m.json has no JSON",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    desk: Desk, name: str, body: str, words: str
) -> None:
    config = (
        WHOLE if name == "m.json" else CONFIG.replace('perRegion="true"', 'perRegion="true" required="false"')
    )
    if "Nobody" in body:
        config = CONFIG.replace('<TextArea name="said" toName="audio" perRegion="true"/>', "")
        words = "Nobody"
    assert words in desk.refused(
        (name, body.encode("latin-1")), ("talk.wav", sound()), config=config
    ).replace('\\"', '"')


def test_letters_in_another_encoding_are_said_with_their_line(desk: Desk) -> None:
    body = "WEBVTT\n\n00:01.000 --> 00:02.000\nGrüße\n".encode("latin-1")
    assert "Line 4 of talk.vtt is not UTF-8" in desk.refused(("talk.vtt", body), ("talk.wav", sound()))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"start": 3, "end": 1}, "end (1.0) must not be before start (3.0)"),
        ({"start": -1, "end": 1}, "start must not be before the beginning"),
        ({"start": 5, "end": 60}, "end (60.0) lies past the end of the recording, which is 6 seconds long"),
        ({"start": 1, "end": 2, "channel": -1}, "channel"),
        ({"start": "soon", "end": 2}, "start"),
    ],
)
def test_a_region_that_can_not_be_is_refused_in_words(desk: Desk, place: dict[str, Any], words: str) -> None:
    project = desk.project()
    [task] = desk.send(project, ("talk.wav", sound())).json()["task_ids"]
    [result] = results([(0, 1, "Host", "")])
    result["value"].update(place)
    answer = desk.client.post(f"/api/tasks/{task}/annotations/", json={"result": [result]})
    assert answer.status_code == 400
    assert words in answer.text


def test_a_label_file_looked_at_before_the_import_is_no_fault_without_its_recording(desk: Desk) -> None:
    """A browser has each file looked at by itself."""
    body = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<v Host>Hello\n"
    asked = {"name": "talk.vtt", "whole": True, "project": desk.project()}
    found = desk.client.post("/projects/inspect", params=asked, content=body).json()
    assert (found["fault_count"], found["tasks"], found["annotations"]) == (0, 1, 1)
