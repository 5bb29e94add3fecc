"""Reading sound in blocks, whatever its container: libsndfile where it can, FFmpeg's libraries (PyAV) for the rest.

A block is an array of 16-bit samples, ``(frames, channels)``. Sample n of the stream is what stands n / rate seconds after
the beginning of the file's own timeline; what an encoder put before and after the sound is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tagma.errors import ImportFailed

BLOCK = 1 << 18  # frames, fewer where there are many channels
_EXACT = {
    "WAV": ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "ULAW", "ALAW"),
    "WAVEX": ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT"),
    "FLAC": ("PCM_S8", "PCM_16", "PCM_24"),
    "OGG": ("VORBIS", "OPUS"),
}
"""What a browser plays, and finds the sample in that was asked for."""
_READ = (*_EXACT, "MP3", "W64", "RF64", "AIFF", "AU", "CAF")
"""Formats of libsndfile that are read by it; others it only knows half."""
_TAIL = 1 << 16  # bytes that hold the last page of an OGG file

Samples = np.ndarray[Any, np.dtype[np.int16]]


@dataclass(frozen=True)
class Sound:
    """What is known of a recording before it is read whole."""

    rate: int
    channels: int
    codec: str
    exact: bool
    """Whether a browser plays the file and lands on the sample asked for."""
    seconds: float | None
    """As the head of the file has it; only reading it tells for sure."""


def describe(file: Path) -> Sound:
    """:raises ImportFailed: it is no sound that can be read, in words."""
    from tagma_audio import containers

    if not file.stat().st_size:
        raise ImportFailed(
            f"{file.name} is empty.", hint="Check that it was recorded and copied whole.", file=file.name
        )
    info = _info(file)
    if info is None or (info.format == "OGG" and _chained(file)):
        return containers.describe(file)
    exact = info.subtype in _EXACT.get(info.format, ())
    if info.format == "OGG":
        exact = exact and not containers.begins(file)
    return Sound(info.samplerate, info.channels, info.subtype, exact, info.duration)


def blocks(file: Path) -> Iterator[Samples]:
    """The whole recording. :raises ImportFailed: it is none, in words."""
    import soundfile

    from tagma_audio import containers

    info = _info(file)
    if info is None or (info.format == "OGG" and _chained(file)):
        yield from containers.blocks(file)
        return
    read = 0
    try:
        with soundfile.SoundFile(file) as sound:
            for block in _in_words(sound):
                read += len(block)
                yield block
    except soundfile.LibsndfileError:  # FFmpeg goes on behind what is damaged
        yield from _after(read, containers.blocks(file))


def _after(seen: int, blocks: Iterator[Samples]) -> Iterator[Samples]:
    for block in blocks:
        if seen < len(block):
            yield block[seen:]
        seen = max(seen - len(block), 0)


def _info(file: Path) -> Any:
    """What libsndfile says of it, None where it had better not be asked."""
    import soundfile

    try:
        info = soundfile.info(file)
    except soundfile.LibsndfileError:
        return None
    return info if info.format in _READ else None


def _in_words(sound: Any) -> Iterator[Samples]:
    """libsndfile does not scale numbers with a point to whole ones, so that is done here."""
    whole = sound.subtype not in ("FLOAT", "DOUBLE")
    size = max(BLOCK // sound.channels, 1 << 12)
    while len(block := sound.read(size, dtype="int16" if whole else "float32", always_2d=True)):
        yield block if whole else _scaled(block)


def _scaled(block: np.ndarray[Any, np.dtype[np.float32]]) -> Samples:
    return np.clip(np.rint(np.nan_to_num(block) * 32768), -32768, 32767).astype(np.int16)


def _chained(file: Path) -> bool:
    """Whether several OGG streams stand one after the other, of which libsndfile would read the first."""
    with file.open("rb") as stream:
        first = stream.read(18)
        stream.seek(max(file.stat().st_size - _TAIL, 0))
        tail = stream.read()
    last = tail.rfind(b"OggS")
    return last >= 0 and first[14:18] != tail[last + 14 : last + 18]
