"""What is computed once from media: waited for, found, cut to a window; a broken file says so once and for all."""

from __future__ import annotations

import io
import json
import struct
import wave
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, ClassVar

import pytest
from starlette.testclient import TestClient

from tagma.plugin import Storage, StoredObject
from tagma.services.site import Site

pytestmark = pytest.mark.needs("audio")

RATE = 8000
CONFIG = """<View><Audio name="audio" value="$audio"/>
<Labels name="who" toName="audio"><Label value="A"/></Labels></View>"""


def recording(seconds: float = 1.0) -> bytes:
    """A ramp that climbs from sample to sample, so that each can be told from the next."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(b"".join(struct.pack("<h", n % 30000) for n in range(int(seconds * RATE))))
    return out.getvalue()


@pytest.fixture
def recorded(site: Site, client: TestClient, project: Callable[..., Any]) -> Callable[..., tuple[int, str]]:
    """A task of a file: its number and address."""
    made = project(CONFIG, title="Sound")

    def bring(body: bytes, name: str = "ramp.wav") -> tuple[int, str]:
        sent = client.post(
            f"/api/projects/{made.id}/import?return_task_ids=true", files={"file": (name, body)}
        )
        assert sent.status_code == 201, sent.text
        [task] = sent.json()["task_ids"]
        data = client.get(f"/api/tasks/{task}/").json()["data"]
        return task, next(iter(data.values()))

    return bring


def ask(client: TestClient, task: int, kind: str, file: str, **rest: Any) -> Any:
    headers = rest.pop("headers", {})
    return client.get(
        f"/api/tasks/{task}/derived/audio/{kind}", params={"file": file, **rest}, headers=headers
    )


def head(body: bytes) -> Any:
    (length,) = struct.unpack("<I", body[:4])
    return json.loads(body[4 : 4 + length])


def test_an_import_makes_what_the_desk_will_ask_for(
    site: Site, client: TestClient, recorded: Callable[..., tuple[int, str]]
) -> None:
    task, file = recorded(recording())
    site.hub.drain()
    site.jobs.drain()
    whole = ask(client, task, "peaks", file)
    assert whole.status_code == 200
    assert head(whole.content)["samples"] == RATE
    part = ask(client, task, "peaks", file, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, whole.content[:4])


def test_who_asks_too_early_is_told_the_job_and_a_second_asker_the_same(
    site: Site, client: TestClient, recorded: Callable[..., tuple[int, str]]
) -> None:
    task, file = recorded(recording())
    early = ask(client, task, "peaks", file)
    assert early.status_code == 202
    assert early.json()["state"] == "queued"
    assert ask(client, task, "peaks", file).json()["job"] == early.json()["job"]
    site.jobs.drain()
    assert client.get(f"/api/jobs/{early.json()['job']}/").json()["state"] == "completed"
    assert ask(client, task, "peaks", file).status_code == 200


def test_a_window_holds_the_samples_that_were_asked_for(
    site: Site, client: TestClient, recorded: Callable[..., tuple[int, str]]
) -> None:
    task, file = recorded(recording())
    assert ask(client, task, "samples", file, start=0, count=1).status_code == 202
    site.jobs.drain()
    found = ask(client, task, "samples", file, start=1234, count=3)
    assert struct.unpack("<3h", found.content) == (1234, 1235, 1236)
    assert ask(client, task, "samples", file, start=RATE + 5, count=3).content == b""
    for wrong in (
        {"start": -1, "count": 3},
        {"start": 0},
        {"start": 0, "count": 10**9},
        {"start": "x", "count": 1},
    ):
        assert ask(client, task, "samples", file, **wrong).status_code == 400


def test_a_file_without_sound_says_so_and_is_not_tried_again(
    site: Site, client: TestClient, recorded: Callable[..., tuple[int, str]]
) -> None:
    task, file = recorded(recording(0), "empty.wav")
    assert ask(client, task, "peaks", file).status_code == 202
    site.jobs.drain()
    answer = ask(client, task, "peaks", file)
    assert answer.status_code == 400
    assert "empty.wav holds no sound" in answer.json()["detail"]
    assert "record it again" in answer.json()["hint"]


def test_only_files_that_the_task_names_are_read(
    client: TestClient, recorded: Callable[..., tuple[int, str]]
) -> None:
    task, file = recorded(recording())
    other, _ = recorded(recording(0.5), "other.wav")
    assert ask(client, other, "peaks", file).status_code == 404
    assert ask(client, task, "peaks", "/etc/passwd").status_code == 404
    assert ask(client, 999_999, "peaks", file).status_code == 404
    assert (
        "derives no" in ask(client, task, "peeks", file).text
        or "has no" in ask(client, task, "peeks", file).text
    )
    assert client.get(f"/api/tasks/{task}/derived/smell/peaks", params={"file": file}).status_code == 404


def test_the_same_content_is_computed_once(
    site: Site, client: TestClient, recorded: Callable[..., tuple[int, str]]
) -> None:
    recorded(recording(), "one.wav")
    recorded(recording(), "two.wav")
    site.hub.drain()
    site.jobs.drain()
    kept = [file.name for file in site.folder("derived").glob("??/*")]
    assert len(kept) == 2, kept  # peaks and sound


def test_a_spectrogram_is_made_when_somebody_looks_from_afar_and_cut_into_tiles(
    site: Site, client: TestClient, recorded: Callable[..., tuple[int, str]]
) -> None:
    task, file = recorded(recording(20))
    site.hub.drain()
    site.jobs.drain()
    near = {"start": 0, "step": 100, "columns": 64, "rows": 32}
    assert len(ask(client, task, "tile", file, **near).content) == 64 * 32
    wide = {**near, "step": RATE * 20 / 64}
    early = ask(client, task, "tile", file, **wide)
    assert early.status_code == 202
    site.jobs.drain()
    assert len(ask(client, task, "tile", file, **wide).content) == 64 * 32
    wrong = ask(client, task, "tile", file, **{**near, "scale": "bark", "columns": "many"})
    assert wrong.status_code == 400
    assert set(wrong.json()["validation_errors"]) == {"columns", "scale"}


def test_a_config_that_shows_the_spectrogram_has_it_made_at_import(
    site: Site, client: TestClient, project: Callable[..., Any]
) -> None:
    made = project(CONFIG.replace('value="$audio"', 'value="$audio" spectrogram="true"'), title="Sound")
    client.post(f"/api/projects/{made.id}/import", files={"file": ("ramp.wav", recording(2))})
    site.hub.drain()
    site.jobs.drain()
    kept = {file.name.split("-")[2] for file in site.folder("derived").glob("??/*")}
    assert kept == {"peaks", "sound", "spectrum"}


def test_a_file_that_has_grown_is_read_again(
    site: Site, client: TestClient, recorded: Callable[..., tuple[int, str]]
) -> None:
    task, file = recorded(recording(1))
    site.hub.drain()
    site.jobs.drain()
    assert head(ask(client, task, "peaks", file).content)["samples"] == RATE
    (site.settings.data_dir / file.removeprefix("/data/")).write_bytes(recording(3))
    assert ask(client, task, "peaks", file).status_code == 202
    site.jobs.drain()
    assert head(ask(client, task, "peaks", file).content)["samples"] == 3 * RATE


class Tape(Storage):
    """Gives its one recording from the beginning, whatever part of it is asked for."""

    scheme = "tape"
    title = "Tape"
    sends: ClassVar[bytes] = b""
    questions: ClassVar[list[str]] = []

    def list(self, prefix: str = "", deep: bool = True) -> Iterator[StoredObject]:
        yield StoredObject("talk.wav", len(recording(60)))

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        self.questions.append(f"{start}-{end}")
        return io.BytesIO(self.sends)

    def uri(self, key: str) -> str:
        return f"tape://{key}"

    def key_of(self, uri: str) -> str | None:
        return uri.removeprefix("tape://") if uri.startswith("tape://") else None


@pytest.fixture
def taped(
    site: Site, client: TestClient, project: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> int:
    """A task whose recording lies on the tape."""
    site.plugins.storages["tape"] = Tape
    made = project(CONFIG, title="Sound").id
    monkeypatch.setattr(Tape, "sends", recording(60))
    assert client.post("/api/storages/tape", json={"project": made}).status_code == 201
    task = client.post("/api/tasks/", json={"project": made, "data": {"audio": "tape://talk.wav"}})
    site.hub.drain()
    return int(task.json()["id"])


@pytest.mark.needs("storage_local")
def test_a_storage_that_gives_no_parts_is_read_whole_and_once(
    site: Site, client: TestClient, taped: int
) -> None:
    Tape.questions.clear()
    site.jobs.drain()
    assert head(ask(client, taped, "peaks", "tape://talk.wav").content)["samples"] == 60 * RATE
    window = ask(client, taped, "samples", "tape://talk.wav", start=50 * RATE, count=2)
    assert struct.unpack("<2h", window.content) == (50 * RATE % 30000, 50 * RATE % 30000 + 1)
    assert set(Tape.questions) == {"0-None"}


@pytest.mark.needs("storage_local")
def test_a_storage_that_sends_less_than_it_has_is_said(
    site: Site, client: TestClient, taped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tape, "sends", recording(60)[:1000])
    job = ask(client, taped, "peaks", "tape://talk.wav").json()["job"]
    site.jobs.drain()
    shown = client.get(f"/api/jobs/{job}/").json()
    assert shown["state"] == "failed"
    assert f"Tape sent 1000 of the {len(recording(60))} bytes of talk.wav" in str(shown["error"])
