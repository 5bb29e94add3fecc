"""The road that all exports of films take: annotation after annotation into one zip."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterable
from typing import IO

from tagma.plugin import Annotation, Exporter, LabelingConfig, Task
from tagma_video.formats import films
from tagma_video.formats.films import Classes, Film, Filming


class ArchiveExporter(Exporter):
    """An heir says what is written of one annotation of one film."""

    suffix = ".zip"
    media_type = "application/zip"
    first_class = 1
    """Where its numbers of classes begin."""
    _seen: tuple[str, Film | None] | None = None

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        return films.refuses(config)

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        filming = Filming.of(self.config)
        assert filming is not None
        self.filming, names = filming, films.Names()
        self.classes = Classes(self.config, filming, self.project, self.first_class)
        with contextlib.ExitStack() as files, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            self.begin(files)
            for task in tasks:
                self.report.tasks += 1
                uri = task.get("data", {}).get(filming.key)
                if not isinstance(uri, str):
                    continue
                for annotation in films.annotations(task, self.report):
                    self.one(archive, names.name(uri, task, annotation), uri, task, annotation)
            self.end(archive)

    def begin(self, files: contextlib.ExitStack) -> None:
        """Before the first annotation. :param files: closes what is opened here."""

    def one(self, archive: zipfile.ZipFile, name: str, uri: str, task: Task, annotation: Annotation) -> None:
        """:param name: of the film and this annotation, given to no other."""
        raise NotImplementedError

    def film(self, uri: str, task: Task) -> Film | None:
        """What is known of a film; its head is read once for all annotations of a task."""
        if self._seen is None or self._seen[0] != uri:
            self._seen = (uri, films.film_of(task, uri, self.media, self.report))
        return self._seen[1]

    def end(self, archive: zipfile.ZipFile) -> None:
        """After the last annotation."""
