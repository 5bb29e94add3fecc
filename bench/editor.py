"""The labeling page in a real browser: what it weighs, boxes by the thousand, long texts, and one task after another.

Run: ``uv run bench/editor.py``, with ``--tasks 500`` for the long row of tasks and ``--only boxes`` for one part. The browser is ``TAGMA_CHROMIUM`` or ``/usr/bin/chromium``, on the same machine as the server.
"""

from __future__ import annotations

import os
import random
import struct
import tempfile
import zlib
from argparse import ArgumentParser
from base64 import b64encode
from pathlib import Path
from typing import Any

from common import Figures, heap, percentile
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tagma.services.desk import tasks
from tagma.services.people import sessions
from tagma.services.project import projects
from tagma.services.site import Site
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
RUNS = 5
SCRIPT = Path(__file__).with_suffix(".js")


def picture_bytes(width: int, height: int) -> bytes:
    """A grey PNG."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xb0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    )


def picture(width: int, height: int) -> str:
    return "data:image/png;base64," + b64encode(picture_bytes(width, height)).decode()


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


class Bench:
    """A site in a folder, a browser, and the figures."""

    def __init__(self, site: Site, address: str, browser: Browser) -> None:
        self.site, self.address, self.browser = site, address, browser
        self.owner = make_owner(site)
        self.figures = Figures("editor")

    def context(self) -> BrowserContext:
        """A browser that was never here."""
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        cookie = sessions.session_cookie(self.site, self.owner)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.address}])
        context.add_init_script(path=SCRIPT)
        return context

    def project(self, config: str, *rows: dict[str, Any]) -> tuple[str, list[int]]:
        """The address of a new project's labeling page, and its tasks."""

        def work(tx: Any) -> tuple[str, list[int]]:
            made = projects.create(self.site, tx, self.owner, {"title": "Bench", "label_config": config})
            ids = [tasks.create(self.site, tx, self.owner, {"project": made.id, **row}).id for row in rows]
            return f"{self.address}/projects/{made.id}/label", ids

        return self.site.database.write(work)

    def open(self, context: BrowserContext, address: str, regions: bool = True) -> tuple[Page, float]:
        page = context.new_page()
        page.goto(address, wait_until="commit")
        return page, page.evaluate("(regions) => bench.ready(regions)", regions)

    def ready(self, context: BrowserContext, address: str, what: str, reach: str) -> Page:
        runs = []
        for run in range(RUNS + 1):  # the first fills the cache
            page, took = self.open(context, address)
            runs.append(took)
            if run < RUNS:
                page.close()
        self.figures.add(f"{what}: ready, warm, median", sorted(runs[1:])[RUNS // 2], "ms", reach)
        return page

    def gestures(self, page: Page, what: str, how: str, kind: str, reach: tuple[str, str]) -> None:
        """:param how: ``each`` act until it is seen, or the ``frames`` while it goes on."""
        took = page.evaluate(f"([kind, count]) => bench.{how}(kind, count)", [kind, 60])
        self.figures.add(f"{what}: {kind}, p50", percentile(took, 0.5), "ms", reach[0])
        self.figures.add(f"{what}: {kind}, p95", percentile(took, 0.95), "ms", reach[1])

    def page_weight(self) -> None:
        address, [task] = self.project(BOXES, {"data": {"image": picture(800, 600)}})
        address += f"?task={task}"
        cold = []
        self.open(self.context(), address, regions=False)[
            0
        ].context.close()  # the server packs its files once
        for _ in range(RUNS):
            context = self.context()
            page, took = self.open(context, address, regions=False)
            cold.append(took)
            code = page.evaluate("bench.code()")
            context.close()
        self.figures.add("Labeling page, code over the wire", code["bytes"] / 1024, "KiB", "100")
        self.figures.add("Labeling page, files of code", code["files"], "files")
        self.figures.add("Labeling page, the page itself", code["page"] / 1024, "KiB")
        self.figures.add("Empty picture: ready, cold, median", sorted(cold)[RUNS // 2], "ms", "600")
        context = self.context()
        warm = []
        for _ in range(RUNS + 1):
            page, took = self.open(context, address, regions=False)
            warm.append(took)
            again = page.evaluate("bench.code()")["bytes"]
            page.close()
        self.figures.add("Labeling page, code over the wire, warm", again / 1024, "KiB", "0")
        self.figures.add("Empty picture: ready, warm, median", sorted(warm[1:])[RUNS // 2], "ms", "400")
        context.close()

    def boxes(self) -> None:
        context = self.context()
        for count, reach in ((1000, "700"), (5000, "800"), (10000, "1000")):
            what = f"{count:,} boxes"
            address, [task] = self.project(BOXES, boxes(count))
            page = self.ready(context, f"{address}?task={task}", what, reach)
            self.gestures(page, what, "each", "select", ("", "33"))
            self.gestures(page, what, "frames", "zoom", ("33", "50"))
            self.gestures(page, what, "frames", "pan", ("33", "50"))
            self.figures.add(f"{what}: heap", heap(page), "MiB", "25" if count == 10000 else "")
            page.close()
        context.close()

    def texts(self) -> None:
        context = self.context()
        for length, count, reach in ((100_000, 2000, "500"), (1_000_000, 5000, "800")):
            what = f"{length // 1000:,} kB of text, {count:,} spans"
            address, [task] = self.project(ENTITIES, spans(length, count))
            page = self.ready(context, f"{address}?task={task}", what, reach)
            self.gestures(page, what, "frames", "scroll", ("17", ""))
            self.gestures(page, what, "each", "select", ("30" if length == 100_000 else "", ""))
            took = page.evaluate("(count) => bench.mark(count)", 20)
            what += ": a new span shown"
            self.figures.add(f"{what}, p50", percentile(took, 0.5), "ms", "50" if length == 100_000 else "")
            page.close()
        context.close()

    def stream(self, count: int) -> None:
        """One task after another, each a picture file of ours."""
        context = self.context()
        address, _ = self.project(BOXES)
        project = int(address.rsplit("/", 2)[1])
        for place in range(count + 2):
            body = picture_bytes(800 + place % 40, 600)
            answer = context.request.post(
                f"{self.address}/api/projects/{project}/import",
                multipart={f"file{place}": {"name": f"{place}.png", "mimeType": "image/png", "buffer": body}},
                headers={"Origin": self.address},
            )
            if not answer.ok:
                raise SystemExit(answer.text())
        page, _ = self.open(context, address, regions=False)
        took = [page.evaluate("bench.submit()") for _ in range(min(10, count))]
        before = heap(page)
        took += [page.evaluate("bench.submit()") for _ in range(count - len(took))]
        self.figures.add(f"Submit to next task ready, {count} tasks, p50", percentile(took, 0.5), "ms", "80")
        self.figures.add(
            f"Submit to next task ready, {count} tasks, p95", percentile(took, 0.95), "ms", "200"
        )
        self.figures.add(f"Heap after 10 tasks; growth until {count}", before, "MiB")
        self.figures.add(f"Growth of the heap from task 10 to {count}", heap(page) - before, "MiB", "0")
        context.close()


def main() -> None:
    parser = ArgumentParser(description="The editor in a real browser.")
    parser.add_argument("--tasks", type=int, default=100, help="how many in a row; the gate speaks of 500")
    parser.add_argument("--only", choices=("page_weight", "boxes", "texts", "stream"), help="one part alone")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        folder.mkdir()
        site = make_site(folder)
        with serve(site) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            bench = Bench(site, address, browser)
            parts = {
                "page_weight": bench.page_weight,
                "boxes": bench.boxes,
                "texts": bench.texts,
                "stream": lambda: bench.stream(chosen.tasks),
            }
            for part, work in parts.items():
                if chosen.only in (None, part):
                    work()
            browser.close()
        site.close()
    bench.figures.save()


if __name__ == "__main__":
    main()
