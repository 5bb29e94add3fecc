"""Long work on a file of a task that a person starts at the desk and may stop: following a box through a film, say."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict


class Running(Protocol):
    """One run, as :meth:`TaskJob.run` sees it."""

    def file(self) -> AbstractContextManager[Path]:
        """The file in question on this machine's disk, until the block ends.

        :raises tagma.errors.TagmaError: it can't be had.
        """

    def progress(self, done: int, total: int | None = None, unit: str = "", note: str = "") -> None:
        """How far it is; cheap enough for every frame. What the person stopped ends here."""

    def show(self, result: Mapping[str, Any]) -> None:
        """What there is so far, for whoever looks at the job; cheap enough for every frame."""

    def check(self) -> None:
        """Call it where nothing is to be told for long: what the person stopped ends here."""


class TaskJob:
    """An author must write ``kind`` and ``run``.

    A page starts it by ``POST /api/tasks/{id}/jobs/{kind}/`` with ``file`` and the parameters, looks at
    ``/api/jobs/{id}/`` for ``state``, ``done`` and ``result``, and stops it by ``/api/jobs/{id}/cancel``. Whoever may
    annotate the task may start it.
    """

    kind: ClassVar[str]
    """One lower-case word, unique on a server: ``follow_box``."""

    class Params(BaseModel):
        """What the page says; it is checked before the job begins."""

        model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    def __init__(self, params: BaseModel) -> None:
        self.params: Any = params

    def run(self, job: Running) -> Mapping[str, Any]:
        """Do it, off any request; the result stands in the job. It may be begun anew after a crash of the server.

        Read files of strangers in a process of your own: a decoder that crashes takes everything with it.

        :raises tagma.errors.TagmaError: what can't be done, in words.
        """
        raise NotImplementedError
