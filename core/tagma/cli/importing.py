"""``tagma import``: tasks and media from files of this machine, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagma.cli.common import examples, opened, site_options
from tagma.errors import TagmaError

if TYPE_CHECKING:
    from tagma.services.imports.uploads import Incoming
    from tagma.services.site import Site

_SHOWN = 20


@click.command(
    "import",
    epilog=examples(
        "tagma import tasks.json --project 3", "tagma import pictures/ --project Animals --keep-good"
    ),
)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE…"
)
@click.option("--project", required=True, help="Number or title of the project.")
@click.option("--keep-good", is_flag=True, help="Import what is right and list the rest. [all or nothing]")
@click.option("--check", is_flag=True, help="Only say what would be imported.")
@site_options
def command(
    files: tuple[Path, ...], project: str, keep_good: bool, check: bool, flags: dict[str, Any]
) -> None:
    """Import tasks (JSON, JSONL, CSV, …) and media; a folder or a zip is taken with all that is in it."""
    from tagma.errors import InvalidInput
    from tagma.services import terminal
    from tagma.services.imports import importing

    with opened(flags) as site:
        found, actor = site.database.read(lambda tx: terminal.project(tx, project))
        inline, kept = _sorted(site, found, files)
        ids = site.database.write(lambda tx: _register(tx, actor, found, kept))
        options = importing.Options(on_fault="keep" if keep_good else "stop", commit_to_project=not check)
        try:
            report = importing.run(site, actor, found, ids, options, inline)
        except InvalidInput as error:
            _forget(site, actor, found, ids)
            for words in error.fields.get("non_field_errors", [])[:_SHOWN]:
                click.echo(f"  {words}", err=True)
            raise TagmaError(error.message, hint="Nothing was imported.") from error
        if check:
            _forget(site, actor, found, ids)
    for fault in report["faults"][:_SHOWN]:
        click.echo(
            f"  {fault['where'].get('file', '')} row {fault['where'].get('row', '?')}: {fault['message']}",
            err=True,
        )
    left = f"; {report['fault_count']} left out" if report["fault_count"] else ""
    click.echo(
        f"{'Would import' if check else 'Imported'} {report['task_count']} tasks, {report['annotation_count']} annotations and"
        f" {report['prediction_count']} predictions in {report['duration']:.1f} s{left}."
    )


def _sorted(site: Site, project_id: int, files: tuple[Path, ...]) -> tuple[list[Any], list[Incoming]]:
    """Task files are read where they lie; media and zips are copied into the data folder."""
    from tagma.plugin.formats import SourceFile
    from tagma.services.imports.import_sources import MEDIA_SUFFIXES
    from tagma.services.imports.uploads import Incoming

    inline: list[Any] = []
    kept: list[Incoming] = []
    for path, name in _walk(files):
        if path.suffix.lower() in MEDIA_SUFFIXES or path.suffix.lower() == ".zip":
            incoming = Incoming(site, project_id, name)
            with path.open("rb") as stream:
                incoming.copy(stream)
            incoming.close()
            kept.append(incoming)
        else:
            inline.append(SourceFile(path, path.name))
    return inline, kept


def _walk(files: tuple[Path, ...]) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []
    for file in files:
        if file.is_dir():
            inside = (
                one for one in sorted(file.rglob("*")) if one.is_file() and not one.name.startswith(".")
            )
            found += [(one, one.relative_to(file).as_posix()) for one in inside]
        else:
            found.append((file, file.name))
    return found


def _register(tx: Any, actor: Any, project_id: int, kept: list[Incoming]) -> list[int]:
    from tagma.services.imports import uploads

    return [row.id or 0 for row in uploads.register(tx, actor, project_id, kept)]


def _forget(site: Site, actor: Any, project_id: int, ids: list[int]) -> None:
    from tagma.services.imports import uploads

    site.database.write(lambda tx: uploads.delete(site, tx, actor, project_id, ids))
