"""Series on the labeling page, in a real browser: indexing, ready, bytes moved, frames of zooming and panning, heap.

Run: ``uv run --group dev bench/series.py [rows …] [--tasks 200]`` (100,000 and 1,000,000 rows of three columns unless told; 34,000,000 rows
are a hundred million points).
"""

from __future__ import annotations

import os
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from common import Figures, heap, percentile
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tagma.services.people import sessions
from tagma.testing import make_client, make_owner, make_site, serve

CHROMIUM = os.environ.get("TAGMA_CHROMIUM", "/usr/bin/chromium")
RUNS = 5
COLUMNS = ("speed", "height", "load")
CONFIG = """<View><TimeSeriesLabels name="label" toName="ts"><Label value="Run"/><Label value="Rest"/></TimeSeriesLabels>
<TimeSeries name="ts" value="$csv" timeColumn="time"><Channel column="speed"/><Channel column="height"/><Channel column="load"/></TimeSeries></View>"""
COUNTED = CONFIG.replace(' timeColumn="time"', "")
BLOCK = 1_000_000  # rows that are made; longer files repeat them, and their rows are counted
READY = "[data-name=ts][data-ready]"
GESTURE = """async ([keys, by]) => {
  const stage = document.querySelector('.line-stage');
  const box = stage.getBoundingClientRect();
  const frames = [];
  let last = 0;
  for (let step = 0; step < 120; step++) {
    stage.dispatchEvent(new WheelEvent('wheel', { deltaY: step < 60 ? by : -by, ...keys, bubbles: true, cancelable: true,
      clientX: box.left + box.width * 0.4, clientY: box.top + 20 }));
    const now = await new Promise(requestAnimationFrame);
    if (last) frames.push(now - last);
    last = now;
  }
  return frames;
}"""


