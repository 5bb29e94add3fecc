"""Jobs: run, fail in words, stop, go on where a worker that died left off."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tagma.db.engine import Database
from tagma.db.migrate import prepare
from tagma.db.tables import Job, Organization
from tagma.errors import Conflict, ImportFailed
from tagma.jobs import Cancelled, JobContext, Jobs, clock, every, keeper, kind
from tagma.settings import Settings

WHO = SimpleNamespace(user_id=None, organization_id=1)


@kind("test.step")
def step(job: JobContext) -> dict[str, Any]:
    if job.params.get("fail"):
        raise ImportFailed("The file is torn.", hint="Mend it.", row=3)
    if job.params.get("stop"):
        raise Cancelled
    job.progress(1, 2, "steps")
    return {"began_at": job.checkpoint.get("at", 0)}


@pytest.fixture
def jobs(tmp_path: Path, database_url: str) -> Iterator[Jobs]:
    database = Database(database_url or str(tmp_path / "tagma.sqlite3"))
    prepare(database)
    database.write(lambda tx: tx.session.add(Organization(id=1, title="Us", invite_token="x")))
    jobs = Jobs(SimpleNamespace(settings=Settings(data_dir=tmp_path, secret_key="k"), database=database))  # type: ignore[arg-type]
    yield jobs
    jobs.close()
    database.close()


def row(jobs: Jobs, job_id: int) -> Any:
    return jobs.site.database.read(lambda tx: tx.session.get(Job, job_id))


def test_a_job_runs_to_its_end_and_keeps_its_result(jobs: Jobs) -> None:
    job_id = jobs.start("test.step", WHO)
    jobs.drain()
    job = row(jobs, job_id)
    assert (job.state, job.result, job.done, job.total) == ("completed", {"began_at": 0}, 1, 2)


def test_a_job_that_fails_says_why(jobs: Jobs) -> None:
    job_id = jobs.start("test.step", WHO, params={"fail": True})
    jobs.drain()
    assert row(jobs, job_id).error["message"] == "The file is torn."
    assert row(jobs, job_id).error["where"] == {"row": 3}


def test_a_job_that_waits_is_cancelled_at_once_and_only_once(jobs: Jobs) -> None:
    job_id = jobs.start("test.step", WHO)
    jobs.site.database.write(lambda tx: jobs.cancel(tx, job_id))
    assert row(jobs, job_id).state == "cancelled"
    with pytest.raises(Conflict):
        jobs.site.database.write(lambda tx: jobs.cancel(tx, job_id))


def _left_behind(jobs: Jobs, attempts: int) -> int:
    job_id = jobs.start("test.step", WHO)
    gone = f"{socket.gethostname()}:999999999:dead"
    jobs.site.database.write(
        lambda tx: tx.run(
            "UPDATE job SET state = 'running', worker = :w, attempts = :a, heartbeat_at = '2020-01-01T00:00:00.000000Z', checkpoint = :c WHERE id = :id",
            w=gone, a=attempts, c='{"at": 7}', id=job_id
        )
    )  # fmt: skip
    return job_id


def test_a_job_whose_worker_died_goes_on_at_its_checkpoint(jobs: Jobs) -> None:
    job_id = _left_behind(jobs, 1)
    assert jobs.keeper.reap() == [job_id]
    jobs.drain()
    assert row(jobs, job_id).result == {"began_at": 7}


def test_a_job_that_kills_its_workers_is_given_up(jobs: Jobs) -> None:
    job_id = _left_behind(jobs, keeper.ATTEMPTS)
    jobs.keeper.reap()
    assert row(jobs, job_id).state == "failed"
    assert row(jobs, job_id).error["code"] == "job-died"


def test_a_job_that_ended_is_queued_again_as_if_new(jobs: Jobs) -> None:
    job_id = jobs.start("test.step", WHO, params={"fail": True})

    def again(number: int) -> bool:
        return jobs.site.database.write(lambda tx: jobs.again(tx, number))

    assert not again(job_id), "it waits still"
    jobs.drain()
    assert again(job_id)
    job = row(jobs, job_id)
    assert (job.state, job.error, job.attempts, job.finished_at) == ("queued", None, 0, None)
    jobs.drain()
    assert row(jobs, job_id).state == "failed"
    assert not again(job_id + 1)


def test_what_is_done_every_so_often_is_done_when_due_and_one_that_fails_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[str] = []
    moment = iter([0.0, 0.0, 5.0, 5.0, 20.0, 20.0])
    monkeypatch.setattr(clock, "PERIODIC", [])
    monkeypatch.setattr(clock.time, "monotonic", lambda: next(moment))

    @every(10)
    def seldom(site: Any) -> None:
        called.append("seldom")
        raise RuntimeError("torn")

    @every(4)
    def often(site: Any) -> None:
        called.append(site)

    turning = clock.Clock("often")
    for _ in range(3):
        turning.tick()
    assert called == ["seldom", "often", "often", "seldom", "often"]
    assert "seldom failed" in caplog.text
