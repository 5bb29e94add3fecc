"""The job that follows a box: key frames appear as it goes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tagma.errors import ImportFailed
from tagma.plugin import Running, TaskJob
from tagma_video import tracks

_WITHIN = 0.6  # percent of the picture by which a box between two key frames may be off


class FollowBox(TaskJob):
    """Its result: ``sequence``, the key frames after the one it began with; ``frame``, the last it looked at; ``lost``, why it
    stopped before the end, empty if it did not."""

    kind = "follow_box"

    class Params(BaseModel):
        """Percent of the picture, as in results."""

        model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

        frame: int = Field(ge=1, description="Where the box is now.")
        last: int = Field(ge=1, description="Where to stop at the latest.")
        rate: float | None = Field(None, gt=0, description="Frames a second, for the times of key frames.")
        x: float
        y: float
        width: float = Field(gt=0)
        height: float = Field(gt=0)
        rotation: float = 0

    def run(self, job: Running) -> Mapping[str, Any]:
        asked = self.params
        begun = (asked.x, asked.y, asked.width, asked.height, asked.rotation)
        found: list[tuple[int, tracks.Box]] = [(asked.frame, begun)]
        lost = ""
        with job.file() as file:
            for said in _said(file, asked.frame, asked.last, begun):
                if "end" in said:
                    lost = said["end"]
                    break
                found.append((said["frame"], tuple(said["box"])))
                if len(found) % 10 == 0:
                    job.show(self._result(found, ""))
                job.progress(said["frame"] - asked.frame, asked.last - asked.frame, "frames")
        return self._result(found, lost)

    def _result(self, found: list[tuple[int, tracks.Box]], lost: str) -> dict[str, Any]:
        last = found[-1][0]
        keys = tracks.sparse(found, within=_WITHIN, rate=self.params.rate, last=None if lost else last)
        return {"sequence": keys[1:], "frame": last, "lost": lost}


def _said(file: Path, first: int, last: int, box: tracks.Box) -> Iterator[dict[str, Any]]:
    """What the program says that does the work; it is stopped when nobody listens any more."""
    order = {"file": str(file), "first": first, "last": last, "box": box}
    command = [sys.executable, "-m", "tagma_video.following"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            process.stdin.flush()
            ended = False
            for line in process.stdout:
                said = json.loads(line)
                ended = "end" in said
                yield said
            if not ended:
                raise ImportFailed(
                    "The film made its reader crash.",
                    hint="It is probably broken. Convert it with another program and import it again.",
                )
        finally:
            process.kill()
