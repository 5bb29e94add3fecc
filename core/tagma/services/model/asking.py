"""Threads that wait for models: a slow one holds up nobody's request, nor the end of the server."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from tagma.errors import ModelUnreachable

T = TypeVar("T")

MOST = 8
"""Questions to one model that may wait for its answer at once; jobs are not counted."""


OPENED = 32
"""Tasks that people opened and that may wait for models at once."""

CLOSING = 0.9
"""Seconds that the end of the server waits for what is under way."""


class Asking:
    """Threads that the process does not wait for, but for a moment; people's questions to one model don't pile up in them."""

    def __init__(self) -> None:
        self._under_way: set[Future[Any]] = set()
        self._waiting: Counter[int] = Counter()
        self._once: dict[int, Future[Any]] = {}
        self._lock = threading.Lock()

    def aside(self, work: Callable[[], T]) -> Future[T]:
        """Do it in a thread of its own."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # whoever gives up waiting does not take it back
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name="tagma-model", daemon=True).start()
        return future

    def close(self) -> None:
        """What is nearly done may end."""
        wait(list(self._under_way), CLOSING)

    def once(self, key: int, work: Callable[[], T]) -> Future[T]:
        """Like :meth:`aside`; while it is under way, whoever asks for the same key is given the same.

        :raises ModelUnreachable: too much is under way.
        """
        with self._lock:
            if key in self._once:
                return self._once[key]
            if len(self._once) >= OPENED:
                raise ModelUnreachable(
                    f"The models are busy: {OPENED} tasks wait for their answers.",
                    hint="Try again in a moment.",
                )

            def counted() -> T:
                try:
                    return work()
                finally:
                    with self._lock:
                        del self._once[key]

            self._once[key] = future = self.aside(counted)
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

        return self.aside(counted)
