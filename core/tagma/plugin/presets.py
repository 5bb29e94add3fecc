"""Ready labeling set-ups that plugins bring: ``presets/<name>/`` with these files.

==============  ====================================================================================================
config.xml      the labeling config
sample.json     a list of tasks, ``[{"data": {…}}]``; a value that is the name of a file in the folder stands for it
preset.toml     ``title``, ``group``, ``description``, ``order``; a table like ``[zh-Hant]`` translates them
other files     pictures and the like, named by sample.json
==============  ====================================================================================================

The address of a file is the server's business (it changes with the version), so samples hold bare file names and
whoever shows or imports them says where the files are: :meth:`Preset.tasks`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

_OWN_FILES = {"config.xml", "sample.json", "preset.toml"}


@dataclass(frozen=True)
class Preset:
    plugin: str
    name: str
    title: str
    group: str
    description: str
    order: int
    xml: str
    sample: list[dict[str, Any]]
    """Tasks as written in sample.json, with bare file names."""
    folder: Path
    translations: dict[str, dict[str, str]] = field(default_factory=dict)

    @cached_property
    def files(self) -> dict[str, Path]:
        """The media the sample names: file name -> path."""
        return {
            file.name: file
            for file in sorted(self.folder.iterdir())
            if file.name not in _OWN_FILES and file.is_file()
        }

    def text(self, key: str, language: str = "en") -> str:
        """``title``, ``group`` or ``description`` in ``language``, else in English."""
        return str(self.translations.get(language, {}).get(key) or getattr(self, key))

    def tasks(self, url: Callable[[str], str]) -> list[dict[str, Any]]:
        """The sample with every bare file name replaced by ``url(file name)``."""
        return [_replaced(task, self.files, url) for task in self.sample]


def read_preset(plugin: str, folder: Path) -> Preset:
    """:raises ValueError: with what is wrong in which file."""
    xml = _text(folder / "config.xml")
    about = tomllib.loads(_text(folder / "preset.toml")) if (folder / "preset.toml").exists() else {}
    sample: Any = []
    if (folder / "sample.json").exists():
        try:
            sample = json.loads(_text(folder / "sample.json"))
        except ValueError as fault:
            raise ValueError(f"sample.json is no JSON: {fault}") from None
    if not isinstance(sample, list) or not all(
        isinstance(task, dict) and isinstance(task.get("data"), dict) for task in sample
    ):
        raise ValueError('sample.json must be a list of tasks like {"data": {…}}')
    return Preset(
        plugin=plugin,
        name=folder.name,
        title=str(about.get("title") or folder.name.replace("_", " ").replace("-", " ").capitalize()),
        group=str(about.get("group") or plugin.capitalize()),
        description=str(about.get("description", "")),
        order=int(about.get("order", 100)),
        xml=xml,
        sample=sample,
        folder=folder,
        translations={key: value for key, value in about.items() if isinstance(value, dict)},
    )


def preset_folders(package: Path) -> list[Path]:
    """The folders of a plugin's package that hold a preset."""
    root = package / "presets"
    return (
        sorted(folder for folder in root.iterdir() if (folder / "config.xml").is_file())
        if root.is_dir()
        else []
    )


def _text(file: Path) -> str:
    return file.read_text("utf-8")


def _replaced(value: Any, files: dict[str, Path], url: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return url(value) if value in files else value
    if isinstance(value, list):
        return [_replaced(item, files, url) for item in value]
    if isinstance(value, dict):
        return {key: _replaced(item, files, url) for key, item in value.items()}
    return value
