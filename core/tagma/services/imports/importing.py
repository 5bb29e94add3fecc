"""From files to tasks: read as a stream, checked one by one, put in by batches; good rows kept, or none at all.

*None at all* (``on_fault = "stop"``) reads once and makes the batches ready; those of a large import wait on disk until
the last task has been found good, so no long transaction holds up the people who label meanwhile. What a cancel leaves
behind is taken out again by the ranges of ids that the checkpoint keeps.
"""

from __future__ import annotations

import functools
import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.errors import TagmaError
from tagma.jobs import Cancelled, JobContext, kind
from tagma.plugin.formats import Draft, SourceFile
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import tasks
from tagma.services.desk.task_batches import Batch
from tagma.services.imports import import_uploads
from tagma.services.imports.annotators import Annotators, members
from tagma.services.imports.import_checks import Checker, placed
from tagma.services.imports.import_report import Outcome, refusal
from tagma.services.imports.import_sources import Reader, Sources, Upload, sort
from tagma.services.imports.import_stage import Stage, Step

if TYPE_CHECKING:
    from tagma.services.site import Site

ROWS = 1000  # of one transaction: what it takes is what a labeler who saves has to wait
BYTES = 1 << 20  # likewise, where tasks are large
_REMOVED = 2000  # tasks taken out in one transaction


class Options(BaseModel):
    """What a person chooses for one import."""

    on_fault: Literal["keep", "stop"] = "stop"
    commit_to_project: bool = True
    return_task_ids: bool = False
    preannotated_from_fields: list[str] = []
    files_as_tasks_list: bool = True
    settings: dict[str, Any] = {}
    """For the importers: separator, encoding, …"""


def run(
    site: Site,
    actor: Actor,
    project_id: int,
    upload_ids: Sequence[int],
    options: Options,
    inline: Sequence[SourceFile] = (),
    job: JobContext | None = None,
    replace: Callable[[Transaction], None] | None = None,
) -> dict[str, Any]:
    """Import files that have been uploaded, and ``inline`` ones that nobody keeps.

    :param replace: removes what these tasks stand in for, in the transaction that writes the first of them.
    :raises InvalidInput: with ``on_fault="stop"``, all faults in words; nothing was written.
    """
    started = time.perf_counter()
    project, found = site.database.read(
        lambda tx: import_uploads.chosen(site, tx, actor, project_id, upload_ids)
    )
    found = import_uploads.unpacked(site, actor, project_id, found)
    sources = sort(
        site,
        [*(Upload(one) for one in inline), *found],
        site.config(project.label_config),
        tables_are_tasks=options.files_as_tasks_list,
    )
    work = _Import(site, actor, project, sources, options, job, replace)
    work.run()
    answer = {
        **work.outcome.as_dict(),
        "duration": round(time.perf_counter() - started, 3),
        "file_upload_ids": [one.id for one in found],
        "could_be_tasks_list": any(suffix in (".csv", ".tsv", ".txt") for suffix in sources.formats),
        "found_formats": sources.formats,
    }
    return {**answer, "task_ids": work.task_ids} if options.return_task_ids else answer


