"""``tagma worker``: more hands for imports, exports and other long work."""

from __future__ import annotations

from typing import Any

import click

from tagma.cli.common import examples, opened, site_options


@click.command("worker", epilog=examples("tagma worker --threads 4 --database postgresql://tagma@db/tagma"))
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Jobs at a time.")
@site_options
def command(threads: int, flags: dict[str, Any]) -> None:
    """Work on jobs until stopped; start as many as you like, on any machine that reaches the database.

    The server does jobs by itself; workers help it when several are wanted at once.
    """
    # Each registers the kind of job it does; without the server's routes nothing else would import them here.
    from tagma.services.exports import snapshots  # noqa: F401
    from tagma.services.imports import importing  # noqa: F401
    from tagma.services.media import deriving  # noqa: F401
    from tagma.services.model import predicting, training  # noqa: F401
    from tagma.services.storage import storage_plan, storage_sync, target_push  # noqa: F401

    with opened(flags) as site:
        site.jobs.check()
        click.echo(f"Working on jobs, {threads} at a time. Stop with Ctrl+C.")
        site.jobs.work_until_stopped(threads)
    click.echo("Stopped; unfinished jobs are handed back.")
