"""Reading media files for the shelf of derived data.

Files are strangers: they are read by :mod:`tagma.services.media.media_hand`, a process that is stopped with the job and may crash alone.
"""

from __future__ import annotations

import hashlib
import json
import queue
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tagma.errors import ImportFailed
from tagma.jobs import JobContext
from tagma.services.media import derived
from tagma.services.media.derived import Product, Shelf, Source
from tagma.services.media.media_source import SiteMedia

if TYPE_CHECKING:
    from tagma.services.site import Site

_LOOK = 0.3  # seconds between looks whether somebody asked to stop


class Reader:
    """Reads files for one job, in a process that is made at the first file and lives as long as the job."""

    def __init__(self, job: JobContext) -> None:
        self.job = job
        self.site: Site = job.site
        self._hand: _Hand | None = None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error: object) -> None:
        self._let_go()

    def make(self, source: Source, asked: Product) -> bool:
        """Whether there was something to do.

        :raises ImportFailed: the file can't be read; that is remembered for its content.
        """
        shelf = Shelf(self.site, source.identity())
        if shelf.find(asked) is not None:
            return False
        with OnDisk(self.site, source) as file:
            content = shelf.content or _content(file, self.job)
            shelf.learn(content)
            if shelf.find(asked) is not None:
                return False  # the same content under another name
            out = derived.room(self.site)
            try:
                self._derive(asked, file, out, source.name)
                shelf.keep(content, asked, out)
            except ImportFailed as error:
                shelf.give_up(content, asked, error)
                raise
            finally:
                out.unlink(missing_ok=True)
        return True

    def _derive(self, asked: Product, file: Path, out: Path, name: str) -> None:
        hand = self._hand = self._hand or _Hand()
        try:
            hand.ask(asked, file, out)
            while True:
                try:
                    said = hand.said.get(timeout=_LOOK)
                except queue.Empty:
                    self.job.check()
                    continue
                if said is None:
                    raise _crashed(name)
                if "told" in said:
                    self.job.progress(round(said["told"] * 100), 100, "%", name)
                elif "fault" in said:
                    fault = said["fault"]
                    where = {**fault["where"], "file": name}
                    message = fault["message"].replace(file.name, name)  # a copy has a name that nobody knows
                    raise ImportFailed(message, hint=fault["hint"], code=fault["code"], **where)
                else:
                    return
        except BaseException as error:
            if not isinstance(error, ImportFailed) or hand.process.poll() is not None:
                self._let_go()
            raise

    def _let_go(self) -> None:
        if self._hand is not None:
            self._hand.close()
            self._hand = None


class _Hand:
    """The other process. ``said`` holds its answers, None once it is gone."""

    def __init__(self) -> None:
        self.said: queue.Queue[Any] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tagma.services.media.media_hand"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._listener = threading.Thread(target=self._listen, name="tagma-media", daemon=True)
        self._listener.start()

    def ask(self, asked: Product, file: Path, out: Path) -> None:
        assert self.process.stdin is not None
        kind = asked.data_type
        words = {
            "type": [kind.__module__, kind.__qualname__],
            "kind": asked.kind,
            "params": dict(asked.params),
            "file": str(file),
            "out": str(out),
        }
        try:
            self.process.stdin.write(json.dumps(words).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            self.said.put(None)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # what waited for a process that is gone

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.put(json.loads(line))
        self.said.put(None)


def _crashed(name: str) -> ImportFailed:
    return ImportFailed(
        f"{name} made its reader crash.",
        hint="The file is probably broken. Convert it with another program and import it again.",
        file=name,
    )


def _content(file: Path, job: JobContext) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            job.check()
    return digest.hexdigest()


class OnDisk:
    """The file as a path: its own, or a copy that is taken away again."""

    def __init__(self, site: Site, source: Source) -> None:
        self.site, self.source = site, source
        self.copy: Path | None = None

    def __enter__(self) -> Path:
        if self.source.path is not None:
            return self.source.path
        if self.source.inline is not None:
            self.copy = derived.room(self.site).with_suffix(".json")
            self.copy.write_bytes(self.source.inline)
            return self.copy
        self.copy = derived.room(self.site).with_suffix(Path(self.source.name).suffix)
        try:
            with self.copy.open("wb") as out:
                self._fetch(out)
        except BaseException:
            self.copy.unlink(missing_ok=True)
            raise
        return self.copy

    def _fetch(self, out: IO[bytes]) -> None:
        if self.source.place is not None:
            self.source.place.fetch(out)
            return
        media = SiteMedia(self.site, self.source.project_id)
        with media.open(self.source.uri, {"data": {}}) as stream:
            shutil.copyfileobj(stream, out, 1 << 20)

    def __exit__(self, *error: object) -> None:
        if self.copy is not None:
            self.copy.unlink(missing_ok=True)
