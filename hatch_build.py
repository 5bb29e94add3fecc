"""The root distribution depends on the core and on every plugin whose folder is here, so that a folder may be taken away."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Bundle(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        plugins = sorted(Path(self.root, "plugins").glob("*/pyproject.toml"))
        names = [tomllib.loads(file.read_text())["project"]["name"] for file in plugins]
        metadata["dependencies"] = ["tagma-core", *names]
