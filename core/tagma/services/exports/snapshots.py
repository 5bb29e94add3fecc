"""Exports that are kept: a row, a file made by a job, and conversions of that very file to other formats."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Export
from tagma.db.types import now
from tagma.errors import InvalidInput, NotFound, TagmaError
from tagma.jobs import Cancelled, Interrupted, JobContext, kind
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import shapes
from tagma.services.exports.export_tasks import Options
from tagma.services.exports.exporting import Work, exporter_class, file_name, prepare
from tagma.services.imports.uploads import said_plainly

if TYPE_CHECKING:
    from tagma.services.site import Site

WHOLE = ("JSON", "JSONL")  # what other formats can be made of


def create(
    site: Site,
    tx: Transaction,
    actor: Actor,
    project_id: int,
    name: str,
    options: Options,
    *,
    title: str = "",
    parent: int | None = None,
) -> Export:
    """A row and its job; call ``site.jobs.announce(export.job_id)`` after the commit."""
    work = prepare(site, tx, actor, project_id, name, options)
    row = Export(
        project_id=project_id,
        created_by=actor.user_id,
        title=title or f"{work.project.title} at {now():%Y-%m-%d %H:%M}",
        export_type=work.exporter.name,
        options=options.model_dump(exclude_none=True),
        parent_id=parent,
        status="in_progress",  # a program that waits takes any other word for the end
    )
    tx.session.add(row)
    tx.session.flush()
    who = {"user_id": actor.user_id, "organization_id": actor.organization_id, "role": actor.role}
    row.job_id = site.jobs.enqueue(tx, "export", actor, project_id, {"export": row.id, "actor": who})
    tx.session.add(row)
    tx.session.flush()
    return row


def convert(site: Site, tx: Transaction, actor: Actor, project_id: int, export_id: int, name: str) -> Export:
    """The same tasks, as they were then, in another format; once for each format.

    :raises InvalidInput: the export is not ready, or its own format does not hold everything.
    """
    parent = get(site, tx, actor, project_id, export_id)
    if parent.export_type not in WHOLE:
        raise _holds_too_little(parent)
    if parent.status != "completed":
        words = f"Export {export_id} is not ready: {parent.status}."
        raise InvalidInput(words, {"export_type": [words]}, hint="Wait for its job to end.")
    name = exporter_class(site, access.project(site, tx, actor, project_id, "project.export"), name).name
    known = conversion(tx, export_id, name)
    if known is not None and known.status != "failed":
        words = f"Conversion to {name} has been started already."
        raise InvalidInput(words, {"export_type": [words]})
    options = Options(**parent.options)
    return create(site, tx, actor, project_id, name, options, title=parent.title, parent=export_id)


def conversion(tx: Transaction, export_id: int, name: str) -> Export | None:
    wanted = select(Export).where(Export.parent_id == export_id, Export.export_type == name)
    return tx.session.exec(wanted.order_by(Export.id.desc())).first()  # type: ignore[union-attr]


def get(site: Site, tx: Transaction, actor: Actor, project_id: int, export_id: int) -> Export:
    access.project(site, tx, actor, project_id, "project.export")
    row = tx.session.get(Export, export_id)
    if row is None or row.project_id != project_id:
        raise access.not_found("export", export_id)
    return row


def listing(site: Site, tx: Transaction, actor: Actor, project_id: int) -> list[Export]:
    access.project(site, tx, actor, project_id, "project.export")
    wanted = select(Export).where(Export.project_id == project_id, Export.parent_id == None)  # noqa: E711
    return list(tx.session.exec(wanted.order_by(Export.id.desc())).all())  # type: ignore[union-attr]


def delete(site: Site, tx: Transaction, actor: Actor, project_id: int, export_id: int) -> list[Path]:
    """Remove it with its conversions; the files to remove after the commit."""
    row = get(site, tx, actor, project_id, export_id)
    rows = [row, *tx.session.exec(select(Export).where(Export.parent_id == export_id)).all()]
    for one in rows:
        tx.session.delete(one)
    tx.session.flush()
    return [site.settings.data_dir / one.file for one in rows if one.file]


def files(site: Site, tx: Transaction, actor: Actor, project_id: int) -> list[dict[str, str]]:
    """Names and addresses of the files there are, the newest first."""
    access.project(site, tx, actor, project_id, "project.export")
    wanted = select(Export).where(Export.project_id == project_id, Export.status == "completed")
    found = []
    for row in tx.session.exec(wanted.order_by(Export.id.desc())):  # type: ignore[union-attr]
        if row.file:
            query = f"?exportType={row.export_type}" if row.parent_id else ""
            url = f"/api/projects/{project_id}/exports/{row.parent_id or row.id}/download{query}"
            found.append({"name": _plain_name(row.file), "url": site.settings.root_path + url})
    return found


def _plain_name(file: str) -> str:
    """Without the export's number, which keeps files of the same minute apart."""
    return Path(file).name.partition("-")[2]


