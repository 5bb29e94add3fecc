"""A Kaldi data directory: wav.scp, segments, text, utt2spk, spk2utt, each sorted as Kaldi wants it (by bytes)."""

from __future__ import annotations

import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO

from pydantic import BaseModel, Field

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Exporter, Fault, LabelingConfig, SourceFile, Task
from tagma_audio.formats import sounds_out
from tagma_audio.formats.label_files import TurnsImporter, lines, number, wrong
from tagma_audio.formats.turns import Recording, Turn, Wiring, file_name, recordings, refuses, seconds

_FILES = ("wav.scp", "segments", "text", "utt2spk", "spk2utt")


class KaldiExporter(Exporter):
    name = "KALDI"
    title = "Kaldi data directory"
    description = "wav.scp, segments, text, utt2spk and spk2utt for speech recognition toolkits."
    suffix = ".zip"
    media_type = "application/zip"
    tags = ("audio", "speech recognition")
    order = 37

    class Settings(BaseModel):
        download_resources: bool = Field(True, description="Whether to put the recordings in.")

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        return refuses(config)

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            _Table(Path(folder) / "utterances.db") as table,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for one in recordings(tasks, self.config, self.report):
                if not one.turns:
                    self.report.leave_out("a recording without regions", one.name)
                    continue
                table.recording(one.name, self._path(one, archive))
                for turn in one.turns:
                    speaker = "_".join(turn.label.split()) or one.name
                    table.utterance(one.name, speaker, turn)
                    self.report.items += 1
            for name in _FILES:
                with archive.open(name, "w", force_zip64=True) as target:
                    for row in table.rows(name):
                        target.write(f"{row}\n".encode())

    def _path(self, one: Recording, archive: zipfile.ZipFile) -> str:
        if getattr(self.settings, "download_resources", True):
            return sounds_out.put(one, self.media, archive, self.report)[0]
        return file_name(one.address, one.task) if one.address.startswith("data:") else one.address


class _Table:
    """Utterances on disk, given back in the order of their bytes."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    def __enter__(self) -> _Table:
        for words in ("PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "BEGIN"):
            self._database.execute(words)
        self._database.execute("CREATE TABLE recording (id PRIMARY KEY, path)")
        self._database.execute("CREATE TABLE utterance (id PRIMARY KEY, recording, speaker, segment, said)")
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def recording(self, name: str, path: str) -> None:
        self._database.execute("INSERT INTO recording VALUES (?, ?)", (name, path))

    def utterance(self, recording: str, speaker: str, turn: Turn) -> None:
        """Its id begins with the speaker's name, so that both sort alike."""
        name = f"{speaker}-{recording}-{round(turn.start * 1000):09}-{round(turn.end * 1000):09}"
        wanted, more = name, 2
        while self._database.execute("SELECT 1 FROM utterance WHERE id = ?", (wanted,)).fetchone():
            wanted, more = f"{name}-{more}", more + 1
        times = f"{recording} {seconds(turn.start)} {seconds(turn.end)}"
        segment = f"{times} {turn.channel}" if turn.channel else times
        said = " ".join(turn.text.split())
        self._database.execute(
            "INSERT INTO utterance VALUES (?, ?, ?, ?, ?)", (wanted, recording, speaker, segment, said)
        )

    def rows(self, file: str) -> Iterator[str]:
        asked = {
            "wav.scp": "SELECT id, path FROM recording ORDER BY id",
            "segments": "SELECT id, segment FROM utterance ORDER BY id",
            "text": "SELECT id, said FROM utterance WHERE said != '' ORDER BY id",
            "utt2spk": "SELECT id, speaker FROM utterance ORDER BY id",
            "spk2utt": "SELECT speaker, id FROM utterance ORDER BY speaker, id",
        }[file]
        found = self._database.execute(asked)
        if file != "spk2utt":
            yield from (f"{name} {rest}" for name, rest in found)
            return
        for speaker, group in groupby(found, key=itemgetter(0)):
            yield f"{speaker} {' '.join(name for _, name in group)}"


class KaldiImporter(TurnsImporter):
    """The files of one folder; a task for each recording of wav.scp, its utterances as regions."""

    name = "kaldi"
    title = "Kaldi data directory"
    suffixes = (".scp",)
    together = True

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        return 0.96 if name.rpartition("/")[2] in _FILES else 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        self.wiring = Wiring(self.config)
        if refuses(self.config):
            raise ImportFailed(
                "A Kaldi data directory describes stretches of recordings, which the labeling set-up has no place for.",
                hint="Add an Audio with Labels, or with a TextArea for each region.",
                file=files[0].name,
            )
        named = {file.name: file for file in files}
        if "wav.scp" not in named:
            raise ImportFailed(
                f"{files[0].name} came without wav.scp, which names the recordings.",
                hint="Import the whole data directory, as one zip.",
                file=files[0].name,
            )
        said = dict(_pairs(named["text"])) if "text" in named else {}
        speakers = dict(_pairs(named["utt2spk"])) if "utt2spk" in named else {}
        segments = self._segments(named["segments"], said, speakers) if "segments" in named else None
        scp = named["wav.scp"]
        for row, text in lines(scp):
            name, _, path = text.strip().partition(" ")
            if not name:
                continue
            path = path.strip()
            if not path or path.endswith("|"):
                words = (
                    "no path after the recording's name"
                    if not path
                    else "a command where a path should stand"
                )
                yield Fault(wrong(scp, row, words, "Write the file's path: commands are not run here."))
                continue
            turns = segments.pop(name, []) if segments is not None else []
            draft = self.draft(scp, path, row, turns, "" if segments is not None else said.get(name, ""))
            yield Draft(draft.task, scp.name, row)
        for name, turns in (segments or {}).items():
            words = f'"segments" has {len(turns)} utterances of {name}, which wav.scp does not name.'
            yield Fault(ImportFailed(words, hint="Add the recording to wav.scp.", file="segments"))

    def _segments(
        self, file: SourceFile, said: dict[str, str], speakers: dict[str, str]
    ) -> dict[str, list[Turn]]:
        found: dict[str, list[Turn]] = {}
        for row, text in lines(file):
            parts = text.split()
            if not parts:
                continue
            if len(parts) not in (4, 5):
                raise wrong(
                    file, row, f"{len(parts)} words", "A segment is: utterance, recording, start, end."
                )
            start, end = number(file, row, parts[2], "the start"), number(file, row, parts[3], "the end")
            speaker = speakers.get(parts[0], "")
            label = speaker if speaker != parts[1] or self.wiring.offers(speaker) else ""
            channel = int(parts[4]) if len(parts) == 5 and parts[4].isdecimal() else 0
            turn = self.turn(file, row, start, end, label=label, text=said.get(parts[0], ""), channel=channel)
            found.setdefault(parts[1], []).append(turn)
        for turns in found.values():
            turns.sort(key=lambda turn: (turn.start, turn.end))
        return found


def _pairs(file: SourceFile) -> Iterator[tuple[str, str]]:
    for row, text in lines(file):
        name, _, rest = text.strip().replace("\t", " ").partition(" ")
        if name and not rest and file.name == "utt2spk":
            raise wrong(file, row, f"no speaker after {name}", "A line is: utterance, speaker.")
        if name:
            yield name, rest.strip()
