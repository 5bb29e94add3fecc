"""Audio: a recording to listen to and to mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, ValidationInfo, model_validator

from tagma.plugin import ObjectTag
from tagma.plugin.config import Node
from tagma.plugin.tags import Bool, Color, DataKey, Hotkey, Name, Number, OneOf, Text, Value

_LENIENT = 0.1  # seconds that programs disagree on how long a recording is


class Span(Value):
    """A region in time, in seconds; an instant if it ends where it begins."""

    start: float
    end: float
    channel: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _in_order(self, info: ValidationInfo) -> Span:
        if self.start < 0:
            raise ValueError(f"start must not be before the beginning, but is {self.start}")
        if self.end < self.start:
            raise ValueError(f"end ({self.end}) must not be before start ({self.start})")
        length = (info.context or {}).get("original_length")
        if isinstance(length, int | float) and self.end > length + _LENIENT:
            raise ValueError(
                f"end ({self.end}) lies past the end of the recording, which is {length} seconds long"
            )
        return self


class Audio(ObjectTag):
    """A recording with its waveform. Labels pointed at it mark regions in time."""

    name = "Audio"
    aliases = ("AudioPlus",)
    data_type = "audio"
    Region = Span
    attributes = {
        "name": Name(required=True, help="What controls point at."),
        "value": DataKey(required=True, help="The recording's address."),
        "volume": Bool(True, help="Whether the volume can be changed."),
        "defaultVolume": Number(1, min=0, max=1, help="Volume at the beginning."),
        "speed": Bool(True, help="Whether the speed can be changed."),
        "defaultSpeed": Number(1, min=0.25, max=4, help="Speed at the beginning; the pitch stays."),
        "zoom": Bool(True, help="Whether the waveform can be zoomed."),
        "defaultZoom": Number(
            1, min=1, max=100000, help="How many times the whole the waveform is wide at the beginning."
        ),
        "defaultScale": Number(1, min=0.1, max=100, help="How much the waveform's height is stretched."),
        "hotkey": Hotkey("space", help="The key that plays and pauses."),
        "sync": Text(help="Name of another object, or of a group, that plays in step."),
        "muted": Bool(False, help="Whether it begins without sound."),
        "showLabels": Bool(True, help="Whether regions carry their label, beside their number."),
        "showScores": Bool(False, help="Whether regions carry their score."),
        "height": Number(
            96,
            min=24,
            max=1000,
            help="Height of the waveform in pixels; what there is room for, unless given.",
        ),
        "waveHeight": Number(32, min=8, max=1000, help="Height of one channel, when they are split."),
        "cursorWidth": Number(2, min=1, max=10, help="Width of the playhead in pixels."),
        "cursorColor": Color("#333", help="Colour of the playhead; the page's ink unless given."),
        "autoCenter": Bool(True, help="Whether the waveform follows the playhead."),
        "scrollParent": Bool(True, help="Whether the wheel moves along the waveform when it is zoomed."),
        "splitChannels": Bool(False, help="Whether each channel has a waveform, and regions, of its own."),
        "spectrogram": Bool(False, help="Whether the spectrogram is shown from the beginning."),
        "decoder": OneOf(
            "webaudio",
            "ffmpeg",
            "none",
            default="webaudio",
            help="Understood and not needed: the server decodes.",
        ),
        "player": OneOf("html5", "webaudio", default="html5", help="Understood and not needed."),
    }
    example = """<View>
  <Audio name="audio" value="$audio"/>
  <Labels name="who" toName="audio"><Label value="Caller"/><Label value="Agent"/></Labels>
</View>"""

    @classmethod
    def derives(cls, node: Node) -> Iterable[tuple[str, Mapping[str, str]]]:
        wanted: list[tuple[str, Mapping[str, str]]] = [("peaks", {}), ("sound", {})]
        return [*wanted, ("spectrum", {})] if node.get("spectrogram") else wanted

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        return None if isinstance(value, str) and value.strip() else "the address of a recording"

    @classmethod
    def sample(cls, node: Node) -> Any:
        return "/samples/audio.wav"

    @classmethod
    def sample_region(cls, node: Node) -> dict[str, Any]:
        return {"start": 0.5, "end": 1.5, "channel": 0}
