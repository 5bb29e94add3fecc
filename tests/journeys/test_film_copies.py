"""Films that no browser plays: the desk shows a copy, and each step shows the frame it names."""

from __future__ import annotations

import itertools
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from journeys.desk import Desk
from journeys.films import film, seen
from playwright.sync_api import expect

pytestmark = pytest.mark.needs("video", "controls")

COUNT = 40
CONFIG = """<View>
  <Labels name="kind" toName="film"><Label value="Car"/></Labels>
  <Video name="film" value="$video"/>
  <VideoRectangle name="box" toName="film"/>
</View>"""
UNEVEN = list(
    itertools.accumulate(itertools.islice(itertools.cycle((0.02, 0.05, 0.1)), COUNT - 1), initial=0.0)
)
FILMS: dict[str, Callable[[Path], Path]] = {
    "with sound, which browsers play alone": lambda folder: film(
        folder / "even.mp4", COUNT, codec="mpeg4", sound=True
    ),
    "uneven and late": lambda folder: film(
        folder / "uneven.mkv", COUNT, codec="ffv1", times=UNEVEN, start=1.2
    ),
}


@pytest.mark.parametrize("kind", FILMS)
def test_a_film_in_a_codec_no_browser_plays_is_shown_frame_for_frame(
    desk: Desk, tmp_path: Path, kind: str
) -> None:
    file = FILMS[kind](tmp_path)
    address = f"data:video/mp4;base64,{b64encode(file.read_bytes()).decode()}"
    project, [task] = desk.project(CONFIG, {"video": address})
    desk.open(project, task)
    host = desk.page.locator("[data-name=film]")
    expect(desk.page.locator("[data-name=film][data-ready]")).to_be_visible()
    expect(desk.page.get_by_role("note")).to_contain_text("a copy in H.264, frame for frame")
    for frame in (1, 2, 3, 4, 5):
        expect(host).to_have_attribute("data-frame", str(frame))
        desk.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        assert seen(desk.page.locator("video.film").screenshot()) == frame
        desk.page.keyboard.press("Alt+ArrowRight")
    desk.page.keyboard.press("Control+Shift+Alt+ArrowRight")
    expect(host).to_have_attribute("data-frame", str(COUNT))
    desk.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert seen(desk.page.locator("video.film").screenshot()) == COUNT


@contextmanager
def without_parts(file: Path) -> Iterator[str]:
    """A server that answers every Range with the whole; its address of the file."""
    body = file.read_bytes()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_words: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/film.mp4"
        server.shutdown()


def test_a_server_that_refuses_range_does_no_harm(desk: Desk, tmp_path: Path) -> None:
    with without_parts(film(tmp_path / "film.mp4", 300)) as address:
        project, [task] = desk.project(CONFIG, {"video": address})
        desk.open(project, task)
        expect(desk.page.locator("[data-name=film][data-ready]")).to_be_visible()
        expect(desk.page.get_by_role("note")).to_contain_text("gives out no parts of files")
        for frame in (250, 40, 300):
            desk.page.keyboard.press("Alt+g")
            desk.page.keyboard.type(str(frame))
            desk.page.keyboard.press("Enter")
            expect(desk.page.locator("[data-name=film]")).to_have_attribute("data-frame", str(frame))
            desk.page.evaluate(
                "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            assert seen(desk.page.locator("video.film").screenshot()) == frame
