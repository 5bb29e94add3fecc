"""The labeling page in a real browser: boxes by the thousand, and a long text with many spans.

Run: ``uv run bench/editor.py``. The browser is ``TAGMA_CHROMIUM`` or ``/usr/bin/chromium``, on the same machine as the server.
"""

from __future__ import annotations

import os
import random
import struct
import tempfile
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Any

from common import Figures, percentile
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tagma.services import accounts, projects, tasks
from tagma.testing import make_owner, make_site, serve

CHROMIUM = os.environ.get("TAGMA_CHROMIUM", "/usr/bin/chromium")
BOXES = """<View>
  <Image name="image" value="$image"/>
  <RectangleLabels name="label" toName="image"><Label value="Cat"/><Label value="Dog"/></RectangleLabels>
</View>"""
ENTITIES = """<View>
  <Labels name="label" toName="text"><Label value="Person"/><Label value="Place"/></Labels>
  <Text name="text" value="$text"/>
</View>"""
RUNS = 3

# Milliseconds of `count` frames while `act` is done in each of them, and from an act to the frame after it.
FRAMES = """async ([kind, count]) => {
    const next = () => new Promise((done) => requestAnimationFrame(done));
    const stage = document.querySelector('.plane') ?? document.querySelector('.text-scroller');
    const box = stage.getBoundingClientRect();
    const at = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true };
    const rows = document.querySelectorAll('.region');
    const took = [];
    await next();
    for (let i = 0; i < count; i++) {
        const begun = performance.now();
        if (kind === 'select') rows[i % Math.min(rows.length, 10)].click();
        else if (kind === 'zoom') stage.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: i % 20 < 10 ? -60 : 60, ctrlKey: true }));
        else stage.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX: i % 20 < 10 ? 40 : -40, deltaY: i % 2 ? 30 : -30 }));
        await next();
        await next();
        took.push((performance.now() - begun) / (kind === 'select' ? 1 : 2));
    }
    return took;
}"""
MARK = """async () => {
    const walker = document.createTreeWalker(document.querySelector('.text-body'), NodeFilter.SHOW_TEXT);
    const node = walker.nextNode();
    getSelection().setBaseAndExtent(node, 0, node, 6);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const count = () => document.querySelector('.side-head .num').textContent;
    const before = count();
    const begun = performance.now();
    document.querySelector('.chip').click();
    while (count() === before) await new Promise((done) => requestAnimationFrame(done));
    return performance.now() - begun;
}"""


def picture(width: int, height: int) -> str:
    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xb0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    return "data:image/png;base64," + b64encode(png).decode()


def boxes(count: int) -> dict[str, Any]:
    """A task whose annotation has that many boxes, spread over a large picture."""
    chance = random.Random(count)
    result = [
        {
            "id": f"b{number:09d}",
            "from_name": "label",
            "to_name": "image",
            "type": "rectanglelabels",
            "original_width": 4000,
            "original_height": 3000,
            "image_rotation": 0,
            "origin": "manual",
            "value": {
                "x": chance.uniform(0, 96),
                "y": chance.uniform(0, 96),
                "width": chance.uniform(0.5, 4),
                "height": chance.uniform(0.5, 4),
                "rotation": 0,
                "rectanglelabels": [chance.choice(["Cat", "Dog"])],
            },
        }
        for number in range(count)
    ]
    return {"data": {"image": picture(4000, 3000)}, "annotations": [{"result": result}]}


def spans(length: int, count: int) -> dict[str, Any]:
    """A task with a long text, a line every 80 characters, and that many passages in it."""
    chance = random.Random(count)
    letters = "".join(chance.choices("abcdefghij    ", k=length))
    text = "\n".join(letters[at : at + 79] for at in range(0, length, 79))[:length]
    result = []
    for number in range(count):
        start = 8 + int(number * (length - 40) / count)
        end = start + chance.randint(3, 20)
        value = {
            "start": start,
            "end": end,
            "text": text[start:end],
            "labels": [chance.choice(["Person", "Place"])],
        }
        result.append(
            {
                "id": f"s{number:09d}",
                "from_name": "label",
                "to_name": "text",
                "type": "labels",
                "value": value,
            }
        )
    return {"data": {"text": text}, "annotations": [{"result": result}]}


def ready(page: Page, address: str) -> float:
    """Milliseconds from asking for the page to all of it being on screen."""
    page.goto(address, wait_until="commit")
    return page.evaluate(
        """async () => {
            const there = () => document.querySelector('.editor[data-ready] .tagma-object[data-ready]') && document.querySelector('.region');
            while (!there()) await new Promise((done) => requestAnimationFrame(done));
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            return performance.now();
        }"""
    )


def measure(figures: Figures, context: BrowserContext, address: str, what: str, reach: str) -> Page:
    runs = []
    for run in range(RUNS + 1):  # the first fills the cache
        page = context.new_page()
        runs.append(ready(page, address))
        if run < RUNS:
            page.close()
    figures.add(f"{what}: ready, warm, median", sorted(runs[1:])[RUNS // 2], "ms", reach)
    return page


def add_frames(figures: Figures, page: Page, what: str, kind: str, reach: str) -> None:
    took = page.evaluate(FRAMES, [kind, 60])
    figures.add(f"{what}: {kind}, p50", percentile(took, 0.5), "ms")
    figures.add(f"{what}: {kind}, p95", percentile(took, 0.95), "ms", reach)


def main() -> None:
    figures = Figures("editor")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir()
        site = make_site(folder)
        owner = make_owner(site)

        def make(config: str, task: dict[str, Any]) -> str:
            def work(tx: Any) -> str:
                project = projects.create(site, tx, owner, {"title": "Bench", "label_config": config})
                made = tasks.create(site, tx, owner, {"project": project.id, **task})
                return f"/projects/{project.id}/label?task={made}"

            return site.database.write(work)

        with serve(site) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            cookie = accounts.session_cookie(site, owner)
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
            for count, reach in ((1000, "700"), (5000, "800"), (10000, "1000")):
                what = f"{count:,} boxes"
                page = measure(figures, context, address + make(BOXES, boxes(count)), what, reach)
                add_frames(figures, page, what, "select", "33")
                add_frames(figures, page, what, "zoom", "50")
                add_frames(figures, page, what, "pan", "50")
                page.close()
            what = "100 kB of text, 2,000 spans"
            page = measure(figures, context, address + make(ENTITIES, spans(100_000, 2000)), what, "500")
            add_frames(figures, page, what, "select", "30")
            page.keyboard.press("Escape")
            figures.add(f"{what}: a new span shown", page.evaluate(MARK), "ms", "50")
            browser.close()
        site.close()
    figures.save()


if __name__ == "__main__":
    main()
