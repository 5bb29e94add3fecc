"""From files to tasks: read as a stream, checked one by one, put in by batches; good rows kept, or none at all.

*None at all* (``on_fault = "stop"``) reads twice when the import is large: everything is checked before anything is
written, so no long transaction holds up the people who label meanwhile. What a later fault or a cancel leaves behind is
taken out again by the ranges of ids that the checkpoint keeps.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import BaseModel

from tagma.db.engine import Transaction
from tagma.db.tables import FileUpload, Project
from tagma.errors import ImportFailed, InvalidInput, TagmaError
from tagma.jobs import Cancelled, JobContext, kind
from tagma.plugin.formats import Draft, SourceFile
from tagma.plugin.shapes import TaskDraft
from tagma.services import access, archives, tasks, uploads
from tagma.services.access import Actor
from tagma.services.import_checks import Checker
from tagma.services.import_sources import Reader, Sources, Upload, sort
from tagma.services.uploads import Incoming

if TYPE_CHECKING:
    from tagma.services.site import Site

BATCH = 1000
IN_ONE = 4000  # drafts held in memory so that a small import is one transaction
FAULTS = 1000  # kept for the report; the rest is counted

Row = tuple[dict[str, Any], int | None]


class Options(BaseModel):
    """What a person chooses for one import."""

    on_fault: Literal["keep", "stop"] = "stop"
    commit_to_project: bool = True
    return_task_ids: bool = False
    preannotated_from_fields: list[str] = []
    files_as_tasks_list: bool = True
    settings: dict[str, Any] = {}
    """For the importers: separator, encoding, …"""


@dataclass
class Outcome:
    """What came of an import so far."""

    task_count: int = 0
    annotation_count: int = 0
    prediction_count: int = 0
    task_ids: list[int] = field(default_factory=list)
    data_columns: list[str] = field(default_factory=list)
    faults: list[TagmaError] = field(default_factory=list)
    fault_count: int = 0
    warnings: list[TagmaError] = field(default_factory=list)
    spans: list[list[int]] = field(default_factory=list)  # ids of the tasks made, as ranges

    def fault(self, error: TagmaError) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS:
            self.faults.append(error)

    def copy(self) -> Outcome:
        return replace(
            self,
            faults=list(self.faults),
            spans=[list(span) for span in self.spans],
            task_ids=list(self.task_ids),
        )

    def made(self, ids: Sequence[int]) -> None:
        for one in ids:
            if self.spans and self.spans[-1][1] == one - 1:
                self.spans[-1][1] = one
            else:
                self.spans.append([one, one])


def run(
    site: Site,
    actor: Actor,
    project_id: int,
    upload_ids: Sequence[int],
    options: Options,
    inline: Sequence[SourceFile] = (),
    job: JobContext | None = None,
) -> dict[str, Any]:
    """Import files that have been uploaded, and ``inline`` ones that nobody keeps.

    :raises InvalidInput: with ``on_fault="stop"``, all faults in words; nothing was written.
    """
    started = time.perf_counter()
    project, found = site.database.read(lambda tx: _start(site, tx, actor, project_id, upload_ids))
    found = _unpacked(site, actor, project_id, found)
    sources = sort(
        site, [*(Upload(one) for one in inline), *found], tables_are_tasks=options.files_as_tasks_list
    )
    work = _Import(site, actor, project, sources, options, job)
    work.run()
    return _answer(work, sources, found, options, time.perf_counter() - started)


def _start(
    site: Site, tx: Transaction, actor: Actor, project_id: int, ids: Sequence[int]
) -> tuple[Project, list[Upload]]:
    project = access.project(site, tx, actor, project_id, "project.import")
    rows = {row.id: row for row in uploads.listed(site, tx, actor, project_id, ids)} if ids else {}
    missing = [one for one in ids if one not in rows]
    if missing:
        raise InvalidInput(
            f"There is no uploaded file {missing[0]} in this project.", {"file_upload_ids": ["Unknown file."]}
        )
    found = [_upload(site, rows[one]) for one in ids]
    tx.session.expunge_all()
    return project, found


def _upload(site: Site, row: FileUpload, inner: str = "") -> Upload:
    name = inner.rpartition("/")[2] or row.file.rpartition("/")[2].partition("-")[2]
    return Upload(SourceFile(uploads.path_of(site, row.file), name, f"/data/{row.file}"), row.id, inner)


def _unpacked(site: Site, actor: Actor, project_id: int, found: Sequence[Upload]) -> list[Upload]:
    """Zip files replaced by what is in them, each file with a row of its own."""
    flat: list[Upload] = []
    for upload in found:
        if not archives.is_zip(upload.source.name):
            flat.append(upload)
            continue
        arrived: list[tuple[str, Incoming]] = []
        try:
            for name, stream in archives.members(
                upload.source.path, upload.source.name, 4 * site.settings.upload_limit
            ):
                incoming = Incoming(site, project_id, name)
                arrived.append((name, incoming))
                incoming.copy(stream)
                incoming.close()
        except BaseException:
            for _, incoming in arrived:
                incoming.drop()
            raise
        flat += site.database.write(functools.partial(_replace, site, actor, project_id, upload, arrived))
    return flat


def _replace(
    site: Site,
    actor: Actor,
    project_id: int,
    archive: Upload,
    arrived: list[tuple[str, Incoming]],
    tx: Transaction,
) -> list[Upload]:
    rows = uploads.register(tx, actor, project_id, [incoming for _, incoming in arrived])
    made = [_upload(site, row, name) for row, (name, _) in zip(rows, arrived, strict=True)]
    row = tx.session.get(FileUpload, archive.id)
    if row is not None:
        tx.session.delete(row)
        tx.session.flush()
    archive.source.path.unlink(missing_ok=True)
    return made


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
    ) -> None:
        self.site, self.actor, self.project = site, actor, project
        self.options, self.job = options, job
        config = site.config(project.label_config)
        self.reader = Reader(site, sources, config, options.settings)
        self.checker = Checker(site, project, options.preannotated_from_fields)
        self.outcome = Outcome()
        for error in sources.faults:
            self.outcome.fault(error)
        self.seen = 0
        self.total: int | None = None

    def run(self) -> None:
        skip = self._resume()
        rows = self._rows(skip)
        if not self.options.commit_to_project:
            for task, _ in rows:
                self._count(task)
            self._refuse()
        elif self.options.on_fault == "keep":
            self._write_all(rows)
        else:
            self._all_or_nothing(rows, resumed=skip > 0)
        self.outcome.data_columns = sorted(self.checker.columns or ())
        self.outcome.warnings = self.checker.warnings

    def _all_or_nothing(self, rows: Iterator[Row], *, resumed: bool) -> None:
        first = [] if resumed else list(islice(rows, IN_ONE))
        if not resumed and len(first) < IN_ONE:
            self._refuse()
            self._write(first)
            return
        if not resumed:
            for _ in rows:
                pass
            self._refuse()
            self.total = self.seen
            rows = self._rows(0)
        del first
        try:
            self._write_all(rows)
            self._refuse()
        except (TagmaError, Cancelled):
            self.site.database.write(self._take_out)
            raise

    def _refuse(self) -> None:
        """With *none at all*: every fault in one error."""
        if self.options.on_fault == "stop" and self.outcome.fault_count:
            raise refusal(self.outcome.faults, self.outcome.fault_count)

    def _rows(self, skip: int) -> Iterator[Row]:
        """Checked tasks; faults go to the outcome. :param skip: drafts that an earlier attempt has dealt with."""
        self.seen = 0
        for one, upload_id in self.reader:
            self.seen += 1
            if self.seen <= skip:
                continue
            if self.job is not None:
                self.job.progress(self.seen, self.total, "tasks")
            if not isinstance(one, Draft):
                self.outcome.fault(one.error)
                continue
            try:
                task = self.checker.check(one)
            except TagmaError as error:
                self.outcome.fault(error)
                continue
            task["_place"] = (one.file, one.row)
            yield task, upload_id

    def _write_all(self, rows: Iterator[Row]) -> None:
        while batch := list(islice(rows, BATCH)):
            self._write(batch)

    def _write(self, batch: list[Row]) -> None:
        if not batch:
            return
        before = self.outcome

        def write(tx: Transaction) -> None:
            self.outcome = before.copy()  # a transaction may be tried again
            self._write_in(tx, batch)

        self.site.database.write(write)

    def _write_in(self, tx: Transaction, batch: list[Row]) -> None:
        """One batch and the checkpoint behind it, in one transaction."""
        faulty: set[int] = set()

        def on_fault(number: int, error: TagmaError) -> None:
            faulty.add(number)
            file, row = batch[number][0]["_place"]
            self.outcome.fault(
                ImportFailed(
                    error.message,
                    hint=error.hint,
                    code=error.code,
                    **{**error.where, "file": file, "row": row},
                )
            )

        project = tx.session.get(Project, self.project.id)
        if project is None:
            raise access.not_found("project", self.project.id or 0)
        drafts = [cast(TaskDraft, task) for task, _ in batch]
        ids = tasks.insert_drafts(self.site, tx, self.actor, project, drafts, on_fault=on_fault)
        if faulty and self.options.on_fault == "stop":
            self._refuse()
        kept = [row for number, row in enumerate(batch) if number not in faulty]
        links = [
            {"file": upload, "task": task} for task, (_, upload) in zip(ids, kept, strict=True) if upload
        ]
        tx.many("UPDATE task SET file_upload_id = :file WHERE id = :task", links)
        for task, _ in kept:
            self._count(task)
        self.outcome.made(ids)
        if self.options.return_task_ids:
            self.outcome.task_ids += ids
        if self.job is not None:
            self.job.save(self._checkpoint(), tx)

    def _count(self, task: dict[str, Any]) -> None:
        self.outcome.task_count += 1
        self.outcome.annotation_count += len(task["annotations"])
        self.outcome.prediction_count += len(task["predictions"])

    def _checkpoint(self) -> dict[str, Any]:
        made = self.outcome
        return {
            "seen": self.seen,
            "spans": made.spans,
            "total": self.total,
            "fault_count": made.fault_count,
            "counts": [made.task_count, made.annotation_count, made.prediction_count],
            "faults": [fault.as_dict() for fault in made.faults[:100]],
        }

    def _resume(self) -> int:
        """Go on where a worker that died left off; the number of drafts it had dealt with."""
        found = self.job.checkpoint if self.job is not None else {}
        if "seen" not in found:
            return 0
        made = self.outcome
        made.spans, self.total, made.fault_count = found["spans"], found["total"], found["fault_count"]
        made.task_count, made.annotation_count, made.prediction_count = found["counts"]
        made.faults = [_again(one) for one in found["faults"]]
        return int(found["seen"])

    def _take_out(self, tx: Transaction) -> None:
        """Leave nothing behind of an import that was to be whole."""
        project = tx.session.get(Project, self.project.id)
        if project is None:
            return
        for first, last in self.outcome.spans:
            tasks.delete_where(
                tx, self.actor, project, "t.id BETWEEN :first AND :last", {"first": first, "last": last}
            )


def _again(fault: dict[str, Any]) -> ImportFailed:
    return ImportFailed(fault["message"], hint=fault["hint"], code=fault["code"], **fault["where"])


def refusal(faults: Sequence[TagmaError], count: int) -> TagmaError:
    """All faults as the wire's ``non_field_errors`` (a hundred of them), and as objects beside."""
    said = [f"Error at item {fault.where.get('row', 1)}: {fault}" for fault in faults[:100]]
    if count > len(said):
        said.append(f"… and {count - len(said)} more.")
    first = faults[0]
    words = first.message if count == 1 else f"{count} faults; the first: {first.message}"
    error = InvalidInput(
        words,
        {"non_field_errors": said},
        hint=first.hint or "Mend them and import again; nothing was written.",
        code=first.code if count == 1 else "import",
        **first.where,
    )
    if count == 1:
        error.status = first.status  # type: ignore[misc]  # a full disk or a too large file keeps its own
    return error


def _answer(
    work: _Import, sources: Sources, found: Sequence[Upload], options: Options, seconds: float
) -> dict[str, Any]:
    made = work.outcome
    answer: dict[str, Any] = {
        "task_count": made.task_count,
        "annotation_count": made.annotation_count,
        "prediction_count": made.prediction_count,
        "duration": round(seconds, 3),
        "file_upload_ids": [one.id for one in found],
        "could_be_tasks_list": any(suffix in (".csv", ".tsv", ".txt") for suffix in sources.formats),
        "found_formats": sources.formats,
        "data_columns": made.data_columns,
        "fault_count": made.fault_count,
        "faults": [fault.as_dict() for fault in made.faults],
        "warnings": [warning.as_dict() for warning in made.warnings],
    }
    if options.return_task_ids:
        answer["task_ids"] = made.task_ids
    return answer


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

    dry = options.model_copy(update={"commit_to_project": False})
    run(site, actor, project_id, upload_ids, dry)  # refuses before anything is removed
    site.database.write(remove)
    return run(site, actor, project_id, upload_ids, options)
