"""The browser half's pure modules, tested by node."""

import shutil
import subprocess
from pathlib import Path

import pytest


def test_the_browsers_state_keys_and_geometry_hold_what_they_promise() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    files = sorted(str(file) for file in Path(__file__).parent.glob("*.test.mjs"))
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
