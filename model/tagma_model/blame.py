"""A mistake in an author's code becomes one sentence with its place; the trace goes to the log."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from tagma_model.errors import ModelError

log = logging.getLogger("tagma_model")

_HERE = str(Path(__file__).parent)


class ModelBroke(ModelError):
    """The author's code raised something it did not mean to."""


@contextmanager
def blamed(method: str, tasks: Sequence[Mapping[str, Any]] = ()) -> Iterator[None]:
    """:param tasks: what the method works on, to name the one that it broke at."""
    try:
        yield
    except ModelError as error:
        at = _task(error.__traceback__, tasks)
        error.where.setdefault("task", at) if at is not None else None
        raise
    except Exception as error:
        file, line = _place(error)
        task = _task(error.__traceback__, tasks)
        log.exception("%s broke%s", method, "" if task is None else f" at task {task}")
        said = str(error).strip().splitlines()
        place = f" in {Path(file).name}, line {line}" if file else ""
        at_task = "" if task is None else f", at task {task}"
        raise ModelBroke(
            f"{method} raised {type(error).__name__}{': ' + said[0] if said else ''}{place}{at_task}.",
            "The log of the model server has the whole trace.",
            task=task,
            file=Path(file).name if file else None,
            line=line or None,
        ) from error


def _place(error: BaseException) -> tuple[str, int]:
    """The last line of the author's own code: neither ours nor of a library that is installed."""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if not one.filename.startswith(_HERE)]
    own = [one for one in frames if "site-packages" not in one.filename and "/lib/python" not in one.filename]
    if not frames:
        return "", 0
    last = (own or frames)[-1]
    return last.filename, last.lineno or 0


def _task(trace: TracebackType | None, tasks: Sequence[Mapping[str, Any]]) -> Any:
    """The task that the innermost frame holds in a variable; the only one there is; else None."""
    found = tasks[0].get("id") if len(tasks) == 1 else None
    by_identity = {id(task): task for task in tasks}
    while trace is not None:
        for value in trace.tb_frame.f_locals.values():
            if id(value) in by_identity:
                found = by_identity[id(value)].get("id")
        trace = trace.tb_next
    return found
