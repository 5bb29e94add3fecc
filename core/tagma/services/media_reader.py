"""Reading media files for the shelf of derived data.

Files are strangers: they are read in a process of its own, which is stopped with the job and may crash alone.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import shutil
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import ImportFailed, TagmaError
from tagma.jobs import JobContext
from tagma.plugin.data_types import DataType
from tagma.services import derived
from tagma.services.derived import Product, Shelf, Source
from tagma.services.media_source import SiteMedia

if TYPE_CHECKING:
    from tagma.services.site import Site

_LOOK = 0.3  # seconds between looks at how far it is


class Reader:
    """Reads files for one job, in a process that is made at the first file and lives as long as the job."""

    def __init__(self, job: JobContext) -> None:
        self.job = job
        self.site: Site = job.site
        self._hand: tuple[Any, Connection] | None = None

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
        with _on_disk(self.site, source) as file:
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
        process, hand = self._hand or self._take()
        hand.send((asked.data_type, asked.kind, dict(asked.params), file, out))
        try:
            while True:
                while not hand.poll(_LOOK):
                    self.job.check()
                word, said = hand.recv()
                if word == "told":
                    self.job.progress(round(said * 100), 100, "%", name)
                elif word == "done":
                    return
                else:
                    raise ImportFailed(
                        said["message"],
                        hint=said["hint"],
                        code=said["code"],
                        **{"file": name, **said["where"]},
                    )
        except EOFError as error:
            process.join()
            self._let_go()
            raise ImportFailed(
                f"{name} made its reader crash.",
                hint="The file is probably broken. Convert it with another program and import it again.",
                file=name,
            ) from error
        except ImportFailed:
            raise
        except BaseException:
            self._let_go()
            raise

    def _take(self) -> tuple[Any, Connection]:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        self._hand = (process, ours)
        return self._hand

    def _let_go(self) -> None:
        if self._hand is None:
            return
        process, hand = self._hand
        self._hand = None
        hand.close()
        process.terminate()
        process.join()


def _serve(hand: Connection) -> None:
    """The other process: one file after another until nobody asks any more."""
    while True:
        try:
            data_type, kind_, params, file, out = hand.recv()
        except EOFError:
            return
        hand.send(_answer(hand, data_type, kind_, params, file, out))


def _answer(
    hand: Connection, data_type: type[DataType], kind_: str, params: Mapping[str, Any], file: Path, out: Path
) -> tuple[str, Any]:
    try:
        data_type().derive(file, kind_, params, out, lambda part: hand.send(("told", part)))
    except TagmaError as error:
        return "fault", error.as_dict()
    except Exception as error:
        error_ = ImportFailed(
            f"The plugin of {data_type.name} can't read this file: {type(error).__name__}: {error}.",
            hint="Tell its author, with the file.",
        )
        return "fault", error_.as_dict()
    return "done", None


def _content(file: Path, job: JobContext) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
            job.check()
    return digest.hexdigest()


class _on_disk:
    """The file as a path: its own, or a copy that is taken away again."""

    def __init__(self, site: Site, source: Source) -> None:
        self.site, self.source = site, source
        self.copy: Path | None = None

    def __enter__(self) -> Path:
        if self.source.path is not None:
            return self.source.path
        self.copy = derived.room(self.site).with_suffix(Path(self.source.name).suffix)
        media = SiteMedia(self.site, self.source.project_id)
        try:
            with media.open(self.source.uri, {"data": {}}) as stream, self.copy.open("wb") as out:
                shutil.copyfileobj(stream, out, 1 << 20)
        except BaseException:
            self.copy.unlink(missing_ok=True)
            raise
        return self.copy

    def __exit__(self, *error: object) -> None:
        if self.copy is not None:
            self.copy.unlink(missing_ok=True)
