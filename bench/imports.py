"""Tasks in: plain ones, ones with an annotation and a prediction each, while twenty people save, and out again by a delete.

Run: ``uv run bench/imports.py [plain tasks, annotated tasks] [postgres | database url]``. From sending the file to the end of
its job, over HTTP, the server in a process of its own.
"""

from __future__ import annotations

import json
import threading
import time

from common import (
    CONFIG,
    Figures,
    Server,
    annotated,
    arguments,
    percentile,
    plain,
    serving,
    stored_bytes,
    timed,
    written,
)

PEOPLE = 20
RESULT = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]


def save(
    server: Server, tasks: list[int], until: threading.Event, waits: list[float], codes: list[int]
) -> None:
    """One person who saves an annotation on one task after the other."""
    connection = server.connect()
    for task in tasks:
        if until.is_set():
            break
        begun = time.perf_counter()
        body = json.dumps({"result": RESULT, "lead_time": 1.5})
        connection.request("POST", f"/api/tasks/{task}/annotations/", body, server.headers)
        answer = connection.getresponse()
        answer.read()
        waits.append((time.perf_counter() - begun) * 1000)
        codes.append(answer.status)
        until.wait(0.2)  # a fast labeler
    connection.close()


def saving(server: Server, figures: Figures, project: int, body: bytes, count: int) -> None:
    """Twenty people save while the file is imported into another project."""
    tasks = [
        one["id"]
        for one in server.ask("GET", f"/api/tasks/?project={project}&page_size={PEOPLE * 200}")["tasks"]
    ]
    end = threading.Event()
    waits: list[float] = []
    codes: list[int] = []
    people = [
        threading.Thread(target=save, args=(server, tasks[number::PEOPLE], end, waits, codes))
        for number in range(PEOPLE)
    ]
    for one in people:
        one.start()
    time.sleep(2)
    alone = len(waits)
    calm = sorted(waits)
    other = server.project(CONFIG, "Another")
    begun = time.perf_counter()
    server.finish(server.send(other, body))
    seconds = time.perf_counter() - begun
    end.set()
    for one in people:
        one.join()
    busy = waits[alone:]
    figures.add(f"{PEOPLE} people save, nobody imports, p50", percentile(calm, 0.5), "ms")
    figures.add(f"{PEOPLE} people save, nobody imports, p99", percentile(calm, 0.99), "ms")
    figures.add(f"{PEOPLE} people save while {count:,} tasks go in, p50", percentile(busy, 0.5), "ms")
    figures.add(f"{PEOPLE} people save while {count:,} tasks go in, p99", percentile(busy, 0.99), "ms")
    figures.add("the same import beside them", count / seconds, "/s")
    figures.add("saves that were refused", sum(code >= 400 for code in codes), "saves", "0")


def main() -> None:
    name, (many, some) = arguments(100_000, 20_000)
    figures = Figures("imports" + ("-postgres" if name else ""))
    with serving(name) as (server, folder, url):
        server.finish(server.send(server.project(CONFIG, "To warm up"), written(annotated, 100)))
        projects = []
        for what, make, count, reach in (
            ("plain", plain, many, "50,000"),
            ("annotated", annotated, some, "10,000"),
        ):
            body = written(make, count)
            before = stored_bytes(folder, url)
            projects.append(server.project(CONFIG, f"Full of {what} ones"))
            begun = time.perf_counter()
            server.finish(server.send(projects[-1], body))
            figures.add(f"{count:,} {what} tasks go in", count / (time.perf_counter() - begun), "/s", reach)
            grown = stored_bytes(folder, url) - before
            figures.add(f"bytes a {what} task, of JSON sent", len(body) / count, "bytes")
            figures.add(f"bytes a {what} task, in the database", grown / count, "bytes")
            figures.add(f"bytes a {what} task, database to JSON", grown / len(body), "x", "1.3")
        saving(server, figures, projects[1], written(plain, many), many)
        one = json.dumps(plain(1, 2)).encode()
        add = timed(lambda: server.ask("POST", f"/api/projects/{projects[0]}/import", one), 50)
        figures.add_runs(f"one more task by import to {many:,}", add, "20 ms")
        gone = timed(lambda: server.ask("DELETE", f"/api/projects/{projects[0]}/tasks/"))
        figures.add(f"{many:,} tasks deleted", gone[0] / 1000, "s", "1" if many == 100_000 else "")
        figures.add("server's memory at its peak", server.peak(), "MiB")
    print(figures.save())


if __name__ == "__main__":
    main()
