"""Recorded speech on the desk: marked by pointer and by keys, written down, taken out in every format and brought back."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from journeys.desk import Desk, drag, rows
from playwright.sync_api import expect

import tagma_audio

pytestmark = pytest.mark.needs("audio", "controls")

SPEECH = Path(tagma_audio.__file__).parent / "presets" / "transcription" / "tide.ogg"
CONFIG = """<View>
  <Labels name="who" toName="audio"><Label value="Host"/><Label value="Guest"/></Labels>
  <Audio name="audio" value="$audio"/>
  <TextArea name="said" toName="audio" perRegion="true" displayMode="region-list"/>
</View>"""
Turns = list[tuple[float, float, str, str]]


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


def turns(results: list[dict[str, Any]]) -> Turns:
    found: dict[str, tuple[float, float, str, str]] = {}
    for one in results:
        value = one["value"]
        start, end, label, text = found.get(one["id"], (value["start"], value["end"], "", ""))
        found[one["id"]] = (start, end, *value.get("labels", [label]), *value.get("text", [text]))
    return sorted(found.values())


def by_pointer(desk: Desk) -> None:
    stage = desk.page.locator(".line-stage")
    for key, part, words in (("1", (0.1, 0.4), "The tide turns"), ("2", (0.5, 0.8), "at seven")):
        desk.page.keyboard.press(key)
        drag(desk, stage, (part[0], 0.5), (part[1], 0.5))
        row = desk.page.locator(".transcript-row[aria-current=true]")
        row.get_by_role("textbox").click()
        desk.page.keyboard.type(words)
        for _ in range(2):  # out of the row, then away from its region, whose label the next key would change
            desk.page.keyboard.press("Escape")


def by_keys(desk: Desk) -> None:
    far = ["Control+ArrowRight"] * 8
    desk.page.locator(".line-stage").focus()
    for key in ("1", *far[:4], "Enter", *far, "Enter", "Escape", "2", *far[:4], "Enter", *far, "Enter"):
        desk.page.keyboard.press(key)
    expect(rows(desk)).to_have_count(2)
    desk.page.keyboard.press("Alt+ArrowDown")
    desk.page.keyboard.type("The tide turns")
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.type("at seven")
    desk.page.keyboard.press("Escape")


@pytest.mark.parametrize("hand", [by_pointer, by_keys])
def test_speech_is_marked_written_down_taken_out_and_brought_back(desk: Desk, hand: Any) -> None:
    project, task = sent(desk, "tide.ogg", SPEECH.read_bytes())
    desk.open(project, task)
    expect(desk.page.locator("[data-name=audio][data-ready]")).to_be_visible()
    hand(desk)
    expect(desk.page.locator(".transcript-head")).to_contain_text("2 regions, 0 without words")
    desk.submit()
    made = turns(desk.results(task))
    assert [turn[2:] for turn in made] == [("Host", "The tide turns"), ("Guest", "at seven")]
    for kind in ("RTTM", "TEXTGRID", "WEBVTT", "SRT", "AUDACITY", "KALDI"):
        answer = desk.context.request.get(f"{desk.address}/api/projects/{project}/export?exportType={kind}")
        assert answer.ok, answer.text()
        _, again = sent(desk, "back.zip", with_recording(kind, answer.body()))
        found = turns(desk.results(again))
        wanted = [(*turn[:3], "") for turn in made] if kind == "RTTM" else made
        assert [turn[2:] for turn in found] == [turn[2:] for turn in wanted], kind
        for one, other in zip(found, wanted, strict=True):
            assert one[:2] == pytest.approx(other[:2], abs=0.001), kind


def with_recording(kind: str, body: bytes) -> bytes:
    """What was taken out, in one archive with the recording it speaks of."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as inside:
                for name in inside.namelist():
                    archive.writestr(name, inside.read(name))
        else:
            archive.writestr(f"all.{kind.lower()}", body)
        if not any(name.endswith(".ogg") for name in archive.namelist()):
            archive.writestr("tide.ogg", SPEECH.read_bytes())
    return out.getvalue()
