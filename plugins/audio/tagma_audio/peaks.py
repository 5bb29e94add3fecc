"""The peak pyramid of a recording: least and greatest sample of every bin, at several widths, in one file read by Range.

::

    4 bytes   length of the head, little endian
    head      JSON: rate, channels, samples, exact, levels [{bin, bins, at}]; filled up with blanks to a multiple of 8
    levels    the widest bins first: for each channel, for each bin, least and greatest as signed bytes

The widest level is a few kilobytes for hours of sound, so the first picture costs one small request.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tagma_audio.decoding import Samples, Sound

FINEST = 256  # samples of a bin
STEP = 4  # how many bins are one bin of the next level
COARSEST = 1 << 18
_Bins = np.ndarray[Any, np.dtype[np.int8]]


class Pyramid:
    """Grows block by block; holds the finest level in memory: 2 bytes a channel for 256 samples, 13 MB for 10 hours of stereo."""

    def __init__(self, channels: int) -> None:
        self.samples = 0
        self._rest = np.zeros((0, channels), np.int16)
        self._parts: list[_Bins] = []

    def add(self, block: Samples) -> None:
        self.samples += len(block)
        block = np.concatenate([self._rest, block]) if len(self._rest) else block
        whole = len(block) // FINEST * FINEST
        self._rest = block[whole:].copy()
        if whole:
            self._parts.append(_bins(block[:whole].reshape(-1, FINEST, block.shape[1])))

    def levels(self) -> list[tuple[int, _Bins]]:
        """Bin width and bins ``(bins, channels, 2)``, the finest first."""
        parts = [*self._parts, _bins(self._rest[None])] if len(self._rest) else self._parts
        level = np.concatenate(parts) if parts else np.zeros((0, self._rest.shape[1], 2), np.int8)
        width, found = FINEST, []
        while True:
            found.append((width, level))
            width *= STEP
            if width > COARSEST or len(level) <= 1:
                return found
            level = _wider(level)


def _bins(block: Samples) -> _Bins:
    """``(bins, samples, channels)`` to ``(bins, channels, 2)``."""
    # A row of neighbours is reduced many times faster
    channels = np.ascontiguousarray(block.transpose(2, 0, 1))
    least = channels.min(axis=2).T >> 8
    most = np.minimum((channels.max(axis=2).T.astype(np.int32) + 255) >> 8, 127)
    return np.stack([least.astype(np.int8), most.astype(np.int8)], axis=-1)


def _wider(level: _Bins) -> _Bins:
    short = -len(level) % STEP
    filled = np.concatenate([level, np.repeat(level[-1:], short, axis=0)]) if short else level
    groups = filled.reshape(-1, STEP, *level.shape[1:])
    return np.stack([groups[..., 0].min(axis=1), groups[..., 1].max(axis=1)], axis=-1)


def write(sound: Sound, blocks: Iterable[Samples], out: Path, tell: Callable[[float], None]) -> int:
    """Samples of each channel."""
    pyramid = Pyramid(sound.channels)
    expected = max(1.0, (sound.seconds or 0) * sound.rate)
    for block in blocks:
        pyramid.add(block)
        tell(min(pyramid.samples / expected, 1.0))
    levels = pyramid.levels()[::-1]
    described, at = [], 0
    for width, level in levels:
        described.append({"bin": width, "bins": len(level), "at": at})
        at += level.size
    head = json.dumps(
        {
            "rate": sound.rate,
            "channels": sound.channels,
            "samples": pyramid.samples,
            "exact": sound.exact,
            "levels": described,
        }
    ).encode()
    head += b" " * (-(len(head) + 4) % 8)
    with out.open("wb") as file:
        file.write(struct.pack("<I", len(head)))
        file.write(head)
        for _, level in levels:
            file.write(np.ascontiguousarray(level.transpose(1, 0, 2)).tobytes())
    return pyramid.samples
