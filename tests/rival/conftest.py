"""The real Label Studio, from PyPI, in an environment and a folder of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

EMAIL, PASSWORD, TOKEN = (
    "ana@example.org",
    "correct-horse-battery",
    "0123456789abcdef0123456789abcdef01234567",
)
_PATIENCE = 240.0  # seconds that its first start may take


@pytest.fixture(scope="session")
def rival(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """Speaks for its owner. ``TAGMA_RIVAL`` may name an environment that has it already."""
    folder = tmp_path_factory.mktemp("label-studio")
    home = Path(os.environ.get("TAGMA_RIVAL") or folder / "venv")
    if not (home / "bin" / "label-studio").exists():
        subprocess.run(["uv", "venv", "-q", "--python", sys.executable, str(home)], check=True)
        words = ["uv", "pip", "install", "-q", "--no-config", "--python", str(home / "bin" / "python")]
        subprocess.run([*words, "label-studio"], check=True)  # without our own pins
    (folder / "media").mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"),
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_USERNAME": EMAIL,
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LOCAL_FILES_SERVING_ENABLED": "true",
        "LOCAL_FILES_DOCUMENT_ROOT": str(folder),
        "SSRF_PROTECTION_ENABLED": "false",
        "COLLECT_ANALYTICS": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
        "LATEST_VERSION_CHECK": "false",
    }
    words = ["start", "--no-browser", "--port", str(port), "--log-level", "ERROR"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(home / "bin" / "label-studio"), *words],
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        headers = {"Authorization": f"Token {TOKEN}"}
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            _wait(client, process, folder / "log")
            yield client
    finally:
        process.kill()
        process.wait()


def _wait(client: httpx2.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/api/current-user/whoami").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.5)
    pytest.fail(f"Label Studio did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture
def media(rival: httpx2.Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it may serve."""
    return next(tmp_path_factory.getbasetemp().glob("label-studio*")) / "media"
