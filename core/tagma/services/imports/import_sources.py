"""What an import reads: which files are tasks, which are media, and the drafts they give, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tagma.errors import ImportFailed, TagmaError
from tagma.plugin.config import LabelingConfig
from tagma.plugin.formats import Draft, Fault, Importer, SourceFile
from tagma.plugin.tags import ObjectTag
from tagma.services.imports.uploads import safe_name

if TYPE_CHECKING:
    from tagma.services.site import Site

UNNAMED = "$undefined$"  # the wire's word for "the key the config asks for"
MEDIA_SUFFIXES = frozenset(
    [
        ".bmp",
        ".flac",
        ".gif",
        ".jpg",
        ".jpeg",
        ".m4a",
        ".mp3",
        ".mp4",
        ".oga",
        ".ogg",
        ".opus",
        ".pdf",
        ".png",
        ".svg",
        ".wav",
        ".webm",
        ".webp",
        ".avif",
        ".mov",
        ".tif",
        ".tiff",
    ]
)
_HEAD = 64 << 10
_LONGEST_NAME = 500


@dataclass(frozen=True)
class Upload:
    """One file on disk, with the row it has."""

    source: SourceFile
    id: int | None = None
    inner: str = ""
    """Its path inside the archive or folder it came in."""


@dataclass
class Sources:
    """Files sorted by what becomes of them."""

    tasks: list[tuple[Upload, type[Importer]]] = field(default_factory=list)
    media: list[Upload] = field(default_factory=list)
    faults: list[TagmaError] = field(default_factory=list)

    @property
    def formats(self) -> dict[str, int]:
        """Suffix -> number of files, as the wire has it."""
        found: dict[str, int] = {}
        for upload in [*(one for one, _ in self.tasks), *self.media]:
            suffix = Path(upload.source.name).suffix.lower() or "unknown"
            found[suffix] = found.get(suffix, 0) + 1
        return found


def sort(
    site: Site,
    uploads: Sequence[Upload],
    config: LabelingConfig | None = None,
    *,
    tables_are_tasks: bool = True,
) -> Sources:
    """Ask the importers about each file; what none of them reads is media, if its suffix is known.

    :param config: what they are for; a file that one of its tags claims is media.
    :param tables_are_tasks: False takes CSV, TSV and text files as media (a series, a text by itself).
    """
    sources = Sources()
    for upload in uploads:
        suffix = Path(upload.source.name).suffix.lower()
        head = _head(upload)
        claimed = config is not None and _claimed(config, upload, head)
        listed = not claimed and (tables_are_tasks or suffix not in (".csv", ".tsv", ".txt"))
        importer = _importer(site, upload, head) if listed else None
        if importer is not None:
            sources.tasks.append((upload, importer))
        elif suffix in MEDIA_SUFFIXES or site.plugins.data_type_for(suffix) or not listed:
            sources.media.append(upload)
        else:
            known = sorted({one for found in site.plugins.importers for one in found.suffixes})
            sources.faults.append(
                ImportFailed(
                    f'{upload.source.name} can\'t be imported: no plugin reads "{suffix or "files without a suffix"}".',
                    hint=f"Tasks come from {', '.join(known) or 'no format: no plugin for one is loaded'}; pictures, sound, video and PDF are kept as they are.",
                    code="unknown-format",
                    file=upload.source.name,
                )
            )
    return sources


def _head(upload: Upload) -> bytes:
    try:
        with upload.source.path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def _claimed(config: LabelingConfig, upload: Upload, head: bytes) -> bool:
    """Whether an object of the config shows such a file; one key can't take it where tasks have several."""
    if len(config.required_keys) != 1:
        return False
    shown = ((node, node.tag_class) for node in config.objects.values())
    return any(
        issubclass(tag, ObjectTag) and tag.claims(node, upload.source, head) for node, tag in shown if tag
    )


def _importer(site: Site, upload: Upload, head: bytes) -> type[Importer] | None:
    best, sure = None, 0.0
    for importer in site.plugins.importers:
        found = importer.sniff(upload.inner or upload.source.name, head)
        if found > sure:
            best, sure = importer, found
    return best


