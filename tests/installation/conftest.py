"""Environments of their own: wheels are built and installed into a folder, and a server is started from it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page

PERSON = {"email": "ana@example.org", "password": "correct horse battery"}
TOKEN = "a-token-for-tests"
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


@dataclass
class Server:
    """A server in a process of its own, as the command starts it."""

    address: str
    api: httpx2.Client
    said: list[str]

    def send(self, path: str, body: Any) -> Any:
        answer = self.api.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.api.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def sign_in(self, page: Page) -> None:
        page.goto(f"{self.address}/user/login/")
        page.get_by_label("E-mail").fill(PERSON["email"])
        page.locator("#password").fill(PERSON["password"])
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/projects/**")


Start = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def start() -> Start:
    """Starts ``tagma start`` on a free port of the loopback; its output is read, so that it never waits for us."""

    @contextmanager
    def started(data: Path, *paths: Path, **environ: str) -> Iterator[Server]:
        flags = ["--host", "127.0.0.1", "--port", "0", "--no-browser", "--data-dir", str(data)]
        person = ["--username", PERSON["email"], "--user-token", TOKEN, "--enable-legacy-api-token"]
        given = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "TAGMA_PASSWORD": PERSON["password"]}
        process = subprocess.Popen(
            [sys.executable, "-c", "from tagma.cli import main; main()", "start", *flags, *person],
            env={**os.environ, **given, "PYTHONUNBUFFERED": "1", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout
        said: list[str] = []
        address = ""
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"is ready: (http\S+)", line):
                address = found[1].replace("localhost", "127.0.0.1")
                break
        reader = threading.Thread(target=said.extend, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            assert address, "".join(said)
            with httpx2.Client(base_url=address, headers={"Authorization": f"Token {TOKEN}"}) as api:
                yield Server(address, api, said)
        finally:
            process.terminate()
            process.wait(30)
            reader.join()
            process.stdout.close()

    return started
