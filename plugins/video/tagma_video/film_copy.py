"""A copy of a film that every browser plays: H.264 with AAC in MP4, each frame shown when the film's own index says."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from tagma.errors import ImportFailed
from tagma_video import index
from tagma_video.numbering import Numbering
from tagma_video.opening import decoded, opened

_CLOCK = Fraction(1, 90_000)
"""The part of a second in which the copy counts."""
_CODER = {"preset": "veryfast", "crf": "20", "bf": "0", "g": "50"}
"""Without frames that lean on later ones, which move a file's clock; with a place to begin at every fifty, for steps back."""
_TURNS = {90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
_SOUND = 48_000


def write(file: Path, out: Path, tell: Callable[[float], None]) -> None:
    """The picture is turned as it is to be seen.

    :raises ImportFailed: its picture can't be decoded here, in words.
    """
    import av

    found = index.read(file, lambda part: tell(part * 0.05))
    with (
        opened(file) as (container, stream),
        av.open(str(out), "w", format="mp4", options={"movflags": "faststart"}) as copy,
    ):
        stream.thread_type = "AUTO"
        picture, numbering = _Picture(copy, found), Numbering(container, found)
        heard = next(iter(container.streams.audio), None)
        sound = _Sound(copy, found.zero) if heard is not None and heard.codec_context else None
        for packet in container.demux([stream] if sound is None else [stream, heard]):
            if sound is not None and packet.stream is heard:
                for frame in decoded(packet):
                    sound.take(frame)
                continue
            for frame in decoded(packet):
                if (number := numbering.of(frame)) is None:
                    continue
                picture.take(frame, float(found.times[number - 1]))
                if number % 25 == 0:
                    tell(0.05 + 0.95 * number / found.frames)
        if not picture.taken:
            raise ImportFailed(
                f"The frames of {file.name} can't be decoded. They are in {found.codec}.",
                hint="Convert it to MP4 (H.264) with the program that made it, and import that file.",
                file=file.name,
            )
        for track in (picture, sound):
            if track is not None:
                track.end()


class _Picture:
    """The picture track of the copy."""

    def __init__(self, copy: Any, found: index.Index) -> None:
        self._copy, self._turn = copy, _TURNS.get(found.rotation, [])
        width, height = found.width, found.height
        if found.rotation % 180 == 90:
            width, height = height, width
        self._stream = copy.add_stream("libx264", rate=Fraction(found.rate).limit_denominator(1001))
        self._stream.width, self._stream.height = (max(2, side // 2 * 2) for side in (width, height))
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = _CLOCK
        self._stream.options = _CODER
        self._graph: Any = None
        self._kind: tuple[Any, ...] = ()
        self.taken = 0

    def take(self, frame: Any, seconds: float) -> None:
        """:param seconds: when it is shown, as browsers count."""
        self.taken += 1
        self._copy.mux(self._stream.encode(self._seen(frame, round(seconds / _CLOCK))))

    def end(self) -> None:
        self._copy.mux(self._stream.encode(None))

    def _seen(self, frame: Any, at: int) -> Any:
        """Turned, of the copy's size and colours."""
        from av.filter import Graph

        kind = (frame.width, frame.height, frame.format.name)
        if kind != self._kind:  # some films change their size on the way
            self._kind, self._graph = kind, Graph()
            size = f"scale={self._stream.width}:{self._stream.height}"
            source = self._graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=_CLOCK
            )
            steps = [
                source,
                *(
                    self._graph.add(*step.partition("=")[::2])
                    for step in [*self._turn, size, "format=yuv420p"]
                ),
            ]
            self._graph.link_nodes(*steps, self._graph.add("buffersink")).configure()
        frame.pts, frame.time_base = at, _CLOCK
        self._graph.push(frame)
        seen = self._graph.pull()
        seen.pts, seen.time_base = at, _CLOCK
        seen.pict_type = 0  # the copy chooses its key frames itself
        return seen


class _Sound:
    """The sound track of the copy; silence where the film has none, so that it stays in step."""

    def __init__(self, copy: Any, zero: float) -> None:
        self._copy, self._zero = copy, zero
        self._stream = copy.add_stream("aac", rate=_SOUND, layout="stereo")
        self._graph: Any = None
        self._kind: tuple[Any, ...] = ()

    def take(self, frame: Any) -> None:
        from av.filter import Graph

        if frame.time is None:
            return
        clock = Fraction(1, frame.sample_rate)
        kind = (frame.sample_rate, frame.format.name, frame.layout.name)
        if kind != self._kind:
            self._flush()
            self._kind, self._graph = kind, Graph()
            source = self._graph.add_abuffer(
                sample_rate=frame.sample_rate, format=frame.format, layout=frame.layout, time_base=clock
            )
            fill = self._graph.add("aresample", f"{_SOUND}:async=1:first_pts=0")
            form = self._graph.add(
                "aformat", f"sample_fmts=fltp:channel_layouts=stereo:sample_rates={_SOUND}"
            )
            self._graph.link_nodes(source, fill, form, self._graph.add("abuffersink")).configure()
        frame.pts, frame.time_base = round((frame.time - self._zero) / clock), clock
        self._graph.push(frame)
        self._pull()

    def end(self) -> None:
        self._flush()
        self._copy.mux(self._stream.encode(None))

    def _flush(self) -> None:
        if self._graph is not None:
            self._graph.push(None)
            self._pull()

    def _pull(self) -> None:
        import av

        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):  # wants more, or has given all
                return
            self._copy.mux(self._stream.encode(frame))
