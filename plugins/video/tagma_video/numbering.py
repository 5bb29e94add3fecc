"""Decoded frames with the numbers that the film's index gives them: the same in the browser, in results and in exports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tagma_video.index import Index
from tagma_video.opening import decoded, opened

_SLACK = 0.0005
"""Seconds by which a decoder's time and the index may differ."""


class Numbering:
    """Tells the frames of one decoder, in the order they are shown in, which they are."""

    def __init__(self, container: Any, film: Index) -> None:
        self._film = film
        self.counts = container.format.name == "avi"
        """AVI says of frames when they are decoded, not when they are shown: they can only be counted, from the first."""
        self._last = 0

    def of(self, frame: Any) -> int | None:
        """None for a frame that the film does not show: doubled, or cut away."""
        number = self._last + 1 if self.counts else self._timed(frame)
        if number <= self._last or number > self._film.frames:
            return None
        self._last = number
        return number

    def _timed(self, frame: Any) -> int:
        if frame.time is None:
            return 0
        times, at = self._film.times, frame.time - self._film.zero
        place = int(np.searchsorted(times, at - _SLACK))
        return place + 1 if place < len(times) and abs(times[place] - at) <= _SLACK else 0


def numbered(file: Path, film: Index, first: int = 1) -> Iterator[tuple[int, Any]]:
    """The frames from ``first`` on. Costs what lies between the key frame before it and where the reader stops.

    A frame that can't be decoded is left out; those behind it keep their numbers.
    """
    if first > film.frames:
        return
    begun = False
    if first > 1:
        for number, frame in _from(file, film, float(film.times[first - 1]) + film.zero):
            if number > first and not begun:
                break  # the file led to a later place than was asked for
            begun = True
            if number >= first:
                yield number, frame
    if not begun:
        yield from ((number, frame) for number, frame in _from(file, film, None) if number >= first)


def _from(file: Path, film: Index, seconds: float | None) -> Iterator[tuple[int, Any]]:
    with opened(file) as (container, stream):
        stream.thread_type = "AUTO"
        numbering = Numbering(container, film)
        if seconds is not None and not numbering.counts:
            container.seek(int(seconds / stream.time_base), stream=stream)
        for packet in container.demux(stream):
            for frame in decoded(packet):
                if (number := numbering.of(frame)) is not None:
                    yield number, frame
