"""All tasks of a project by the field's own client, ``tasks.list``; and how much of that time is the server's.

Run: ``uv run bench/sdk.py [tasks] [postgres | database url]``. The client turns every task into objects of its own, which takes
far longer than the server needs. So the same pages are also asked for and thrown away, and once more read by the client from
memory, where no server is: what is left of the first figure is ours.
"""

from __future__ import annotations

import time
import warnings

import httpx
from common import CONFIG, Figures, Server, annotated, arguments, plain, serving, written

REACH = "7,300"  # ten times what Label Studio gives out on the same machine
PAGES = (100, 1000)


def by_client(server: Server, project: int, size: int, transport: httpx.BaseTransport | None = None) -> float:
    """Tasks a second."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the client says of itself while it is loaded
        from label_studio_sdk import LabelStudio

    with httpx.Client(timeout=600, transport=transport) as connection:
        client = LabelStudio(base_url=server.address, api_key=server.TOKEN, httpx_client=connection)
        begun = time.perf_counter()
        count = sum(1 for _ in client.tasks.list(project=project, page_size=size))
        return count / (time.perf_counter() - begun)


def alone(server: Server, project: int, size: int) -> float:
    """Tasks a second of the same requests when nobody reads the answers."""
    with httpx.Client(timeout=600, headers=server.headers) as connection:
        begun, page, count = time.perf_counter(), 1, 0
        while True:
            query = {"fields": "all", "project": project, "page": page, "page_size": size}
            answer = connection.get(f"{server.address}/api/tasks/", params=query)
            if answer.status_code == 404:
                return count / (time.perf_counter() - begun)
            count += answer.content.count(b'"inner_id":')
            page += 1


def from_memory(server: Server, project: int, size: int) -> float:
    """Tasks a second of the client when every answer is there at once."""
    answers: dict[str, tuple[int, bytes]] = {}

    def recorded(request: httpx.Request) -> httpx.Response:
        key = str(request.url)
        if key not in answers:
            found = httpx.get(key, headers=server.headers, timeout=600)
            answers[key] = (found.status_code, found.content)
        status, body = answers[key]
        return httpx.Response(status, content=body, headers={"Content-Type": "application/json"})

    by_client(server, project, size, httpx.MockTransport(recorded))
    return by_client(server, project, size, httpx.MockTransport(recorded))


def main() -> None:
    name, (count,) = arguments(100_000)
    figures = Figures("sdk" + ("-postgres" if name else ""))
    with serving(name) as (server, _, _):
        for kind, make, share in (("plain", plain, 1), ("annotated", annotated, 5)):
            project = server.project(CONFIG, f"{count // share} {kind} tasks")
            server.finish(server.send(project, written(make, count // share)))
            for size in PAGES:
                words = f"{count // share} {kind} tasks, {size} a page"
                figures.add(f"{words}: tasks.list", by_client(server, project, size), "tasks/s", REACH)
                figures.add(f"{words}: the server alone", alone(server, project, size), "tasks/s", REACH)
                figures.add(f"{words}: the client alone", from_memory(server, project, size), "tasks/s")
    print(figures.save())


if __name__ == "__main__":
    main()
