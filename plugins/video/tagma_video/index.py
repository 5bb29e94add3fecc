"""The index of a film: the time of every frame, by reading its packets and decoding one."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tagma.errors import ImportFailed
from tagma_video.opening import opened

_EVEN = 0.0015
"""Seconds by which intervals of one rate may differ: containers that count milliseconds round by one."""


@dataclass(frozen=True)
class Index:
    width: int
    height: int
    rotation: int
    """Degrees clockwise by which the stored picture is turned to be seen."""
    start: float
    """Seconds at which the file's own clock begins."""
    rate: float
    """Frames a second, on average."""
    duration: float
    """Seconds from the first frame's beginning to the last one's end."""
    frames: int
    codec: str
    variable: bool
    """Whether frames are shown for different times."""
    times: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def zero(self) -> float:
        """Seconds of the file's clock at which browsers count 0: they move to it only what would lie before."""
        return min(self.start, 0.0)


def probe(file: Path) -> dict[str, Any]:
    """What the head of a film says. :raises ImportFailed: it is none, in words."""
    with opened(file) as (container, stream):
        turned = abs(_turned(container, stream)) % 180 == 90
        size = (stream.codec_context.width, stream.codec_context.height)
        width, height = size[::-1] if turned else size
        seconds = float(container.duration / 1_000_000) if container.duration else None
        return {
            "width": width,
            "height": height,
            "duration": seconds,
            "rate": float(stream.average_rate) if stream.average_rate else None,
            "format": stream.codec_context.name,
        }


def read(file: Path, tell: Callable[[float], None]) -> Index:
    """The whole film. :raises ImportFailed: it is none, in words."""
    with opened(file) as (container, stream):
        base = float(stream.time_base)
        rotation = _turned(container, stream)
        container.seek(0)
        shown, lengths, size = [], [], max(file.stat().st_size, 1)
        for packet in container.demux(stream):
            if packet.pts is None or packet.is_discard:  # the end, or what an edit list cuts away
                continue
            shown.append(packet.pts)
            lengths.append(packet.duration or 0)
            if len(shown) % 500 == 0 and packet.pos:
                tell(min(packet.pos / size, 1.0))
        if not shown:
            raise ImportFailed(
                f"{file.name} holds no frame that can be shown.",
                hint="Copy it again from where it came from: it may be cut off.",
                file=file.name,
            )
        order = np.unique(np.array(shown, dtype=np.int64))
        begins = [
            float(one.start_time * one.time_base)
            for one in container.streams
            if one.type in ("video", "audio") and one.start_time is not None and one.time_base
        ]
        start = min(begins, default=float(order[0]) * base)
        times = order * base - min(start, 0.0)  # see Index.zero
        steps = np.diff(times)
        last = lengths[int(np.argmax(shown))] * base or (float(np.median(steps)) if len(steps) else 0.04)
        found = Index(
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            rotation=rotation,
            start=start,
            rate=0.0,
            duration=float(times[-1] - times[0] + last),
            frames=len(times),
            codec=stream.codec_context.name,
            variable=bool(len(steps) and steps.max() - steps.min() > _EVEN),
            times=times.astype("<f8"),
        )
    return replace(found, rate=_rate(stream.average_rate, found))


def packed(index: Index) -> bytes:
    """As :class:`tagma_video.data_type.Video` describes it."""
    said = {key: value for key, value in asdict(index).items() if key != "times"}
    head = json.dumps(said).encode()
    head += b" " * (-(4 + len(head)) % 8)
    return struct.pack("<I", len(head)) + head + index.times.tobytes()


def _rate(said: Any, index: Index) -> float:
    """The container's word where it fits what was counted, which is free of rounding: 30000/1001."""
    counted = index.frames / index.duration if index.duration else 25.0
    return float(said) if said and abs(float(said) - counted) < counted * 0.01 else counted


def _turned(container: Any, stream: Any) -> int:
    """Degrees clockwise, from the first frame; 0 for films that can't be decoded here."""
    from av.error import FFmpegError

    try:
        frame = next(container.decode(stream), None)
    except FFmpegError:
        return 0
    return int(-frame.rotation) % 360 if frame is not None else 0
