"""Recordings: how long they are, the peaks of their waveform, and a copy in which every sample can be found."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tagma.errors import ImportFailed, InvalidInput
from tagma.plugin import DataType
from tagma.plugin.data_types import Made

_FLAC_CHANNELS = 8  # that a FLAC file can have
_MOST = 1 << 18  # samples in one window


class Audio(DataType):
    """WAV, FLAC, MP3, OGG, M4A and what else FFmpeg reads, the sound of a film among it."""

    name = "audio"
    suffixes = (
        ".wav",
        ".flac",
        ".mp3",
        ".ogg",
        ".oga",
        ".opus",
        ".m4a",
        ".aac",
        ".aiff",
        ".aif",
        ".wma",
        ".amr",
    )
    media_types = {".flac": "audio/flac", ".opus": "audio/ogg", ".oga": "audio/ogg", ".m4a": "audio/mp4"}
    derivations = {
        "peaks": "application/octet-stream",
        "sound": "audio/flac",
        "spectrum": "application/octet-stream",
    }

    def probe(self, file: Path) -> dict[str, Any]:
        """Seconds as the head says, samples a second, channels, codec."""
        from tagma_audio import decoding

        sound = decoding.describe(file)
        return {
            "duration": sound.seconds,
            "rate": sound.rate,
            "channels": sound.channels,
            "format": sound.codec,
        }

    def derive(
        self, file: Path, kind: str, params: Mapping[str, str], out: Path, tell: Callable[[float], None]
    ) -> None:
        """``peaks``: see :mod:`tagma_audio.peaks`. ``spectrum``: see :mod:`tagma_audio.spectrum`; ``fft`` may be given.

        ``sound``: the same samples as FLAC, or the file itself if it is exact.
        """
        from tagma_audio import decoding, peaks, spectrum

        sound = decoding.describe(file)
        if kind == "sound":
            if sound.exact:
                _link(file, out)
            else:
                _copy(sound, decoding.blocks(file), out, tell)
        elif kind == "peaks":
            _heard(file, peaks.write(sound, decoding.blocks(file), out, tell))
        else:
            fft = _size(params) or spectrum.usual(sound.rate)
            _heard(file, spectrum.write(sound, decoding.blocks(file), fft, out, tell))

    def window(self, kind: str, params: Mapping[str, str], made: Made) -> tuple[bytes, str] | None:
        """``samples``: 16-bit samples of all channels, interleaved, from ``start`` on, ``count`` of each.

        ``tile``: part of the spectrogram as bytes of loudness, row by row, the highest frequency first; what may be asked
        for is said by :class:`tagma_audio.spectrum_tiles.Tile`.
        """
        if kind == "tile":
            from tagma_audio import spectrum_tiles

            return spectrum_tiles.tile(params, made), "application/octet-stream"
        if kind != "samples":
            return None
        import soundfile

        start, count = _number(params, "start"), _number(params, "count")
        if count > _MOST:
            words = f"At most {_MOST} samples are given at once."
            raise InvalidInput(words, {"count": [words]})
        with soundfile.SoundFile(made("sound")) as sound:
            sound.seek(min(start, sound.frames))
            return sound.read(count, dtype="int16", always_2d=True).tobytes(), "application/octet-stream"


def _number(params: Mapping[str, str], name: str) -> int:
    given = params.get(name, "")
    if not given.isdecimal():
        words = f'"{name}" must be a whole number, not {given!r}.'
        raise InvalidInput(words, {name: [words]})
    return int(given)


def _size(params: Mapping[str, str]) -> int | None:
    """Samples of the spectrogram's window, if they are given."""
    from tagma_audio import spectrum

    given = params.get("fft")
    if given is None:
        return None
    if given not in map(str, spectrum.SIZES):
        raise ImportFailed(
            f"A spectrogram has windows of {', '.join(map(str, spectrum.SIZES))} samples, not {given!r}.",
            hint="Choose one of them.",
        )
    return int(given)


def _heard(file: Path, samples: int) -> None:
    if not samples:
        raise ImportFailed(
            f"{file.name} holds no sound: its length is zero.",
            hint="Leave it out, or record it again. If it is still being recorded, wait until its program has closed it.",
            file=file.name,
        )


def _link(file: Path, out: Path) -> None:
    try:
        os.link(file, out)
    except OSError:  # another disk
        shutil.copyfile(file, out)


def _copy(sound: Any, blocks: Iterator[Any], out: Path, tell: Callable[[float], None]) -> None:
    import soundfile

    expected, written = max(1.0, (sound.seconds or 0) * sound.rate), 0
    wanted: dict[str, Any] = {"format": "FLAC", "compression_level": 0.2}
    if sound.channels > _FLAC_CHANNELS:
        wanted = {"format": "WAV"}
    with soundfile.SoundFile(out, "w", sound.rate, sound.channels, subtype="PCM_16", **wanted) as copy:
        for block in blocks:
            copy.write(block)
            written += len(block)
            tell(min(written / expected, 1.0))
