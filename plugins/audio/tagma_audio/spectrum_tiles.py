"""One part of a spectrogram for one screen: from the precomputed levels where it is wide, from the samples where it is close."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Field, ValidationError, model_validator

from tagma.errors import InvalidInput
from tagma.plugin.data_types import Made
from tagma_audio import spectrum
from tagma_audio.spectrum import Bytes, Floats

_MOST = 1 << 19  # cells of one tile
_READ = 1 << 20  # samples of all channels held at once
_TAPERS = {"hamming": np.hamming, "blackman": np.blackman, "rectangular": np.ones}


class Tile(BaseModel):
    """What a page asks for."""

    model_config = {"extra": "forbid", "allow_inf_nan": False}
    start: Annotated[int, Field(ge=0, le=1 << 48)]
    """Sample at which the first column begins."""
    step: Annotated[float, Field(gt=0, le=1e9)]
    """Samples of one column."""
    columns: Annotated[int, Field(gt=0, le=1024)]
    rows: Annotated[int, Field(gt=0, le=1024)] = 128
    channel: Annotated[int, Field(ge=0)] = 0
    scale: Literal["linear", "mel", "log"] = "mel"
    low: Annotated[float, Field(ge=0)] = 0
    """Hertz at the lower edge."""
    high: Annotated[float, Field(gt=0)] | None = None
    """Hertz at the upper edge; half the rate unless given."""
    fft: int | None = None
    """Samples of a window: one of ``spectrum.SIZES``; about 32 ms unless given."""
    window: Literal["hann", "hamming", "blackman", "rectangular"] = "hann"
    """How a window is tapered, where it is computed from the samples; the precomputed levels are hann."""

    @model_validator(mode="after")
    def _sized(self) -> Tile:
        if self.columns * self.rows > _MOST:
            raise ValueError(f"at most {_MOST} cells (columns times rows) are given at once")
        if self.fft is not None and self.fft not in spectrum.SIZES:
            raise ValueError(f"fft must be one of {', '.join(map(str, spectrum.SIZES))}, not {self.fft}")
        if self.high is not None and self.high <= self.low:
            raise ValueError(f"high ({self.high}) must be above low ({self.low})")
        return self


def tile(params: Mapping[str, str], made: Made) -> bytes:
    """``rows`` times ``columns`` bytes, the highest frequency first; loudness as in :mod:`tagma_audio.spectrum`.

    :raises InvalidInput: something asked for is not to be had, with its name.
    """
    import soundfile

    asked = _asked(params)
    with soundfile.SoundFile(made("sound")) as sound:
        rate, channels = sound.samplerate, sound.channels
        if asked.channel >= channels:
            words = f"This recording has {channels} channels, counted from 0."
            raise InvalidInput(words, {"channel": [words]})
        fft = asked.fft or spectrum.usual(rate)
        if asked.step < fft // 2 * spectrum.WINDOWS:
            heard = _computed(sound, asked, fft)
        else:
            heard = _precomputed(
                made("spectrum", {} if fft == spectrum.usual(rate) else {"fft": str(fft)}), asked
            )
    return _rows(heard, rate, asked)[:, ::-1].T.tobytes()


def _asked(params: Mapping[str, str]) -> Tile:
    try:
        return Tile.model_validate(dict(params))
    except ValidationError as error:
        faults: dict[str, list[str]] = {}
        for one in error.errors():
            name = str(one["loc"][0]) if one["loc"] else "columns"
            faults.setdefault(name, []).append(f'"{name}": {one["msg"].removeprefix("Value error, ")}.')
        raise InvalidInput(" ".join(words for said in faults.values() for words in said), faults) from error


def _precomputed(file: Path, asked: Tile) -> Bytes:
    """``(columns, bins)`` of the level whose columns are just narrower than the screen's."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<I", stream.read(4))
        head = json.loads(stream.read(length))
    level = [one for one in head["levels"] if one["hop"] <= asked.step][-1]
    edges = (asked.start + np.arange(asked.columns + 1) * asked.step) / level["hop"]
    middles = np.ceil(edges - 0.5).astype(int)  # a column of the level belongs to the one its middle lies in
    first = np.minimum(middles[:-1], level["columns"])
    last = np.minimum(np.maximum(middles[1:], middles[:-1] + 1), level["columns"])
    shape = (level["columns"], head["channels"], head["bins"])
    stored = np.memmap(file, np.uint8, "r", level["at"], shape)
    near = np.array(stored[first[0] : last[-1], asked.channel])
    heard = np.zeros((asked.columns, head["bins"]), np.uint8)
    for column, (begin, end) in enumerate(zip(first - first[0], last - first[0], strict=True)):
        if begin < end:
            heard[column] = near[begin:end].max(axis=0)
    return heard


