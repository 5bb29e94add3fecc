"""Audacity label tracks: start, end and a text on each line, between tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagma.plugin import SourceFile
from tagma_audio.formats.label_files import (
    Block,
    TurnsExporter,
    TurnsImporter,
    line,
    lines,
    number,
    stem,
    wrong,
)
from tagma_audio.formats.turns import Recording, Turn

_LINE = re.compile(rb"^-?\d+(?:[.,]\d+)?\t-?\d+(?:[.,]\d+)?(?:\t[^\n]*)?$")


class AudacityImporter(TurnsImporter):
    """A file for each recording; lines of frequencies (they begin with a backslash) are passed over."""

    name = "audacity"
    title = "Audacity labels"
    suffixes = (".txt",)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        if not name.lower().endswith(".txt"):
            return 0.0
        found = head.removeprefix(b"\xef\xbb\xbf").replace(b"\r", b"").split(b"\n")
        first = next((one for one in found if one and not one.startswith(b"\\")), b"")
        return 0.95 if _LINE.match(first) else 0.0

    def blocks(self, file: SourceFile) -> Iterator[Block]:
        if turns := list(self._turns(file)):
            yield stem(file), 1, turns

    def _turns(self, file: SourceFile) -> Iterator[Turn]:
        for row, text in lines(file):
            if not text.strip() or text.startswith("\\"):
                continue
            parts = text.split("\t", 2)
            if len(parts) < 2:
                raise wrong(
                    file, row, f"{text[:40]!r}, no start and end", "A label is: start, tab, end, tab, text."
                )
            start, end = number(file, row, parts[0], "the start"), number(file, row, parts[1], "the end")
            label, words = self.said(parts[2].strip() if len(parts) > 2 else "")
            yield self.turn(file, row, start, end, label=label, text=words)


class AudacityExporter(TurnsExporter):
    name = "AUDACITY"
    title = "Audacity labels"
    description = "A label track for each recording, for File, Import, Labels."
    each = ".txt"
    order = 35

    def render(self, one: Recording) -> str:
        self.no_channels(one)
        return "".join(
            f"{turn.start:.6f}\t{turn.end:.6f}\t{line(turn).replace(chr(9), ' ')}\n" for turn in one.turns
        )
