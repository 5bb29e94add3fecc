"""RTTM: who speaks when, a line for each turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import IO

from tagma.plugin import SourceFile, Task
from tagma_audio.formats.label_files import Block, TurnsExporter, TurnsImporter, lines, number, wrong
from tagma_audio.formats.turns import Turn, recordings, seconds

_FIELDS = 8  # that a line needs; nine or ten are usual


class RttmImporter(TurnsImporter):
    """Lines of the type SPEAKER; the name of the recording is the second word. Others are passed over."""

    name = "rttm"
    title = "RTTM, speakers"
    suffixes = (".rttm",)

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        return 0.95 if name.lower().endswith(".rttm") else 0.0

    def blocks(self, file: SourceFile) -> Iterator[Block]:
        over: set[str] = set()
        rows = (self._line(file, row, text) for row, text in lines(file))
        for name, group in groupby((one for one in rows if one), key=itemgetter(0)):
            found = list(group)
            if name in over:
                raise wrong(
                    file,
                    found[0][1],
                    f"the recording {name} again, after others",
                    "Lines of one recording must stand together: sort the file by its second column.",
                )
            over.add(name)
            yield name, found[0][1], [turn for _, _, turn in found]

    def _line(self, file: SourceFile, row: int, text: str) -> tuple[str, int, Turn] | None:
        words = text.split()
        if not words or words[0].startswith(";") or words[0].upper() != "SPEAKER":
            return None
        if len(words) < _FIELDS:
            hint = "SPEAKER <recording> <channel> <start> <length> <NA> <NA> <speaker> <NA> <NA>"
            raise wrong(file, row, f"{len(words)} words; a turn has nine or ten", f"It should read: {hint}.")
        start = number(file, row, words[3], "the start")
        length = number(file, row, words[4], "the length")
        channel = int(words[2]) - 1 if words[2].isdecimal() else 0
        turn = self.turn(file, row, start, round(start + length, 6), label=words[7], channel=max(channel, 0))
        return words[1], row, turn


class RttmExporter(TurnsExporter):
    name = "RTTM"
    title = "RTTM"
    description = "Who speaks when: one file of SPEAKER lines for all recordings, for diarization tools."
    suffix = ".rttm"
    media_type = "text/plain"
    order = 31

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        for one in recordings(tasks, self.config, self.report):
            for turn in one.turns:
                if not turn.label:
                    self.report.leave_out("a region without a label: RTTM names speakers", one.name)
                    continue
                if turn.text:
                    self.report.leave_out("what is said: RTTM has only who speaks", one.name)
                speaker = "_".join(turn.label.split())
                times = f"{seconds(turn.start)} {seconds(turn.end - turn.start)}"
                out.write(
                    f"SPEAKER {one.name} {turn.channel + 1} {times} <NA> <NA> {speaker} <NA> <NA>\n".encode()
                )
                self.report.items += 1
