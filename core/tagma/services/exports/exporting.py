"""Labels out: the exporters a project may use, and one export as a stream. Exports that are kept: ``snapshots``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.db.types import now
from tagma.errors import InvalidInput, PluginError, did_you_mean
from tagma.plugin.formats import Exporter, Fault, SourceFile
from tagma.plugin.shapes import Task
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.exports.export_tasks import OnlyId, Options, Selection, Shape
from tagma.services.imports import import_sources
from tagma.services.media.media_source import SiteMedia

if TYPE_CHECKING:
    from tagma.services.site import Site

OnTask = Callable[[int, int | None], None]

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
    made_of: Path | None = None
    """The file of an export as JSON, to write its tasks instead of today's."""

    def write(self, out: IO[bytes], on_task: OnTask | None = None) -> dict[str, Any]:
        """Write everything to ``out``; the report. :param on_task: told how many of how many are done."""
        if self.made_of is not None:
            self._write(_counted(exported_tasks(self.site, self.made_of, self.exporter), 0, on_task), out)
        else:
            self._write_selection(out, on_task)
        self._keep_class_ids()
        return self.exporter.report.as_dict()

    def _write_selection(self, out: IO[bytes], on_task: OnTask | None) -> None:
        with self.site.database.reading() as tx:
            if tx.postgres:  # one picture of the database, however long it takes
                tx.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            selection = Selection(
                self.site, tx, self.actor, self.project, self.options,
                parse=not self.exporter.passes_on, report=self.exporter.report,
            )  # fmt: skip
            total = selection.count() if on_task else 0
            self._write(_counted(selection, total, on_task), out)

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


def exported_tasks(site: Site, file: Path, exporter: Exporter) -> Iterator[Task]:
    """The tasks in a file that was exported whole, read by whichever importer knows such files."""
    sources = import_sources.sort(site, [import_sources.Upload(SourceFile(file, file.name))])
    for one, _ in import_sources.Reader(site, sources, exporter.config, {}):
        if isinstance(one, Fault):
            raise one.error
        yield cast(Task, one.task)
    for error in sources.faults:
        raise error


def _counted(tasks: Iterable[Task], total: int, on_task: OnTask | None) -> Iterator[Task]:
    for done, task in enumerate(tasks, 1):
        yield task
        if on_task:
            on_task(done, total or None)


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
