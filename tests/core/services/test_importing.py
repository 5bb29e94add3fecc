"""Imports too large for one transaction: whole or not at all, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tagma.db.tables import Job, Project
from tagma.jobs import JobContext
from tagma.plugin.events import TasksCreated
from tagma.services.access import Actor
from tagma.services.imports import importing, uploads
from tagma.services.imports.importing import Options
from tagma.services.project import counters, projects
from tagma.services.site import Site
from tests.conftest import CHOICES

MANY = 6 * importing.ROWS
Make = Callable[..., Project]


def good(number: int) -> dict[str, Any]:
    task: dict[str, Any] = {"data": {"text": f"sentence {number}"}}
    if number % 10 == 0:
        value = {"choices": ["good"]}
        result = [{"id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": value}]
        task["annotations"] = [{"id": 2**40 + number, "result": result}]
        task["predictions"] = [{"result": result, "score": 0.5}]
    return task


def upload(site: Site, owner: Actor, project: Project, tasks: list[Any]) -> int:
    incoming = uploads.Incoming(site, project.id or 0, "tasks.json")
    incoming.write(orjson.dumps(tasks))
    incoming.close()
    rows = site.database.write(
        lambda tx: [row.id for row in uploads.register(tx, owner, project.id or 0, [incoming])]
    )
    return rows[0] or 0


def count(site: Site, table: str = "task") -> int:
    return site.database.read(lambda tx: tx.rows(f"SELECT count(*) FROM {table}"))[0][0]


def job_of(site: Site, number: int) -> Job:
    return site.database.read(lambda tx: tx.session.get(Job, number))  # type: ignore[return-value]


def agrees(site: Site, project: Project) -> bool:
    """Whether the project's counters are those of its tasks."""

    def read(tx: Any) -> bool:
        found = tx.session.get(Project, project.id)
        tally = counters.tally(tx, "t.project_id = :project", {"project": project.id})
        return (found.task_number, found.finished_task_number, found.total_annotations_number) == (
            tally.tasks,
            tally.finished,
            tally.annotations,
        )

    return site.database.read(read)


def on_batch(site: Site, number: int, act: Callable[[], None]) -> None:
    """Do something right after so many batches of tasks have been written."""
    seen = []

    def listen(events: list[Any]) -> None:
        seen.extend(event for event in events if isinstance(event, TasksCreated))
        if len(seen) == number:
            seen.append(None)
            act()

    site.database.listeners.append(listen)


def test_a_large_import_is_put_in_whole(site: Site, owner: Actor, project: Make) -> None:
    place = project(CHOICES)
    file = upload(site, owner, place, [good(number) for number in range(MANY)])
    answer = importing.run(site, owner, place.id or 0, [file], Options(return_task_ids=True))
    assert (answer["task_count"], answer["annotation_count"], answer["prediction_count"]) == (
        MANY,
        MANY // 10,
        MANY // 10,
    )
    assert len(set(answer["task_ids"])) == count(site) == MANY
    assert count(site, "annotation_history") == MANY // 10
    assert agrees(site, place)
    texts = site.database.read(
        lambda tx: tx.rows(f"SELECT {tx.json_text('data')} FROM task ORDER BY inner_id")
    )
    assert [orjson.loads(row[0])["text"] for row in texts] == [f"sentence {number}" for number in range(MANY)]
    assert list((site.settings.data_dir / "staging").iterdir()) == []


def test_one_bad_task_at_the_end_of_a_large_import_leaves_nothing(
    site: Site, owner: Actor, project: Make
) -> None:
    place = project(CHOICES)
    file = upload(site, owner, place, [*map(good, range(MANY)), {"data": {"words": "no text"}}])
    job = importing.start(site, owner, place.id or 0, [file], Options())
    site.jobs.drain()
    failed = job_of(site, job)
    assert failed.state == "failed"
    assert failed.error is not None
    assert failed.error["where"]["row"] == MANY + 1
    assert "those before it have" in failed.error["message"]
    assert count(site) == 0


def test_a_cancelled_import_takes_out_what_it_had_put_in(
    site: Site, owner: Actor, project: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = project(CHOICES)
    file = upload(site, owner, place, [good(number) for number in range(MANY)])
    job = importing.start(site, owner, place.id or 0, [file], Options())
    most = []

    def progress(context: JobContext, *given: Any) -> None:
        if (there := count(site)) and not most:
            site.database.write(lambda tx: site.jobs.cancel(tx, job))
        most.extend([there] if there else [])
        said(context, *given)

    said = JobContext.progress
    monkeypatch.setattr("tagma.jobs.context.WRITE_SECONDS", 0.0)
    monkeypatch.setattr(JobContext, "progress", progress)
    site.jobs.drain()
    assert job_of(site, job).state == "cancelled"
    assert 0 < max(most) < MANY
    assert count(site) == count(site, "annotation") == count(site, "prediction") == 0
    assert agrees(site, place)


def test_an_import_that_was_interrupted_goes_on_and_doubles_nothing(
    site: Site, owner: Actor, project: Make
) -> None:
    place = project(CHOICES)
    file = upload(site, owner, place, [good(number) for number in range(MANY)])
    job = importing.start(site, owner, place.id or 0, [file], Options())
    on_batch(site, 3, site.jobs.stopping.set)
    site.jobs.run(job)
    assert job_of(site, job).state == "queued"
    assert 0 < count(site) < MANY
    site.jobs.stopping.clear()
    site.jobs.drain()
    assert job_of(site, job).state == "completed"
    assert job_of(site, job).result["task_count"] == count(site) == MANY
    assert agrees(site, place)


def test_an_overlap_changed_while_an_import_runs_holds_for_every_task(
    site: Site, owner: Actor, project: Make
) -> None:
    place = project(CHOICES)
    tasks = [good(number) for number in range(MANY)]
    tasks[-1]["overlap"] = 5
    file = upload(site, owner, place, tasks)
    changed = []

    def change(tx: Any) -> None:
        if not changed:
            projects.change(site, tx, owner, place.id or 0, {"maximum_annotations": 2})
            changed.append(True)

    importing.run(site, owner, place.id or 0, [file], Options(), replace=change)
    rows = site.database.read(
        lambda tx: tx.rows("SELECT overlap, free_slots, count(*) FROM task GROUP BY overlap, free_slots")
    )
    assert sorted(map(tuple, rows)) == [(2, 1, MANY // 10), (2, 2, MANY - MANY // 10 - 1), (5, 5, 1)]
    assert agrees(site, place)
