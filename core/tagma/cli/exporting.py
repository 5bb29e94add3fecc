"""``tagma export``: a project's labels into a file, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tagma.cli.common import examples, opened, site_options


@click.command(
    "export",
    epilog=examples(
        "tagma export JSON --project 3 labels.json", "tagma export COCO --project Animals coco.zip"
    ),
)
@click.argument("format", metavar="FORMAT")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT")
@click.option("--project", required=True, help="Number or title of the project.")
@click.option("--all-tasks", is_flag=True, help="Also tasks without an annotation.")
@site_options
def command(format: str, out: Path, project: str, all_tasks: bool, flags: dict[str, Any]) -> None:
    """Write a project's labels in FORMAT (JSON, CSV, COCO, …) to the file OUT."""
    import os

    from tagma.errors import TagmaError
    from tagma.services import terminal
    from tagma.services.exports import exporting
    from tagma.services.exports.export_tasks import Options, TaskFilter

    options = Options(task_filter_options=TaskFilter(only_with_annotations=not all_tasks))
    part = out.with_name(f".{out.name}.part")
    with opened(flags) as site:
        found, actor = site.database.read(lambda tx: terminal.project(tx, project))
        work = site.database.read(lambda tx: exporting.prepare(site, tx, actor, found, format, options))
        try:
            with part.open("wb") as stream:
                report = work.write(stream)
            os.replace(part, out)  # whole or not at all
        except OSError as error:
            raise TagmaError(f"{out} can't be written: {error.strerror or error}.") from error
        finally:
            part.unlink(missing_ok=True)
    for left in report["left_out"]:
        click.echo(
            f"  left out: {left['reason']} ({left['count']} times, e.g. {left['examples'][0]})", err=True
        )
    click.echo(f"Exported {report['tasks']} tasks to {out}.")
