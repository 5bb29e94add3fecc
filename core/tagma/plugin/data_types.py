"""A kind of media: which files it claims, what they are, and what can be computed from them once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol


class Made(Protocol):
    """Finds what :meth:`DataType.derive` made of the file in question; ends the request if somebody has to make it first."""

    def __call__(self, kind: str, params: Mapping[str, str] | None = None) -> Path: ...


class DataType:
    """Image, audio, video, …: an author must write ``name``, ``suffixes`` and ``probe``.

    A data type says nothing of labels: tags name it through ``ObjectTag.data_type``.
    """

    name: ClassVar[str]
    """One lower-case word, unique on a server: ``image``."""
    suffixes: ClassVar[tuple[str, ...]]
    """Lower case with the dot: ``(".jpg", ".png")``. Empty where such files mean other things too, as a CSV may hold tasks."""
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

    version: ClassVar[int] = 1
    """Raise it when what :meth:`derive` computes changes: what older code computed is not used any more."""
    derivations: ClassVar[Mapping[str, str]] = {}
    """What can be computed from a file once: kind -> media type of the result, ``{"peaks": "application/octet-stream"}``."""

    def derive(
        self, file: Path, kind: str, params: Mapping[str, str], out: Path, tell: Callable[[float], None]
    ) -> None:
        """Compute ``kind`` from ``file`` into the file ``out``.

        Called once per content, in a job, in a process of its own: a decoder that crashes hurts nobody else. What
        is too large to be computed for each asker is derived; what is cut from it for one screen is a :meth:`window`.

        :param tell: how far it is, 0 to 1; call it as often as you like.
        :raises tagma.errors.ImportFailed: the file is broken or of a kind that can't be read, in words.
        """
        raise NotImplementedError

    def window(self, kind: str, params: Mapping[str, str], made: Made) -> tuple[bytes, str] | None:
        """A small part for one screen (the samples of half a second, one frame): bytes and media type.

        Called in a thread of a request, so it must take milliseconds whatever the file's length.

        :param params: what the page asked for, as it wrote it: check it.
        :param made: finds what :meth:`derive` made.
        :returns: None if this data type has no such window.
        """
        return None
