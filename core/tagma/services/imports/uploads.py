"""Files people send: kept below the data folder as ``upload/<project>/<8 hex>-<name>``, with a row each."""

from __future__ import annotations

import errno
import re
import secrets
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO

from tagma.db.engine import Transaction
from tagma.db.tables import FileUpload
from tagma.errors import InvalidInput, NotFound, TagmaError, TooLarge, Unavailable
from tagma.services import access
from tagma.services.access import Actor

if TYPE_CHECKING:
    from tagma.services.site import Site

_UNSAFE = re.compile(r"[^\w.\- ()+=@,]")
_LONGEST = 120


def safe_name(name: str) -> str:
    """The name a person gave a file, without what a file system or an address would mind; its suffix stays."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = _UNSAFE.sub("_", last).replace(" ", "_").lstrip(".") or "file"
    stem, dot, suffix = clean.rpartition(".")
    if dot and len(suffix) <= 10:
        return f"{stem[: _LONGEST - len(suffix)]}.{suffix}"
    return clean[:_LONGEST]


class Incoming:
    """One file while it arrives: written straight to its place, removed again unless it is kept."""

    def __init__(self, site: Site, project_id: int, name: str) -> None:
        self.name = name
        self.file = f"upload/{project_id}/{secrets.token_hex(4)}-{safe_name(name)}"
        self.path = site.folder("upload", str(project_id)) / Path(self.file).name
        self.size = 0
        self._limit = site.settings.upload_limit
        self._stream: BinaryIO = self.path.open("xb")

    def write(self, chunk: bytes) -> None:
        """:raises TooLarge: more came than the settings allow. :raises Unavailable: the disk is full."""
        self.size += len(chunk)
        try:
            if self.size > self._limit:
                raise too_large(self.name, self._limit)
            with said_plainly(self.path):
                self._stream.write(chunk)
        except BaseException:
            self.drop()
            raise

    def copy(self, source: IO[bytes]) -> None:
        while chunk := source.read(1 << 20):
            self.write(chunk)

    def close(self) -> None:
        try:
            with said_plainly(self.path):
                self._stream.close()
        except BaseException:
            self.drop()
            raise

    def rename(self, name: str) -> None:
        """Call it by the name that became known while it arrived."""
        self.name = name
        self.file = f"{self.file.rpartition('-')[0]}-{safe_name(name)}"
        self.path = self.path.rename(self.path.with_name(Path(self.file).name))

    def drop(self) -> None:
        with suppress(OSError):  # closing flushes, which fails once more when the disk is full
            self._stream.close()
        self.path.unlink(missing_ok=True)


class said_plainly:
    """What the disk refuses, as a sentence."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError):
            return
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable(
                f"The disk that holds {self.path.parent} is full.",
                hint="Free some space and send the file again; nothing of it was kept.",
                code="disk-full",
            ) from error
        raise Unavailable(f"{self.path.parent} can't be written: {error.strerror}.", code="disk") from error


def too_large(name: str, limit: int) -> TooLarge:
    shown = f"{limit / 1024**3:.3g} GiB" if limit >= 1024**3 else f"{limit / 1024**2:.3g} MiB"
    return TooLarge(
        f"{name} is larger than {shown}, the most this server takes.",
        hint="Send it in parts, connect a storage instead, or ask the admin to raise upload_limit.",
        file=name,
    )


def register(tx: Transaction, actor: Actor, project_id: int, files: Iterable[Incoming]) -> list[FileUpload]:
    """Rows for files that have arrived whole."""
    rows = [
        FileUpload(project_id=project_id, user_id=actor.user_id, file=one.file, size=one.size)
        for one in files
    ]
    tx.session.add_all(rows)
    tx.session.flush()
    return rows


def listed(
    site: Site, tx: Transaction, actor: Actor, project_id: int, ids: Sequence[int] | None = None
) -> list[FileUpload]:
    from sqlmodel import select

    access.project(site, tx, actor, project_id, "project.import")
    query = select(FileUpload).where(FileUpload.project_id == project_id).order_by(FileUpload.id)  # type: ignore[arg-type]
    found = tx.session.exec(query).all()
    return [one for one in found if ids is None or one.id in set(ids)]


def get(site: Site, tx: Transaction, actor: Actor, upload_id: int) -> FileUpload:
    found = tx.session.get(FileUpload, upload_id)
    if found is None:
        raise access.not_found("file", upload_id)
    access.project(site, tx, actor, found.project_id, "project.import")
    return found


def delete(site: Site, tx: Transaction, actor: Actor, project_id: int, ids: Sequence[int] | None) -> int:
    """Remove files and their rows; tasks made from them stay. None removes all of the project."""
    rows = listed(site, tx, actor, project_id, ids)
    for row in rows:
        tx.session.delete(row)
        path_of(site, row.file).unlink(missing_ok=True)
    tx.session.flush()
    return len(rows)


def path_of(site: Site, file: str) -> Path:
    """Where ``upload/…`` lies on disk. :raises NotFound: the name leads out of the folder."""
    root = site.settings.data_dir / "upload"
    path = site.settings.data_dir / file
    if not path.resolve().is_relative_to(root.resolve()):
        raise NotFound(f'There is no file "{file}".')
    return path


def served(site: Site, tx: Transaction, actor: Actor, file: str) -> Path:
    """The path of an uploaded file that ``actor`` may see. :raises NotFound: there is none."""
    parts = file.split("/")
    if len(parts) != 3 or parts[0] != "upload" or not parts[1].isdecimal():
        raise NotFound(
            f'There is no file "{file}".', hint="Uploaded files are named upload/<project>/<name>."
        )
    access.project(site, tx, actor, int(parts[1]))
    path = path_of(site, file)
    if not path.is_file():
        raise NotFound(f'There is no file "{file}".', hint="It may have been deleted.")
    return path


def free_space(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def invalid(field: str, words: str, hint: str = "") -> TagmaError:
    return InvalidInput(words, {field: [words]}, hint=hint)
