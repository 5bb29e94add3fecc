"""Pages of the data manager at 100,000 tasks: first, middle, last, searched, ordered by a field of the data.

Run: ``uv run bench/lists.py [tasks] [postgres | database url]``. Measured at the HTTP door, in one process, without a network.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from common import Figures, arguments, database, timed
from starlette.testclient import TestClient

from tagma.db.engine import Transaction
from tagma.plugin.shapes import TaskDraft
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import task_batches
from tagma.services.project import projects
from tagma.services.site import Site
from tagma.testing import make_client, make_owner, make_site

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
BATCH = 5000
TIMES = 15


def fill(site: Site, owner: Actor, count: int) -> int:
    given = {"title": "A list to measure", "label_config": CONFIG}
    project = site.database.write(lambda tx: projects.create(site, tx, owner, given))
    assert project.id is not None
    for begin in range(0, count, BATCH):
        drafts = [
            TaskDraft(data={"text": f"sentence {number * 7919 % count} of many", "n": number * 31 % count})
            for number in range(begin, min(begin + BATCH, count))
        ]

        def insert(tx: Transaction, drafts: list[TaskDraft] = drafts) -> None:
            task_batches.insert_drafts(
                site, tx, owner, access.project(site, tx, owner, project.id or 0), drafts
            )

        site.database.write(insert)
    return project.id


def measure(client: TestClient, figures: Figures, project: int, count: int) -> None:
    def rows(what: str, reach: str, start: int = 0, **query: Any) -> None:
        params = {"project": project, "start": start, "length": 100, "query": json.dumps(query)}

        def ask() -> None:
            client.get("/api/dm/rows/", params=params).raise_for_status()

        ask()
        figures.add_runs(what, timed(ask, TIMES), reach)

    def test(operator: str, value: Any, column: str = "data.text", type: str = "String") -> dict[str, Any]:
        item = {"filter": f"filter:tasks:{column}", "operator": operator, "type": type, "value": value}
        return {"conjunction": "and", "items": [item]}

    rows("first 100 rows", "5 ms")
    rows("100 rows in the middle", "10 ms", start=count // 2)
    rows("last 100 rows", "10 ms", start=count - 100)
    rows("text contains, many found", "200 ms", filters=test("contains", "sentence 77"))
    rows("text equals, one found", "200 ms", filters=test("equal", "sentence 77 of many"))
    rows("number less, ordered by it", "300 ms", filters=test("less", 500, "data.n", "Number"), ordering=["tasks:data.n"],
         columnsDisplayType={"tasks:data.n": "Number"})  # fmt: skip
    rows("all, ordered by a text", "300 ms", ordering=["-tasks:data.text"])
    rows("number of annotations empty", "100 ms", filters=test("empty", True, "total_annotations", "Number"))


def main() -> None:
    name, (count,) = arguments(100_000)
    figures = Figures("lists" + ("-postgres" if name else ""))
    with database(name) as url, tempfile.TemporaryDirectory(prefix="tagma-bench-") as folder:
        site = make_site(Path(folder), url, plugins=["text", "controls"])
        owner = make_owner(site)
        project = 0

        def make() -> None:
            nonlocal project
            project = fill(site, owner, count)

        figures.add(f"{count} tasks put in", timed(make)[0] / 1000, "s")
        with make_client(site, owner) as client:
            measure(client, figures, project, count)
        site.close()
    print(figures.save())


if __name__ == "__main__":
    main()
