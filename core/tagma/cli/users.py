"""``tagma users``: people, from the terminal of the server's machine."""

from __future__ import annotations

from typing import Any

import click

from tagma.cli.common import examples, opened, site_options

ROLES = {
    "owner": "OW",
    "administrator": "AD",
    "manager": "MA",
    "reviewer": "RE",
    "annotator": "AN",
}


@click.group(
    "users",
    epilog=examples(
        "tagma users add ana@example.org --role manager", "tagma users reset-password ana@example.org"
    ),
)
def command() -> None:
    """Add people and set passwords."""


password_option = click.option(
    "--password", envvar="TAGMA_PASSWORD", help="Asked for without showing it, if not given."
)


def _password(given: str | None) -> str:
    return given or click.prompt("Password", hide_input=True, confirmation_prompt=True)


@command.command("add", epilog=examples("tagma users add ana@example.org --role annotator"))
@click.argument("email")
@click.option("--role", type=click.Choice(list(ROLES)), default="annotator", show_default=True)
@password_option
@site_options
def add(email: str, role: str, password: str | None, flags: dict[str, Any]) -> None:
    """Add a person; the first one owns the organization, whatever the role."""
    from tagma.services import terminal

    secret = _password(password)
    with opened(flags) as site:
        actor = site.database.write(lambda tx: terminal.add_person(site, tx, email, secret, ROLES[role]))
    named = next(name for name, short in ROLES.items() if short == actor.role)
    click.echo(f"Added {actor.email} as {named}.")


@command.command("reset-password", epilog=examples("tagma users reset-password ana@example.org"))
@click.argument("email")
@password_option
@site_options
def reset_password(email: str, password: str | None, flags: dict[str, Any]) -> None:
    """Set a person's password and end their sessions everywhere."""
    from tagma.services.people import accounts

    secret = _password(password)
    with opened(flags) as site:
        site.database.write(lambda tx: accounts.reset_password(site, tx, email, secret))
    click.echo(f"{email} has a new password; every session of theirs has ended.")
