"""However many people ask at once, no task goes to more of them than its overlap says."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tagma.db.engine import Transaction
from tagma.errors import NotFound
from tagma.plugin.shapes import TaskDraft
from tagma.services.access import Actor
from tagma.services.desk import annotations, queue, task_batches
from tagma.services.site import Site

PEOPLE, TASKS = 8, 12
RESULT = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]


def crowd(people: list[Actor], labour: Callable[[Actor], None]) -> None:
    """Everybody at once; the first trouble of anybody is raised."""
    troubles: list[BaseException] = []
    start = threading.Barrier(len(people))

    def run(person: Actor) -> None:
        try:
            start.wait()
            labour(person)
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]


@pytest.mark.parametrize("sampling", ["Sequential sampling", "Uniform sampling"])
@pytest.mark.parametrize("overlap", [1, 3])
def test_no_task_goes_beyond_its_overlap(
    site: Site, owner: Actor, work: Any, overlap: int, sampling: str
) -> None:
    project_id = work.project(maximum_annotations=overlap, sampling=sampling)
    drafts = [TaskDraft(data={"text": str(number)}) for number in range(TASKS)]

    def fill(tx: Transaction) -> None:
        from tagma.services import access

        task_batches.insert_drafts(site, tx, owner, access.project(site, tx, owner, project_id), drafts)

    site.database.write(fill)
    people = [work.actor(f"p{number}") for number in range(PEOPLE)]

    def labour(person: Actor) -> None:
        while True:
            try:
                handed = site.database.write(lambda tx: queue.next_task(site, tx, person, project_id))
            except NotFound:
                return
            site.database.write(
                lambda tx, task=handed.task_id: annotations.create(  # type: ignore[misc]
                    site, tx, person, task, {"result": RESULT}
                )
            )

    crowd(people, labour)
    made = site.database.read(lambda tx: tx.rows("SELECT task_id, completed_by FROM annotation"))
    assert max(Counter(row[0] for row in made).values()) <= overlap
    assert len({tuple(row) for row in made}) == len(made), "nobody labels a task twice"
    # Who meets only reserved tasks goes home, so at most the last few are left to others.
    counts = site.database.read(
        lambda tx: tx.row(
            "SELECT total_annotations_number, finished_task_number, (SELECT count(*) FROM task WHERE is_labeled),"
            " (SELECT count(*) FROM task WHERE free_slots < 0), (SELECT count(*) FROM lease) FROM project WHERE id = :id",
            id=project_id,
        )
    )
    assert counts is not None
    assert tuple(counts) == (len(made), counts[2], counts[2], 0, 0)
    if overlap == 1:
        assert counts[2] == TASKS


def test_a_save_sent_many_times_at_once_counts_once(site: Site, owner: Actor, work: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    fields = {"result": RESULT, "unique_id": "3f1c6ad4-5a52-4d0f-8a3f-0c7a1f0b9d11"}
    ids: list[int] = []
    crowd(
        [owner] * 6,
        lambda person: ids.append(
            site.database.write(lambda tx: annotations.create(site, tx, person, task, fields))
        ),
    )
    assert len(set(ids)) == 1
    assert work.task(task)["total_annotations"] == 1


def test_a_task_skipped_and_asked_for_at_once_keeps_its_places(site: Site, owner: Actor, work: Any) -> None:
    project_id = work.project()
    work.tasks(project_id, *"abc")
    people = [work.actor(f"p{number}") for number in range(6)]

    def labour(person: Actor) -> None:
        for _ in range(5):
            try:
                handed = site.database.write(lambda tx: queue.next_task(site, tx, person, project_id))
            except NotFound:
                continue
            site.database.write(
                lambda tx, task=handed.task_id: annotations.create(  # type: ignore[misc]
                    site, tx, person, task, {"result": [], "was_cancelled": True}
                )
            )

    crowd(people, labour)
    rows = site.database.read(
        lambda tx: tx.rows(
            "SELECT t.free_slots, t.overlap - (SELECT count(*) FROM lease l WHERE l.task_id = t.id) FROM task t"
        )
    )
    assert all(row[0] == row[1] >= 0 for row in rows)
