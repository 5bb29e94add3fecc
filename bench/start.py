"""How long a start takes, on an empty database and on an existing one, and what the idle server weighs.

Run: ``uv run bench/start.py``. Byte-code is compiled first, else the compiler would be measured.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from common import Figures, memory_mib, timed

import tagma

PORT = 18097


def wait_for_health(begun: float) -> float:
    while time.perf_counter() - begun < 60:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=1):
                return time.perf_counter() - begun
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.005)
    raise RuntimeError("the server did not answer within a minute")


def start(folder: Path) -> tuple[float, subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-m",
        "tagma.cli",
        "start",
        "--host",
        "127.0.0.1",
        "--port",
        str(PORT),
        "--no-browser",
        "--data-dir",
        str(folder),
    ]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return wait_for_health(begun), process


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    for folder in (Path(tagma.__file__).parent, Path(sysconfig.get_path("purelib"))):
        compileall.compile_dir(folder, quiet=2, workers=0)
    figures = Figures("start")
    empty, existing = [], []
    for _ in range(3):
        folder = Path(tempfile.mkdtemp())
        for times in (empty, existing, existing):
            seconds, process = start(folder)
            times.append(seconds * 1000)
            if times is existing:
                memory = memory_mib(process.pid)
                requests = timed(
                    lambda: urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health").read(), 200
                )
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder)
    figures.add("start on an empty database, median", sorted(empty)[1], "ms", "2000")
    figures.add("start on an existing database, median", sorted(existing)[3], "ms", "1000")
    figures.add("idle memory", memory, "MiB", "120")
    figures.add_runs("a request that does nothing", requests, "1 (with the client's own time)")
    figures.save()


if __name__ == "__main__":
    main()
