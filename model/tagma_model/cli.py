"""The command ``tagma-model``: begin a model, serve it, check what it answers."""

from __future__ import annotations

import logging
import os
import shutil
import socket
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from tagma_model import __version__
from tagma_model.errors import ModelError

FOLDER = click.Path(path_type=Path, file_okay=False)


class Verbs(click.Group):
    """A fault that we have words for is a sentence on the terminal, never a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModelError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="tagma-model %(version)s")
def main() -> None:
    """Wrap a model, so that a labeling server shows its suggestions and it learns from what people do."""


def _example(*lines: str) -> str:
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


@main.command(epilog=_example("tagma-model init mood"))
@click.argument("folder", metavar="DIR", type=FOLDER)
def init(folder: Path) -> None:
    """Write a small model that works into the folder DIR."""
    there = [name for name in ("model.py", "config.xml") if (folder / name).exists()]
    if there:
        raise ModelError(
            f"{folder / there[0]} is there already.", "Name another folder; nothing was written."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with as_file(files("tagma_model") / "template") as template:
            for name in ("model.py", "config.xml"):
                shutil.copyfile(template / name, folder / name)
    except OSError as error:
        raise ModelError(f"{folder} can't be written: {error.strerror}.") from error
    click.echo(
        f"Wrote {folder / 'model.py'}, the model, and {folder / 'config.xml'}, the labeling config it is for."
    )
    click.echo(f"Now: tagma-model check {folder}")


@main.command(epilog=_example("tagma-model start mood", "tagma-model start mood --host 0.0.0.0 --port 9091"))
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option(
    "--port", default=9090, show_default=True, type=click.IntRange(0, 65535), help="0 for any free one."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="0.0.0.0 to be reached from other machines."
)
@click.option("--user", default="", help="Whom to let in; the password stands in TAGMA_MODEL_PASSWORD.")
@click.option("--data-dir", type=FOLDER, help="Where projects keep what was learned. [DIR/data]")
@click.option("--reload", is_flag=True, help="Start anew when a file in DIR changes; while you write.")
def start(folder: Path, port: int, host: str, user: str, data_dir: Path | None, reload: bool) -> None:
    """Serve the model in the folder DIR."""
    import uvicorn

    from tagma_model.app import make_app
    from tagma_model.loading import load_class

    password = os.environ.get("TAGMA_MODEL_PASSWORD", "")
    if user and not password:
        raise ModelError("--user needs a password.", "Set TAGMA_MODEL_PASSWORD.")
    kind = load_class(folder)
    logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("httpx2").setLevel("WARNING")
    door = _listen(host, port)
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{door.getsockname()[1]}"
    click.echo(f"{kind.__name__} is ready: {address}")
    click.echo("Connect it in a project: Settings, Models. Stop it with Ctrl+C.")
    app: Any = make_app(kind, data_dir or folder / "data", user, password)
    if reload:
        os.environ |= {
            "TAGMA_MODEL_DIR": str(folder),
            "TAGMA_MODEL_DATA": str(data_dir or folder / "data"),
            "TAGMA_MODEL_USER": user,
        }
        app = "tagma_model.app:from_environment"
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        factory=reload,
        reload=reload,
        reload_dirs=[str(folder)] if reload else None,
    )
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        if reload:
            from uvicorn.supervisors import ChangeReload

            ChangeReload(config, target=server.run, sockets=[door]).run()
        else:
            server.run(sockets=[door])


@main.command(
    epilog=_example(
        "tagma-model check mood",
        "tagma-model check mood --url http://localhost:8080/projects/3",
        "tagma-model check http://localhost:9090 --config config.xml",
    )
)
@click.argument("model", metavar="DIR|ADDRESS")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The labeling config to check it with. [DIR/config.xml]",
)
@click.option(
    "--tasks",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Tasks in JSON to send. [DIR/tasks.json, else samples made from the config]",
)
@click.option(
    "--url", metavar="PROJECT", multiple=True, help="A project of a labeling server to take both from."
)
@click.option(
    "--token", envvar=["TAGMA_TOKEN", "LABEL_STUDIO_API_KEY"], default="", help="For --url. [$TAGMA_TOKEN]"
)
def check(model: str, config: Path | None, tasks: Path | None, url: tuple[str, ...], token: str) -> None:
    """Send sample tasks to a model, in the folder DIR or served at ADDRESS, and judge every result it answers."""
    from tagma_model.checking import check_model
    from tagma_model.samples import cases

    faults = 0
    for case in cases(None if "://" in model else Path(model), config, tasks, url, token):
        for line in (found := check_model(model, case)).lines:
            click.echo(line)
        faults += found.faults
    if faults:
        raise click.ClickException(f"{faults} {'fault' if faults == 1 else 'faults'}.")
    click.echo("Good: every result fits.")


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.socket(family)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen(2048)  # so that who reads "is ready" may come at once
        door.set_inheritable(True)
    except OSError as error:
        door.close()
        raise ModelError(
            f"Port {port} of {host} can't be listened on: {error.strerror or error}.",
            "Give another one with --port.",
        ) from error
    return door
