"""Video, boxes that move through it, and stretches of its frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from tagma.plugin import (
    Bool,
    ControlTag,
    DataKey,
    Hotkey,
    Name,
    Node,
    Number,
    ObjectTag,
    Offered,
    Result,
    Text,
    Value,
    common,
)


class Video(ObjectTag):
    """A film, seen frame by frame. Boxes follow what moves in it, labels mark stretches of frames."""

    name = "Video"
    data_type = "video"
    attributes = {
        "name": Name(required=True, help="What controls point at."),
        "value": DataKey(required=True, help="The film's address."),
        "frameRate": Number(
            24, min=0, data=True, help="Frames a second in results; the film's own unless given."
        ),
        "sync": Text(help="Name of another object, or of a group, that plays in step."),
        "muted": Bool(False, help="Whether it begins without sound."),
        "height": Number(600, min=80, max=4000, help="Height of the picture in pixels."),
        "timelineHeight": Number(64, min=24, max=1000, help="Height of the timeline in pixels."),
        "defaultPlaybackSpeed": Number(1, min=0.05, max=16, help="Speed at the beginning."),
        "minPlaybackSpeed": Number(0.25, min=0.05, max=16, help="The slowest speed offered."),
        "hotkey": Hotkey("space", help="The key that plays and pauses."),
        "defaultZoom": Number(
            1, min=1, max=1000, help="How many times its width the timeline is wide at first."
        ),
    }
    example = """<View>
  <Labels name="kind" toName="film"><Label value="Car"/><Label value="Person"/></Labels>
  <Video name="film" value="$video"/>
  <VideoRectangle name="box" toName="film"/>
</View>"""

    @classmethod
    def derives(cls, node: Node) -> Iterable[tuple[str, Mapping[str, str]]]:
        return [("index", {})]

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        return None if isinstance(value, str) and value.strip() else "the address of a film"

    @classmethod
    def sample(cls, node: Node) -> Any:
        return "/samples/video.mp4"


class KeyFrame(Value):
    """Where a box is at one frame: percent of the picture, turned in degrees clockwise about the box's corner."""

    frame: int = Field(ge=1)
    x: float
    y: float
    width: float = Field(ge=0)
    height: float = Field(ge=0)
    rotation: float = 0
    enabled: bool = True
    time: float | None = None


class Track(Value):
    """A box from key frame to key frame; between two of them it moves evenly, after a disabled one it is not shown.

    Frames are counted from 1, ``duration`` is in seconds. Source: the protocol's ``videorectangle``.
    """

    sequence: list[KeyFrame] = Field(min_length=1)
    framesCount: int | None = Field(None, ge=1)
    duration: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _each_once(self) -> Track:
        frames = [key.frame for key in self.sequence]
        for before, after in pairwise(frames):
            if after == before:
                raise ValueError(f"frame {after} has two key frames")
            if after < before:
                raise ValueError(f"key frames must go forward, but {after} follows {before}")
        return self


class Range(Value):
    """Frames from ``start`` to ``end``, both among them, counted from 1."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False)

    start: int = Field(ge=1)
    end: int = Field(ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.end < self.start:
            raise ValueError(f"the end {self.end} lies before the start {self.start}")
        return self


class VideoRectangle(ControlTag):
    """Boxes that move through a film; a Labels beside it gives their labels."""

    name = "VideoRectangle"
    targets = ("Video",)
    draws = "videorectangle"
    attributes = {
        **common.control("the film"),
        **common.drawing("boxes"),
        "canRotate": Bool(True, help="Whether boxes can be turned."),
        **common.smart(),
    }
    Value = Track
    example = Video.example

    @classmethod
    def doubts(cls, value: Any) -> Iterable[tuple[str, str]]:
        """Boxes far outside their picture: most likely whoever made them counts in pixels."""
        for place, key in enumerate(value.sequence):
            if max(key.x, key.y, key.x + key.width, key.y + key.height) > 150 or min(key.x, key.y) < -50:
                yield (
                    f"sequence[{place}]",
                    (
                        f"the box of frame {key.frame} lies far outside the picture. Places and sizes are percent of the picture,"
                        " 0 to 100; a model that counts in pixels divides by its size."
                    ),
                )
                return

    @classmethod
    def sample(cls, node: Node, labels: Offered) -> dict[str, Any]:
        return {
            "framesCount": 48,
            "duration": 2.0,
            "sequence": [
                {
                    "frame": 1,
                    "enabled": True,
                    "rotation": 0,
                    "x": 10,
                    "y": 30,
                    "width": 20,
                    "height": 25,
                    "time": 1 / 24,
                },
                {
                    "frame": 24,
                    "enabled": False,
                    "rotation": 0,
                    "x": 50,
                    "y": 30,
                    "width": 20,
                    "height": 25,
                    "time": 1.0,
                },
            ],
        }


class TimelineLabels(ControlTag):
    """Labels for stretches of frames."""

    name = "TimelineLabels"
    targets = ("Video",)
    has_labels = True
    attributes = {
        **common.control("the film"),
        **common.labels("stretch", "stretches"),
        "opacity": Number(0.2, min=0, max=1, help="How opaque stretches are filled."),
    }
    example = """<View>
  <TimelineLabels name="scene" toName="film"><Label value="Indoors"/><Label value="Outdoors"/></TimelineLabels>
  <Video name="film" value="$video"/>
</View>"""

    class Value(Value):
        ranges: list[Range] = Field(min_length=1)
        timelinelabels: list[str] = []

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        first, second = (
            {frame for one in item["value"]["ranges"] for frame in (one["start"], one["end"])}
            for item in (a, b)
        )
        left, right = (set(item["value"].get("timelinelabels", ())) for item in (a, b))
        labels = len(left & right) / len(left | right) if left | right else 1.0
        union = max(*first, *second) - min(*first, *second) + 1
        shared = min(max(first), max(second)) - max(min(first), min(second)) + 1
        return labels * max(0.0, shared / union)

    @classmethod
    def sample(cls, node: Node, labels: Offered) -> dict[str, Any] | None:
        if not labels:
            return None
        return {"ranges": [{"start": 1, "end": 24}], "timelinelabels": [labels[0].value]}
