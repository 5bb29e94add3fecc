"""How often somebody may try a password: counted in memory by address and e-mail, so that guessing is slow and a person who
mistyped is told how long to wait."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tagma.errors import TooManyTries

if TYPE_CHECKING:
    from tagma.services.site import Site

WINDOW = 15 * 60.0  # seconds a wrong try counts
PER_PERSON = 10  # of one e-mail from one address
PER_ADDRESS = 100  # of any e-mail from one address
_MOST_KEYS = 10_000


class Tries:
    """Wrong tries of the last quarter of an hour."""

    def __init__(self) -> None:
        self._failed: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def check(self, address: str, email: str) -> None:
        """:raises TooManyTries: with the minutes to wait."""
        for key, most in (((address, email), PER_PERSON), ((address, ""), PER_ADDRESS)):
            with self._lock:
                recent = self._recent(key)
                if len(recent) < most:
                    continue
                wait = int(recent[0] + WINDOW - time.monotonic()) + 1
            whom = f"for {email} " if key[1] else ""
            raise TooManyTries(
                f"Too many wrong passwords {whom}from {address}: {len(recent)} in the last 15 minutes.",
                hint=f"Wait {-(-wait // 60)} minutes and try again, or ask an administrator for a new password.",
                seconds=wait,
            )

    def failed(self, address: str, email: str) -> None:
        with self._lock:
            if len(self._failed) > _MOST_KEYS:
                self._failed = {key: recent for key in list(self._failed) if (recent := self._recent(key))}
            for key in ((address, email), (address, "")):
                self._failed.setdefault(key, deque(maxlen=PER_ADDRESS)).append(time.monotonic())

    def clear(self, address: str, email: str) -> None:
        with self._lock:
            self._failed.pop((address, email), None)

    def _recent(self, key: tuple[str, str]) -> deque[float]:
        recent = self._failed.get(key, deque())
        while recent and recent[0] < time.monotonic() - WINDOW:
            recent.popleft()
        return recent


_OF: WeakKeyDictionary[Site, Tries] = WeakKeyDictionary()


def tries_of(site: Site) -> Tries:
    return _OF.setdefault(site, Tries())
