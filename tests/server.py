"""A server in a process of its own, as the command starts it; for what a thread can't show: a kill, a full disk, a proxy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page

PERSON = {"email": "ana@example.org", "password": "correct horse battery"}
TOKEN = "a-token-for-tests"


@dataclass
class Server:
    """Where it answers, a client that speaks for its owner, and what it has said so far."""

    address: str
    api: httpx2.Client
    said: list[str]
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

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

    @contextmanager
    def person(self, name: str) -> Iterator[httpx2.Client]:
        """Somebody who signs up, or in, and stays so as a browser would."""
        words = {"email": f"{name}@example.org", "password": PERSON["password"], "first_name": name}
        with httpx2.Client(base_url=self.address, timeout=30) as api:
            for door in ("/user/signup/", "/user/login/"):
                token = re.search(r'name="csrf_token" value="(\w+)"', api.get(door).text)
                assert token
                if api.post(door, data={**words, "csrf_token": token[1]}).status_code in (302, 303):
                    break
            assert api.cookies.get("sessionid")
            yield api

    def kill(self) -> None:
        """As when the power goes: nothing is put in order."""
        self.process.kill()
        self.process.wait()


Start = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def start() -> Start:
    """Starts ``tagma start`` on a free port of the loopback; its output is read, so that it never waits for us."""

    @contextmanager
    def started(
        data: Path,
        *paths: Path,
        flags: Sequence[str] = (),
        code: str = "",
        person: bool = True,
        before: Sequence[str] = (),
        **environ: str,
    ) -> Iterator[Server]:
        """:param paths: added to Python's. :param code: Python to run before the command.
        :param person: whether :data:`PERSON` is made, with :data:`TOKEN`.
        :param before: a program that runs the command in its own way."""
        words = ["--host", "127.0.0.1", "--port", "0", "--no-browser", "--data-dir", str(data), *flags]
        if person:
            words += ["--username", PERSON["email"], "--user-token", TOKEN, "--enable-legacy-api-token"]
        given = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "TAGMA_PASSWORD": PERSON["password"]}
        process = subprocess.Popen(
            [*before, sys.executable, "-c", f"{code}\nfrom tagma.cli import main; main()", "start", *words],
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
            if found := re.search(r"Listens +\S+:(\d+)", line):  # a proxy stands before it
                address = f"http://127.0.0.1:{found[1]}"
            if "Ctrl+C" in line:
                break
        reader = threading.Thread(target=said.extend, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            assert address, "".join(said)
            with httpx2.Client(
                base_url=address, headers={"Authorization": f"Token {TOKEN}"}, timeout=30
            ) as api:
                yield Server(address, api, said, process)
        finally:
            process.terminate()
            process.wait(30)
            reader.join()
            process.stdout.close()

    return started