class Reader:
    """Draft after draft, each with the upload it is from. Can be read again from the beginning."""

    def __init__(
        self, site: Site, sources: Sources, config: LabelingConfig, settings: dict[str, Any]
    ) -> None:
        self.site = site
        self.sources = sources
        self.config = config
        self.settings = settings
        self.named: set[str] = set()
        self._urls = _urls(sources.media) if sources.tasks else {}
        self._sent = _urls([one for one in sources.media if not one.inner]) if sources.tasks else {}
        self._stems = _stems(sources.media) if sources.tasks else {}

    def __iter__(self) -> Iterator[tuple[Draft | Fault, int | None]]:
        for together, importer in _wholes(self.sources.tasks):
            for one in self._read(together, importer):
                yield self._link(one, together[0]) if isinstance(one, Draft) else one, together[0].id
        if self.sources.tasks:
            yield from ((Fault(error), None) for error in self._unnamed())
            return
        for upload in self.sources.media:
            yield self._medium(upload), upload.id

    def _read(self, together: list[Upload], importer: type[Importer]) -> Iterator[Draft | Fault]:
        row, upload = 0, together[0]
        try:
            reader = importer(_settings(importer, self.settings), self.config)
            for one in reader.read([one.source for one in together]):
                row += 1
                yield one
        except TagmaError as error:
            yield Fault(error)
        except (
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
        ) as error:  # a fault of the plugin
            plugin = self.site.plugins.owner(importer)
            yield Fault(
                ImportFailed(
                    f'The importer "{importer.name}" of the plugin "{plugin}" broke on {upload.source.name} after row {row}:'
                    f" {type(error).__name__}: {error}.",
                    hint="Tell the plugin's author; other files are not touched by it.",
                    code="plugin",
                    file=upload.source.name,
                    row=row + 1,
                )
            )

    def _link(self, draft: Draft, upload: Upload) -> Draft | Fault:
        """Values that name a file of the same import (``images/cat.jpg``) become the address it is served at."""
        data = draft.task.get("data")
        if draft.beside is not None and isinstance(data, dict):
            name = str(data.get(draft.beside))
            found = self.companion(name, upload)
            if found is None:
                return Fault(_alone(name, draft))
            self.named.add(found)
            data[draft.beside] = found
        if not self._urls or not isinstance(data, dict):
            return draft
        for key, value in data.items():
            if isinstance(value, str) and (url := self._url(value)):
                self.named.add(url)
                data[key] = url
        return draft

    def companion(self, name: str, upload: Upload) -> str | None:
        """The address of the medium of that name in the same folder, else of the only one so called."""
        found = self._stems.get(safe_name(name), [])
        near = [one for one in found if _folder(one) == _folder(upload)] or found
        return near[0].source.url if len(near) == 1 else None

    def _url(self, value: str) -> str | None:
        """A file sent by itself has lost its folder on the way, and signs a file system minds; one in a zip has not."""
        found = self._urls.get(value) or self._urls.get(value.removeprefix("./"))
        if found or not self._sent or len(value) > _LONGEST_NAME or "://" in value or value.startswith("/"):
            return found
        return self._sent.get(safe_name(value))

    def _unnamed(self) -> list[TagmaError]:
        left = [one for one in self.sources.media if one.source.url not in self.named]
        if not left:
            return []
        return [
            ImportFailed(
                f"{len(left)} media files are named by no task, {left[0].source.name} among them.",
                hint="Import media by themselves, or name them in the task file as they are called.",
                code="unnamed-media",
                file=left[0].source.name,
            )
        ]

    def _medium(self, upload: Upload) -> Draft | Fault:
        source = upload.source
        data_type = self.site.plugins.data_type_for(Path(source.name).suffix)
        if data_type is not None:
            try:
                data_type().probe(source.path)
            except TagmaError as error:  # it knows the file as we keep it, the person as they sent it
                words = error.message.replace(source.path.name, source.name)
                where = {**error.where, "file": source.name}
                return Fault(ImportFailed(words, hint=error.hint, code=error.code, **where))
        return Draft({"data": {UNNAMED: source.url}}, source.name, 1)


def _urls(media: Sequence[Upload]) -> dict[str, str]:
    """Names by which a task file may call each medium; a bare name only if it is the only one so called."""
    urls: dict[str, str] = {}
    bare: dict[str, list[str]] = {}
    for upload in media:
        path = PurePosixPath(upload.inner or upload.source.name)
        url = upload.source.url or ""
        for depth in range(len(path.parts) - 1):
            urls.setdefault("/".join(path.parts[depth:]), url)
        bare.setdefault(path.name, []).append(url)
    return {**{name: found[0] for name, found in bare.items() if len(found) == 1}, **urls}


def _stems(media: Sequence[Upload]) -> dict[str, list[Upload]]:
    found: dict[str, list[Upload]] = {}
    for upload in media:
        found.setdefault(safe_name(PurePosixPath(upload.source.name).stem), []).append(upload)
    return found


def _folder(upload: Upload) -> str:
    return upload.inner.rpartition("/")[0]


def _wholes(tasks: Sequence[tuple[Upload, type[Importer]]]) -> Iterator[tuple[list[Upload], type[Importer]]]:
    """Each file by itself, those of a format that is a folder of files together."""
    folders: dict[tuple[type[Importer], str], list[Upload]] = {}
    for upload, importer in tasks:
        if importer.together:
            folders.setdefault((importer, importer.whole(upload.inner)), []).append(upload)
    for upload, importer in tasks:
        if not importer.together:
            yield [upload], importer
        elif (whole := folders.pop((importer, importer.whole(upload.inner)), None)) is not None:
            yield whole, importer


def _alone(name: str, draft: Draft) -> ImportFailed:
    return ImportFailed(
        f"{draft.file} is about {name}, but no one media file of that name came with it.",
        hint=f"Import {name} itself in the same step (both in one zip, or chosen together), or say where the recordings lie.",
        code="alone",
        file=draft.file,
        row=draft.row,
    )


def _settings(importer: type[Importer], given: dict[str, Any]) -> Any:
    known = {key: value for key, value in given.items() if key in importer.Settings.model_fields}
    try:
        return importer.Settings(**known)
    except ValidationError as error:
        first = error.errors()[0]
        raise ImportFailed(
            f"The setting {first['loc'][0]} of {importer.title} is wrong: {first['msg']}."
        ) from error
