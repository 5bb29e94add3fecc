"""Reading sound in blocks, whatever its container: libsndfile where it can, FFmpeg's libraries (PyAV) for the rest.

A block is an array of 16-bit samples, ``(frames, channels)``. Sample n of the stream is what stands n / rate seconds after
the beginning of the file's own timeline: a track that begins late is preceded by silence, gaps are filled with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tagma.errors import ImportFailed

BLOCK = 1 << 18  # frames
_EXACT = ("WAV", "WAVEX", "W64", "RF64", "FLAC", "AIFF", "AU", "CAF", "OGG")
"""Formats of libsndfile in which a browser finds the sample that was asked for."""
_GAP = 0.05  # seconds a decoder's times may stray before it counts as a gap

Samples = np.ndarray[Any, np.dtype[np.int16]]


@dataclass(frozen=True)
class Sound:
    """What is known of a recording before it is read whole."""

    rate: int
    channels: int
    codec: str
    exact: bool
    """Whether a player that seeks in the file lands on the sample asked for."""
    seconds: float | None
    """As the head of the file has it; only reading it tells for sure."""


def describe(file: Path) -> Sound:
    """:raises ImportFailed: it is no sound that can be read, in words."""
    import soundfile

    try:
        info = soundfile.info(file)
    except soundfile.LibsndfileError:
        return _described(file)
    return Sound(info.samplerate, info.channels, info.subtype, info.format in _EXACT, info.duration)


def blocks(file: Path) -> Iterator[Samples]:
    """The whole recording. :raises ImportFailed: it breaks off before the first sample, or is none."""
    import soundfile

    try:
        with soundfile.SoundFile(file) as sound:
            if sound.format == "MP3" or sound.format in _EXACT:
                yield from _in_words(sound)
                return
    except soundfile.LibsndfileError as error:
        if _readable(file):
            raise ImportFailed(
                f"{file.name} breaks off: {error.error_string}",
                hint="Copy it again from where it came from, or convert it to WAV or FLAC.",
                file=file.name,
            ) from error
    yield from _decoded(file)


def _in_words(sound: Any) -> Iterator[Samples]:
    """libsndfile does not scale numbers with a point to whole ones, so that is done here."""
    if sound.subtype not in ("FLOAT", "DOUBLE"):
        yield from sound.blocks(BLOCK, dtype="int16", always_2d=True)
        return
    for block in sound.blocks(BLOCK, dtype="float32", always_2d=True):
        yield np.clip(np.rint(np.nan_to_num(block) * 32768), -32768, 32767).astype(np.int16)


def _readable(file: Path) -> bool:
    import soundfile

    try:
        soundfile.info(file)
    except soundfile.LibsndfileError:
        return False
    return True


def _described(file: Path) -> Sound:
    with _opened(file) as (container, stream):
        duration = container.duration / 1_000_000 if container.duration else None
        return Sound(stream.rate, stream.channels, stream.codec_context.name, False, duration)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[Any, Any]]:
    import av

    try:
        with av.open(str(file)) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                raise ImportFailed(
                    f"{file.name} has no sound track.",
                    hint="Give a recording, or label it as a video.",
                    file=file.name,
                )
            if stream.codec_context is None:
                raise ImportFailed(
                    f"The sound of {file.name} is in a format that no decoder here knows.",
                    hint="Convert it to WAV or FLAC with another program.",
                    file=file.name,
                )
            yield container, stream
    except (av.FFmpegError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise ImportFailed(
            f"{file.name} is no sound that can be read: {words}.",
            hint="Play it in another program; if that fails too, it is broken. Else convert it to WAV or FLAC.",
            file=file.name,
        ) from error


def _decoded(file: Path) -> Iterator[Samples]:
    import av

    with _opened(file) as (container, stream):
        resampler = av.AudioResampler(format="s16", layout=stream.layout, rate=stream.rate)
        channels, rate, written = stream.channels, stream.rate, 0
        begins = (container.start_time or 0) / 1_000_000
        for frame in container.decode(stream):
            if frame.time is not None:
                missing = round((frame.time - begins) * rate) - written
                if missing > _GAP * rate:
                    for size in _parts(missing):
                        yield np.zeros((size, channels), np.int16)
                    written += missing
            for part in resampler.resample(frame):
                samples = part.to_ndarray().reshape(-1, channels)
                written += len(samples)
                yield samples
        for part in resampler.resample(None):
            yield part.to_ndarray().reshape(-1, channels)


def _parts(frames: int) -> Iterator[int]:
    while frames > 0:
        yield min(frames, BLOCK)
        frames -= BLOCK
