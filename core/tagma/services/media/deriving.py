"""The jobs that fill the shelf of derived data: one file that somebody waits for, or those of all tasks that came in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Job, Project, Task
from tagma.errors import NotFound, TagmaError
from tagma.jobs import JobContext, kind
from tagma.plugin.events import Event, TasksCreated
from tagma.plugin.tags import ObjectTag
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.media import derived
from tagma.services.media.derived import Product, Source
from tagma.services.media.media_reader import Reader

if TYPE_CHECKING:
    from tagma.services.site import Site

_TASKS = 500  # tasks looked at together
_FAULTS = 100


def wanted(site: Site, actor: Actor, task_id: int, source: Source, product: Product) -> dict[str, Any]:
    """The job that makes it, begun if there is none: ``job``, ``state``, ``done``, ``total``, ``note``."""
    subject = f"{source.uri}\n{product.word}"
    word = hashlib.sha256(subject.encode()).hexdigest()

    def write(tx: Transaction) -> tuple[dict[str, Any], bool]:
        state: Any = Job.state
        live = select(Job).where(
            Job.project_id == source.project_id, Job.kind == "derive", state.in_(("queued", "running"))
        )
        for job in tx.session.exec(live):
            if job.params.get("subject") == word:
                return {"job": job.id, **job.model_dump(include={"state", "done", "total", "note"})}, False
        params = {
            "task": task_id,
            "uri": source.uri,
            "type": product.data_type.name,
            "kind": product.kind,
            "params": dict(product.params),
            "subject": word,
        }
        job_id = site.jobs.enqueue(tx, "derive", actor, source.project_id, params)
        return {"job": job_id, "state": "queued", "done": 0, "total": None, "note": ""}, True

    shown, fresh = site.database.write(write)
    if fresh:
        site.jobs.announce(shown["job"])
    return shown


@kind("derive")
def run_one(job: JobContext) -> dict[str, Any]:
    """Somebody waits for this one; params: ``task``, ``uri``, ``type``, ``kind``, ``params``."""
    site: Site = job.site
    asked = derived.product(site, job.params["type"], job.params["kind"], job.params["params"])
    task = site.database.read(lambda tx: tx.session.get(Task, job.params["task"]))
    if task is None:
        raise NotFound(f"Task {job.params['task']} is gone.")
    source = site.database.read(lambda tx: derived.of(site, tx, task, job.params["uri"]))
    with Reader(job) as reader:
        reader.make(source, asked)
    return {}


def on_event(site: Site, event: Event) -> None:
    """After tasks came in: make what the tags of their project will ask for, so that nobody waits at the desk."""
    if not isinstance(event, TasksCreated) or not event.task_ids:
        return
    before = min(event.task_ids) - 1

    def write(tx: Transaction) -> int | None:
        project = tx.session.get(Project, event.project_id)
        if project is None or not any(_needs(site, project.label_config)):
            return None
        waiting = select(Job).where(
            Job.project_id == event.project_id, Job.kind == "derive_all", Job.state == "queued"
        )
        if any(job.params["after"] <= before for job in tx.session.exec(waiting)):
            return None
        actor = access.system(event.organization_id)
        return site.jobs.enqueue(tx, "derive_all", actor, event.project_id, {"after": before})

    if job_id := site.database.write(write):
        site.jobs.announce(job_id)


def _needs(site: Site, config: str) -> Iterator[tuple[str, Product]]:
    """What the tags of a config will ask for: the field of the data, and what of its file."""
    for node in site.config(config).objects.values():
        tag = node.tag_class
        if tag is None or not issubclass(tag, ObjectTag) or tag.data_type is None:
            continue
        key = str(node.get("value", "")).removeprefix("$")
        for name, params in tag.derives(node):
            yield key, derived.product(site, tag.data_type, name, params)


@kind("derive_all")
def run_all(job: JobContext) -> dict[str, Any]:
    """All files of a project's tasks after the number ``after``. A file that can't be read is named in the result."""
    site: Site = job.site
    project = site.database.read(lambda tx: tx.session.get(Project, job.project_id))
    needs = list(_needs(site, project.label_config)) if project else []
    made, seen, faults = 0, int(job.checkpoint.get("seen", 0)), list(job.checkpoint.get("faults", []))
    last = int(job.checkpoint.get("last", job.params["after"]))
    with Reader(job) as reader:
        while tasks := _after(site, job.project_id, last):
            for task in tasks:
                for key, asked in needs:
                    try:
                        made += _made(site, reader, task, key, asked)
                    except TagmaError as error:
                        faults = [*faults, {"task": task.id, **error.as_dict()}][:_FAULTS]
                seen += 1
                job.progress(seen, None, "tasks")
            last = int(tasks[-1].id or 0)
            job.save({"last": last, "seen": seen, "faults": faults})
    return {"made": made, "faults": faults}


def _after(site: Site, project_id: int | None, last: int) -> list[Task]:
    def read(tx: Transaction) -> list[Task]:
        number: Any = Task.id
        query = (
            select(Task).where(Task.project_id == project_id, number > last).order_by(number).limit(_TASKS)
        )
        found = list(tx.session.exec(query))
        tx.session.expunge_all()
        return found

    return site.database.read(read)


def _made(site: Site, reader: Reader, task: Task, key: str, asked: Product) -> int:
    value = task.data.get(key)
    if not isinstance(value, str | list | dict):
        return 0
    uri = value if isinstance(value, str) else f"${key}"
    source = site.database.read(lambda tx: derived.of(site, tx, task, uri))
    return int(reader.make(source, asked))
