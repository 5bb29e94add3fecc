"""What all formats of films need: which tags hold the tracks, the tracks of a task, and what is known of its film."""

from __future__ import annotations

import heapq
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tagma.errors import StorageError
from tagma.plugin import Annotation, LabelingConfig, MediaSource, Node, Report, Task
from tagma_video import tracks


@dataclass(frozen=True)
class Filming:
    """A film, the control that draws boxes on it, and the one that names them."""

    film: Node
    box: Node
    labels: Node | None

    @property
    def key(self) -> str:
        """The key of the task's data that holds the film."""
        return str(self.film.attributes.get("value", "$video")).lstrip("$")

    @classmethod
    def of(cls, config: LabelingConfig) -> Filming | None:
        for box in config.controls.values():
            film = next((config.objects[name] for name in box.to_name if name in config.objects), None)
            if box.tag != "VideoRectangle" or film is None:
                continue
            labels = next(
                (one for one in config.controls.values() if one.tag == "Labels" and film.name in one.to_name),
                None,
            )
            return cls(film, box, labels)
        return None


def refuses(config: LabelingConfig) -> str | None:
    if not any(node.tag == "Video" for node in config.objects.values()):
        return "This format describes films, and this project shows none."
    if Filming.of(config) is None:
        return (
            "This format holds boxes that move through a film: add a VideoRectangle, and a Labels beside it."
        )
    return None


@dataclass(frozen=True)
class Track:
    """A box through a film. ``frames`` is the film's count as the result says it, 0 if it does not."""

    id: str
    label: str
    sequence: list[dict[str, Any]]
    frames: int


@dataclass(frozen=True)
class Film:
    """``width`` and ``height`` in pixels as it is seen; ``frames`` and ``rate`` (a second) as far as known."""

    width: int
    height: int
    frames: int
    rate: float | None


def annotations(task: Task, report: Report) -> list[Annotation]:
    kept = [one for one in task.get("annotations", []) if not one.get("was_cancelled")]
    if task.get("annotations") and not kept:
        report.leave_out("skipped by the annotator", f"task {task.get('id')}")
    return kept


def tracks_of(annotation: Annotation, filming: Filming, task: Task, report: Report) -> Iterator[Track]:
    place = f"annotation {annotation.get('id')} of task {task.get('id')}"
    results = annotation.get("result", [])
    words = {
        one.get("id"): (one.get("value") or {}).get("labels")
        for one in results
        if one.get("type") == "labels" and "sequence" in (one.get("value") or {})
    }
    for result in results:
        kind, value = result.get("type", ""), result.get("value") or {}
        if kind == "labels" and "sequence" in value:
            continue  # the label of a box, in an item of its own
        if kind != "videorectangle" or result.get("from_name") != filming.box.name:
            report.leave_out(f"this format has no place for {kind or 'this result'}", place)
            continue
        labels = value.get("labels") or words.get(result.get("id")) or []
        sequence = [key for key in value.get("sequence") or [] if isinstance(key.get("frame"), int)]
        if not sequence:
            report.leave_out("a track without key frames", place)
            continue
        if len(labels) > 1:
            report.leave_out("a track has several labels; this format carries the first", place)
        if not labels:
            report.leave_out("a track without a label; it is called object", place)
        yield Track(
            str(result.get("id")),
            str(labels[0]) if labels else "object",
            sequence,
            int(value.get("framesCount") or 0),
        )


def film_of(task: Task, uri: str, media: MediaSource, report: Report) -> Film | None:
    """What the film's head says."""
    import av
    from av.error import FFmpegError

    try:
        with media.open(uri, task) as stream, av.open(stream) as container:
            found = next(iter(container.streams.video), None)
            if found is None:
                report.leave_out("the film has no picture", f"task {task.get('id')}")
                return None
            first = next(container.decode(found), None)
            width, height = found.codec_context.width, found.codec_context.height
            if first is not None and abs(first.rotation) % 180 == 90:
                width, height = height, width
            rate = float(found.average_rate) if found.average_rate else None
            seconds = float(container.duration / 1_000_000) if container.duration else 0.0
            return Film(width, height, found.frames or round(seconds * (rate or 0)), rate)
    except StorageError as error:
        report.leave_out(f"a film could not be fetched: {error.message}", f"task {task.get('id')}")
    except FFmpegError as error:
        report.leave_out(f"a film can't be read: {error.strerror or error}", f"task {task.get('id')}")
    return None


@contextmanager
def on_disk(uri: str, task: Task, media: MediaSource) -> Iterator[Path]:
    """A copy of the film under its own name, since it is read twice: for its index, then for its frames."""
    with tempfile.TemporaryDirectory(prefix="tagma-") as folder:
        file = Path(folder) / stem(uri, task)
        with media.open(uri, task) as stream, file.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
        yield file


def stem(uri: str, task: Task) -> str:
    """A film's name without ending, of letters that no file system minds."""
    if uri.startswith("data:"):
        return f"task-{task.get('id')}"
    parts = urlsplit(uri)
    last = os.path.basename(unquote(parts.query.rpartition("=")[2] if "d=" in parts.query else parts.path))
    name = "".join(
        sign if sign.isalnum() or sign in "._- " else "_" for sign in last.rpartition(".")[0] or last
    )
    return name[-100:].lstrip(".") or f"task-{task.get('id')}"


class Names:
    """A name for each annotation, none twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, uri: str, task: Task, annotation: Annotation) -> str:
        name = stem(uri, task)
        for choice in (name, f"{name}-task-{task.get('id')}", f"{name}-annotation-{annotation.get('id')}"):
            if choice not in self._taken:
                break
        self._taken.add(choice)
        return choice


class Classes:
    """Class numbers of labels, from 1: those of the project's register where it has them, which never move."""

    def __init__(
        self, config: LabelingConfig, filming: Filming, project: dict[str, Any], first: int = 1
    ) -> None:
        control = filming.labels.name if filming.labels else filming.box.name
        self._ids: dict[str, int] = project.setdefault("class_ids", {}).setdefault(control, {})
        self._first = first
        for label in config.labels(control) or []:
            self.number(label.value)

    def number(self, label: str) -> int:
        if label not in self._ids:
            self._ids[label] = max(self._ids.values(), default=-1) + 1
        return self._ids[label] + self._first

    def names(self) -> list[tuple[int, str]]:
        return sorted((number + self._first, label) for label, number in self._ids.items())

    def lines(self) -> str:
        """A name a line, so that a name's line is its number; numbers that nobody has keep their line."""
        found = dict(self.names())
        numbers = range(self._first, max(found, default=self._first - 1) + 1)
        return "".join(f"{found.get(number, f'class-{number}')}\n" for number in numbers)


def by_frame(found: Sequence[Track], frames: int) -> Iterator[tuple[int, int, Track, tracks.Box]]:
    """Boxes in the order of frames, then of tracks, counted from 1."""

    def one(number: int, track: Track) -> Iterator[tuple[int, int, Track, tracks.Box]]:
        for frame, box, _ in tracks.boxes(track.sequence, frames):
            yield frame, number, track, box

    return heapq.merge(
        *(one(number, track) for number, track in enumerate(found, 1)), key=lambda row: (row[0], row[1])
    )
