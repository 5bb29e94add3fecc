"""What a model is checked with: a labeling config and tasks, from files, from a project, or made up."""

from __future__ import annotations

import base64
import copy
import json
import re
import struct
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagma_model.config import Config
from tagma_model.errors import ModelError
from tagma_model.judge import Judge
from tagma_model.labeling_server import LabelingServer

_PROJECT = re.compile(r"(https?://.+?)/(?:api/)?projects/(\d+)(?:[/?#].*)?")
_FROM_A_PROJECT = 10


@dataclass
class Case:
    """One labeling config with tasks to send.

    :param address: of the labeling server they come from; "" if they were made up.
    """

    title: str
    xml: str
    tasks: list[dict[str, Any]]
    judge: Judge
    project: str = "1"
    address: str = ""
    token: str = ""
    annotated: list[dict[str, Any]] = field(default_factory=list)
    """Tasks with annotations to learn from, if there is no labeling server to ask."""


def cases(
    folder: Path | None, config: Path | None, tasks: Path | None, urls: Sequence[str], token: str
) -> Iterator[Case]:
    """:param folder: of the model, whose ``config.xml`` and ``tasks.json`` stand in for what is not named."""
    if urls:
        if config:
            raise ModelError("--config and --url both name a labeling config.", "Leave one of them out.")
        for url in urls:
            yield _of_project(url, token, _read_tasks(tasks) if tasks else None)
        return
    own = folder / "config.xml" if folder else None
    if config is None:
        if own is None or not own.is_file():
            where = f"{folder} has no config.xml" if folder else "A served model brings no labeling config"
            raise ModelError(f"{where}.", "Name one: --config FILE, or --url of a project.")
        config = own
        if tasks is None and folder and (folder / "tasks.json").is_file():
            tasks = folder / "tasks.json"
    xml = _text(config)
    judge = Judge(xml)
    annotated = _annotated(xml, judge)
    given = (
        _read_tasks(tasks)
        if tasks
        else [{**task, "annotations": [], "predictions": []} for task in annotated[:3]]
    )
    yield Case(
        config.name,
        xml,
        given,
        judge,
        annotated=[task for task in given if task.get("annotations")] or annotated,
    )


def _of_project(url: str, token: str, tasks: list[dict[str, Any]] | None) -> Case:
    found = _PROJECT.fullmatch(url)
    if not found:
        raise ModelError(f"{url} is no address of a project.", "It ends in /projects/ and a number.")
    address, number = found[1], found[2]
    with tempfile.TemporaryDirectory() as folder:
        server = LabelingServer(address, token, Path(folder))
        project = server.get(f"/api/projects/{number}/")
        if tasks is None:
            tasks = server.get(f"/api/tasks/?project={number}&page_size={_FROM_A_PROJECT}&fields=all").get(
                "tasks", []
            )
    if not tasks:
        raise ModelError(
            f"{url} has no tasks to try the model on.", "Import some, or name a file with --tasks."
        )
    xml = project.get("label_config") or ""
    return Case(url, xml, tasks, Judge(xml), number, address, token)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{file} can't be read: {error}.", "It must be a text in UTF-8.") from error


def _read_tasks(file: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(_text(file))
    except ValueError as error:
        raise ModelError(f"{file} is no JSON: {error}.") from error
    if not isinstance(found, list) or not found or not all(isinstance(task, dict) for task in found):
        raise ModelError(f"{file} holds no tasks.", 'It must be a list like [{"data": {"text": "…"}}].')
    whole = [task if isinstance(task.get("data"), dict) else {"data": task} for task in found]
    return [
        {"id": number, "annotations": [], "predictions": [], **task} for number, task in enumerate(whole, 1)
    ]


def _annotated(xml: str, judge: Judge) -> list[dict[str, Any]]:
    """Six tasks made up, whose annotations use one label after another."""
    sample = judge.sample()
    offered = {control.name: control.words for control in Config(xml).controls.values()}
    tasks = []
    for number in range(6):
        task = copy.deepcopy(sample)
        for result in task["annotations"][0]["result"]:
            words = offered.get(result["from_name"]) or []
            for key, chosen in result["value"].items():
                if words and chosen == [words[0]]:
                    result["value"][key] = [words[number % len(words)]]
        data = {key: _picture() if _is_svg(value) else value for key, value in task["data"].items()}
        tasks.append({**task, "id": number + 1, "data": data, "predictions": []})
    return tasks


def _is_svg(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("data:image/svg")


def _picture(width: int = 160, height: int = 100) -> str:
    """A PNG of a disc on light ground as an address in itself: libraries of vision read no SVG."""
    rows = b"".join(
        b"\0"
        + b"".join(
            b"\xe2\xa0\x4a" if (x - 60) ** 2 + (y - 55) ** 2 < 22**2 else b"\xcf\xe3\xf2"
            for x in range(width)
        )
        for y in range(height)
    )
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
