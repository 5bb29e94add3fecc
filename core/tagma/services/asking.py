"""Threads that wait for models: a slow one holds up nobody's request, nor the end of the server."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from tagma.errors import ModelUnreachable

T = TypeVar("T")

MOST = 8
"""Questions to one model that may wait for its answer at once; jobs are not counted."""


def aside(work: Callable[[], T], name: str = "tagma-model") -> Future[T]:
    """Do it in a thread that the process does not wait for."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future


class Asking:
    """Keeps people's questions to one model from piling up."""

    def __init__(self) -> None:
        self._waiting: Counter[int] = Counter()
        self._once: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()

    def once(self, key: int, work: Callable[[], T]) -> Future[T]:
        """Like :func:`aside`; while it is under way, whoever asks for the same key is given the same."""
        with self._lock:
            if key in self._once:
                return self._once[key]

            def counted() -> T:
                try:
                    return work()
                finally:
                    with self._lock:
                        del self._once[key]

            self._once[key] = future = aside(counted)
            return future

    def ask(self, model_id: int, work: Callable[[], T]) -> Future[T]:
        """:raises ModelUnreachable: too many wait for this model already."""
        with self._lock:
            if self._waiting[model_id] >= MOST:
                raise ModelUnreachable(
                    f"The model is busy: {MOST} questions wait for its answer.",
                    hint="Try again in a moment.",
                    model=model_id,
                )
            self._waiting[model_id] += 1

        def counted() -> T:
            try:
                return work()
            finally:
                with self._lock:
                    self._waiting[model_id] -= 1

        return aside(counted)