def write(file: Path, rows: int) -> None:
    """Three columns of a walk, a wave and rare peaks, ten rows a second, as CSV."""
    chance = np.random.default_rng(rows)
    with file.open("w") as out:
        out.write("time,speed,height,load\n")
        first = out.tell()
        for begun in range(0, min(rows, BLOCK), 100_000):
            at = np.arange(begun, min(begun + 100_000, rows))
            walk = np.cumsum(chance.normal(size=len(at)))
            wave = np.sin(at / 5000) * 5 + chance.normal(size=len(at))
            peaks = np.where(chance.random(len(at)) < 1e-4, 90.0, 0) + chance.normal(size=len(at))
            np.savetxt(out, np.column_stack([at / 10, walk, wave, peaks]), "%.1f,%.4f,%.4f,%.4f")
    if rows > BLOCK:
        block = file.read_bytes()[first:]
        with file.open("ab") as more:
            for _ in range(rows // BLOCK - 1):
                more.write(block)


class Bench:
    def __init__(self, figures: Figures, browser: Browser, folder: Path) -> None:
        self.figures = figures
        self.browser = browser
        self.folder = folder
        (folder / "data").mkdir()
        self.site = make_site(folder / "data")
        self.owner = make_owner(self.site)
        self.client = make_client(self.site, self.owner)

    def context(self, address: str) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        cookie = sessions.session_cookie(self.site, self.owner)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
        return context

    def project(self, *files: Path, config: str = CONFIG) -> int:
        """A project with a task for each file."""
        made = self.client.post("/api/projects/", json={"title": "Series", "label_config": config})
        project: int = made.json()["id"]
        with ExitStack() as stack:
            bodies = [(file.stem, (file.name, stack.enter_context(file.open("rb")))) for file in files]
            sent: Any = self.client.post(f"/api/projects/{project}/import", files=bodies)
        assert sent.status_code == 201, sent.text
        self.site.hub.drain()
        self.site.jobs.drain()
        return project

    def series(self, rows: int) -> None:
        what = f"{rows:,} rows x {len(COLUMNS)}"
        file = self.folder / f"{rows}.csv"
        write(file, rows)
        begun = time.perf_counter()
        project = self.project(file, config=COUNTED if rows > BLOCK else CONFIG)
        took = time.perf_counter() - begun
        self.figures.add(f"{what}: import and index", rows / took / 1e6, "M rows/s", "2")
        with serve(self.site) as address:
            ready, moved, data, zooms, pans = [], [], [], [], []
            used = 0.0
            for _ in range(RUNS):
                context = self.context(address)
                page = context.new_page()
                wire = context.new_cdp_session(page)
                wire.send("Network.enable")
                sizes: dict[str, int] = {}
                windows: set[str] = set()
                wire.on(
                    "Network.requestWillBeSent",
                    lambda event, windows=windows: (
                        windows.add(event["requestId"]) if "/derived/" in event["request"]["url"] else None
                    ),
                )
                wire.on(
                    "Network.loadingFinished",
                    lambda event, sizes=sizes: sizes.update(
                        {event["requestId"]: int(event["encodedDataLength"])}
                    ),
                )
                begun = time.perf_counter()
                page.goto(f"{address}/projects/{project}/label", wait_until="commit")
                page.locator(READY).wait_for()
                ready.append((time.perf_counter() - begun) * 1000)
                page.wait_for_load_state("networkidle")
                moved.append(sum(sizes.values()) / 1000)
                data.append(sum(size for one, size in sizes.items() if one in windows) / 1000)
                zooms += page.evaluate(GESTURE, [{"ctrlKey": True}, -80])
                page.evaluate("() => { for (let n = 0; n < 8; n++) document.querySelector('.editor-zoom button:nth-of-type(2)').click(); }")  # fmt: skip
                pans += page.evaluate(GESTURE, [{"shiftKey": True}, 40])
                used = max(used, heap(page))
                context.close()
        reach = "600" if rows <= 100_000 else "700"
        self.figures.add_runs(f"{what}: cold page to ready", ready, reach)
        self.figures.add(f"{what}: moved, the series alone", max(data), "kB", "at most 200")
        self.figures.add(f"{what}: moved, code and all", max(moved), "kB")
        for name, frames in (("zooming", zooms), ("panning", pans)):
            self.figures.add(f"{what}: frames of {name}, p50", percentile(frames, 0.5), "ms")
            self.figures.add(f"{what}: frames of {name}, p95", percentile(frames, 0.95), "ms", "33")
        self.figures.add(f"{what}: heap", used, "MiB", "20")

    def tasks(self, count: int) -> None:
        """One task after another; what a page keeps of those that are gone."""
        files = []
        for number in range(count + 1):
            files.append(self.folder / f"task-{number}.csv")
            write(files[-1], 2000 + number)
        project = self.project(*files)
        with serve(self.site) as address:
            context = self.context(address)
            page = context.new_page()
            page.goto(f"{address}/projects/{project}/label")
            page.locator(READY).wait_for()
            before = 0.0
            for number in range(count):
                task = page.locator(".editor").first.get_attribute("data-task")
                page.keyboard.press("Control+Enter")
                page.wait_for_function(
                    "(was) => { const now = document.querySelector('.editor'); return now?.dataset.task !== was && document.querySelector('[data-name=ts][data-ready]') !== null; }",
                    arg=task,
                )  # fmt: skip
                if number == 9:
                    before = heap(page)
            self.figures.add("Heap after 10 tasks", before, "MiB")
            self.figures.add(f"Growth of the heap from task 10 to {count}", heap(page) - before, "MiB", "0")
            context.close()


def main() -> None:
    parser = ArgumentParser(description="Series in a real browser.")
    parser.add_argument("rows", nargs="*", type=int, help="100000 and 1000000 unless told")
    parser.add_argument("--tasks", type=int, default=0, help="how many in a row; the gate speaks of 200")
    chosen = parser.parse_args()
    figures = Figures("series")
    with tempfile.TemporaryDirectory(prefix="tagma-bench-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        bench = Bench(figures, browser, Path(folder))
        for rows in chosen.rows or ([] if chosen.tasks else [100_000, 1_000_000]):
            bench.series(rows)
        if chosen.tasks:
            bench.tasks(chosen.tasks)
        bench.site.close()
        browser.close()
    print(figures.save())


if __name__ == "__main__":
    main()
