"""``tagma migrate``: move over from another labeling server."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagma.cli.common import examples, opened, site_options

if TYPE_CHECKING:
    from tagma.services.access import Actor
    from tagma.services.moving import Report
    from tagma.services.moving.settings_of_projects import Post
    from tagma.services.site import Site

_SHOWN = 40
_EXAMPLES = examples("tagma migrate label-studio --url https://label.example.org --token eyJhbGciOi…")


@click.group("migrate", epilog=_EXAMPLES)
def command() -> None:
    """Move over from another labeling server."""


@command.command("label-studio", epilog=_EXAMPLES)
@click.option("--url", required=True, help="Where Label Studio answers.")
@click.option(
    "--token",
    envvar="TAGMA_MIGRATE_TOKEN",
    help="Personal access token or legacy token of an administrator there; asked for, if not given.",
)
@click.option(
    "--project", "projects", multiple=True, help="Number or title there; may be given several times. [all]"
)
@click.option("--dry-run", is_flag=True, help="Only say what would come over.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path),
    help="Write the whole report to this file, as JSON.",
)
@site_options
def label_studio(
    url: str,
    token: str | None,
    projects: tuple[str, ...],
    dry_run: bool,
    report_file: Path | None,
    flags: dict[str, Any],
) -> None:
    """Bring over people, projects, tasks, annotations and all around them from a running Label Studio.

    Run it again to go on after a stop, or to fetch what is new there; nothing comes over twice.
    """
    from tagma.services.moving import Source, Wishes, move

    secret = token or click.prompt("Token", hide_input=True)
    with opened(flags) as site, Source(url, secret) as source:
        me = source.get("/api/current-user/whoami")
        actor = _owner(site, str(me.get("email") or ""))
        with _posting(site, actor) as post:
            report = move(
                site,
                source,
                actor,
                Wishes(projects, dry_run),
                post,
                lambda words: click.echo(words, err=True),
            )
        base = site.settings.public_url.rstrip("/") or f"http://{site.settings.host}:{site.settings.port}"
    if report_file is not None:
        report_file.write_text(json.dumps(report.as_dict(), indent=2, ensure_ascii=False), encoding="utf-8")
    _show(report, base, dry_run)


def _owner(site: Site, email: str) -> Actor:
    """In whose name it comes over: the owner's. Where nobody is as yet, whose token it is becomes the owner."""
    from tagma.services import terminal

    found = site.database.read(terminal.owner)
    if found is not None:
        return found
    secret = click.prompt(f"Nobody is here yet. Password for {email}, who will own this", hide_input=True,
                          confirmation_prompt=True)  # fmt: skip
    return site.database.write(lambda tx: terminal.add_person(site, tx, email, secret, "OW"))


@contextmanager
def _posting(site: Site, actor: Actor) -> Iterator[Post]:
    """Sends to our own API, in this process, as the owner."""
    import asyncio

    import httpx2

    from tagma.errors import InvalidInput
    from tagma.http.app import create_app
    from tagma.services.people import sessions

    transport = httpx2.ASGITransport(create_app(site, run_jobs=False))
    cookies = {"sessionid": sessions.session_cookie(site, actor)}

    async def send(path: str, body: Mapping[str, Any]) -> httpx2.Response:
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", cookies=cookies
        ) as client:
            return await client.post(path, json=dict(body))

    def post(path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = asyncio.run(send(path, body))
        found = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        if answer.is_success:
            return dict(found)
        if answer.status_code in (404, 405):
            raise InvalidInput(
                "No plugin that is loaded keeps such things.", hint="Install one and run this again."
            )
        raise InvalidInput(str(found.get("detail") or answer.status_code), found.get("validation_errors"))

    yield post


def _show(report: Report, base: str, dry_run: bool) -> None:
    for one in report.projects:
        counts = ", ".join(f"{count} {name}" for name, count in one.there.items() if count) or "empty"
        click.echo(f'{one.foreign_id} "{one.title}": {counts}')
        for name in one.differs:
            click.echo(f"  differs: {one.there[name]} {name} there, {one.here[name]} here")
    if dry_run:
        click.echo("Nothing was written.")
        return
    made = (
        ", ".join(f"{count} {what}" for what, count in report.made.items() if count)
        or "nothing; all was here"
    )
    click.echo(f"Brought over: {made}.")
    for title, lines in (
        ("Did not come over, or not as it was:", report.faults),
        ("Still to do:", report.to_do),
        ("Invitations, good for two weeks; send each person theirs:",
         [f"{email}  {base}{path}" for email, path in report.invitations.items()]),
    ):  # fmt: skip
        if lines:
            click.echo(f"\n{title}")
            shown = lines if title.startswith("Inv") else lines[:_SHOWN]
            click.echo("\n".join(f"  {line}" for line in shown))
            if len(lines) > len(shown):
                click.echo(f"  … and {len(lines) - len(shown)} more; --report writes all of them to a file.")
