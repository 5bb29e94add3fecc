"""Recordings on the labeling page, in a real browser: indexing, ready, bytes moved before play, frames of zooming, heap.

Run: ``uv run --group dev bench/audio.py [minutes …]`` (10, 60 and 600 unless told). Beside the time between frames, which
other programs lengthen, stands the work of a frame: what the page's own scripts took of it.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from common import Figures, heap, percentile
from playwright.sync_api import Browser, Page, sync_playwright

from tagma.services.people import sessions
from tagma.testing import make_client, make_owner, make_site, serve

CHROMIUM = os.environ.get("TAGMA_CHROMIUM", "/usr/bin/chromium")
RATE = 16_000
RUNS = 5
CONFIG = """<View><Labels name="who" toName="audio"><Label value="Host"/><Label value="Guest"/></Labels>
<Audio name="audio" value="$audio"/></View>"""
READY = "[data-name=audio][data-ready]"
TASKS = 200
FRAMES = """async () => {
  const stage = document.querySelector('.line-stage');
  const box = stage.getBoundingClientRect();
  const [frames, work] = [[], []];
  const next = window.requestAnimationFrame.bind(window);
  let sum = 0;
  window.requestAnimationFrame = (run) => next((time) => {
    const begun = performance.now();
    run(time);
    sum += performance.now() - begun;
  });
  let last = 0;
  for (let step = 0; step < 120; step++) {
    stage.dispatchEvent(new WheelEvent('wheel', { deltaY: step < 60 ? -80 : 80, ctrlKey: true, bubbles: true, cancelable: true,
      clientX: box.left + box.width * 0.4, clientY: box.top + 20 }));
    const now = await new Promise(next);
    if (last) frames.push(now - last);
    work.push(sum);
    [last, sum] = [now, 0];
  }
  window.requestAnimationFrame = next;
  return { frames, work };
}"""


def record(file: Path, minutes: int) -> None:
    """Noise that swells and falls, as WAV."""
    chance = np.random.default_rng(minutes)
    with soundfile.SoundFile(file, "w", RATE, 1, subtype="PCM_16") as out:
        for minute in range(minutes):
            at = np.arange(RATE * 60) / RATE + minute * 60
            out.write(chance.normal(size=len(at)) * 0.2 * np.abs(np.sin(at * 1.7) * np.sin(at * 0.11)))


def opened(browser: Browser, address: str, path: str, cookie: str, moved: list[int]) -> tuple[Page, float]:
    """A page that was never here, and the seconds until the recording is ready."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: moved.append(int(event["encodedDataLength"])))
    begun = time.perf_counter()
    page.goto(address + path, wait_until="commit")
    page.locator(READY).wait_for()
    return page, time.perf_counter() - begun


def bench(figures: Figures, browser: Browser, minutes: int, folder: Path) -> None:
    site = make_site(folder / f"data-{minutes}")
    owner = make_owner(site)
    client = make_client(site, owner)
    project = client.post("/api/projects/", json={"title": "Sound", "label_config": CONFIG}).json()["id"]
    file = folder / f"{minutes}.wav"
    record(file, minutes)
    begun = time.perf_counter()
    with file.open("rb") as body:
        sent: Any = client.post(f"/api/projects/{project}/import", files={"file": (file.name, body)})
    assert sent.status_code == 201, sent.text
    site.hub.drain()
    site.jobs.drain()
    took = time.perf_counter() - begun
    figures.add(f"{minutes} minutes: import and index", minutes * 60 / took, "x time", "at least 100")
    cookie = sessions.session_cookie(site, owner)
    with serve(site) as address:
        ready, moved, frames, work = [], [], [], []
        for _ in range(RUNS):
            bytes_: list[int] = []
            page, seconds = opened(browser, address, f"/projects/{project}/label", cookie, bytes_)
            page.wait_for_load_state("networkidle")
            ready.append(seconds * 1000)
            moved.append(sum(bytes_) / 1024)
            zoomed = page.evaluate(FRAMES)
            frames += zoomed["frames"]
            work += zoomed["work"]
            page.context.close()
    figures.add_runs(
        f"{minutes} minutes: cold page to ready", ready, "2,000" if minutes > 60 else "600 / 700"
    )
    figures.add(f"{minutes} minutes: moved before play, code and all", max(moved), "KiB", "at most 1,024")
    figures.add(f"{minutes} minutes: frames of zooming, p95", percentile(frames, 0.95), "ms", "33")
    figures.add(f"{minutes} minutes: frames of zooming, worst", max(frames), "ms", "33")
    figures.add(f"{minutes} minutes: work of a frame of zooming, p95", percentile(work, 0.95), "ms", "")
    figures.add(f"{minutes} minutes: work of a frame of zooming, worst", max(work), "ms", "33")
    site.close()


def bench_many(figures: Figures, browser: Browser, folder: Path) -> None:
    """One recording after another, with its spectrogram, in one page."""
    site = make_site(folder / "many")
    owner = make_owner(site)
    client = make_client(site, owner)
    config = CONFIG.replace('value="$audio"', 'value="$audio" spectrogram="true"')
    project = client.post("/api/projects/", json={"title": "Sounds", "label_config": config}).json()["id"]
    files = []
    for place in range(TASKS + 2):
        file = io.BytesIO()
        chance = np.random.default_rng(place)
        soundfile.write(file, chance.normal(size=RATE * 4) * 0.1, RATE, subtype="PCM_16", format="WAV")
        files.append(("file", (f"{place}.wav", file.getvalue())))
    sent = client.post(f"/api/projects/{project}/import", files=files)
    assert sent.status_code == 201, sent.text
    site.hub.drain()
    site.jobs.drain()
    with serve(site) as address:
        page, _ = opened(
            browser, address, f"/projects/{project}/label", sessions.session_cookie(site, owner), []
        )
        before = 0.0
        for place in range(TASKS):
            if place == 10:
                before = heap(page)
            title = page.locator(".crumb-title").inner_text()
            page.keyboard.press("Alt+PageDown")
            page.wait_for_function(
                "([title, ready]) => document.querySelector('.crumb-title').textContent !== title"
                " && document.querySelector(ready) !== null",
                arg=[title, READY],
            )
        page.wait_for_load_state("networkidle")
        figures.add("Heap after 10 tasks", before, "MiB")
        figures.add(f"Growth of the heap from task 10 to {TASKS}", heap(page) - before, "MiB", "0")
        page.context.close()
    site.close()


def main() -> None:
    figures = Figures("audio")
    with tempfile.TemporaryDirectory(prefix="tagma-bench-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for minutes in map(int, sys.argv[1:] or ("10", "60", "600")):
            bench(figures, browser, minutes, Path(folder))
        bench_many(figures, browser, Path(folder))
        browser.close()
    print(figures.save())


if __name__ == "__main__":
    main()
