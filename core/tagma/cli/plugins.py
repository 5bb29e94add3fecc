"""``tagma plugins``: what is installed and what became of it."""

from __future__ import annotations

import logging
from typing import Any

import click

from tagma import settings
from tagma.cli.common import examples, site_options
from tagma.errors import PluginError


@click.command("plugins", epilog=examples("tagma plugins", "tagma plugins --verbose"))
@click.option(
    "-v", "--verbose", is_flag=True, help="List what each plugin adds, and where a fault came from."
)
@site_options
def command(verbose: bool, flags: dict[str, Any]) -> None:
    """List the installed plugins: loaded, partly loaded, disabled, incompatible or failed, and why."""
    from tagma.plugin.manager import PluginManager
    from tagma.plugin.report import table

    # The table says it all; the log would only repeat it.
    logging.getLogger("tagma.plugins").addHandler(logging.NullHandler())
    reports = PluginManager.load(settings.load(flags).plugins).reports
    click.echo(table(reports))
    if verbose:
        for report in reports:
            click.echo(f"\n{report.name} {report.version} ({report.distribution}): {report.description}")
            for kind, names in report.adds.items():
                if names:
                    click.echo(f"  {kind}: {', '.join(names)}")
            if report.trace:
                click.echo(report.trace.rstrip())
    wrong = [report.name for report in reports if report.state in ("failed", "incompatible")]
    if wrong:
        raise PluginError(f"Not working: {', '.join(wrong)}. The lines above say why.")
