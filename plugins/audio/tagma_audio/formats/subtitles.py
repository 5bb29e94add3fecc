"""WebVTT and SRT: what is said, cue by cue."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import ClassVar

from tagma.errors import ImportFailed
from tagma.plugin import SourceFile
from tagma_audio.formats.label_files import Block, TurnsExporter, TurnsImporter, line, lines, stem, wrong
from tagma_audio.formats.turns import Recording, Turn

_TIMES = re.compile(r"^\s*(\S+)\s+-->\s+(\S+)(?:\s.*)?$")
_CLOCK = re.compile(r"^(?:(\d+):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_MARKUP = re.compile(r"</?[^>]*>")
_SRT_MARKUP = re.compile(r"</?(?:[biu]|font)(?:\s[^>]*)?>|\{\\an\d\}", re.IGNORECASE)
_NO_CUE = ("NOTE", "STYLE", "REGION")


class _Importer(TurnsImporter):
    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        return 0.95 if name.lower().endswith(cls.suffixes) else 0.0

    def blocks(self, file: SourceFile) -> Iterator[Block]:
        turns = list(self._turns(file))
        if turns:
            yield stem(file), 1, turns

    def _turns(self, file: SourceFile) -> Iterator[Turn]:
        for block in _blocks(file):
            at = next((place for place, (_, text) in enumerate(block[:2]) if "-->" in text), None)
            if at is None:
                if self.passes_over(block):
                    continue
                raise wrong(
                    file,
                    block[0][0],
                    f"{block[0][1][:40]!r} where a time should stand",
                    f"A cue begins with {self.shape}.",
                )
            row, times = block[at]
            start, end = self._clocks(file, row, times)
            words = "\n".join(text for _, text in block[at + 1 :]).strip()
            label, text = self.spoken(words)
            if label or text:
                yield self.turn(file, row, start, end, label=label, text=text)

    shape: ClassVar[str]

    def passes_over(self, block: list[tuple[int, str]]) -> bool:
        return False

    def spoken(self, words: str) -> tuple[str, str]:
        return self.said(_SRT_MARKUP.sub("", words))

    def _clocks(self, file: SourceFile, row: int, text: str) -> tuple[float, float]:
        times = _TIMES.match(text)
        found = [_CLOCK.match(one) for one in times.groups()] if times else [None]
        if None in found:
            raise wrong(
                file, row, f"{text[:60]!r} where times should stand", f"A cue begins with {self.shape}."
            )
        start, end = (
            int(one[1] or 0) * 3600 + int(one[2]) * 60 + int(one[3]) + int(one[4].ljust(3, "0")) / 1000
            for one in found
            if one
        )
        return round(start, 3), round(end, 3)


class VttImporter(_Importer):
    """Voices (``<v Host>``) become labels."""

    name = "vtt"
    title = "WebVTT"
    suffixes = (".vtt",)
    shape = "00:01:02.500 --> 00:01:04.000"

    def passes_over(self, block: list[tuple[int, str]]) -> bool:
        return block[0][1].split(" ")[0].split("\t")[0] in (*_NO_CUE, "WEBVTT")

    def blocks(self, file: SourceFile) -> Iterator[Block]:
        _, first = next(lines(file), (1, ""))
        if not re.match(r"WEBVTT(\s|$)", first):
            raise ImportFailed(
                f"{file.name} is no WebVTT: its first line is not WEBVTT.",
                hint="Write WEBVTT and an empty line before the first cue; or call the file .srt, if it is one.",
                file=file.name,
                row=1,
            )
        yield from super().blocks(file)

    def spoken(self, words: str) -> tuple[str, str]:
        voice = _VOICE.search(words)
        plain = html.unescape(_MARKUP.sub("", words)).strip()
        if voice is None:
            return self.said(plain)
        label = html.unescape(voice[1]).strip()
        return label, "" if plain == label or self.wiring.words is None else plain


class SrtImporter(_Importer):
    """A line that begins with a label (``Host: …``) is that label's."""

    name = "srt"
    title = "SubRip (SRT)"
    suffixes = (".srt",)
    shape = "00:01:02,500 --> 00:01:04,000"


def _blocks(file: SourceFile) -> Iterator[list[tuple[int, str]]]:
    block: list[tuple[int, str]] = []
    for row, text in lines(file):
        if text.strip():
            block.append((row, text))
        elif block:
            yield block
            block = []
    if block:
        yield block


class _Exporter(TurnsExporter):
    def _said(self, one: Recording) -> Iterator[Turn]:
        self.no_channels(one)
        for turn in one.turns:
            if turn.label or turn.text:
                yield turn
            else:
                self.report.leave_out("a region without label and words", one.name)


class VttExporter(_Exporter):
    name = "WEBVTT"
    title = "WebVTT"
    description = "Subtitles for browsers, a file for each recording; labels are its voices."
    each = ".vtt"
    order = 33

    def render(self, one: Recording) -> str:
        cues = ["WEBVTT\n"]
        for turn in self._said(one):
            words = _escaped(_no_gaps(turn.text or turn.label))
            voice = f"<v {_escaped(turn.label)}>" if turn.label else ""
            cues.append(f"{_clock(turn.start)} --> {_clock(turn.end)}\n{voice}{words}\n")
        return "\n".join(cues)


class SrtExporter(_Exporter):
    name = "SRT"
    title = "SubRip (SRT)"
    description = "Subtitles for players, a file for each recording; the label stands before the words."
    each = ".srt"
    order = 34

    def render(self, one: Recording) -> str:
        cues = []
        for number, turn in enumerate(self._said(one), 1):
            times = f"{_clock(turn.start, ',')} --> {_clock(turn.end, ',')}"
            said = f"{turn.label}: {_no_gaps(turn.text)}" if turn.label and turn.text else line(turn)
            cues.append(f"{number}\n{times}\n{said if turn.label else _no_gaps(turn.text)}\n")
        return "\n".join(cues)


def _clock(at: float, point: str = ".") -> str:
    whole = round(at * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _no_gaps(text: str) -> str:
    """An empty line would end the cue."""
    return "\n".join(part for part in text.split("\n") if part.strip()).replace("-->", "→")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
