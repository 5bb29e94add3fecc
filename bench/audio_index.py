"""What is computed from recordings at import: how many times faster than they play, of every kind of file, and what ten hours need.

Each is read in a process of its own, as the server does, so that its memory can be told. Figures are CPU seconds: other work on the
machine is not in them. Run: ``uv run --group dev bench/audio_index.py [minutes [hours]]`` (10 and 10 unless told).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from common import Figures

RATE = 44_100
KINDS = ("peaks", "sound", "spectrum")
READ = """
import json, resource, sys
from pathlib import Path
from tagma_audio.data_type import Audio
file, kind, out = sys.argv[1:]
before = resource.getrusage(resource.RUSAGE_SELF)
Audio().derive(Path(file), kind, {}, Path(out), lambda part: None)
after = resource.getrusage(resource.RUSAGE_SELF)
status = Path("/proc/self/status").read_text()
most = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
print(json.dumps([after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, most / 1024]))
"""
TILES = """
import json, sys, time
from pathlib import Path
from tagma_audio.data_type import Audio
sound, spectrum, samples = sys.argv[1:]
made = lambda kind, params=None: Path({"sound": sound, "spectrum": spectrum}[kind])
worst = 0
for part in range(1, 15):
    step = max(int(samples) / 256 / 4 ** (part - 1), 1)
    for start in (0, int(samples) // 2):
        asked = {"start": str(start), "step": str(step), "columns": "256", "rows": "256"}
        for _ in range(3):
            begun = time.process_time()
            Audio().window("tile", asked, made)
            took = time.process_time() - begun
        worst = max(worst, took)
print(json.dumps(worst))
"""


def noise(seconds: int, channels: int, rate: int = RATE) -> np.ndarray[Any, Any]:
    """Swelling and falling, so that no encoder finds it easy or silent."""
    swell = np.abs(np.sin(np.arange(seconds * rate) / 9000))[:, None]
    return (np.random.default_rng(1).normal(size=(seconds * rate, channels)) * 3000 * swell).astype(np.int16)


def by_libsndfile(file: Path, minutes: int, channels: int = 2, rate: int = RATE, **form: str) -> None:
    minute = noise(60, channels, rate)
    with soundfile.SoundFile(file, "w", rate, channels, **form) as out:
        for _ in range(minutes):
            for at in range(0, len(minute), 4410):
                out.write(minute[at : at + 4410])


def by_ffmpeg(file: Path, minutes: int, codec: str, rate: int) -> None:
    minute, at = noise(60, 2), 0
    with av.open(str(file), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.layout = "stereo"
        size = stream.codec_context.frame_size or 1024
        resampler = av.AudioResampler(format=stream.format.name, layout="stereo", rate=rate, frame_size=size)
        for part in [minute[n : n + (1 << 16)] for n in range(0, len(minute), 1 << 16)] * minutes:
            frame = av.AudioFrame.from_ndarray(part.reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate = RATE
            for one in resampler.resample(frame):
                one.pts, one.time_base = at, Fraction(1, rate)
                at += one.samples
                container.mux(stream.encode(one))
        container.mux(stream.encode(None))


def run(code: str, *arguments: object) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def index(figures: Figures, name: str, file: Path, seconds: float) -> None:
    whole = 0.0
    for kind in KINDS:
        took, memory = run(READ, file, kind, file.with_name(kind))
        whole += took
        figures.add(f"{name}: {kind}", seconds / max(took, 1e-3), "x time", "at least 100")
        figures.add(f"{name}: memory for {kind}", memory, "MiB", "does not grow with length")
    figures.add(f"{name}: all of it", seconds / whole, "x time", "at least 100")


def main() -> None:
    minutes, hours = (int(one) for one in [*sys.argv[1:], "10", "10"][:2])
    figures = Figures("audio_index")
    with tempfile.TemporaryDirectory(prefix="tagma-bench-") as place:
        folder = Path(place)
        by_libsndfile(folder / "a.wav", minutes)
        by_libsndfile(folder / "a.flac", minutes)
        by_libsndfile(folder / "a.mp3", minutes, format="MP3", subtype="MPEG_LAYER_III")
        by_libsndfile(folder / "a.ogg", minutes, format="OGG", subtype="VORBIS")
        by_ffmpeg(folder / "a.m4a", minutes, "aac", RATE)
        by_ffmpeg(folder / "a.opus", minutes, "libopus", 48_000)
        for file in sorted(folder.glob("a.*")):
            index(figures, f"{minutes} minutes of {file.suffix[1:]}, stereo", file, minutes * 60)
            for made in (file, *(folder / kind for kind in KINDS)):
                made.unlink()
        long = folder / "long.wav"
        by_libsndfile(long, hours * 60, 1, 16_000)
        index(figures, f"{hours} hours at 16 kHz", long, hours * 3600)
        size = (folder / "spectrum").stat().st_size
        figures.add(f"{hours} hours: spectrogram to recording", size / long.stat().st_size * 100, "%", "")
        worst = run(TILES, folder / "sound", folder / "spectrum", hours * 3600 * 16_000)
        figures.add(f"{hours} hours: slowest tile of 256 x 256", worst * 1000, "ms", "33")
    print(figures.save())


if __name__ == "__main__":
    main()
