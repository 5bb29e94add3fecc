"""What the formats of speech have in common: a recording and its turns, stretches of time with a label and words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from tagma.plugin import Annotation, LabelingConfig, Node, Report, Task

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
_UNSAFE = re.compile(r"[^\w.\-]+")
_SUFFIXES = {"x-wav": ".wav", "wave": ".wav", "wav": ".wav", "mpeg": ".mp3", "ogg": ".ogg", "flac": ".flac"}


@dataclass
class Turn:
    """A stretch of a recording in seconds, an instant if it has no length; who or what is heard, and what is said."""

    start: float
    end: float
    label: str = ""
    text: str = ""
    channel: int = 0


@dataclass
class Recording:
    """One annotation of one task."""

    task: Task
    annotation: Annotation
    address: str
    name: str
    """Its stem, unique in an export."""
    turns: list[Turn] = field(default_factory=list)
    text: str = ""
    """What is said in all of it."""
    duration: float | None = None

    @property
    def end(self) -> float:
        """Its duration, or where the last turn ends."""
        return max([self.duration or 0, *(turn.end for turn in self.turns)])


class Wiring:
    """Where a config has its recording, who speaks, and what is said."""

    def __init__(self, config: LabelingConfig) -> None:
        self.config = config
        self.audio = next(
            (node for node in config.objects.values() if node.tag in ("Audio", "AudioPlus")), None
        )
        self.labels = self._first("Labels")
        texts = self._all("TextArea")
        self.words = next((node for node in texts if _per_region(node)), None)
        self.whole = next((node for node in texts if not _per_region(node)), None)

    def _all(self, tag: str) -> list[Node]:
        name = self.audio.name if self.audio else None
        return [one for one in self.config.controls.values() if one.tag == tag and name in one.to_name]

    def _first(self, tag: str) -> Node | None:
        return next(iter(self._all(tag)), None)

    @property
    def key(self) -> str:
        """The field of the data that names the recording."""
        return str(self.audio.get("value", "")).lstrip("$") if self.audio else ""

    def offers(self, label: str) -> bool:
        return self.labels is not None and label in self.config.labels(self.labels.name).values

    def results(self, turns: Iterable[Turn], whole: str = "") -> list[dict[str, Any]]:
        """Turns as an annotation has them."""
        assert self.audio is not None
        found: list[dict[str, Any]] = []
        for number, turn in enumerate(turns, 1):
            common = {"id": f"turn{number}", "to_name": self.audio.name, "origin": "manual"}
            place = {"start": turn.start, "end": turn.end, "channel": turn.channel}
            if self.labels is not None and turn.label:
                value = {**place, "labels": [turn.label]}
                found.append({**common, "from_name": self.labels.name, "type": "labels", "value": value})
            if self.words is not None and turn.text:
                value = {**place, "text": [turn.text]}
                found.append({**common, "from_name": self.words.name, "type": "textarea", "value": value})
        if self.whole is not None and whole:
            item = {
                "id": "whole",
                "to_name": self.audio.name,
                "from_name": self.whole.name,
                "type": "textarea",
            }
            found.append({**item, "origin": "manual", "value": {"text": [whole]}})
        return found


def _per_region(node: Node) -> bool:
    return bool(node.get("perRegion"))


def refuses(config: LabelingConfig) -> str | None:
    """Why no format of turns can carry what this config makes, or None."""
    wiring = Wiring(config)
    if wiring.audio is None:
        return "This format describes recordings, and this project has none."
    if wiring.labels is None and wiring.words is None:
        return "This format describes stretches of a recording: it needs Labels, or a TextArea for each region, on the Audio."
    return None


class Names:
    """File names for recordings, each given once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def give(self, address: str, task: Task, annotation: Annotation) -> str:
        """The stem by which the recording is known to whoever sent it."""
        stem = PurePosixPath(file_name(address, task)).stem
        name, more = stem, [f"{stem}-{task.get('id')}", f"{stem}-{task.get('id')}-{annotation.get('id')}"]
        while name in self._given and more:
            name = more.pop(0)
        self._given.add(name)
        return name


def file_name(address: str, task: Task) -> str:
    """The recording's own name, without what a file system or a line of words would mind."""
    if address.startswith("data:"):
        kind = address[5:].split(";")[0].split(",")[0].rpartition("/")[2]
        return f"task-{task.get('id')}{_SUFFIXES.get(kind, '')}"
    parts = urlsplit(address)
    path = parts.query.rpartition("d=")[2] if "d=" in parts.query else parts.path
    name = PurePosixPath(unquote(path)).name
    if parts.path.startswith("/data/upload/"):
        name = _UPLOADED.sub("", name)
    return _UNSAFE.sub("_", name).lstrip(".") or f"task-{task.get('id')}"


def recordings(tasks: Iterable[Task], config: LabelingConfig, report: Report) -> Iterator[Recording]:
    """Every annotation that was not skipped, with its turns in the order of time."""
    wiring, names = Wiring(config), Names()
    for task in tasks:
        report.tasks += 1
        address = task.get("data", {}).get(wiring.key)
        if not isinstance(address, str) or not address:
            report.leave_out("no recording in the task", f"task {task.get('id')}")
            continue
        for annotation in task.get("annotations", []):
            if annotation.get("was_cancelled"):
                report.leave_out(
                    "skipped by the annotator", f"annotation {annotation.get('id')} of task {task.get('id')}"
                )
                continue
            one = Recording(task, annotation, address, names.give(address, task, annotation))
            _fill(one, wiring, report)
            yield one


def _fill(one: Recording, wiring: Wiring, report: Report) -> None:
    turns: dict[Any, Turn] = {}
    place = f"annotation {one.annotation.get('id')} of task {one.task.get('id')}"
    for result in one.annotation.get("result", []):
        value, kind = result.get("value") or {}, result.get("type", "relation")
        if (
            wiring.audio is None
            or result.get("to_name") != wiring.audio.name
            or kind not in ("labels", "textarea")
        ):
            report.leave_out(f"this format has no place for {kind}", place)
            continue
        one.duration = one.duration or _number(result.get("original_length"))
        words = value.get(kind if kind == "labels" else "text") or []
        words = [words] if isinstance(words, str) else words
        if "start" not in value:
            if kind == "textarea":
                one.text = one.text or "\n".join(map(str, words))
            continue
        turn = turns.setdefault(result.get("id"), Turn(float(value["start"]), float(value["end"])))
        turn.channel = int(value.get("channel") or 0)
        if kind == "labels":
            if len(words) > 1:
                report.leave_out("a region has several labels; the first is written", place)
            turn.label = turn.label or str(words[0] if words else "")
        else:
            turn.text = "\n".join([turn.text, *map(str, words)]).strip()
    one.turns = sorted(turns.values(), key=lambda turn: (turn.start, turn.end))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def seconds(value: float) -> str:
    """To the microsecond, without zeros that say nothing."""
    shown = f"{value:.6f}".rstrip("0")
    return f"{shown}0" if shown.endswith(".") else shown
