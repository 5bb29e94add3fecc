"""The command ``tagma``. A verb is a file of this folder, imported only when it is used, so that help answers at once.

Every verb prints sentences, never a stack trace, and exits with 1 when it did not do what it was asked.
"""

from __future__ import annotations

import tempfile
import traceback
from importlib import import_module
from typing import Any

import click

from tagma import __version__
from tagma.errors import TagmaError

VERBS = {
    "start": "starting",
    "import": "importing",
    "export": "exporting",
    "migrate": "migrating",
    "check": "checking",
    "plugins": "plugins",
    "users": "users",
    "worker": "worker",
    "doctor": "doctor",
    "version": "version",
}


class Refusal(click.ClickException):
    """An error of ours, as the terminal shows it."""

    def __init__(self, error: TagmaError) -> None:
        fields = getattr(error, "fields", None) or {}
        sentences = [sentence for several in fields.values() for sentence in several]
        super().__init__(" ".join([*sentences, error.hint]).strip() if sentences else str(error))


class Verbs(click.Group):
    """Finds a verb's command in the module of :data:`VERBS`, when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        try:
            module = import_module(f"{__name__}.{VERBS[name]}")
        except ImportError as error:
            return _unavailable(name, error)
        return next(
            item for item in vars(module).values() if isinstance(item, click.Command) and item.name == name
        )

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TagmaError as error:
            raise Refusal(error) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort, KeyboardInterrupt):
            raise
        except Exception as error:
            raise click.ClickException(_unforeseen(error)) from error


def _unavailable(name: str, cause: ImportError) -> click.Command:
    """Stands in for a verb whose module cannot be imported: the help and the other verbs go on."""

    def refuse(**_given: object) -> None:
        raise click.ClickException(
            f"tagma {name} cannot run, because this installation is not whole: {cause}. Install Tagma again."
        )

    whatever = {"ignore_unknown_options": True, "allow_extra_args": True}
    short = f"Not available: {cause}."
    return click.Command(name, callback=refuse, short_help=short, context_settings=whatever)


def _unforeseen(error: Exception) -> str:
    """A mistake of ours: one sentence, and the trace in a file that can be sent along."""
    with tempfile.NamedTemporaryFile("w", prefix="tagma-trace-", suffix=".txt", delete=False) as file:
        traceback.print_exception(error, file=file)
    said = str(error).splitlines()
    return (
        f"Something went wrong that Tagma did not foresee: {type(error).__name__}{': ' + said[0] if said else ''}. "
        f"Please report it with {file.name}."
    )


@click.command(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="\b\nExample:\n  tagma start --demo",
)
@click.version_option(__version__, message="tagma %(version)s")
def main() -> None:
    """Tagma, a labeling server: every capability is a plugin."""
