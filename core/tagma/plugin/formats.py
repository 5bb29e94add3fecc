"""File formats: an importer yields task drafts from files, an exporter writes bytes from an iterator of tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from tagma.errors import TagmaError
from tagma.plugin.shapes import Task, TaskDraft

if TYPE_CHECKING:
    from tagma.plugin.config import LabelingConfig


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to import: where its bytes are on this server's disk, and the name the person gave it."""

    path: Path
    name: str
    url: str | None = None
    """How a task's data refers to this file when it is kept as media, e.g. ``/data/upload/3/0a1b2c3d-cat.jpg``."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One task read from a file; ``row`` is 1-based and counts tasks or lines, as a person would count them."""

    task: TaskDraft
    file: str
    row: int
    beside: str | None = None
    """The key of the data that holds not an address but the name, without suffix, of a media file in the same import:
    ``talk`` of a ``talk.TextGrid`` that came with ``talk.wav``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row that could not be read; the import goes on with the next."""

    error: TagmaError


class Importer:
    """An author must write ``name``, ``suffixes``, ``sniff`` and ``read``."""

    name: ClassVar[str]
    title: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]
    together: ClassVar[bool] = False
    """Whether several files are one whole, handed to :meth:`read` together; :meth:`whole` says which."""

    class Settings(BaseModel):
        """What a person may choose for one import (separator, encoding, …)."""

    def __init__(self, settings: BaseModel, config: LabelingConfig) -> None:
        self.settings = settings
        self.config = config

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        """How sure this importer is that it can read a file of that name and first 64 KiB: 0 (no) to 1 (certain).

        :param name: with its folders if it came in an archive.
        """
        raise NotImplementedError

    @classmethod
    def whole(cls, path: str) -> str:
        """What files that are read together have alike: their folder, unless a format has folders inside its own.

        :param path: of a file in its archive; only its name if it came by itself.
        """
        return path.rpartition("/")[0]

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        """Yield drafts and faults from a stream; never hold a file in memory.

        :raises tagma.errors.ImportFailed: the file as a whole can't be read (cut off, wrong encoding).
        """
        raise NotImplementedError


@dataclass(slots=True)
class Report:
    """What an export wrote and what it left out; ``left_out`` maps a reason to its count and a few examples."""

    tasks: int = 0
    items: int = 0
    left_out: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def leave_out(self, reason: str, example: str) -> None:
        """Count one thing that the format can't carry; the first five examples are kept."""
        count, examples = self.left_out.get(reason, (0, []))
        self.left_out[reason] = (count + 1, [*examples, example] if len(examples) < 5 else examples)

    def as_dict(self) -> dict[str, Any]:
        return {
            "tasks": self.tasks,
            "items": self.items,
            "left_out": [
                {"reason": reason, "count": count, "examples": examples}
                for reason, (count, examples) in self.left_out.items()
            ],
        }


class MediaSource:
    """How an exporter reads a task's media; handed in by the server."""

    def open(self, uri: str, task: Task) -> IO[bytes]:
        """The bytes behind a value of the task's data.

        :raises tagma.errors.StorageError: it can't be had.
        """
        raise NotImplementedError


class Exporter:
    """An author must write ``name``, ``title``, ``suffix`` and ``write``; one instance is made for each export."""

    name: ClassVar[str]
    """The word of the API's ``export_type``, upper case: ``COCO``."""
    title: ClassVar[str]
    description: ClassVar[str] = ""
    suffix: ClassVar[str]
    """Of the written file, with the dot: ``.json``."""
    media_type: ClassVar[str] = "application/octet-stream"
    tags: ClassVar[tuple[str, ...]] = ()
    """Words shown beside the title, e.g. ``("image", "detection")``."""
    order: ClassVar[int] = 100
    """Place in the menu; lower comes first."""
    full_predictions: ClassVar[bool] = False
    """Whether predictions are wanted whole; else a task has their ids only."""
    passes_on: ClassVar[bool] = False
    """Whether ``data``, ``meta`` and every ``result`` are only written on by ``orjson.dumps``: then they come as
    ``orjson.Fragment``, the text as it is stored, and nobody parses them."""

    class Settings(BaseModel):
        """What a person may choose for one export. A field ``download_resources`` says whether to put media in."""

    def __init__(
        self, settings: BaseModel, config: LabelingConfig, media: MediaSource, project: dict[str, Any]
    ) -> None:
        """:param project: ``id``, ``title`` and ``class_ids``: {control: {label: int}}, ids that never move once given."""
        self.settings = settings
        self.config = config
        self.media = media
        self.project = project
        self.report = Report()

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        """One sentence that says why this format can't carry projects of that config, or None when it can."""
        return None

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        """Pull tasks, write bytes; count what is left out in ``self.report``. ``out`` can be written, not sought."""
        raise NotImplementedError
