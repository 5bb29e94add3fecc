"""``tagma doctor``: is everything there that Tagma needs on this machine?"""

from __future__ import annotations

import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from tagma import settings
from tagma.cli.common import examples, site_options
from tagma.errors import TagmaError, Unavailable
from tagma.settings import Settings

OLDEST_SQLITE = (3, 38)  # the first with RETURNING and ->>
LITTLE_SPACE = 1024**3

Finding = tuple[bool, str, str]


@click.command(
    "doctor", epilog=examples("tagma doctor", "tagma doctor --database postgresql://tagma@db/tagma")
)
@site_options
def command(flags: dict[str, Any]) -> None:
    """Look whether this machine has what Tagma needs; changes nothing."""
    wrong = 0
    for well, what, words in _look(settings.load(flags)):
        click.echo(
            f"{click.style('ok   ', fg='green') if well else click.style('WRONG', fg='red')}  {what:10} {words}"
        )
        wrong += not well
    if wrong:
        raise Unavailable(
            f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong; the lines above say what to do."
        )


def _look(found: Settings) -> Iterator[Finding]:
    yield _python()
    yield _sqlite()
    yield _space(found.data_dir)
    yield _guarded("database", lambda: _database(found))
    yield _guarded("jobs", lambda: _jobs(found))
    yield _vendor()
    yield from _plugins(found)


def _python() -> Finding:
    good = (3, 11) <= sys.version_info[:2] < (3, 14)
    return good, "Python", platform.python_version() + ("" if good else ": use Python 3.11, 3.12 or 3.13.")


def _sqlite() -> Finding:
    good = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    needed = ".".join(map(str, OLDEST_SQLITE))
    return (
        good,
        "SQLite",
        sqlite3.sqlite_version + ("" if good else f": use a Python built with {needed} or newer."),
    )


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    good = free >= LITTLE_SPACE
    advice = "" if good else "; make room, or choose another folder with --data-dir"
    return good, "data", f"{folder} can be written, {free / 1024**3:.1f} GiB free{advice}"


def _database(found: Settings) -> Finding:
    from tagma.db.engine import Database

    if not found.database_url.startswith("postgres"):
        file = Path(found.database_url.removeprefix("sqlite:///"))
        if not file.exists():
            return True, "database", f"{file} will be made at the first start"
    database = Database(found.database_url)
    try:
        name = database.url.render_as_string(hide_password=True)
        version = database.read(
            lambda tx: tx.rows("SHOW server_version" if tx.postgres else "SELECT sqlite_version()")
        )
        return True, "database", f"{name} answers, version {version[0][0]}"
    finally:
        database.close()


def _jobs(found: Settings) -> Finding:
    from tagma.jobs import Jobs

    if found.jobs == "embedded":
        return True, "jobs", f"queue in {found.data_dir / 'jobs.db'}, {found.job_threads} at a time"
    Jobs(SimpleNamespace(settings=found, database=None)).check()
    return True, "jobs", f"queue at {found.jobs.partition('@')[2] or found.jobs}, which answers"


def _vendor() -> Finding:
    import tagma

    built = (Path(tagma.__file__).parent / "web" / "vendor" / "vendor.json").exists()
    words = "browser libraries are built"
    return (
        built,
        "pages",
        words if built else "no " + words + "; install again: uv sync --reinstall-package tagma-core",
    )


def _plugins(found: Settings) -> Iterator[Finding]:
    from tagma.plugin.manager import PluginManager

    reports = PluginManager.load(found.plugins).reports
    if not reports:
        yield True, "plugins", "none are installed; pip install tagma brings the usual ones"
    for report in reports:
        yield (
            report.state in ("loaded", "disabled"),
            "plugin",
            f"{report.name} {report.version} {report.state}: {report.sentence} {report.next_step}".rstrip(),
        )


def _guarded(what: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except TagmaError as error:
        return False, what, str(error)
    except Exception as error:
        return False, what, f"does not answer: {str(error).splitlines()[0]}"
