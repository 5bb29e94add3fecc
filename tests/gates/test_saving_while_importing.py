"""People save while a large import runs: nobody is turned away, and nothing is lost or counted twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tagma.db.tables import Job, Project
from tagma.services.access import Actor
from tagma.services.people import sessions
from tagma.services.project import counters
from tagma.services.site import Site
from tests.conftest import CHOICES

pytestmark = pytest.mark.xdist_group("gates")

PEOPLE, IMPORTED = 20, 30_000


def mood(word: str) -> list[dict[str, Any]]:
    value = {"choices": [word]}
    return [{"id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": value}]


@pytest.fixture
def client(site: Site, owner: Actor, live_server: str) -> Any:
    headers = {"Origin": live_server, "Sec-Fetch-Site": "same-origin"}
    cookies = {"sessionid": sessions.session_cookie(site, owner)}
    limits = httpx2.Limits(max_connections=PEOPLE + 2)
    with httpx2.Client(
        base_url=live_server, headers=headers, cookies=cookies, timeout=60, limits=limits
    ) as found:
        yield found


def test_twenty_people_save_while_tasks_are_imported(
    client: httpx2.Client, site: Site, project: Callable[..., Project]
) -> None:
    labeled = project(CHOICES).id or 0
    tasks = [{"data": {"text": f"t{number}"}} for number in range(PEOPLE * 100)]
    ids = client.post(f"/api/projects/{labeled}/import?return_task_ids=1", json=tasks).json()["task_ids"]
    filled = project(CHOICES, title="Filled").id or 0
    body = json.dumps(
        [
            {
                "data": {"text": f"i{number}"},
                "annotations": [{"result": mood("good")}] if number % 5 == 0 else [],
            }
            for number in range(IMPORTED)
        ]
    )
    done = threading.Event()

    def save(mine: list[int]) -> list[int]:
        codes = []
        for task in mine:
            if done.is_set():
                break
            sent = {"result": mood("bad"), "lead_time": 1.0}
            codes.append(client.post(f"/api/tasks/{task}/annotations/", json=sent).status_code)
        return codes

    with ThreadPoolExecutor(PEOPLE) as people:
        working = [people.submit(save, ids[number::PEOPLE]) for number in range(PEOPLE)]
        answer = client.post(
            f"/api/projects/{filled}/import?async=1", files={"file": ("tasks.json", body.encode())}
        )
        job = answer.json()["job"]
        while (state := client.get(f"/api/jobs/{job}").json()["state"]) in ("queued", "running"):
            pass
        done.set()
        codes = [code for one in working for code in one.result()]
    assert state == "completed"
    assert set(codes) == {201}

    def read(tx: Any) -> tuple[Any, ...]:
        rows = tx.rows(
            "SELECT count(*), count(DISTINCT task_id) FROM annotation WHERE project_id = :p", p=labeled
        )
        tallies = [counters.tally(tx, "t.project_id = :p", {"p": one}) for one in (labeled, filled)]
        kept = [tx.session.get(Project, one) for one in (labeled, filled)]
        return *rows[0], tallies, [(one.task_number, one.total_annotations_number) for one in kept]

    saved, different, tallies, kept = site.database.read(read)
    assert saved == different == len(codes)
    assert kept == [(one.tasks, one.annotations) for one in tallies]
    assert kept[1] == (IMPORTED, IMPORTED // 5)
    assert site.database.read(lambda tx: tx.session.get(Job, job)).result["fault_count"] == 0
