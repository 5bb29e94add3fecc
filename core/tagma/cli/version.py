"""``tagma version``."""

from __future__ import annotations

import platform
import sqlite3

import click

from tagma import __version__
from tagma.cli.common import examples


@click.command("version", epilog=examples("tagma version"))
def command() -> None:
    """Say which Tagma, plugins, Python and SQLite this is."""
    from tagma.plugin.discovery import discover
    from tagma.plugin.hookspecs import API

    click.echo(f"tagma {__version__} (plugin API {API})")
    for found in discover():
        click.echo(f"  {found.name} {found.version}")
    click.echo(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.platform()}")
