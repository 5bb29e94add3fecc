"""What a file would become as tasks, before there is a project: read for the wizard, kept nowhere."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagma.errors import TagmaError
from tagma.plugin.config import LabelingConfig
from tagma.plugin.formats import Draft, Fault, SourceFile
from tagma.services.imports import archives, import_sources
from tagma.services.imports.import_sources import Upload
from tagma.services.imports.uploads import safe_name

if TYPE_CHECKING:
    from tagma.services.site import Site

MOST_BYTES = 4 << 20  # what a browser sends of a file to have it looked at
_SHOWN = 20  # tasks and faults that are passed on
_UNPACKED = 256 << 20


@dataclass
class Found:
    """:param whole: all of the file was there; else counts are those of its beginning."""

    whole: bool
    tasks: int = 0
    annotations: int = 0
    predictions: int = 0
    media: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    first: list[dict[str, Any]] = field(default_factory=list)
    faults: list[TagmaError] = field(default_factory=list)
    fault_count: int = 0

    def take(self, one: Draft | Fault) -> None:
        if isinstance(one, Fault):
            self.miss(one.error)
            return
        task: dict[str, Any] = dict(one.task)
        self.tasks += 1
        self.annotations += len(task.get("annotations") or ())
        self.predictions += len(task.get("predictions") or ())
        data = task.get("data")
        if isinstance(data, dict):
            self.keys.update(str(key) for key in data)
            if len(self.first) < _SHOWN:
                self.first.append(data)

    def miss(self, error: TagmaError) -> None:
        self.fault_count += 1
        if len(self.faults) < _SHOWN:
            self.faults.append(error)

    def as_dict(self) -> dict[str, Any]:
        return {
            "whole": self.whole,
            "tasks": self.tasks,
            "annotations": self.annotations,
            "predictions": self.predictions,
            "media": dict(self.media),
            "keys": [key for key, _count in self.keys.most_common(100)],
            "first": self.first,
            "fault_count": self.fault_count,
            "faults": [fault.as_dict() for fault in self.faults],
        }


def inspect(site: Site, name: str, body: bytes, xml: str, *, whole: bool) -> Found:
    """Read ``body``, all of the file ``name`` or its beginning, with the importer that will read it later.

    :param xml: the labeling config it is for.
    """
    found = Found(whole)
    with tempfile.TemporaryDirectory(dir=site.folder("temporary")) as folder:
        path = Path(folder, safe_name(name))
        path.write_bytes(body)
        try:
            uploads = _unpacked(path, name) if archives.is_zip(name) else [Upload(SourceFile(path, name))]
        except TagmaError as error:
            found.miss(error)
            return found
        _read(site, uploads, site.config(xml), found)
    return found


def _unpacked(path: Path, name: str) -> list[Upload]:
    uploads = []
    for number, (inner, stream) in enumerate(archives.members(path, name, _UNPACKED)):
        kept = path.with_name(f"{number}-{safe_name(inner)}")
        with kept.open("wb") as out:
            while chunk := stream.read(1 << 20):
                out.write(chunk)
        uploads.append(Upload(SourceFile(kept, inner.rpartition("/")[2], url=inner), inner=inner))
    return uploads


class _Reader(import_sources.Reader):
    """Each file is looked at by itself: the recording that labels are about may be the next."""

    def companion(self, name: str, upload: Upload) -> str:
        return super().companion(name, upload) or name


def _read(site: Site, uploads: list[Upload], config: LabelingConfig, found: Found) -> None:
    """Of a beginning the last row may be cut off, so it is not counted; what is wrong at its end is the cut."""
    sources = import_sources.sort(site, uploads, config)
    for fault in sources.faults:
        found.miss(fault)
    if not sources.tasks:
        _media(site, sources, config, found)
        return
    for upload in sources.media:
        found.media[media_kind(site, upload.source.name)] += 1
    waiting: Draft | Fault | None = None
    for one, _upload in _Reader(site, sources, config, {}):
        if waiting is not None:
            found.take(waiting)
        waiting = one
    if waiting is not None and (found.whole or not found.tasks):
        found.take(waiting)


def _media(site: Site, sources: import_sources.Sources, config: LabelingConfig, found: Found) -> None:
    """Pictures and the like: each is a task by itself."""
    for one, _upload in import_sources.Reader(site, sources, config, {}):
        if isinstance(one, Draft):
            found.tasks += 1
            found.media[media_kind(site, one.file)] += 1
        else:
            found.miss(one.error)


def media_kind(site: Site, name: str) -> str:
    """``image`` and the like by the data types there are, ``file`` for what is only kept."""
    data_type = site.plugins.data_type_for(Path(name).suffix.lower())
    return data_type.name if data_type else "file"


def rules(site: Site) -> dict[str, Any]:
    """What a browser needs to know to sort files: kinds of media and suffixes of task files, and how much of one to send."""
    suffixes = set(import_sources.MEDIA_SUFFIXES)
    for data_type in site.plugins.data_types.values():
        suffixes.update(data_type.suffixes)
    readable = {suffix for importer in site.plugins.importers for suffix in importer.suffixes}
    return {
        "media": {suffix: media_kind(site, f"a{suffix}") for suffix in sorted(suffixes)},
        "readable": sorted(readable | {".zip"}),
        "part": MOST_BYTES,
    }
