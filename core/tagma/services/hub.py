"""What happened goes from here to whoever listens: off the request, one after the other, one failing alone."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger("tagma.events")


class Hub:
    """A queue and one thread. ``publish`` never waits; ``drain`` waits until all that was told has been heard."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[Any], None]] = []
        self._queue: queue.Queue[Any] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def publish(self, events: list[Any]) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="tagma-events", daemon=True)
                self._thread.start()
        for event in events:
            self._queue.put(event)

    def drain(self) -> None:
        self._queue.join()

    def close(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _loop(self) -> None:
        while True:
            event = self._queue.get()
            try:
                if event is None:
                    return
                for listener in self.listeners:
                    try:
                        listener(event)
                    except Exception:
                        log.exception("a listener failed on %s", type(event).__name__)
            finally:
                self._queue.task_done()
