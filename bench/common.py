"""What every measurement shares: a table on stdout and the same figures as JSON in ``bench/results/``."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
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


def memory_mib(pid: int | str = "self") -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")
