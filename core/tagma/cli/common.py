"""What several verbs need: the options that say which installation is meant, and opening it."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagma import settings

if TYPE_CHECKING:
    from tagma.services.site import Site

LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]


def site_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--data-dir --database --log-level``; the function gets them together as ``flags``."""

    @functools.wraps(command)
    def gather(
        *args: Any, data_dir: Path | None, database: str | None, log_level: str | None, **rest: Any
    ) -> Any:
        flags = {"data_dir": data_dir, "database": database, "log_level": log_level}
        return command(*args, flags=flags, **rest)

    for option in (
        click.option(
            "--log-level", type=click.Choice(LEVELS, case_sensitive=False), help="How much to log. [WARNING]"
        ),
        click.option("--database", metavar="URL", help="postgresql://… or sqlite:///… [a file in DIR]"),
        click.option(
            "--data-dir",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Folder of the database, uploads and exports.",
        ),
    ):
        gather = option(gather)
    return gather


def examples(*lines: str) -> str:
    """The end of a verb's help."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@contextmanager
def opened(flags: dict[str, Any]) -> Iterator[Site]:
    """The site these flags, the environment and tagma.toml mean; closed at the end."""
    loaded = settings.load(flags)
    logging.basicConfig(level=loaded.log_level, format="%(levelname)s %(name)s: %(message)s")
    from tagma.services.site import open_site

    site = open_site(loaded)
    try:
        yield site
    finally:
        site.close()
