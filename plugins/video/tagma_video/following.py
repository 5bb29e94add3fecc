"""Follows a box through a film: points inside it are found again from frame to frame (Lucas and Kanade), and the median of their
ways moves and widens the box. Points whose way back does not end where they began are not believed.

Source: Kalal, Mikolajczyk, Matas, "Forward-Backward Error" (2010). Run as a program of its own, since a broken film may take its
decoder down: JSON on standard input, a JSON line on standard output for each frame.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tagma.errors import ImportFailed
from tagma_video import index, tracks
from tagma_video.numbering import numbered

_GRID = 12  # points a side
_SIDE = 640  # pixels of the longer side to which frames are made smaller
_LEAST = 12  # points that must be found again
_BACK = 1.5  # pixels that the way back may miss by
_LIKE = 0.35  # how alike the patch must be to the one before, from -1 to 1
Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class Lost(Exception):
    """It can't be found any more."""


@dataclass
class Follower:
    """Where a box is in the frame it saw last, in pixels of that picture."""

    picture: Pixels
    left: float
    top: float
    width: float
    height: float

    @classmethod
    def begin(cls, picture: Pixels, box: tracks.Box) -> Follower:
        """:param box: in percent; of a turned one the upright box about the same middle is followed."""
        tall, wide = picture.shape
        x, y = tracks.middle_of(box, wide, tall)
        width, height = box[2] * wide / 100, box[3] * tall / 100
        return cls(picture, x - width / 2, y - height / 2, width, height)

    def box(self, rotation: float) -> tracks.Box:
        """In percent."""
        tall, wide = self.picture.shape
        middle = (self.left + self.width / 2, self.top + self.height / 2)
        return tracks.about_middle(*middle, self.width, self.height, rotation, (wide, tall))

    def follow(self, picture: Pixels) -> None:
        """:raises Lost: too few points are found again, or what is there looks otherwise."""
        import cv2

        across = (np.arange(_GRID) + 0.5) / _GRID
        grid = np.stack(np.meshgrid(self.left + across * self.width, self.top + across * self.height), -1)
        before = grid.reshape(-1, 1, 2).astype(np.float32)
        tuned = {"winSize": (15, 15), "maxLevel": 3}
        after, found, _ = cv2.calcOpticalFlowPyrLK(self.picture, picture, before, None, **tuned)
        back, found_back, _ = cv2.calcOpticalFlowPyrLK(picture, self.picture, after, None, **tuned)
        off = np.linalg.norm(back - before, axis=2).ravel()
        sure = (found.ravel() > 0) & (found_back.ravel() > 0) & (off < _BACK)
        if sure.sum() < _LEAST:
            raise Lost("too little of it is found again")
        a, b = before[sure, 0], after[sure, 0]
        shift = np.median(b - a, axis=0)
        scale = _scale(a, b)
        width, height = self.width * scale, self.height * scale
        left = self.left + float(shift[0]) - (width - self.width) / 2
        top = self.top + float(shift[1]) - (height - self.height) / 2
        moved = Follower(picture, left, top, width, height)
        if not moved._inside():
            raise Lost("it leaves the picture")
        if self._unlike(moved):
            raise Lost("it looks otherwise, or something stands before it")
        self.picture, self.left, self.top, self.width, self.height = picture, left, top, width, height

    def _inside(self) -> bool:
        """Whether its middle is in the picture."""
        tall, wide = self.picture.shape
        x, y = self.left + self.width / 2, self.top + self.height / 2
        return 0 <= x < wide and 0 <= y < tall and self.width >= 3 and self.height >= 3

    def _unlike(self, other: Follower) -> bool:
        import cv2

        one, two = self._patch(), other._patch()
        if one.std() < 1 or two.std() < 1:  # of one colour: nothing to tell apart
            return False
        return float(cv2.matchTemplate(one, two, cv2.TM_CCOEFF_NORMED)[0, 0]) < _LIKE

    def _patch(self) -> Pixels:
        import cv2

        size = (max(round(self.width), 1), max(round(self.height), 1))
        middle = (self.left + self.width / 2, self.top + self.height / 2)
        return cv2.resize(cv2.getRectSubPix(self.picture, size, middle), (32, 32))  # type: ignore[return-value]


def _scale(before: Any, after: Any) -> float:
    """How much farther points lie from each other, the median of all pairs."""
    places = np.random.default_rng(0).permutation(len(before))
    a, b = before[places], after[places]
    apart = np.linalg.norm(a - np.roll(a, 1, axis=0), axis=1)
    now = np.linalg.norm(b - np.roll(b, 1, axis=0), axis=1)
    far = apart > 2
    return float(np.clip(np.median(now[far] / apart[far]), 0.9, 1.1)) if far.any() else 1.0


def frames(file: Path, first: int) -> Iterator[tuple[int, Pixels]]:
    """Frames from ``first`` on with their numbers, as they are seen, grey, the longer side at most 640 pixels."""
    for number, frame in numbered(file, index.read(file, lambda _part: None), first):
        scale = min(1.0, _SIDE / max(frame.width, frame.height))
        size = (max(2, round(frame.width * scale)), max(2, round(frame.height * scale)))
        grey = frame.reformat(width=size[0], height=size[1], format="gray").to_ndarray()
        turns = (int(frame.rotation) // 90) % 4
        yield number, np.ascontiguousarray(np.rot90(grey, turns)) if turns else grey


def follow(file: Path, first: int, last: int, box: tracks.Box) -> Iterator[dict[str, Any]]:
    """``{frame, box}`` for each frame after the first, then ``{end}``: why it ends, empty if nothing stopped it.

    :param first: frame in which the box is, counted from 1.
    :param box: in percent.
    """
    follower: Follower | None = None
    for number, picture in frames(file, first):
        if number > last:
            break
        if follower is None:
            follower = Follower.begin(picture, box)
            continue
        try:
            follower.follow(picture)
            yield {"frame": number, "box": follower.box(box[4])}
        except Lost as lost:
            yield {"end": str(lost)}
            return
    yield {"end": "" if follower is not None else "the film has no such frame"}


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    try:
        for said in follow(Path(asked["file"]), asked["first"], asked["last"], tuple(asked["box"])):
            print(json.dumps(said), flush=True)
    except ImportFailed as error:
        print(json.dumps({"end": error.message}), flush=True)


if __name__ == "__main__":
    main()
