"""What is computed once from a media file (peaks of a sound, times of a film's frames), kept on disk by the file's content.

::

    <data folder>/derived/known/<file>             what a file of this address, size and date holds: its content
    <data folder>/derived/<2>/<content>-<product>  what was computed from a content
    <data folder>/derived/<2>/<content>-<product>.fault   why it could not be

Reading a shelf costs a few looks at the disk. Filling it is a job: :mod:`tagma.services.media.deriving`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Task
from tagma.errors import ImportFailed, NotFound, TagmaError, did_you_mean
from tagma.labeling.task_data import texts
from tagma.plugin.data_types import DataType
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.imports import uploads
from tagma.services.storage import storage_media
from tagma.services.storage.storage_media import Place

if TYPE_CHECKING:
    from tagma.services.site import Site


@dataclass(frozen=True)
class Source:
    """A file that a task names: on this machine's disk, in a storage, or at another server's address.

    What is written into the task itself, as lists and objects, is a file too: ``uri`` is its ``$key``, ``inline`` its JSON.
    """

    uri: str
    project_id: int
    path: Path | None = None
    place: Place | None = None
    inline: bytes | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        if self.inline is not None or self.uri.startswith("data:"):
            return "The file in the task's data"
        return unquote(urlsplit(self.uri).path.rpartition("/")[2]) or "file"

    def identity(self) -> str:
        """Changes when the file does, as far as can be told without reading it; may take as long as a storage's network.

        A file at another server's address is taken to stay as it is.
        """
        if self.inline is not None:
            return hashlib.sha256(self.inline).hexdigest()
        if self.path is not None:
            try:
                found = self.path.stat()
            except OSError as error:
                raise NotFound(f"The file {self.name} is gone.") from error
            return f"{self.path}|{found.st_size}|{found.st_mtime_ns}"
        if self.place is not None:
            return f"{self.uri}|{self.place.stat().version}"
        return self.uri


@dataclass(frozen=True)
class Product:
    """One thing that a data type computes."""

    data_type: type[DataType]
    kind: str
    params: Mapping[str, str]

    @property
    def media_type(self) -> str:
        return self.data_type.derivations[self.kind]

    @property
    def word(self) -> str:
        """Its name on the shelf."""
        name = f"{self.data_type.name}{self.data_type.version}-{self.kind}"
        if not self.params:
            return name
        said = orjson.dumps(dict(self.params), option=orjson.OPT_SORT_KEYS)
        return f"{name}-{hashlib.sha256(said).hexdigest()[:16]}"


def product(site: Site, data_type: str, kind: str, params: Mapping[str, str]) -> Product:
    """:raises NotFound: no plugin computes that."""
    found = data_type_named(site, data_type)
    if kind not in found.derivations:
        raise NotFound(
            f'The data type "{data_type}" derives no "{kind}".', hint=did_you_mean(kind, found.derivations)
        )
    return Product(found, kind, params)


def data_type_named(site: Site, name: str) -> type[DataType]:
    found = site.plugins.data_types.get(name)
    if found is None:
        raise NotFound(
            f'No plugin that is loaded knows data of the type "{name}".',
            hint=did_you_mean(name, site.plugins.data_types),
        )
    return found


def source(site: Site, tx: Transaction, actor: Actor, task_id: int, address: str) -> Source:
    """The file that a task of the actor's names, by what its data holds or what the browser makes of that.

    :raises NotFound: the task names no such file, or it is not the actor's to see.
    """
    task = access.task(site, tx, actor, task_id)
    if address.startswith("$"):  # what is written into the task itself is too long for an address
        return of(site, tx, task, address)
    return of(site, tx, task, _named(site, task_id, address))


def _named(site: Site, task_id: int, address: str) -> str:
    """The address as the task's data has it."""
    parts = urlsplit(address.removeprefix(site.settings.root_path))
    if parts.path.rstrip("/") in (f"/tasks/{task_id}/resolve", f"/tasks/{task_id}/presign"):
        return storage_media.named(parse_qs(parts.query).get("fileuri", [""])[0])
    return address.removeprefix(site.settings.root_path)


def of(site: Site, tx: Transaction, task: Task, uri: str) -> Source:
    """The file of a task that ``uri`` names; nobody's rights are asked. :raises NotFound: the task names no such file."""
    project_id = task.project_id
    if uri.startswith("$"):
        value = task.data.get(uri[1:], uri)
        if isinstance(value, list | dict):
            return Source(uri, project_id, inline=orjson.dumps(value))
        uri = str(value)
    if uri not in texts(task.data):
        raise NotFound(f"Task {task.id} names no file {uri[:80]}.", task=task.id)
    if uri.startswith(("/data/upload/", "upload/")):
        file = unquote(uri).removeprefix("/data/")
        if not file.startswith(f"upload/{project_id}/"):
            raise NotFound(f"{uri[:80]} belongs to another project.")
        return Source(uri, project_id, path=uploads.path_of(site, file))
    if uri.startswith("/data/local-files/"):
        path = storage_media.located(site, tx, uri, project_id)
        if path is None:
            raise NotFound(
                f"{uri[:80]} lies in no folder that this project has connected.",
                hint="Connect the storage it lies in.",
            )
        return Source(uri, project_id, path=path)
    if uri.startswith(("http://", "https://", "data:")):
        return Source(uri, project_id)
    return Source(uri, project_id, place=storage_media.within(site, tx, project_id, uri))


class Shelf:
    """What is kept of one file."""

    def __init__(self, site: Site, identity: str) -> None:
        self._site = site
        self._known = site.folder("derived", "known") / hashlib.sha256(identity.encode()).hexdigest()

    @property
    def content(self) -> str | None:
        """The content's hash, once somebody has read the file."""
        try:
            return self._known.read_text()
        except FileNotFoundError:
            return None

    def learn(self, content: str) -> None:
        with _whole(self._known) as part:
            part.write_text(content)

    def find(self, wanted: Product) -> Path | None:
        """What was computed. :raises ImportFailed: it was tried, and can't be."""
        content = self.content
        if content is None:
            return None
        place = self.place(content, wanted)
        if place.exists():
            return place
        fault = place.with_name(f"{place.name}.fault")
        if fault.exists():
            said = orjson.loads(fault.read_bytes())
            raise ImportFailed(said["message"], hint=said["hint"], code=said["code"], **said["where"])
        return None

    def place(self, content: str, wanted: Product) -> Path:
        return self._site.folder("derived", content[:2]) / f"{content}-{wanted.word}"

    def keep(self, content: str, wanted: Product, file: Path) -> None:
        """Take over ``file``, which lies below :func:`room`."""
        os.replace(file, self.place(content, wanted))

    def give_up(self, content: str, wanted: Product, error: TagmaError) -> None:
        """Nobody need try again with this content."""
        place = self.place(content, wanted)
        with _whole(place.with_name(f"{place.name}.fault")) as part:
            part.write_bytes(orjson.dumps(error.as_dict(), default=str))


def room(site: Site) -> Path:
    """A place for a file that is being made, on the shelf's own disk."""
    return site.folder("derived", "making") / secrets.token_hex(8)


@contextmanager
def _whole(place: Path) -> Iterator[Path]:
    """A file that appears whole or not at all."""
    part = place.with_name(f".{secrets.token_hex(8)}")
    yield part
    os.replace(part, place)
