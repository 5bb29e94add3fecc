"""Batches that wait until the last task of an import has been found good: in memory while they are few, then on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from tagma.services.desk.task_batches import Batch
from tagma.services.imports.uploads import said_plainly

FEW = 4  # batches; an import of so many is one transaction
_SIZE = 8  # bytes of a length

Step = tuple[Batch, int]
"""A batch, and how many drafts have been read up to its end."""


class Stage:
    """:param fresh: makes the batch into which one is taken back from disk."""

    def __init__(self, folder: Path, fresh: Callable[[], Batch]) -> None:
        self.folder, self.fresh = folder, fresh
        self.steps: list[Step] = []
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def few(self) -> bool:
        return self._file is None

    def put(self, batch: Batch, seen: int) -> None:
        """:raises Unavailable: the disk is full."""
        self.steps.append((batch, seen))
        if self._file is None and len(self.steps) <= FEW:
            return
        with said_plainly(self.folder / "staged"):
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115  # closed on the way out
            for one, after in self.steps:
                packed = one.pack()
                self._file.write(after.to_bytes(_SIZE) + len(packed).to_bytes(_SIZE) + packed)
        self.steps.clear()

    def __iter__(self) -> Iterator[Step]:
        if self._file is not None:
            self._file.seek(0)
            while head := self._file.read(2 * _SIZE):
                batch = self.fresh()
                batch.unpack(self._file.read(int.from_bytes(head[_SIZE:])))
                yield batch, int.from_bytes(head[:_SIZE])
        yield from self.steps
