"""How long a start takes, on an empty database and on an existing one, and what the idle server weighs.

Run: ``uv run bench/start.py [postgres | database url]``. Byte-code is compiled first, else the compiler would be measured. A
PostgreSQL's empty database can be had only once, so there only the first start is one on an empty database.
"""

from __future__ import annotations

import compileall
import os
import sysconfig
import tempfile
import time
from pathlib import Path

from common import Figures, Server, arguments, database, timed

import tagma

ROUNDS = 3
IDLE_SECONDS = 3.0


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for folder in (Path(tagma.__file__).parent, Path(sysconfig.get_path("purelib"))):
        compileall.compile_dir(folder, quiet=2, workers=0)
    name, _ = arguments()
    figures = Figures("start" + ("-postgres" if name else ""))
    empty: list[float] = []
    existing: list[float] = []
    with database(name) as url:
        for number in range(ROUNDS):
            with tempfile.TemporaryDirectory(prefix="tagma-bench-") as folder:
                for times in (existing if url and number else empty, existing, existing):
                    server = Server(Path(folder), url)
                    times.append(server.seconds * 1000)
                    if len(times) == 2 * ROUNDS or times is empty:
                        time.sleep(IDLE_SECONDS)
                        memory = server.memory()
                        nothing = timed(lambda: server.ask("GET", "/health"), 300)  # noqa: B023  # asked at once
                        known = timed(lambda: server.ask("GET", "/api/current-user/whoami"), 300)  # noqa: B023
                    server.stop()
    figures.add("start on an empty database, median", sorted(empty)[len(empty) // 2], "ms", "2000")
    figures.add("start on an existing database, median", sorted(existing)[len(existing) // 2], "ms", "1000")
    figures.add("idle memory", memory, "MiB", "120")
    figures.add_runs("a request that does nothing", nothing, "1 (with the client's own time)")
    figures.add_runs("a request of a known person", known, "1 (with the client's own time)")
    print(figures.save())


if __name__ == "__main__":
    main()
