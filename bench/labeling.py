"""Labeling by 1, 8 and 32 people at once over a running server: how long *next* and *submit* take, and whether any task goes
beyond its overlap.

Run: ``uv run bench/labeling.py [postgres]``. The people are in another process than the server.
"""

from __future__ import annotations

import http.client
import json
import tempfile
import threading
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from common import Figures, arguments, database
from lists import fill

from tagma.db.engine import Transaction
from tagma.db.tables import Membership, User
from tagma.services.access import Actor
from tagma.services.people import sessions
from tagma.services.site import Site
from tagma.testing import make_owner, make_site, serve

TASKS, EACH = 5_000, 200
RESULT = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]
Runs = tuple[list[float], list[float]]


def hire(site: Site, owner: Actor, count: int) -> list[str]:
    """Cookies of so many annotators."""

    def write(tx: Transaction) -> list[Actor]:
        people = []
        for number in range(count):
            user = User(email=f"p{number}@example.com", active_organization_id=owner.organization_id)
            tx.session.add(user)
            tx.session.flush()
            tx.session.add(Membership(organization_id=owner.organization_id, user_id=user.id, role="AN"))
            people.append(Actor(user.id, owner.organization_id, "AN", user.email))
        return people

    return [sessions.session_cookie(site, person) for person in site.database.write(write)]


def label(port: int, cookie: str, project: int, times: int, runs: Runs) -> None:
    """One person: next, submit, again."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Cookie": f"sessionid={cookie}", "Content-Type": "application/json",
               "Sec-Fetch-Site": "same-origin", "Origin": f"http://127.0.0.1:{port}"}  # fmt: skip

    def ask(method: str, path: str, body: Any, into: list[float]) -> tuple[int, dict[str, Any]]:
        begun = time.perf_counter()
        connection.request(method, path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        raw = answer.read()
        into.append((time.perf_counter() - begun) * 1000)
        return answer.status, json.loads(raw)

    for _ in range(times):
        status, task = ask("GET", f"/api/projects/{project}/next/", None, runs[0])
        if status == 404:
            break
        assert status == 200, task
        status, made = ask(
            "POST", f"/api/tasks/{task['id']}/annotations/", {"result": RESULT, "lead_time": 1.5}, runs[1]
        )
        assert status == 201, made
    connection.close()


def crowd(port: int, cookies: list[str], project: int, times: int, answers: Any) -> None:
    runs: Runs = ([], [])
    threads = [
        threading.Thread(target=label, args=(port, cookie, project, times, runs)) for cookie in cookies
    ]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put((*runs, time.perf_counter() - begun))


def main() -> None:
    name, _ = arguments()
    figures = Figures("labeling" + ("-postgres" if name else ""))
    context = get_context("spawn")
    with database(name) as url, tempfile.TemporaryDirectory(prefix="tagma-bench-") as folder:
        site = make_site(Path(folder), url, plugins=["text", "controls"])
        owner = make_owner(site)
        cookies = hire(site, owner, 32)
        with serve(site) as address:
            port = int(address.rsplit(":", 1)[1])
            for people in (1, 8, 32):
                project = fill(site, owner, TASKS)
                answers = context.Queue()
                work = (port, cookies[:people], project, EACH // people + 20, answers)
                process = context.Process(target=crowd, args=work)
                process.start()
                asked, sent, seconds = answers.get()
                process.join()
                reach = "3 ms" if people == 1 else ""
                figures.add_runs(f"next, {people} people", asked, reach)
                figures.add_runs(f"submit, {people} people", sent, reach)
                figures.add(f"tasks labeled, {people} people", len(sent) / seconds, "/s")
        row = site.database.read(
            lambda tx: tx.row(
                "SELECT count(*) FROM task t WHERE t.overlap < (SELECT count(*) FROM annotation a WHERE a.task_id = t.id)"
            )
        )
        assert row is not None
        figures.add("tasks beyond their overlap", row[0], "tasks", "0")
        site.close()
    print(figures.save())


if __name__ == "__main__":
    main()
