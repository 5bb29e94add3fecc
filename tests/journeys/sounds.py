"""Recordings for the journeys, made on the spot."""

from __future__ import annotations

import io
import math
import struct
import wave

RATE = 8000


def recording(seconds: int, channels: int = 1) -> bytes:
    """A tone that swells and fades, as WAV, the same on each channel."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        tone = (int(9000 * math.sin(n / 9) * abs(math.sin(n / 20000))) for n in range(RATE * seconds))
        sound.writeframes(b"".join(struct.pack("<h", one) * channels for one in tone))
    return out.getvalue()
