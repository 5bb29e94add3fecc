"""Films on the labeling page, in a real browser: ready, selecting, playing with all boxes, stepping; the heap over many tasks.

The film is H.264 at 30 frames a second; 50 tracks with a key frame every half second run through it.
Run: ``uv run --group dev bench/video.py``.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from common import Figures, percentile
from playwright.sync_api import Browser, Page, sync_playwright

from tagma.services.people import sessions
from tagma.testing import make_client, make_owner, make_site, serve

CHROMIUM = os.environ.get("TAGMA_CHROMIUM", "/usr/bin/chromium")
RATE, SECONDS, TRACKS = 30, 60, 50
RUNS, STEPS, TASKS = 5, 60, 200
CONFIG = """<View><Labels name="kind" toName="film"><Label value="Car"/><Label value="Person"/></Labels>
<Video name="film" value="$video"/><VideoRectangle name="box" toName="film"/></View>"""
READY = "[data-name=film][data-ready]"
SELECT = """async () => {
  const rows = [...document.querySelectorAll('.region')];
  const took = [];
  for (let n = 0; n < 20; n++) {
    const begun = performance.now();
    rows[n % rows.length].click();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    took.push(performance.now() - begun);
  }
  return took;
}"""
PLAY = """async () => {
  const film = document.querySelector('video.film');
  film.muted = true;
  await film.play();
  const frames = [];
  let last = 0;
  const end = performance.now() + 5000;
  while (performance.now() < end) {
    const now = await new Promise(requestAnimationFrame);
    if (last) frames.push(now - last);
    last = now;
  }
  const { droppedVideoFrames: dropped, totalVideoFrames: total } = film.getVideoPlaybackQuality();
  film.pause();
  return { frames, dropped, total };
}"""
NEXT = """(film) => !film.isConnected && document.querySelector('[data-name=film][data-ready]')"""
STEP = """async (steps) => {
  const host = document.querySelector('[data-name=film]');
  document.querySelector('.plane').focus();
  const took = [];
  for (let n = 0; n < steps; n++) {
    const wanted = String(Number(host.dataset.frame) + 1);
    const begun = performance.now();
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', code: 'ArrowRight', altKey: true, bubbles: true, cancelable: true }));
    while (host.dataset.frame !== wanted) await new Promise((done) => setTimeout(done));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    took.push(performance.now() - begun);
  }
  return took;
}"""


def shoot(file: Path) -> None:
    """Stripes that walk through 1280 by 720 pixels."""
    with av.open(str(file), "w") as out:
        stream = out.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.gop_size = 60
        stream.options = {"preset": "veryfast", "crf": "26"}
        picture = np.zeros((720, 1280, 3), np.uint8)
        picture[:, :, 0] = np.arange(1280) % 256
        picture[:, :, 1] = (np.arange(720) % 256)[:, None]
        for number in range(RATE * SECONDS):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, number * 3, axis=1), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def tracks() -> list[dict[str, Any]]:
    def key(track: int, frame: int) -> dict[str, Any]:
        angle = frame / 90 + track
        return {
            "frame": frame,
            "time": frame / RATE,
            "enabled": True,
            "x": 45 + 40 * math.cos(angle),
            "y": 45 + 40 * math.sin(angle * 1.3),
            "width": 6,
            "height": 9,
            "rotation": 0,
        }

    return [
        {
            "id": f"track{track:05}",
            "from_name": "box",
            "to_name": "film",
            "type": "videorectangle",
            "value": {
                "framesCount": RATE * SECONDS,
                "duration": SECONDS,
                "sequence": [key(track, frame) for frame in range(1, RATE * SECONDS, RATE // 2)],
                "labels": [("Car", "Person")[track % 2]],
            },
        }
        for track in range(TRACKS)
    ]


def opened(browser: Browser, address: str, path: str, cookie: str) -> tuple[Page, float]:
    """A page that was never here, and the seconds until the film is ready."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(address + path, wait_until="commit")
    page.locator(READY).wait_for()
    return page, time.perf_counter() - begun


def heap(page: Page) -> float:
    """MB in use when what is not needed has been let go."""
    wire = page.context.new_cdp_session(page)
    wire.send("HeapProfiler.collectGarbage")
    return float(wire.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def through(page: Page) -> tuple[float, float]:
    """The heap at the tenth task and at the last, each submitted empty."""
    early = 0.0
    for nth in range(TASKS):
        page.locator(READY).wait_for()
        if nth == 9:
            early = heap(page)
        film = page.locator(READY).element_handle()
        page.keyboard.press("Control+Enter")
        page.wait_for_function(NEXT, arg=film).dispose()
        film.dispose()  # or what it holds is never let go
    page.locator(READY).wait_for()
    return early, heap(page)


def main() -> None:
    figures = Figures("video")
    with tempfile.TemporaryDirectory(prefix="tagma-bench-") as folder, sync_playwright() as playwright:
        site = make_site(Path(folder) / "data")
        owner = make_owner(site)
        client = make_client(site, owner)
        project = client.post("/api/projects/", json={"title": "Films", "label_config": CONFIG}).json()["id"]
        file = Path(folder) / "film.mp4"
        shoot(file)
        begun = time.perf_counter()
        with file.open("rb") as body:
            sent: Any = client.post(f"/api/projects/{project}/import", files={"file": (file.name, body)})
        assert sent.status_code == 201, sent.text
        site.hub.drain()
        site.jobs.drain()
        figures.add("import and index", SECONDS / (time.perf_counter() - begun), "x time")
        [task] = client.get("/api/tasks/", params={"project": project}).json()["tasks"]
        made = client.post(f"/api/tasks/{task['id']}/annotations/", json={"result": tracks()})
        assert made.status_code == 201, made.text
        cookie = sessions.session_cookie(site, owner)
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        with serve(site) as address:
            ready, selected, frames, stepped, dropped = [], [], [], [], []
            for _ in range(RUNS):
                page, seconds = opened(
                    browser, address, f"/projects/{project}/label?task={task['id']}", cookie
                )
                ready.append(seconds * 1000)
                page.locator(".region").first.wait_for()
                page.wait_for_load_state("networkidle")
                selected += page.evaluate(SELECT)
                stepped += page.evaluate(STEP, STEPS)
                played = page.evaluate(PLAY)
                frames.append(1000 / (sum(played["frames"]) / len(played["frames"])))
                dropped.append(100 * played["dropped"] / max(played["total"], 1))
                page.context.close()
            figures.add_runs(f"{SECONDS} s, {TRACKS} tracks: cold page to ready", ready, "900")
            figures.add("selecting, p95", percentile(selected, 0.95), "ms", "30")
            figures.add("one frame on, p95", percentile(stepped, 0.95), "ms", "60")
            figures.add("playing with all boxes", min(frames), "frames/s", "55")
            figures.add("frames of the film left out", max(dropped), "%")
            again = [{"video": task["data"]["video"]}] * (TASKS + 2)
            sent = client.post(f"/api/projects/{project}/import", json=again)
            assert sent.status_code == 201, sent.text
            page, _ = opened(browser, address, f"/projects/{project}/label", cookie)
            early, late = through(page)
            figures.add("heap at the tenth task", early, "MB")
            figures.add(f"growth of the heap from there to task {TASKS}", late - early, "MB", "0")
        browser.close()
        site.close()
    print(figures.save())


if __name__ == "__main__":
    main()
