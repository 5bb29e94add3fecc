"""What a tag wants of a file: which columns, which of them is the time, and how the file is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from tagma.errors import InvalidInput
from tagma.plugin import Node


@dataclass(frozen=True)
class Asking:
    """``columns`` and ``time`` are names, or numbers counted from 0; without ``time`` the rows are counted."""

    columns: tuple[str, ...]
    time: str = ""
    format: str = ""
    sep: str = ","

    @classmethod
    def of_node(cls, node: Node) -> Asking:
        """What a TimeSeries will ask for: each column once, as the config names them."""
        columns = [child.raw("column") or "" for child in node.walk() if child.tag == "Channel"]
        time, written, sep = (node.raw(name) or "" for name in ("timeColumn", "timeFormat", "sep"))
        return cls(tuple(dict.fromkeys(filter(None, columns))), time, written, sep or ",")

    @classmethod
    def of_params(cls, params: Mapping[str, str]) -> Asking:
        """:raises InvalidInput: ``channels`` is no JSON list of texts."""
        columns = listed(params, "channels")
        if not columns:
            raise InvalidInput("channels must name a column at least.", {"channels": ["Name a column."]})
        time, written = params.get("timeColumn", ""), params.get("timeFormat", "")
        return cls(tuple(columns), time, written, params.get("sep") or ",")

    def params(self) -> dict[str, str]:
        """The one way to write it, so that what was made for an import is found by a page."""
        said = {"timeColumn": self.time, "timeFormat": self.format, "sep": self.sep}
        return {"channels": orjson.dumps(self.columns).decode(), **{k: v for k, v in said.items() if v}}


def listed(params: Mapping[str, str], name: str) -> list[str]:
    """A list of texts, written in JSON; empty if left out."""
    given = params.get(name, "[]")
    try:
        found = orjson.loads(given)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        words = f'"{name}" must be a JSON list of names, not {given[:80]}.'
        raise InvalidInput(words, {name: [words]})
    return found
