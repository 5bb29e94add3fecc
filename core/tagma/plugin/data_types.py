"""A kind of media: which files it claims, what they are, and what can be computed from them once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar


class DataType:
    """Image, audio, video, …: an author must write ``name``, ``suffixes`` and ``probe``.

    A data type says nothing of labels: tags name it through ``ObjectTag.data_type``.
    """

    name: ClassVar[str]
    """One lower-case word, unique on a server: ``image``."""
    suffixes: ClassVar[tuple[str, ...]]
    """Lower case with the dot: ``(".jpg", ".png")``."""
    media_types: ClassVar[Mapping[str, str]] = {}
    """Suffix -> media type for suffixes the system's table gets wrong."""

    def probe(self, file: Path) -> dict[str, Any]:
        """Read the head of ``file`` and say what it is, e.g. ``{"width": 640, "height": 427}``.

        :raises tagma.errors.ImportFailed: the file is not what its suffix says; the message says what it is instead.
        """
        raise NotImplementedError

    def preview(self, file: Path, size: int) -> tuple[bytes, str] | None:
        """A small picture of the file for lists, at most ``size`` pixels a side: bytes and media type, or None."""
        return None

    def derive(self, file: Path, kind: str, params: Mapping[str, Any], out: Path) -> None:
        """Compute ``kind`` (tiles, peaks, …) from ``file`` into the file ``out``; called once per content in a job.

        :raises tagma.errors.NotFound: this data type derives no such kind.
        """
        from tagma.errors import NotFound

        raise NotFound(f'The data type "{self.name}" derives no "{kind}".')
