"""Labels out: the exporters a project may use, an export as a stream, and exports kept as files, made by a job."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from pydantic import ValidationError
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Export, Project
from tagma.db.types import now
from tagma.errors import InvalidInput, NotFound, PluginError, TagmaError, did_you_mean
from tagma.jobs import Cancelled, Interrupted, JobContext, kind
from tagma.plugin.formats import Exporter
from tagma.plugin.shapes import Task
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.export_tasks import OnlyId, Options, Selection, Shape
from tagma.services.media_source import SiteMedia
from tagma.services.uploads import said_plainly

if TYPE_CHECKING:
    from tagma.services.site import Site

# the formats


def formats(site: Site, project: Project) -> list[dict[str, Any]]:
    """Every format with what it is; those that can't carry this project say why and come last."""
    config = site.config(project.label_config)
    found = []
    for exporter in site.plugins.exporters.values():
        reason = exporter.refuses(config)
        entry: dict[str, Any] = {
            "name": exporter.name, "title": exporter.title, "description": exporter.description, "link": "",
            "tags": list(exporter.tags), "plugin": site.plugins.owner(exporter), "suffix": exporter.suffix,
        }  # fmt: skip
        if reason:
            entry |= {"disabled": True, "reason": reason}
        found.append((bool(reason), exporter.order, exporter.name, entry))
    return [entry for *_, entry in sorted(found, key=lambda one: one[:3])]


def exporter_class(site: Site, project: Project, name: str) -> type[Exporter]:
    """:raises InvalidInput: no such format, or none that can carry this project."""
    found = site.plugins.exporters.get(name.upper())
    if found is None:
        words = f'There is no export format "{name}".'
        raise InvalidInput(words, {"export_type": [words]}, hint=did_you_mean(name, site.plugins.exporters))
    reason = found.refuses(site.config(project.label_config))
    if reason:
        raise InvalidInput(reason, {"export_type": [reason]}, hint="Choose another format; JSON carries all.")
    return found


# one export, wherever it goes


@dataclass
class Work:
    """What one export needs: made in a transaction, written in another."""

    site: Site
    actor: Actor
    project: Project
    exporter: Exporter
    options: Options

    def write(self, out: IO[bytes], on_task: Callable[[int, int], None] | None = None) -> dict[str, Any]:
        """Write everything to ``out``; the report. :param on_task: told how many of how many are done."""
        with self.site.database.reading() as tx:
            if tx.postgres:  # one picture of the database, however long it takes
                tx.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            selection = Selection(
                self.site, tx, self.actor, self.project, self.options, parse=not self.exporter.passes_on
            )
            total = selection.count() if on_task else 0
            self._write(_counted(selection, total, on_task), out)
        self._keep_class_ids()
        return self.exporter.report.as_dict()

    def _write(self, tasks: Iterator[Task], out: IO[bytes]) -> None:
        try:
            self.exporter.write(tasks, out)
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            plugin = self.site.plugins.owner(type(self.exporter))
            raise PluginError(
                f'The exporter {self.exporter.name} of the plugin "{plugin}" broke: {type(error).__name__}: {error}.',
                hint="Export as JSON meanwhile, and tell the plugin's author.",
                plugin=plugin,
            ) from error

    def _keep_class_ids(self) -> None:
        """Numbers given to labels are given for good, so that two exports can be put together."""
        given = self.exporter.project.get("class_ids") or {}
        if given == self.project.class_ids:
            return

        def keep(tx: Transaction) -> None:
            project = tx.session.get(Project, self.project.id)
            if project is not None:
                kept = project.class_ids
                project.class_ids = {
                    name: {**given.get(name, {}), **kept.get(name, {})} for name in {**given, **kept}
                }
                tx.session.add(project)

        self.site.database.write(keep)


def _counted(selection: Selection, total: int, on_task: Callable[[int, int], None] | None) -> Iterator[Task]:
    for done, task in enumerate(selection, 1):
        yield task
        if on_task:
            on_task(done, total)


def prepare(site: Site, tx: Transaction, actor: Actor, project_id: int, name: str, options: Options) -> Work:
    """Check the person, the format and its settings. :raises InvalidInput: the format or a setting is wrong."""
    project = access.project(site, tx, actor, project_id, "project.export")
    exporter = exporter_class(site, project, name)
    Selection(site, tx, actor, project, options).check()  # a wrong filter is said before anything is sent
    try:
        settings = exporter.Settings(**options.settings)
    except ValidationError as error:
        first = error.errors()[0]
        words = (
            f"The setting {'.'.join(map(str, first['loc']))} of {exporter.title} is wrong: {first['msg']}."
        )
        raise InvalidInput(words, {"settings": [words]}) from error
    people = tx.rows(
        "SELECT u.id, u.email FROM account u JOIN membership m ON m.user_id = u.id WHERE m.organization_id = :organization",
        organization=project.organization_id,
    )
    told = {
        "id": project.id,
        "title": project.title,
        "class_ids": {name: dict(ids) for name, ids in project.class_ids.items()},
        "people": {row[0]: row[1] for row in people},
    }
    if exporter.full_predictions:
        shape = options.serialization_options or Shape()
        options = options.model_copy(
            update={"serialization_options": shape.model_copy(update={"predictions": OnlyId(only_id=False)})}
        )
    config = site.config(project.label_config)
    made = exporter(settings, config, SiteMedia(site, project_id), told)
    tx.session.expunge_all()
    return Work(site, actor, project, made, options)


def file_name(project_id: int, suffix: str, token: str) -> str:
    return f"project-{project_id}-at-{now():%Y-%m-%d-%H-%M}-{token[:8]}{suffix}"


# exports that are kept


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
    )
    tx.session.add(row)
    tx.session.flush()
    who = {"user_id": actor.user_id, "organization_id": actor.organization_id, "role": actor.role}
    row.job_id = site.jobs.enqueue(tx, "export", actor, project_id, {"export": row.id, "actor": who})
    tx.session.add(row)
    tx.session.flush()
    return row


def convert(site: Site, tx: Transaction, actor: Actor, project_id: int, export_id: int, name: str) -> Export:
    """The same selection in another format, once for each format."""
    parent = get(site, tx, actor, project_id, export_id)
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


def shown(tx: Transaction, row: Export) -> dict[str, Any]:
    """The wire's snapshot, with the format, the size and the report beside."""
    from tagma.services import shapes

    made = [row, *tx.session.exec(select(Export).where(Export.parent_id == row.id)).all()]
    by = shapes.people(tx, [row.created_by]).get(row.created_by or 0)
    return {
        "id": row.id, "title": row.title, "created_by": by, "created_at": row.created_at, "finished_at": row.finished_at,
        "status": row.status, "md5": row.md5, "counters": {"task_number": row.task_number}, "export_type": row.export_type,
        "converted_formats": [
            {"id": one.id, "status": one.status, "export_type": one.export_type, "traceback": None} for one in made[1:]
        ],
        "size": row.size, "report": row.report, "job": row.job_id,
    }  # fmt: skip


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

    def begin(tx: Transaction) -> tuple[str, Options]:
        row = get(site, tx, actor, project_id, export_id)
        row.status = "in_progress"
        tx.session.add(row)
        return row.export_type, Options(**row.options)

    part = site.folder("exports", str(project_id)) / f".{export_id}.part"
    try:
        name, options = site.database.write(begin)
        work = site.database.read(lambda tx: prepare(site, tx, actor, project_id, name, options))
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
