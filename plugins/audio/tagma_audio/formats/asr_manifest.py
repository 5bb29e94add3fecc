"""ASR_MANIFEST: a line of JSON for each recording with what is said in it, as speech toolkits (NeMo) read it."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import orjson

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Exporter, Fault, LabelingConfig, SourceFile, Task
from tagma_audio.formats import sounds_out
from tagma_audio.formats.label_files import TurnsImporter, wrong
from tagma_audio.formats.turns import Recording, Wiring, recordings


class AsrManifestExporter(Exporter):
    name = "ASR_MANIFEST"
    title = "ASR manifest"
    description = "What is said in each recording: manifest.json with a line for each, and the recordings in the folder audio."
    suffix = ".zip"
    media_type = "application/zip"
    tags = ("audio", "speech recognition")
    order = 36

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        wiring = Wiring(config)
        if wiring.audio is None:
            return "This format describes recordings, and this project has none."
        if wiring.whole is None and wiring.words is None:
            return "An ASR manifest holds what is said: it needs a TextArea on the Audio."
        return None

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        with tempfile.TemporaryFile() as manifest, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in recordings(tasks, self.config, self.report):
                self._line(one, manifest, archive)
            manifest.seek(0)
            with archive.open("manifest.json", "w", force_zip64=True) as target:
                while chunk := manifest.read(1 << 20):
                    target.write(chunk)

    def _line(self, one: Recording, manifest: IO[bytes], archive: zipfile.ZipFile) -> None:
        text = one.text or " ".join(turn.text for turn in one.turns if turn.text)
        if not text:
            self.report.leave_out("nothing is written of what is said", one.name)
            return
        path, seconds = sounds_out.put(one, self.media, archive, self.report)
        line = {"audio_filepath": path, "duration": seconds, "text": text, "annotator": _who(one)}
        manifest.write(orjson.dumps(line) + b"\n")
        self.report.items += 1


def _who(one: Recording) -> str:
    who = one.annotation.get("completed_by")
    return str(who.get("email") or who.get("id")) if isinstance(who, dict) else str(who or "")


class AsrManifestImporter(TurnsImporter):
    """Each line a task with its recording's path; the text goes to the TextArea of the whole recording."""

    name = "asr_manifest"
    title = "ASR manifest"
    suffixes = (".json", ".jsonl")

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        if not name.lower().endswith(cls.suffixes):
            return 0.0
        first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n")[0]
        return 0.97 if first.startswith(b"{") and b'"audio_filepath"' in first else 0.0

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        self.wiring = Wiring(self.config)
        if self.wiring.audio is None or self.wiring.whole is None:
            raise ImportFailed(
                f"{files[0].name} says what is said in recordings, which the labeling set-up has no place for.",
                hint="Add an Audio, and a TextArea that points at it.",
                file=files[0].name,
            )
        for file in files:
            with file.path.open("rb") as stream:
                for row, body in enumerate(stream, 1):
                    if body.strip():
                        yield self._task(file, row, body.removeprefix(b"\xef\xbb\xbf"))

    def _task(self, file: SourceFile, row: int, body: bytes) -> Draft | Fault:
        try:
            item: Any = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            return Fault(
                wrong(
                    file,
                    row,
                    f"no JSON: {error.msg}",
                    "Each line is one object: audio_filepath, duration, text.",
                )
            )
        path = item.get("audio_filepath") if isinstance(item, dict) else None
        if not isinstance(path, str) or not path:
            return Fault(
                wrong(file, row, "no audio_filepath", "Each line names its recording under audio_filepath.")
            )
        draft = self.draft(file, path, row, [], str(item.get("text") or ""))
        return Draft(draft.task, file.name, row)
