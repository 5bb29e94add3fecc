"""Labels out: sent while they are made, and as a job whose file is fetched, also from its middle.

Run: ``uv run bench/exports.py [tasks …] [postgres | database url]``. Each task has an annotation and a prediction of three
results; the server is in a process of its own.
"""

from __future__ import annotations

import time
from typing import Any

from common import CONFIG, Figures, Server, annotated, arguments, serving, written

REACH = {5_000: "0.3", 50_000: "3"}
FORMATS = ("JSON_MIN", "CSV")


def sent(server: Server, path: str, **headers: str) -> tuple[float, float, int]:
    """Seconds to the first byte and to the last, and how many came."""
    connection = server.connect()
    begun = time.perf_counter()
    connection.request("GET", path, headers={**server.headers, **headers})
    answer = connection.getresponse()
    if answer.status >= 400:
        raise RuntimeError(f"{path}: {answer.status} {answer.read(500)!r}")
    size = len(answer.read(1))
    first = time.perf_counter() - begun
    while part := answer.read(1 << 20):
        size += len(part)
    connection.close()
    return first, time.perf_counter() - begun, size


def kept(server: Server, project: int, kind: str = "JSON") -> tuple[dict[str, Any], float, float]:
    """An export made by a job: its row, the seconds to its end, and those of the longest request on the way."""
    begun = time.perf_counter()
    longest = 0.0

    def ask(method: str, path: str, body: Any = None) -> Any:
        nonlocal longest
        asked = time.perf_counter()
        answer = server.ask(method, path, body)
        longest = max(longest, time.perf_counter() - asked)
        return answer

    made = ask("POST", f"/api/projects/{project}/exports/", {"export_type": kind})
    while made["status"] in ("created", "in_progress"):
        time.sleep(0.05)
        made = ask("GET", f"/api/projects/{project}/exports/{made['id']}/")
    if made["status"] != "completed":
        raise RuntimeError(f"the export {made['status']}")
    return made, time.perf_counter() - begun, longest


def main() -> None:
    name, sizes = arguments(5_000, 50_000)
    figures = Figures("exports" + ("-postgres" if name else ""))
    with serving(name) as (server, _, _):
        for count in sizes:
            project = server.project(CONFIG, f"{count} annotated ones")
            server.finish(server.send(project, written(annotated, count)))
            direct = f"/api/projects/{project}/export?download_all_tasks=true&exportType="
            sent(server, direct + "JSON")
            for what, headers in (("JSON", {}), ("JSON, squeezed", {"Accept-Encoding": "gzip"})):
                first, whole, size = sent(server, direct + "JSON", **headers)
                figures.add(f"{count:,} tasks as {what}: first byte", first * 1000, "ms", "at once")
                figures.add(f"{count:,} tasks as {what}: whole", whole, "s", REACH.get(count, ""))
                figures.add(f"{count:,} tasks as {what}: bytes a task", size / count, "bytes")
            for kind in FORMATS:
                figures.add(f"{count:,} tasks as {kind}: whole", sent(server, direct + kind)[1], "s")
            made, seconds, longest = kept(server, project)
            figures.add(f"{count:,} tasks as a job: to its end", seconds, "s")
            figures.add(f"{count:,} tasks as a job: longest request", longest, "s", "5")
            path = f"/api/projects/{project}/exports/{made['id']}/download"
            middle = f"bytes={made['size'] // 2}-"
            first, whole, size = sent(server, path, Range=middle)
            if size != made["size"] - made["size"] // 2:
                raise RuntimeError(f"asked for {middle} of {made['size']}, got {size} bytes")
            figures.add(f"{count:,} tasks as a job: second half fetched", whole, "s")
        figures.add("server's memory at its peak", server.peak(), "MiB")
    print(figures.save())


if __name__ == "__main__":
    main()