def shown(tx: Transaction, row: Export) -> dict[str, Any]:
    """The wire's snapshot, with the format, the size and the report beside."""
    made = [row, *tx.session.exec(select(Export).where(Export.parent_id == row.id)).all()]
    by = shapes.people(tx, [row.created_by]).get(row.created_by or 0)
    status = _statuses(tx, made)
    return {
        "id": row.id, "title": row.title, "created_by": by, "created_at": row.created_at, "finished_at": row.finished_at,
        "status": status[0], "md5": row.md5, "counters": {"task_number": row.task_number}, "export_type": row.export_type,
        "converted_formats": [
            {"id": one.id, "status": word, "export_type": one.export_type, "traceback": None}
            for one, word in zip(made[1:], status[1:], strict=True)
        ],
        "size": row.size, "report": row.report, "job": row.job_id,
    }  # fmt: skip


def _statuses(tx: Transaction, rows: Sequence[Export]) -> list[str]:
    """One whose job was stopped before it began has failed, or programs would wait for it for ever."""
    jobs = shapes.listed(one.job_id for one in rows if one.job_id and one.status == "in_progress")
    ended = {
        row[0]
        for row in tx.rows(f"SELECT id FROM job WHERE id IN ({jobs}) AND state IN ('failed', 'cancelled')")
    }
    return ["failed" if one.status == "in_progress" and one.job_id in ended else one.status for one in rows]


def file_of(site: Site, tx: Transaction, actor: Actor, project_id: int, export_id: int, name: str) -> Path:
    """The finished file of an export, or of its conversion to ``name``. :raises NotFound: there is none (yet)."""
    row = get(site, tx, actor, project_id, export_id)
    found = row if not name or name.upper() == row.export_type else conversion(tx, export_id, name.upper())
    if found is None:
        raise NotFound(f"Export {export_id} has not been converted to {name}.", hint="Convert it first.")
    path = site.settings.data_dir / found.file if found.file else None
    if found.status != "completed" or path is None or not path.is_file():
        raise NotFound(f"Export {export_id} is not ready: {found.status}.", hint="Wait for its job to end.")
    return path


def in_format(
    site: Site, tx: Transaction, actor: Actor, project_id: int, export_id: int, name: str
) -> Work | Path:
    """The file of an export in a format; or, where it was not converted to that, the work of doing so now."""
    row = get(site, tx, actor, project_id, export_id)
    if not name or name.upper() == row.export_type or conversion(tx, export_id, name.upper()):
        return file_of(site, tx, actor, project_id, export_id, name)
    if row.export_type not in WHOLE:
        raise _holds_too_little(row)
    made_of = file_of(site, tx, actor, project_id, export_id, "")
    work = prepare(site, tx, actor, project_id, name, Options(**row.options))
    work.made_of = made_of
    return work


def _holds_too_little(row: Export) -> InvalidInput:
    words = f"Export {row.id} is {row.export_type}, which does not hold everything another format needs."
    return InvalidInput(words, {"export_type": [words]}, hint="Make a new export, or one as JSON first.")


class _Hashing(io.RawIOBase):
    """A file that knows its MD5 and its size, and says plainly when the disk is full."""

    def __init__(self, path: Path) -> None:
        self.path, self.size, self.md5 = path, 0, hashlib.md5(usedforsecurity=False)
        self._out = path.open("wb")

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.md5.update(data)
        self.size += len(data)
        with said_plainly(self.path):
            return self._out.write(data)

    def close(self) -> None:
        with said_plainly(self.path):
            self._out.close()
        super().close()


@kind("export")
def run_export(job: JobContext) -> dict[str, Any]:
    """Write one export to its file. Begun again it writes from the start, over what was there."""
    site = cast("Site", job.site)
    actor = Actor(**job.params["actor"])
    export_id, project_id = int(job.params["export"]), int(job.project_id or 0)

    def begin(tx: Transaction) -> tuple[str, Options, Path | None]:
        row = get(site, tx, actor, project_id, export_id)
        row.status = "in_progress"
        tx.session.add(row)
        made_of = file_of(site, tx, actor, project_id, row.parent_id, "") if row.parent_id else None
        return row.export_type, Options(**row.options), made_of

    part = site.folder("exports", str(project_id)) / f".{export_id}.part"
    try:
        name, options, made_of = site.database.write(begin)
        work = site.database.read(lambda tx: prepare(site, tx, actor, project_id, name, options))
        work.made_of = made_of
        out = _Hashing(part)
        try:
            report = work.write(
                cast("IO[bytes]", out), lambda done, total: job.progress(done, total, "tasks")
            )
        finally:
            out.close()
        final = file_name(project_id, work.exporter.suffix, out.md5.hexdigest())
        path = part.with_name(f"{export_id}-{final}")
        os.replace(part, path)
    except (TagmaError, Cancelled, OSError):
        part.unlink(missing_ok=True)
        site.database.write(
            lambda tx: tx.run("UPDATE export SET status = 'failed' WHERE id = :id", id=export_id)
        )
        raise
    except Interrupted:
        part.unlink(missing_ok=True)
        raise

    def end(tx: Transaction) -> None:
        row = tx.session.get(Export, export_id)
        if row is None:  # deleted meanwhile
            path.unlink(missing_ok=True)
            return
        row.status, row.finished_at = "completed", now()
        row.file = path.relative_to(site.settings.data_dir).as_posix()
        row.md5, row.size, row.report = out.md5.hexdigest(), out.size, report
        row.task_number = int(report["tasks"])
        tx.session.add(row)

    site.database.write(end)
    return {**report, "task_count": report["tasks"], "size": out.size, "export": export_id}
