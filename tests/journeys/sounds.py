"""Recordings for the journeys, made on the spot."""

from __future__ import annotations

import io
import math
import struct
import wave

RATE = 8000


def recording(seconds: int) -> bytes:
    """A tone that swells and fades, as WAV of one channel."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        tone = (int(9000 * math.sin(n / 9) * abs(math.sin(n / 20000))) for n in range(RATE * seconds))
        sound.writeframes(b"".join(struct.pack("<h", one) for one in tone))
    return out.getvalue()
