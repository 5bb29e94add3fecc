"""``tagma start``: the server."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import signal
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagma import __version__
from tagma.cli.common import LEVELS, examples, opened
from tagma.errors import SettingsError, Unavailable

if TYPE_CHECKING:
    from tagma.services.site import Site
    from tagma.settings import Settings

GRACE_SECONDS = 5


@click.command(
    "start",
    epilog=examples(
        "tagma start",
        "tagma start --demo --port 9000",
        "tagma start --database postgresql://tagma@db/tagma --data-dir /srv/tagma --no-browser",
    ),
)
@click.option(
    "--host", metavar="ADDRESS", help="Address to listen on, or the public URL behind a proxy. [127.0.0.1]"
)
@click.option("--internal-host", "host_too", hidden=True)
@click.option(
    "-p", "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one. [8080]"
)
@click.option("--public-url", metavar="URL", help="The address people type, if a proxy stands before it.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the database, uploads and exports.",
)
@click.option("-db", "--database", metavar="URL", help="postgresql://… or sqlite:///… [a file in DIR]")
@click.option("--username", metavar="EMAIL", help="E-mail of a first user to make.")
@click.option(
    "--password", help="Password of that user; better in TAGMA_PASSWORD, where no other user sees it."
)
@click.option("--user-token", metavar="TOKEN", help="Legacy token of that user, more than 5 characters.")
@click.option(
    "--enable-legacy-api-token",
    is_flag=True,
    default=None,
    help="Let new organizations accept legacy tokens.",
)
@click.option("-b", "--no-browser", is_flag=True, help="Don't open a browser.")
@click.option("--demo", is_flag=True, help="Make one project for each preset, with its sample tasks.")
@click.option(
    "--log-level", type=click.Choice(LEVELS, case_sensitive=False), help="How much to log. [WARNING]"
)
def command(no_browser: bool, demo: bool, host_too: str | None, **flags: Any) -> None:
    """Serve Tagma; makes what is missing, says what to do next, and runs until Ctrl+C."""
    flags["host"] = host_too or flags["host"]
    if (flags["host"] or "").startswith(("http://", "https://")):
        # What Label Studio calls --host is the public address.
        flags["public_url"] = flags["public_url"] or flags["host"]
        flags["host"] = host_too if host_too != flags["host"] else None
    from tagma import settings

    # Before anything slow or lasting: is the address to be had?
    with listen(settings.load(flags)) as listener, opened(flags) as site:
        from tagma.services.people import accounts

        site.jobs.check()
        site.database.write(lambda tx: accounts.make_first_user(site, tx))
        if demo:
            from tagma.services import demo as demo_projects

            for sentence in demo_projects.create(site):
                click.echo(sentence)
        run(site, listener, browser=not no_browser)


def listen(settings: Settings) -> socket.socket:
    """The socket to serve on.

    :raises tagma.errors.TagmaError: somebody else has it; says what to do.
    """
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    if os.name != "nt":  # there the option would share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise _cannot_listen(error, host, port) from error
    listener.set_inheritable(True)
    return listener


def _cannot_listen(error: OSError, host: str, port: int) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            f"Port {port} is in use by another program.",
            hint=f"Stop that program, or take another port: tagma start --port {_free_port(host, port)}",
        )
    if error.errno == errno.EACCES:
        return SettingsError(
            f"This user may not open port {port}.",
            hint="Ports below 1024 are the administrator's; take another one with --port.",
        )
    return SettingsError(
        f"The address {host} can't be listened on: {error.strerror or error}.",
        hint="Give an address of this machine with --host, e.g. 127.0.0.1 for this machine only.",
    )


def _free_port(host: str, port: int) -> int:
    for candidate in range(port + 1, min(port + 1000, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if probe.connect_ex(("::1" if ":" in host else "127.0.0.1", candidate)) != 0:
                return candidate
    return 0


def run(site: Site, listener: socket.socket, *, browser: bool) -> None:
    """Serve until stopped; greets once the first request could be answered."""
    import uvicorn

    from tagma.http.app import create_app

    # An import or an export computes in a thread of its own; a person's request should not wait 5 ms for each of its turns.
    sys.setswitchinterval(0.001)
    port = listener.getsockname()[1]
    here = address(site.settings, port)
    greeting = _greeting(site, here, port)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            gc.freeze()  # what has been loaded stays; looking through all of it again would hold every request up
            click.echo(greeting)
            if browser and _has_screen():
                threading.Thread(target=webbrowser.open, args=(here,), daemon=True).start()

    level = site.settings.log_level.lower()
    config = uvicorn.Config(
        create_app(site),
        log_level=level,
        access_log=level in ("debug", "info"),
        ws="none",
        server_header=False,
        forwarded_allow_ips=site.settings.trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # Uvicorn passes a signal on when it is done; then the site is still to be closed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listener])
    click.echo("Stopped.")


def address(settings: Settings, port: int) -> str:
    """What to type into a browser on this machine."""
    if settings.public_url:
        return settings.public_url
    everywhere = settings.host in ("0.0.0.0", "::", "127.0.0.1", "")
    host = "localhost" if everywhere else f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{port}"


def _greeting(site: Site, here: str, port: int) -> str:
    people = site.database.read(lambda tx: tx.rows("SELECT count(*) FROM account"))[0][0]
    if people:
        step = "Open that address and sign in."
    else:
        step = "Open that address and sign up; the first to do so owns the place. Then make a project from a template."
    troubled = [report for report in site.plugins.reports if report.state not in ("loaded", "disabled")]
    loaded = sum(report.state == "loaded" for report in site.plugins.reports)
    lines = [
        "",
        f"Tagma {__version__} is ready: {here}",
        "",
        f"  Next     {step}",
        f"  Data     {site.settings.data_dir}",
        f"  Plugins  {loaded} loaded{'' if site.plugins.reports else '; install some with: pip install tagma'}",
        *(f"           {report.name}: {report.state}, {report.sentence}" for report in troubled),
        "  Stop     Ctrl+C",
    ]
    if site.settings.public_url:
        lines.insert(4, f"  Listens  {site.settings.host}:{port}, for the proxy that answers at that address")
    elif site.settings.own_machine:
        lines.insert(4, "  Reach    This machine only; --host 0.0.0.0 for every one that reaches it.")
    elif site.settings.host in ("0.0.0.0", "::"):
        lines.insert(4, "  Reach    Every machine that reaches this one; --host 127.0.0.1 for this one only.")
    return "\n".join(lines)


def _has_screen() -> bool:
    """Whether opening a browser can work, and would be seen by the person at this terminal."""
    if not sys.stdout.isatty() or os.environ.get("CI"):
        return False
    return sys.platform in ("darwin", "win32") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