class _Import:
    """One import under way."""

    def __init__(
        self,
        site: Site,
        actor: Actor,
        project: Project,
        sources: Sources,
        options: Options,
        job: JobContext | None,
        replace: Callable[[Transaction], None] | None,
    ) -> None:
        self.site, self.actor, self.project = site, actor, project
        self.options, self.job, self.replace = options, job, replace
        config = site.config(project.label_config)
        self.reader = Reader(site, sources, config, options.settings)
        self.checker = Checker(site, project, options.preannotated_from_fields)
        self.people = Annotators(lambda: site.database.read(lambda tx: members(tx, actor)))
        self.outcome = Outcome()
        for error in sources.faults:
            self.outcome.fault(error)
        self.task_ids: list[int] = []
        self.total: int | None = None

    def run(self) -> None:
        skip = self._resume()
        steps = _uncollected(self._steps(skip))
        if not self.options.commit_to_project:
            for batch, _ in steps:
                self.outcome.count(batch)
            self._refuse()
        elif self.options.on_fault == "keep":
            self._write_all(steps)
        elif skip:  # an earlier attempt has found all of it good
            self._whole(steps)
        else:
            self._staged(steps)
        self.outcome.data_columns = sorted(self.checker.columns or ())
        self.outcome.warnings = self.checker.warnings

    def _staged(self, steps: Iterable[Step]) -> None:
        with Stage(self.site.folder("staging"), self._fresh) as stage:
            seen = 0
            for batch, seen in steps:
                if not self.outcome.fault_count:
                    stage.put(batch, seen)
            self._refuse()
            self.total = seen
            if stage.few:
                self._write(stage.steps)
            else:
                self._whole(stage)

    def _whole(self, steps: Iterable[Step]) -> None:
        try:
            self._write_all(steps)
            self._refuse()
        except (TagmaError, Cancelled):
            self._take_out()
            raise

    def _refuse(self) -> None:
        """With *none at all*: every fault in one error."""
        if self.options.on_fault == "stop" and self.outcome.fault_count:
            raise refusal(self.outcome.faults, self.outcome.fault_count)

    def _fresh(self) -> Batch:
        return Batch(self.actor, self.project, self.people)

    def _steps(self, skip: int) -> Iterator[Step]:
        """Batches of checked tasks; faults go to the outcome. :param skip: drafts an earlier attempt has dealt with."""
        batch, seen = self._fresh(), 0
        for one, upload_id in self.reader:
            seen += 1
            if seen <= skip:
                continue
            if isinstance(one, Draft):
                try:
                    batch.add(self.checker.check(one), file_upload_id=upload_id)
                except TagmaError as error:
                    self.outcome.fault(placed(error, one))
            else:
                self.outcome.fault(one.error)
            if not seen % 100:
                self._progress(seen)
            if batch.rows >= ROWS or batch.bytes >= BYTES:
                yield batch, seen
                batch = self._fresh()
        if batch.tasks:
            yield batch, seen

    def _progress(self, seen: int) -> None:
        if self.job is not None:
            self.job.progress(seen, self.total, "tasks")

    def _write_all(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._progress(step[1])
            self._write([step])

    def _write(self, steps: Sequence[Step]) -> None:
        """Some batches and the checkpoint behind them, in one transaction."""
        if not steps:
            return

        def write(tx: Transaction) -> tuple[Outcome, list[int]]:
            if self.replace is not None:
                self.replace(tx)
            after, ids = self.outcome.copy(), []
            for batch, _ in steps:
                made = batch.write(tx)
                after.count(batch)
                after.made(made)
                ids += made
            if self.job is not None:
                self.job.save(after.checkpoint(steps[-1][1], self.total), tx)
            return after, ids

        self.outcome, ids = self.site.database.write(write)
        self.replace = None
        if self.options.return_task_ids:
            self.task_ids += ids

    def _resume(self) -> int:
        """Go on where a worker that died left off; the number of drafts it had dealt with."""
        found = self.job.checkpoint if self.job is not None else {}
        if "seen" not in found:
            return 0
        self.outcome.resume(found)
        self.total = found["total"]
        return int(found["seen"])

    def _take_out(self) -> None:
        """Leave nothing behind of an import that was to be whole."""
        for first, last in self.outcome.spans:
            for begin in range(first, last + 1, _REMOVED):
                end = min(begin + _REMOVED - 1, last)
                self.site.database.write(functools.partial(self._remove, begin, end))

    def _remove(self, first: int, last: int, tx: Transaction) -> None:
        project = tx.session.get(Project, self.project.id)
        if project is not None:
            between = "t.id BETWEEN :first AND :last"
            tasks.delete_where(tx, self.actor, project, between, {"first": first, "last": last})


def _uncollected(steps: Iterator[Step]) -> Iterator[Step]:
    """Make each batch with the garbage collector paused: it would walk through all of it again and again and find nothing."""
    while True:
        with _collector_paused():
            step = next(steps, None)
        if step is None:
            return
        yield step


@contextmanager
def _collector_paused() -> Iterator[None]:
    went = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if went:
            gc.enable()


@kind("import")
def run_import(job: JobContext) -> dict[str, Any]:
    """The job behind the import page; params: ``uploads``, ``options``, ``actor``."""
    actor = Actor(**job.params["actor"])
    assert job.project_id is not None
    options = Options(**job.params["options"])
    return run(job.site, actor, job.project_id, job.params["uploads"], options, job=job)


def start(site: Site, actor: Actor, project_id: int, upload_ids: Sequence[int], options: Options) -> int:
    """Queue an import; its job's id. The caller has checked ``project.import``."""
    who = {"user_id": actor.user_id, "organization_id": actor.organization_id, "role": actor.role}
    params = {"uploads": list(upload_ids), "options": options.model_dump(), "actor": who}
    return site.jobs.start("import", actor, project_id, params)


def reimport(
    site: Site, actor: Actor, project_id: int, upload_ids: Sequence[int], options: Options
) -> dict[str, Any]:
    """Import uploads once more: tasks made of them before are replaced."""

    def remove(tx: Transaction) -> None:
        project = access.project(site, tx, actor, project_id, "project.import")
        ids = ",".join(str(int(one)) for one in upload_ids) or "NULL"
        tasks.delete_where(tx, actor, project, f"t.file_upload_id IN ({ids})", {})

    return run(site, actor, project_id, upload_ids, options, replace=remove)
