"""Work of plugins on a file of a task: begun at the desk, seen as it goes, stopped."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from starlette.testclient import TestClient

from tagma.services.site import Site
from tests.core.conftest import Work

pytestmark = pytest.mark.needs("video", "controls")

CONFIG = """<View><Labels name="kind" toName="film"><Label value="Car"/></Labels>
<Video name="film" value="$film"/><VideoRectangle name="box" toName="film"/></View>"""
BOX = {"frame": 2, "last": 20, "x": 10, "y": 20, "width": 20, "height": 40, "rate": 10}


def film(count: int = 30) -> bytes:
    """A speckled square of 64 x 64 in 320 x 160 that goes 5 pixels to the right each frame."""
    noise = np.random.default_rng(1)
    face = np.kron(noise.integers(0, 255, (16, 16), dtype=np.uint8), np.ones((4, 4), np.uint8))
    ground = np.kron(noise.integers(90, 130, (40, 80), dtype=np.uint8), np.ones((4, 4), np.uint8))
    out = io.BytesIO()
    with av.open(out, "w", "mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 320, 160, "yuv420p", Fraction(1, 10)
        for number in range(count):
            picture = ground.copy()
            left = 27 + 5 * number
            picture[32:96, left : left + 64] = face[:, : max(0, 320 - left)]
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(picture, "gray").reformat(format="yuv420p"))
            )
        container.mux(stream.encode())
    return out.getvalue()


@pytest.fixture
def filmed(client: TestClient, project: Callable[..., Any]) -> int:
    """The task of a film."""
    made = project(CONFIG, title="Films")
    sent = client.post(
        f"/api/projects/{made.id}/import?return_task_ids=true", files={"file": ("street.mp4", film())}
    )
    assert sent.status_code == 201, sent.text
    [task] = sent.json()["task_ids"]
    return int(task)


def test_a_box_is_followed_in_a_job_and_becomes_key_frames(
    site: Site, client: TestClient, filmed: int
) -> None:
    begun = client.post(f"/api/tasks/{filmed}/jobs/follow_box/", json={"file": "$film", "params": BOX})
    assert begun.status_code == 201, begun.text
    site.jobs.drain()
    job = client.get(f"/api/jobs/{begun.json()['job']}/").json()
    assert (job["state"], job["error"]) == ("completed", None)
    shown = job["result"]
    assert (shown["frame"], shown["lost"]) == (20, "")
    last = shown["sequence"][-1]
    assert (last["frame"], last["enabled"], last["time"]) == (20, True, 2.0)
    assert last["x"] == pytest.approx(100 * (32 + 5 * 18) / 320, abs=1.5)
    assert len(shown["sequence"]) <= 3, "an even way needs few key frames"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"file": "$film", "params": {**BOX, "width": 0}}, 400, "Input should be greater than 0"),
        (
            {"file": "$film", "params": {**BOX, "colour": "red"}},
            400,
            "Extra inputs are not permitted",
        ),
        ({"file": "$film"}, 400, "Field required"),
        ({"file": "/data/upload/1/other.mp4", "params": BOX}, 404, "names no file /data/upload/1/other.mp4"),
    ],
)
def test_what_can_not_begin_is_told_at_once(
    client: TestClient, filmed: int, body: dict[str, Any], status: int, said: str
) -> None:
    answer = client.post(f"/api/tasks/{filmed}/jobs/follow_box/", json=body)
    assert answer.status_code == status
    assert said in answer.text


def test_nobody_does_what_no_plugin_brings(client: TestClient, filmed: int) -> None:
    answer = client.post(f"/api/tasks/{filmed}/jobs/folow_box/", json={"file": "$film", "params": BOX})
    assert answer.status_code == 404
    assert "follow_box" in answer.json()["hint"]


def test_others_can_not_begin_work_on_a_task_that_is_not_theirs(work: Work, filmed: int) -> None:
    answer = work.stranger().post(
        f"/api/tasks/{filmed}/jobs/follow_box/", json={"file": "$film", "params": BOX}
    )
    assert answer.status_code == 404


def test_a_film_that_is_none_is_told_in_the_job(
    site: Site, client: TestClient, project: Callable[..., Any]
) -> None:
    made = project(CONFIG, title="Films")
    broken = f"data:video/mp4;base64,{b64encode(film()[:900]).decode()}"
    task = client.post("/api/tasks/", json={"project": made.id, "data": {"film": broken}}).json()["id"]
    begun = client.post(f"/api/tasks/{task}/jobs/follow_box/", json={"file": "$film", "params": BOX})
    site.jobs.drain()
    job = client.get(f"/api/jobs/{begun.json()['job']}/").json()
    told = job["error"]["message"] if job["state"] == "failed" else job["result"]["lost"]
    assert "breaks off" in told
