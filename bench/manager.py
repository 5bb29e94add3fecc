"""The data manager in a real browser: from asking for the page to rows on screen, and to the last row.

Run: ``uv run bench/manager.py [tasks …] [postgres | database url]``. The browser is ``TAGMA_CHROMIUM`` or ``/usr/bin/chromium``, on the
same machine as the server, which is in a process of its own.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from common import Figures, Server, arguments, database
from million import fill, owner_of
from playwright.sync_api import Page, sync_playwright

from tagma.testing import make_site

CHROMIUM = os.environ.get("TAGMA_CHROMIUM", "/usr/bin/chromium")
RUNS = 5
REACH = {10_000: "500", 100_000: "500", 1_000_000: "600"}

# Milliseconds until the row is painted with words in it.
SHOWN = """async (at) => {
    const begun = performance.now();
    const there = () => /\\d/.test(document.querySelector(`#row-${at}`)?.textContent ?? '');
    while (!there()) {
        if (performance.now() - begun > 20000) throw new Error(`row ${at} never came`);
        await new Promise((done) => requestAnimationFrame(done));
    }
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return [performance.now(), performance.now() - begun];
}"""


def open_(page: Page, address: str) -> float:
    page.goto(address, wait_until="commit")
    return float(page.evaluate(SHOWN, 0)[0])


def to_the_end(page: Page, count: int) -> float:
    page.get_by_role("grid").focus()
    page.keyboard.press("End")
    return float(page.evaluate(SHOWN, count - 1)[1])


def main() -> None:
    name, sizes = arguments(10_000, 100_000, 1_000_000)
    figures = Figures("manager" + ("-postgres" if name else ""))
    with database(name) as url, tempfile.TemporaryDirectory(prefix="tagma-bench-") as place:
        folder = Path(place)
        Server(folder, url).stop()  # makes the first person
        site = make_site(folder, url)
        owner = site.database.read(owner_of)
        projects = {count: fill(site, owner, count) for count in sizes}
        site.close()
        server = Server(folder, url)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                page.goto(f"{server.address}/user/login/")
                page.fill("input[name=email]", server.EMAIL)
                page.fill("input[name=password]", server.PASSWORD)
                page.keyboard.press("Enter")
                page.wait_for_url(lambda found: "login" not in found)
                for count, project in projects.items():
                    address = f"{server.address}/projects/{project}/data"
                    opened = sorted(open_(page, address) for _ in range(RUNS + 1))[
                        :RUNS
                    ]  # without the cold one
                    figures.add(
                        f"{count:,} tasks: rows on screen, median",
                        opened[RUNS // 2],
                        "ms",
                        REACH.get(count, ""),
                    )
                    jumps = []
                    for _ in range(RUNS):
                        open_(page, address)
                        jumps.append(to_the_end(page, count))
                    figures.add(
                        f"{count:,} tasks: to the last row, median", sorted(jumps)[RUNS // 2], "ms", "250"
                    )
                browser.close()
        finally:
            server.stop()
    print(figures.save())


if __name__ == "__main__":
    main()
