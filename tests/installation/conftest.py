"""Environments of their own: wheels are built and installed into a folder, from which a server can be started."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

MakeWheel = Callable[[Path, str, Mapping[str, str]], Path]
Install = Callable[..., Path]


def uv(*words: str | Path) -> None:
    """Without the network: what is needed to build came when Tagma was installed."""
    found = os.environ.get("UV") or shutil.which("uv")
    assert found, "uv is needed to build and install plugins"
    done = subprocess.run([found, *map(str, words), "--quiet", "--offline"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def make_wheel() -> MakeWheel:
    """A wheel of the plugin ``name`` from its files, as a build would make it; ``plugin.py`` is its entry point."""

    def make(folder: Path, name: str, files: Mapping[str, str]) -> Path:
        wheel = folder / f"broken_{name}-1.0-py3-none-any.whl"
        info = f"broken_{name}-1.0.dist-info"
        parts = {
            f"broken_{name}/__init__.py": "",
            **{f"broken_{name}/{path}": text for path, text in files.items()},
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: broken-{name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": f"[tagma]\n{name} = broken_{name}.plugin\n",
        }
        parts[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*parts, f"{info}/RECORD"])
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in parts.items():
                archive.writestr(path, text)
        return wheel

    return make


@pytest.fixture(scope="session")
def build_wheel() -> Callable[[Path, Path], Path]:
    """Builds a project as its author would, and gives the wheel."""

    def build(project: Path, folder: Path) -> Path:
        uv("build", "--wheel", "--out-dir", folder, project)
        return next(folder.glob("*.whl"))

    return build


@pytest.fixture(scope="session")
def install() -> Install:
    """Installs wheels into a folder, which is then one of Python's paths."""

    def into(folder: Path, *wheels: Path) -> Path:
        uv("pip", "install", "--no-deps", "--target", folder, *wheels)
        return folder

    return into
