"""``tagma check``: a labeling config's faults, in the words the page and the API use."""

from __future__ import annotations

from typing import BinaryIO

import click

from tagma.cli.common import examples
from tagma.errors import ConfigError


@click.command("check", epilog=examples("tagma check config.xml", "cat config.xml | tagma check -"))
@click.argument("config", type=click.File("rb"))
def command(config: BinaryIO) -> None:
    """Check the labeling config in the file CONFIG; every fault at once, with its line."""
    from tagma.labeling.config import check, errors
    from tagma.plugin.manager import PluginManager
    from tagma.settings import Settings

    try:
        xml = config.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{config.name} is not UTF-8: the byte at position {error.start} does not fit.",
            hint="Save the file as UTF-8.",
        ) from error
    plugins = PluginManager.load(Settings.model_validate({}).plugins)
    faults = check(xml, plugins.tags)
    for fault in faults:
        click.echo(f"{fault.where.get('severity', 'error')}: {fault}")
    wrong = len(errors(faults))
    if wrong:
        raise ConfigError(f"{config.name} has {wrong} {'error' if wrong == 1 else 'errors'}.")
    click.echo(f"{config.name} is a good labeling config.")
