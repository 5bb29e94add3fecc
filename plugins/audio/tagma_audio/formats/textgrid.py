"""Praat TextGrid: tiers of intervals and of points, in the long and the short text form, UTF-8 or UTF-16.

A tier is a label and its intervals hold the words; of a tier that is called otherwise the intervals hold labels or words.
Turns of one label that overlap go to tiers ``Host (2)``, instants to ``Host (points)``: Praat knows neither in a tier of intervals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tagma.errors import ImportFailed
from tagma.plugin import SourceFile
from tagma_audio.formats.label_files import Block, TurnsExporter, TurnsImporter, stem, text_of, wrong
from tagma_audio.formats.turns import Recording, Turn, seconds

# Praat reads what stands by itself: strings, numbers and flags; other words are for people.
_TOKEN = re.compile(
    r'"((?:[^"]|"")*)"|(<exists>|<absent>)|(?<!\S)([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?!\S)|(![^\n]*)'
)
_OURS = re.compile(r" \((\d+|points)\)$")
_UNLABELLED = "words"


class TextGridImporter(TurnsImporter):
    """A file for each recording."""

    name = "textgrid"
    title = "Praat TextGrid"
    suffixes = (".textgrid",)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        if name.lower().endswith(".textgrid"):
            return 0.95
        return 0.9 if b"ooTextFile" in head[:200] and b"TextGrid" in head[:200] else 0.0

    def blocks(self, file: SourceFile) -> Iterator[Block]:
        turns = sorted(self._turns(_Tokens(file)), key=lambda turn: (turn.start, turn.end))
        yield stem(file), 1, turns

    def _turns(self, tokens: _Tokens) -> Iterator[Turn]:
        tokens.header()
        for _ in range(tokens.count("tiers")):
            kind, tier = tokens.string(), tokens.string()
            if kind not in ("IntervalTier", "TextTier"):
                raise wrong(
                    tokens.file,
                    tokens.row,
                    f'a tier of the class "{kind}"',
                    "Praat knows IntervalTier and TextTier.",
                )
            tokens.number(), tokens.number()
            for _ in range(tokens.count("intervals")):
                start = tokens.number()
                end = tokens.number() if kind == "IntervalTier" else start
                mark, row = tokens.string().strip(), tokens.row
                if mark:
                    label, text = self._meant(tier, mark)
                    yield self.turn(tokens.file, row, start, end, label=label, text=text)

    def _meant(self, tier: str, mark: str) -> tuple[str, str]:
        label = tier if self.wiring.offers(tier) else _OURS.sub("", tier)
        if self.wiring.offers(label):
            return label, "" if mark == label or self.wiring.words is None else mark
        return self.said(mark)


class _Tokens:
    """The file's strings and numbers, one after the other, with their lines."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        if file.path.read_bytes()[:12] == b"ooBinaryFile":
            raise ImportFailed(
                f"{file.name} is a TextGrid in Praat's binary form.",
                hint='Save it with "Save as text file…".',
                file=file.name,
            )
        self._text = text_of(file)
        self._found = (one for one in _TOKEN.finditer(self._text) if one[4] is None)
        self._at, self.row = 0, 1

    def _next(self, wanted: str) -> re.Match[str]:
        found = next(self._found, None)
        if found is None:
            raise wrong(
                self.file,
                self._text.count("\n") + 1,
                f"the end of the file where {wanted} should stand",
                "It is cut off: copy it again.",
            )
        self.row += self._text.count("\n", self._at, found.start())
        self._at = found.start()
        return found

    def _fault(self, found: re.Match[str], wanted: str) -> ImportFailed:
        return wrong(
            self.file,
            self.row,
            f"{found[0][:40]} where {wanted} should stand",
            "Open it in Praat and save it again.",
        )

    def string(self) -> str:
        found = self._next("a text in quotes")
        if found[1] is None:
            raise self._fault(found, "a text in quotes")
        return found[1].replace('""', '"')

    def number(self) -> float:
        found = self._next("a time")
        if found[3] is None:
            raise self._fault(found, "a time")
        return float(found[3])

    def count(self, of: str) -> int:
        found = self._next(f"the number of {of}")
        if found[3] is None or not found[3].isdecimal():
            raise self._fault(found, f"the number of {of}")
        return int(found[3])

    def header(self) -> None:
        known = self._text.lstrip().startswith(("File type", '"ooTextFile'))
        if not known or not self.string().startswith("ooTextFile") or self.string() != "TextGrid":
            raise ImportFailed(
                f"{self.file.name} is no TextGrid: it does not begin as Praat writes it.",
                hint='Its first lines should be: File type = "ooTextFile" and Object class = "TextGrid".',
                file=self.file.name,
                row=1,
            )
        self.number(), self.number()
        if self._next("<exists>")[2] != "<exists>":
            raise wrong(self.file, self.row, "no tiers", "A TextGrid without tiers describes nothing.")


class TextGridExporter(TurnsExporter):
    name = "TEXTGRID"
    title = "Praat TextGrid"
    description = "A TextGrid for each recording: a tier for each label, with what is said."
    each = ".TextGrid"
    order = 32

    def render(self, one: Recording) -> str:
        self.no_channels(one)
        end = one.end or 1.0
        tiers = list(_tiers(one.turns))
        found = [
            'File type = "ooTextFile"',
            'Object class = "TextGrid"',
            "",
            "xmin = 0",
            f"xmax = {seconds(end)}",
        ]
        found += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
        for number, (name, turns) in enumerate(tiers, 1):
            found += [f"    item [{number}]:", *_tier(name, turns, end)]
        return "\n".join(found) + "\n"


def _tiers(turns: Iterable[Turn]) -> Iterator[tuple[str, list[Turn]]]:
    """Name and turns: of each label as many tiers as turns of it lie over each other, then one of its instants."""
    found: dict[str, list[Turn]] = {}
    for turn in turns:
        label = turn.label or _UNLABELLED
        if turn.start == turn.end:
            found.setdefault(f"{label} (points)", []).append(turn)
            continue
        name, number = label, 2
        while name in found and found[name][-1].end > turn.start:
            name, number = f"{label} ({number})", number + 1
        found.setdefault(name, []).append(turn)
    yield from found.items()


def _tier(name: str, turns: list[Turn], end: float) -> Iterator[str]:
    points = turns[0].start == turns[0].end
    yield f'        class = "{"TextTier" if points else "IntervalTier"}"'
    yield f"        name = {_quoted(name)}"
    yield "        xmin = 0"
    yield f"        xmax = {seconds(end)}"
    if points:
        yield f"        points: size = {len(turns)}"
        for number, turn in enumerate(turns, 1):
            yield f"        points [{number}]:"
            yield f"            number = {seconds(turn.start)}"
            yield f"            mark = {_quoted(turn.text or turn.label)}"
        return
    intervals = list(_filled(turns, end))
    yield f"        intervals: size = {len(intervals)}"
    for number, turn in enumerate(intervals, 1):
        yield f"        intervals [{number}]:"
        yield f"            xmin = {seconds(turn.start)}"
        yield f"            xmax = {seconds(turn.end)}"
        yield f"            text = {_quoted(turn.text or turn.label)}"


def _filled(turns: list[Turn], end: float) -> Iterator[Turn]:
    """With the empty intervals between them: a tier leaves no gap."""
    at = 0.0
    for turn in turns:
        if turn.start > at:
            yield Turn(at, turn.start)
        yield turn
        at = turn.end
    if at < end:
        yield Turn(at, end)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
