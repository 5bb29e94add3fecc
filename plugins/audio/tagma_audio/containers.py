"""Sound in any container, by FFmpeg's libraries: films, MP4, Matroska, what telephones record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tagma.errors import ImportFailed
from tagma_audio.decoding import BLOCK, Samples, Sound

_FRAME = 1 << 13  # samples that an encoder fills up at most
_HEADS = 1 << 20  # bytes at either end in which a file says what it holds
_GAP = 0.05  # seconds a decoder's times may stray before it counts as a gap


def describe(file: Path) -> Sound:
    """:raises ImportFailed: it has no sound, or none that can be decoded."""
    with _opened(file) as (container, stream):
        duration = container.duration / 1_000_000 if container.duration else None
        return Sound(stream.rate, stream.channels, stream.codec_context.name, False, duration)


def begins(file: Path) -> bool:
    """Whether the file's own clock begins at another time than zero."""
    with _opened(file) as (_container, stream):
        return bool(stream.start_time)


def blocks(file: Path) -> Iterator[Samples]:
    """A track that begins late is preceded by silence, gaps are filled with it; the last frame ends where the file says."""
    parts: list[Samples] = []
    held = 0
    with _opened(file) as (container, stream):
        track = _Track(container, stream)
        for part in track.read():
            if held >= BLOCK:
                yield np.concatenate(parts)
                parts, held = [], 0
            parts.append(part)
            held += len(part)
        if parts:
            last = np.concatenate(parts)
            yield last[: len(last) - min(track.surplus(), len(last))]


class _Track:
    """One track while it is decoded."""

    def __init__(self, container: Any, stream: Any) -> None:
        import av

        self.container, self.stream = container, stream
        self.rate, self.channels = stream.rate, stream.channels
        self.written = 0
        self._begins = (container.start_time or 0) / 1_000_000
        self._end: float | None = None
        self._resampler = av.AudioResampler(format="s16", layout=stream.layout, rate=stream.rate)

    def read(self) -> Iterator[Samples]:
        import av

        for packet in self.container.demux(self.stream):
            if packet.pts is not None and packet.duration:
                self._end = float((packet.pts + packet.duration) * packet.time_base) - self._begins
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                continue  # a packet that was damaged; what it held is a gap
            for frame in frames:
                yield from self._silence(frame)
                yield from self._samples(frame)
        yield from self._samples(None)

    def _silence(self, frame: Any) -> Iterator[Samples]:
        if frame.time is None:
            return
        missing = round((frame.time - self._begins) * self.rate) - self.written
        if missing <= _GAP * self.rate:
            return
        self.written += missing
        while missing > 0:
            yield np.zeros((min(missing, BLOCK), self.channels), np.int16)
            missing -= BLOCK

    def _samples(self, frame: Any) -> Iterator[Samples]:
        for part in self._resampler.resample(frame):
            samples = part.to_ndarray().reshape(-1, self.channels)
            self.written += len(samples)
            yield samples

    def surplus(self) -> int:
        """Samples that an encoder added to fill its last frame: known where the file counts time by the sample."""
        if self._end is None or self.stream.time_base * self.rate > 1:
            return 0
        surplus = self.written - round(self._end * self.rate)
        return surplus if 0 < surplus < _FRAME else 0


@contextmanager
def _opened(file: Path) -> Iterator[tuple[Any, Any]]:
    import av

    try:
        with av.open(str(file)) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                raise _silent(file, container)
            if stream.codec_context is None:
                raise _unknown(file)
            yield container, stream
    except (av.FFmpegError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise ImportFailed(
            f"{file.name} is no sound that can be read: {words}.",
            hint="Play it in another program; if that fails too, it is broken. Else convert it to WAV or FLAC.",
            file=file.name,
        ) from error


def _silent(file: Path, container: Any) -> ImportFailed:
    film = next(iter(container.streams.video), None)
    seen = f" It holds a picture track ({film.codec_context.name})." if film and film.codec_context else ""
    return ImportFailed(
        f"{file.name} has no sound track.{seen}",
        hint="Give a recording, or label it as a video or picture.",
        file=file.name,
    )


def _unknown(file: Path) -> ImportFailed:
    """With the word that the file has for its codec, which is all that is known of it."""
    word = _codec_word(file)
    return ImportFailed(
        f"The sound of {file.name} is in a format{f' ({word})' if word else ''} that no decoder here knows.",
        hint="Convert it to WAV or FLAC with the program that recorded it.",
        file=file.name,
    )


def _codec_word(file: Path) -> str:
    """The number of a WAV file's format, the four letters of an MP4's."""
    with file.open("rb") as stream:
        head = stream.read(_HEADS)
        stream.seek(max(file.stat().st_size - _HEADS, 0))
        tail = stream.read()
    if head[8:12] == b"WAVE":
        at = head.find(b"fmt ") + 8
        return f"WAV format 0x{int.from_bytes(head[at : at + 2], 'little'):04X}"
    for part in (head, tail):
        at = part.rfind(b"stsd") + 16
        if at > 16:
            return part[at : at + 4].decode("latin-1")
    return ""
