"""The spectrogram of a recording: how loud each frequency is at each time, as bytes, at several widths in one file.

::

    4 bytes   length of the head, little endian
    head      JSON: rate, channels, samples, fft, bins, levels [{hop, columns, at}]; blanks up to byte HEAD
    levels    the narrowest columns first: for each column, for each channel, ``bins`` bytes from 0 Hz up

A byte b stands for (b - 255) / 2 dB, where 0 dB (255) is a sine of full scale; 0 is silence. Column n of a level holds
the loudest of all windows whose middle lies within samples n * hop to (n + 1) * hop, so that a click is seen at any width.

What is precomputed is what would take long: the narrowest level is four windows wide and costs a twelfth of the
recording as 16-bit WAV. Anything closer is computed from the samples (:mod:`tagma_audio.spectrum_tiles`).
"""

from __future__ import annotations

import json
import math
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np

from tagma_audio.decoding import Samples, Sound

SIZES = (256, 512, 1024, 2048, 4096, 8192)
"""Samples of a window, as they can be asked for."""
_LARGEST = 2048  # unless somebody asks for more
HEAD = 4096  # bytes before the first level
WINDOWS = 8  # of one column of the narrowest level; they overlap by half
STEP = 4  # how many columns are one column of the next level
FEWEST = 256  # columns of the widest level, about
_SECONDS = 0.032  # of a window, where nobody says another size
_BATCH = 1 << 10  # windows transformed together

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Floats = np.ndarray[Any, np.dtype[np.float32]]


def usual(rate: int) -> int:
    """The size of window in which speech is seen best: about 32 ms."""
    wanted = 2 ** round(math.log2(_SECONDS * rate))
    return min(max(wanted, SIZES[0]), _LARGEST)


def loudness(windows: Floats, taper: Floats) -> Bytes:
    """What each bin of each window holds. :param windows: ``(…, fft)``, samples from -1 to 1."""
    found = np.fft.rfft(windows * taper)
    power = (found.real**2 + found.imag**2) / np.float32((taper.sum() / 2) ** 2)
    shown = 255 + 20 * np.log10(np.maximum(power, 1e-15))
    return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def hann(fft: int) -> Floats:
    return np.hanning(fft + 1)[:-1].astype(np.float32)


class _Level:
    """Columns ``(channels, bins)`` of one width, put on disk as they come; what makes a wider one is handed on."""

    def __init__(self, hop: int, room: IO[bytes]) -> None:
        self.hop, self.room, self.columns = hop, room, 0
        self._rest: list[Bytes] = []
        self._waiting = 0

    def add(self, columns: Bytes) -> Bytes | None:
        """Columns of the next level, as far as they are whole."""
        self.room.write(columns.tobytes())
        self.columns += len(columns)
        self._rest.append(columns)
        self._waiting += len(columns)
        if self._waiting < STEP:
            return None
        joined = np.concatenate(self._rest)
        whole = len(joined) // STEP * STEP
        self._rest, self._waiting = [joined[whole:]], len(joined) - whole
        return np.asarray(joined[:whole].reshape(-1, STEP, *joined.shape[1:]).max(axis=1))

    def end(self) -> Bytes | None:
        """The column of the next level that this one's last columns are not enough for."""
        joined = np.concatenate(self._rest) if self._rest else None
        return joined.max(axis=0, keepdims=True) if joined is not None and len(joined) else None


def _columns(blocks: Iterable[Samples], channels: int, fft: int) -> Iterator[tuple[int, Bytes]]:
    """Samples read so far, and columns of the narrowest level: ``(columns, channels, bins)``."""
    hop, taper, half = fft // 2, hann(fft), fft // 4
    rest = np.zeros(
        (half, channels), np.int16
    )  # the middle of the first window is half a hop into the recording
    seen, pieces = 0, []
    for block in blocks:
        seen += len(block)
        pieces.append(block)
        if sum(map(len, pieces)) < hop * WINDOWS * 4:
            continue
        rest = np.concatenate([rest, *pieces])
        pieces = []
        whole = ((len(rest) - fft) // hop + 1) // WINDOWS * WINDOWS
        if whole > 0:
            yield seen, _loudest(rest, whole, fft, taper)
            rest = rest[whole * hop :]
    rest = np.concatenate([rest, *pieces])
    left = math.ceil(max(len(rest) - half, 0) / hop)  # windows whose middle lies in what is left
    if left:
        needed = (left - 1) * hop + fft
        rest = np.concatenate([rest, np.zeros((max(needed - len(rest), 0), channels), np.int16)])
        yield seen, _loudest(rest, left, fft, taper)


def _loudest(samples: Samples, windows: int, fft: int, taper: Floats) -> Bytes:
    views = np.lib.stride_tricks.sliding_window_view(samples, fft, axis=0)[:: fft // 2][:windows]
    parts = []
    for at in range(0, windows, _BATCH):
        heard = loudness(views[at : at + _BATCH].astype(np.float32) / 32768, taper)
        short = -len(heard) % WINDOWS
        if short:
            heard = np.concatenate([heard, np.zeros((short, *heard.shape[1:]), np.uint8)])
        parts.append(heard.reshape(-1, WINDOWS, *heard.shape[1:]).max(axis=1))
    return np.concatenate(parts)


def write(sound: Sound, blocks: Iterable[Samples], fft: int, out: Path, tell: Callable[[float], None]) -> int:
    """Samples of each channel. Holds a few blocks in memory, whatever the length."""
    expected, seen = max(1.0, (sound.seconds or 0) * sound.rate), 0
    with ExitStack() as open_files:

        def level(hop: int) -> _Level:
            return _Level(hop, open_files.enter_context(tempfile.TemporaryFile(dir=out.parent)))

        levels = [level(fft // 2 * WINDOWS)]

        def put(place: int, columns: Bytes | None) -> None:
            while columns is not None and len(columns):
                if place == len(levels):
                    levels.append(level(levels[-1].hop * STEP))
                columns = levels[place].add(columns)
                place += 1

        for seen, columns in _columns(blocks, sound.channels, fft):
            put(0, columns)
            tell(min(seen / expected, 1.0))
        place = 0
        while place < len(levels) and levels[place].columns > FEWEST:
            put(place + 1, levels[place].end())
            place += 1
        _join(sound, seen, fft, levels[: place + 1], out)
    return seen


def _join(sound: Sound, samples: int, fft: int, levels: list[_Level], out: Path) -> None:
    bins, described, at = fft // 2 + 1, [], HEAD
    for one in levels:
        described.append({"hop": one.hop, "columns": one.columns, "at": at})
        at += one.columns * sound.channels * bins
    told = {
        "rate": sound.rate,
        "channels": sound.channels,
        "samples": samples,
        "fft": fft,
        "bins": bins,
        "levels": described,
    }
    head = json.dumps(told).encode().ljust(HEAD - 4)
    with out.open("wb") as file:
        file.write(struct.pack("<I", len(head)) + head)
        for one in levels:
            one.room.seek(0)
            shutil.copyfileobj(one.room, file, 1 << 20)
