"""The spectrogram: a tone stands in its row at any width, a click is never lost, tiles fit together."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tagma.errors import ImportFailed, InvalidInput
from tagma_audio.data_type import Audio

RATE = 16_000
ROWS = 100


class Recording:
    """A file and what is made of it, where somebody asks."""

    def __init__(self, folder: Path, samples: np.ndarray[Any, Any], rate: int = RATE) -> None:
        self.folder, self.file = folder, folder / "sound.wav"
        soundfile.write(self.file, samples, rate, subtype="FLOAT")

    def made(self, kind: str, params: Mapping[str, str] | None = None) -> Path:
        out = self.folder / f"{kind}-{dict(params or {})}"
        if not out.exists():
            Audio().derive(self.file, kind, params or {}, out, lambda part: None)
        return out

    def tile(self, **asked: Any) -> np.ndarray[Any, Any]:
        asked = {"start": 0, "columns": 100, "rows": ROWS, "scale": "linear", **asked}
        answer = Audio().window("tile", {name: str(value) for name, value in asked.items()}, self.made)
        assert answer is not None
        return np.frombuffer(answer[0], np.uint8).reshape(asked["rows"], asked["columns"])

    def head(self) -> Any:
        body = self.made("spectrum").read_bytes()
        (length,) = struct.unpack("<I", body[:4])
        return json.loads(body[4 : 4 + length])


def tone(hertz: float, seconds: float, loud: float = 0.5, rate: int = RATE) -> np.ndarray[Any, Any]:
    return loud * np.sin(2 * math.pi * hertz / rate * np.arange(int(seconds * rate)))


def row_of(hertz: float) -> int:
    return ROWS - 1 - int(hertz / (RATE / 2) * ROWS)


@pytest.mark.parametrize("step", [1, 7.5, 100, 512, 2048, 5000, 30_000])
def test_a_tone_stands_in_its_row_with_its_loudness_at_every_width(tmp_path: Path, step: float) -> None:
    found = Recording(tmp_path, tone(2030, 240)).tile(step=step, columns=60, start=RATE)
    column = found[:, 30]
    assert abs(int(column.argmax()) - row_of(2030)) <= 1
    assert (int(column.max()) - 255) / 2 == pytest.approx(20 * math.log10(0.5), abs=1)
    assert int(np.median(column)) < 160


def test_one_window_is_the_transform_of_its_samples(tmp_path: Path) -> None:
    """Against the sum written out: bin k of the window about sample n, with a window by the book."""
    noise = np.random.default_rng(3).normal(size=4000) * 0.1
    found = Recording(tmp_path, noise).tile(start=1000, step=1, columns=1, rows=257, fft=512)
    at = np.arange(512)
    taper = 0.5 - 0.5 * np.cos(2 * math.pi * at / 512)
    heard = noise.astype(np.float32)[1000 - 256 : 1000 + 256] * taper
    for row in (10, 100, 200):
        k = (256 - row) / 256 * 256
        sums = [
            abs(sum(heard * np.exp(-2j * math.pi * one * at / 512))) / (taper.sum() / 2)
            for one in (math.floor(k) - 1, math.floor(k), math.floor(k) + 1)
        ]
        decibels = [20 * math.log10(one) for one in sums]
        assert min(decibels) - 1 <= (int(found[row, 0]) - 255) / 2 <= max(decibels) + 1


def test_a_click_is_seen_however_wide_the_columns_are(tmp_path: Path) -> None:
    samples = np.zeros(RATE * 600)
    samples[RATE * 301 + 5] = 1.0
    found = Recording(tmp_path, samples).tile(step=len(samples) / 200, columns=200)
    assert [int(one) for one in np.flatnonzero(found.max(axis=0))] == [100]


def test_columns_and_channels_lie_where_the_sound_does(tmp_path: Path) -> None:
    left = np.concatenate([np.zeros(RATE * 60), tone(1000, 60)])
    recording = Recording(tmp_path, np.stack([left, left[::-1]], axis=1))
    for step in (RATE * 1.2, 1000):
        columns = int(RATE * 120 / step)
        if columns > 1000:
            continue
        assert recording.tile(step=step, columns=columns)[:, : columns // 2 - 1].max() == 0
        assert recording.tile(step=step, columns=columns, channel=1)[:, columns // 2 + 1 :].max() == 0
    near = recording.tile(step=100, start=RATE * 60 - 5000)
    assert near[:, :40].max() == 0
    assert near[:, 60:].max(axis=0).min() > 200


@pytest.mark.parametrize("step", [64, 9000])
def test_tiles_side_by_side_are_one_picture(tmp_path: Path, step: int) -> None:
    recording = Recording(tmp_path, np.random.default_rng(5).normal(size=RATE * 120) * 0.1)
    whole = recording.tile(step=step, columns=200)
    halves = [recording.tile(step=step, columns=100, start=start) for start in (0, 100 * step)]
    assert (np.concatenate(halves, axis=1) == whole).all()


def test_what_lies_past_the_end_is_silent(tmp_path: Path) -> None:
    recording = Recording(tmp_path, tone(440, 3))
    for step in (100, 5000):
        assert recording.tile(step=step, start=RATE * 4).max() == 0
        assert recording.tile(step=step, columns=900)[:, RATE * 4 // step :].max() == 0


def test_low_tones_are_further_apart_on_a_logarithm_than_on_a_line(tmp_path: Path) -> None:
    recording = Recording(tmp_path, tone(200, 20) + tone(400, 20))

    def apart(scale: str) -> int:
        column = recording.tile(step=10, scale=scale, fft=4096)[:, 50].astype(int)
        rows = [row for row in range(1, ROWS - 1) if column[row] >= 225]
        return max(rows) - min(rows)

    assert apart("linear") < apart("mel") < apart("log")


def test_a_band_and_the_window_can_be_chosen(tmp_path: Path) -> None:
    recording = Recording(tmp_path, tone(1010, 20))
    part = recording.tile(step=10, low=900, high=1100)
    assert abs(int(part[:, 50].argmax()) - 45) <= 10
    sharp, blunt = (
        int(np.median(recording.tile(step=10, window=name))) for name in ("blackman", "rectangular")
    )
    assert sharp < blunt
    assert recording.tile(step=20_000, fft=1024, columns=10).max() > 200
    assert (recording.folder / "spectrum-{'fft': '1024'}").exists()


def test_hours_are_a_few_levels_of_which_the_widest_is_small(tmp_path: Path) -> None:
    head = Recording(tmp_path, np.zeros(RATE * 1200)).head()
    assert (head["rate"], head["samples"], head["fft"], head["bins"]) == (RATE, RATE * 1200, 512, 257)
    assert [one["hop"] for one in head["levels"]] == [2048, 8192, 32768, 131072]
    assert all(one["columns"] == math.ceil(RATE * 1200 / one["hop"]) for one in head["levels"])
    assert head["levels"][-1]["columns"] <= 256


@pytest.mark.parametrize("length", [1, 100, 511, 512, 2047, 2048, 2049, 100_003])
def test_any_length_is_covered_to_its_last_sample(tmp_path: Path, length: int) -> None:
    samples = np.zeros(length)
    samples[-1] = 1.0
    recording = Recording(tmp_path, samples)
    [level, *_] = recording.head()["levels"]
    assert level["columns"] == math.ceil(length / level["hop"])
    assert recording.tile(step=level["hop"], columns=level["columns"])[:, -1].max() > 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"step": 0}, "step"),
        ({"step": "wide"}, "step"),
        ({"step": 1, "start": -1}, "start"),
        ({"step": 1, "channel": 1}, "This recording has 1 channels"),
        ({"step": 1, "scale": "bark"}, "scale"),
        ({"step": 1, "columns": 100_000}, "columns"),
        ({"step": 1, "columns": 1000, "rows": 1000}, "cells"),
        ({"step": 1, "fft": 1000}, "fft must be one of 256, 512"),
        ({"step": 1, "low": 500, "high": 400}, "must be above low"),
        ({"step": 1, "colour": "red"}, "colour"),
        ({"step": "nan"}, "step"),
        ({"step": "inf"}, "step"),
    ],
)
def test_what_can_not_be_given_is_said(tmp_path: Path, asked: dict[str, Any], words: str) -> None:
    recording = Recording(tmp_path, tone(440, 1))
    with pytest.raises(InvalidInput, match=words):
        recording.tile(**{"rows": 10, "columns": 10, **asked})


def test_no_sound_and_no_such_window_are_said(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="its length is zero"):
        Recording(tmp_path, np.zeros(0)).made("spectrum")
    with pytest.raises(ImportFailed, match="not '77'"):
        Recording(tmp_path, tone(440, 1)).made("spectrum", {"fft": "77"})
