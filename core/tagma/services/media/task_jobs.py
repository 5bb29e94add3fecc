"""Work that plugins do on a file of a task, in jobs: started by whoever annotates it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tagma.db.engine import Transaction
from tagma.db.tables import Task
from tagma.errors import InvalidInput, NotFound, did_you_mean
from tagma.jobs import JobContext, kind
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.media import derived
from tagma.services.media.media_reader import OnDisk

if TYPE_CHECKING:
    from tagma.plugin.task_jobs import TaskJob
    from tagma.services.site import Site


def start(site: Site, actor: Actor, task_id: int, word: str, file: str, params: Mapping[str, Any]) -> int:
    """The number of the job.

    :raises NotFound: no such work, task or file.
    :raises InvalidInput: the parameters are not what the work needs; a sentence for each.
    """
    work = _named(site, word)
    try:
        asked = work.Params.model_validate(dict(params))
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for fault in error.errors(include_url=False):
            fields.setdefault(".".join(map(str, fault["loc"])), []).append(fault["msg"])
        told = "; ".join(f"{field}: {words[0]}" for field, words in fields.items())
        raise InvalidInput(f"This work can't begin: {told}.", fields) from error

    def write(tx: Transaction) -> int:
        access.task(site, tx, actor, task_id, "annotation.create")
        source = derived.source(site, tx, actor, task_id, file)
        said = {"task": task_id, "kind": word, "uri": source.uri, "params": asked.model_dump(mode="json")}
        return site.jobs.enqueue(tx, "task", actor, source.project_id, said)

    job_id = site.database.write(write)
    site.jobs.announce(job_id)
    return job_id


def _named(site: Site, word: str) -> type[TaskJob]:
    found = site.plugins.task_jobs.get(word)
    if found is None:
        hint = did_you_mean(word, site.plugins.task_jobs)
        raise NotFound(f'No plugin that is loaded does "{word}".', hint=hint)
    return found


class _Running:
    """What :class:`tagma.plugin.task_jobs.Running` promises."""

    def __init__(self, job: JobContext) -> None:
        self._job = job
        self.progress = job.progress
        self.show = job.show
        self.check = job.check

    def file(self) -> AbstractContextManager[Path]:
        site: Site = self._job.site
        params = self._job.params

        def read(tx: Transaction) -> derived.Source:
            task = tx.session.get(Task, params["task"])
            if task is None:
                raise NotFound(f"Task {params['task']} is gone.")
            return derived.of(site, tx, task, params["uri"])

        return OnDisk(site, site.database.read(read))


@kind("task")
def run(job: JobContext) -> Mapping[str, Any]:
    """Params: ``task``, ``kind``, ``uri``, ``params``."""
    work = _named(job.site, job.params["kind"])
    return work(work.Params.model_validate(job.params["params"])).run(_Running(job))
