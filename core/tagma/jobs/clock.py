"""What is looked at again and again where jobs are worked on: schedules, things that were left waiting.

::

    @every(15)
    def begin_what_is_due(site: Site) -> None: ...

Each process that works on jobs calls it, so it must stand being called twice at once; it must be quick, since it holds up the
keeper of jobs. Long work it begins as a job.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

log = logging.getLogger("tagma.jobs")

Periodic = Callable[[Any], None]
PERIODIC: list[tuple[float, Periodic]] = []


def every(seconds: float) -> Callable[[Periodic], Periodic]:
    """Call it with the site about so often."""

    def register(work: Periodic) -> Periodic:
        PERIODIC.append((seconds, work))
        return work

    return register


class Clock:
    """Knows when each was called last, in this process."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self._called: dict[Periodic, float] = {}

    def tick(self) -> None:
        """Call what is due; one that fails takes nothing of the others with it."""
        for seconds, work in PERIODIC:
            moment = time.monotonic()
            if moment - self._called.get(work, float("-inf")) < seconds:
                continue
            self._called[work] = moment
            try:
                work(self.site)
            except Exception:
                log.exception("%s failed; it is tried again", work.__name__)
