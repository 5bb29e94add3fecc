"""A project of a million: pages of the list, one task more, a filter and an order by a field of the data, the export of all of it
within a small memory, 100,000 tasks deleted.

Run: ``uv run bench/million.py [tasks] [postgres | database url]``. Filled from inside, measured over HTTP at a server in a process
of its own. Every tenth task has an annotation and a prediction.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from common import CONFIG, Figures, Server, annotated, arguments, database, plain, stored_bytes, timed
from exports import kept, sent

from tagma.db.engine import Transaction
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import task_batches
from tagma.services.imports.annotators import Annotators
from tagma.services.project import projects
from tagma.services.site import Site
from tagma.testing import make_site

BATCH = 5_000
TIMES = 20
DELETED = 100_000


def owner_of(tx: Transaction) -> Actor:
    row = tx.row("SELECT user_id, organization_id, role FROM membership ORDER BY id LIMIT 1")
    assert row is not None
    return Actor(*row, Server.EMAIL)


def fill(site: Site, owner: Actor, count: int) -> int:
    given = {"title": f"{count:,} tasks", "label_config": CONFIG}
    project = site.database.write(lambda tx: projects.create(site, tx, owner, given).id or 0)
    people = Annotators(dict)
    for begin in range(0, count, BATCH):
        row = site.database.read(lambda tx: access.project(site, tx, owner, project))
        batch = task_batches.Batch(owner, row, people)
        for number in range(begin, min(begin + BATCH, count)):
            batch.add((annotated if number % 10 == 0 else plain)(number, count))
        site.database.write(batch.write)
    return project


def lists(server: Server, figures: Figures, project: int, count: int) -> None:
    def rows(what: str, reach: str, start: int = 0, **query: Any) -> None:
        asked = {"project": project, "start": start, "length": 100, "query": json.dumps(query)}
        path = f"/api/dm/rows/?{urlencode(asked)}"
        server.ask("GET", path)
        figures.add_runs(what, timed(lambda: server.ask("GET", path), TIMES), reach)

    def test(operator: str, value: Any, column: str, type: str) -> dict[str, Any]:
        item = {"filter": f"filter:tasks:{column}", "operator": operator, "type": type, "value": value}
        return {"conjunction": "and", "items": [item]}

    page = "10 ms (p99 50 ms)"
    rows("first 100 rows", page)
    rows("100 rows in the middle", page, start=count // 2)
    rows("last 100 rows", page, start=count - 100)
    rows("rows with an annotation", "", filters=test("greater", 0, "total_annotations", "Number"))
    rows("text contains, many found", "", filters=test("contains", "sentence 77", "data.text", "String"))
    rows("number less, ordered by it", "", filters=test("less", 500, "data.n", "Number"), ordering=["tasks:data.n"],
         columnsDisplayType={"tasks:data.n": "Number"})  # fmt: skip
    rows(
        "all, ordered by a number",
        "",
        ordering=["-tasks:data.n"],
        columnsDisplayType={"tasks:data.n": "Number"},
    )


def exports(server: Server, figures: Figures, project: int, count: int) -> None:
    before = server.memory()
    made, seconds, longest = kept(server, project)
    figures.add("export of all as a job: to its end", seconds, "s")
    figures.add("export of all as a job: rate", count / seconds, "/s")
    figures.add("export of all as a job: longest request", longest, "s", "5")
    first, whole, _ = sent(
        server, f"/api/projects/{project}/export?download_all_tasks=true", **{"Accept-Encoding": "gzip"}
    )
    figures.add("export of all, sent while it is made: first byte", first * 1000, "ms", "at once")
    figures.add("export of all, sent while it is made: whole", whole, "s")
    figures.add("server's memory before these exports", before, "MiB")
    figures.add("server's memory at its peak", server.peak(), "MiB", "300")
    server.ask("DELETE", f"/api/projects/{project}/exports/{made['id']}/")


def delete(server: Server, figures: Figures, project: int, count: int) -> None:
    some = min(DELETED, count // 2)
    found = server.ask("GET", f"/api/tasks/?project={project}&page_size={some}&include=id")
    query = {"selectedItems": {"all": False, "included": [one["id"] for one in found["tasks"]]}}
    path = f"/api/dm/actions?project={project}&id=delete_tasks"
    figures.add(f"{some:,} of them deleted", timed(lambda: server.ask("POST", path, query))[0] / 1000, "s",
                "1" if some == DELETED else "")  # fmt: skip


def main() -> None:
    name, (count,) = arguments(1_000_000)
    figures = Figures("million" + ("-postgres" if name else ""))
    with database(name) as url, tempfile.TemporaryDirectory(prefix="tagma-bench-") as place:
        folder = Path(place)
        Server(folder, url).stop()  # makes the first person, with their token
        site = make_site(folder, url)
        owner = site.database.read(owner_of)
        begun = time.perf_counter()
        project = fill(site, owner, count)
        figures.add(f"{count:,} tasks put in by batches", count / (time.perf_counter() - begun), "/s")
        site.close()
        figures.add("bytes a task in the database", stored_bytes(folder, url) / count, "bytes")
        server = Server(folder, url)
        try:
            figures.add("start of the server", server.seconds, "s", "1")
            lists(server, figures, project, count)
            body = {"project": project, **plain(1, 2)}
            figures.add_runs(
                "one task more", timed(lambda: server.ask("POST", "/api/tasks/", body), TIMES), "20 ms"
            )
            exports(server, figures, project, count)
            delete(server, figures, project, count)
        finally:
            server.stop()
    print(figures.save())


if __name__ == "__main__":
    main()