def _computed(sound: Any, asked: Tile, fft: int) -> Bytes:
    """``(columns, bins)`` from the samples: as many windows in a column as overlap by half, at least one."""
    taper = spectrum.hann(fft) if asked.window == "hann" else _TAPERS[asked.window](fft).astype(np.float32)
    each = max(1, math.ceil(asked.step / (fft // 2)))
    heard = np.zeros((asked.columns, fft // 2 + 1), np.uint8)
    together = max(1, int(_READ / (asked.step * sound.channels)))
    for column in range(0, asked.columns, together):
        part = heard[column : column + together]
        middles = asked.start + (column + (np.arange(len(part) * each) + 0.5) / each) * asked.step
        begins = np.rint(middles).astype(int) - fft // 2
        near = _samples(sound, asked.channel, begins[0], begins[-1] + fft)
        windows = np.lib.stride_tricks.sliding_window_view(near, fft)[begins - begins[0]]
        found = spectrum.loudness(windows, taper)
        found[middles >= sound.frames] = 0
        part[:] = found.reshape(len(part), each, -1).max(axis=1)
    return heard


def _samples(sound: Any, channel: int, begin: int, end: int) -> Floats:
    """What is not there is silent."""
    near = np.zeros(end - begin, np.float32)
    first, last = min(max(begin, 0), sound.frames), min(end, sound.frames)
    if first < last:
        sound.seek(first)
        read = sound.read(last - first, dtype="float32", always_2d=True)[:, channel]
        near[first - begin : first - begin + len(read)] = read
    return near


def _rows(heard: Bytes, rate: int, asked: Tile) -> Bytes:
    """``(columns, rows)``, the lowest frequency first: the loudest bin of a row, or what lies between two bins."""
    bins = heard.shape[1]
    edges = _edges(rate, asked) / (rate / 2) * (bins - 1)
    middle = np.clip((edges[:-1] + edges[1:]) / 2, 0, bins - 1)
    below = np.minimum(middle.astype(int), max(bins - 2, 0))
    part = (middle - below).astype(np.float32)
    between = heard[:, below] * (1 - part) + heard[:, below + 1] * part
    begins = np.clip(np.ceil(edges).astype(int), 0, bins)  # of the bins whose middle lies in a row
    padded = np.pad(heard, ((0, 0), (0, 1)))
    loudest = np.maximum.reduceat(padded, begins, axis=1)[:, :-1]
    return np.where(np.diff(begins) > 0, loudest, np.rint(between)).astype(np.uint8)


def _edges(rate: int, asked: Tile) -> Floats:
    """Hertz at the edges of the rows. Mel is HTK's; log begins at 20 Hz at the lowest."""
    low, high = min(asked.low, rate / 2), min(asked.high or rate / 2, rate / 2)
    if asked.scale == "linear":
        return np.linspace(low, high, asked.rows + 1, dtype=np.float32)
    if asked.scale == "log":
        low = min(max(low, 20.0), high)
        return np.geomspace(low, high, asked.rows + 1, dtype=np.float32)
    mels = np.linspace(_mel(low), _mel(high), asked.rows + 1)
    return np.asarray(700 * (10 ** (mels / 2595) - 1), np.float32)


def _mel(hertz: float) -> float:
    return 2595 * math.log10(1 + hertz / 700)
