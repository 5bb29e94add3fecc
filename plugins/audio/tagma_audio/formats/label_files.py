"""Label files in and out: one text file beside each recording, called as it is."""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Exporter, Fault, Importer, LabelingConfig, SourceFile, Task
from tagma_audio.formats.turns import Recording, Turn, Wiring, recordings, refuses

_LONGEST = 64 << 20  # characters of one file

Block = tuple[str, int, list[Turn]]
"""A recording's stem, the line at which it begins, its turns."""


class TurnsImporter(Importer):
    """An author writes ``blocks``; the recording is a file of the same name in the same import, or lies where ``recordings`` says."""

    class Settings(BaseModel):
        becomes: Literal["annotations", "predictions"] = Field(
            "annotations", description="What the regions become."
        )
        recordings: str = Field(
            "",
            description="Where recordings lie that are not imported along, {name} for the name: s3://calls/{name}.wav.",
        )

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        self.wiring = Wiring(self.config)
        if refusal := refuses(self.config):
            raise ImportFailed(
                f"{files[0].name} describes stretches of a recording, which the labeling set-up has no place for.",
                hint="Add an Audio with Labels, or with a TextArea for each region." if refusal else "",
                file=files[0].name,
            )
        for file in files:
            found = False
            for name, row, turns in self.blocks(file):
                found = True
                yield self.draft(file, name, row, turns)
            if not found:
                raise ImportFailed(
                    f"{file.name} describes nothing.",
                    hint="Check that it was saved whole.",
                    code="empty",
                    file=file.name,
                )

    def draft(self, file: SourceFile, name: str, row: int, turns: Iterable[Turn], whole: str = "") -> Draft:
        root = getattr(self.settings, "recordings", "")
        task: dict[str, Any] = {"data": {self.wiring.key: root.replace("{name}", name) if root else name}}
        if results := self.wiring.results(turns, whole):
            task[getattr(self.settings, "becomes", "annotations")] = [{"result": results}]
        return Draft(task, file.name, row, beside=None if root else self.wiring.key)  # type: ignore[arg-type]

    def blocks(self, file: SourceFile) -> Iterator[Block]:
        raise NotImplementedError

    def turn(self, file: SourceFile, row: int, start: float, end: float, **rest: Any) -> Turn:
        """:raises ImportFailed: it lies before the beginning, or ends before it begins."""
        if start < 0 or end < start:
            raise wrong(
                file,
                row,
                f"a stretch from {start:g} to {end:g} seconds",
                "Times must not be negative, nor end before they begin.",
            )
        return Turn(start, end, **rest)

    def said(self, text: str) -> tuple[str, str]:
        """Label and words of a line that may begin with a label: ``Host: Good evening``."""
        label, colon, words = text.partition(": ")
        if colon and self.wiring.offers(label):
            return label, words
        if self.wiring.offers(text) or self.wiring.words is None:
            return text, ""
        return "", text


class TurnsExporter(Exporter):
    """An author writes ``render``: the text of one recording's file."""

    suffix = ".zip"
    media_type = "application/zip"
    tags = ("audio",)
    order = 30
    each: ClassVar[str]
    """Suffix of the files inside."""

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        return refuses(config)

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in recordings(tasks, self.config, self.report):
                if one.text:
                    self.report.leave_out(
                        "words for the whole recording; this format has them for stretches", one.name
                    )
                archive.writestr(f"{one.name}{self.each}", self.render(one))
                self.report.items += len(one.turns)

    def render(self, one: Recording) -> str:
        raise NotImplementedError

    def no_channels(self, one: Recording) -> None:
        if any(turn.channel for turn in one.turns):
            self.report.leave_out("the channel of a region", one.name)


def line(turn: Turn) -> str:
    """Label and words on one line, as :meth:`TurnsImporter.said` reads them."""
    words = " ".join(turn.text.split("\n"))
    return f"{turn.label}: {words}" if turn.label and words else turn.label or words


def stem(file: SourceFile) -> str:
    return PurePosixPath(file.name).stem


def wrong(file: SourceFile, row: int, what: str, hint: str) -> ImportFailed:
    """One line that can't be read."""
    return ImportFailed(f"Line {row} of {file.name} has {what}.", hint=hint, file=file.name, row=row)


def text_of(file: SourceFile) -> str:
    """The whole of one recording's file: UTF-8, or UTF-16 as Praat writes it. :raises ImportFailed: it is neither."""
    body = file.path.read_bytes()
    encoding = "utf-8-sig"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif body[:2].count(0) == 1:
        encoding = "utf-16-be" if body[0] == 0 else "utf-16-le"
    if len(body) > _LONGEST:
        raise ImportFailed(
            f"{file.name} is longer than {_LONGEST >> 20} MiB.", hint="Split it.", file=file.name
        )
    try:
        return body.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        row = body.count(b"\n", 0, error.start) + 1
        raise ImportFailed(
            f"Line {row} of {file.name} is not {encoding.removesuffix('-sig').upper()}.",
            hint="Save it again as UTF-8.",
            code="encoding",
            file=file.name,
            row=row,
        ) from error


def lines(file: SourceFile) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, read as they come. :raises ImportFailed: one is not UTF-8."""
    with file.path.open("rb") as stream:
        for row, body in enumerate(stream, 1):
            try:
                yield row, body.decode("utf-8-sig" if row == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise ImportFailed(
                    f"Line {row} of {file.name} is not UTF-8.",
                    hint="Save it again as UTF-8.",
                    code="encoding",
                    file=file.name,
                    row=row,
                ) from error


def number(file: SourceFile, row: int, text: str, what: str) -> float:
    """:raises ImportFailed: it is none."""
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        found = float("nan")
    if not abs(found) < 1e12:
        raise wrong(
            file, row, f"{text[:40]!r} where {what} in seconds should stand", "Write it as a number: 12.5."
        )
    return found
