"""Whether a file that is imported is a series by itself, and not a list of tasks."""

from __future__ import annotations

import re
import zlib
from pathlib import PurePosixPath

from tagma_timeseries.asking import Asking

_SEPARATORS = {"": ",", "comma": ",", "tab": "\t", "space": " ", "dot": "."}
_TABLES = (".csv", ".tsv", ".txt", ".gz")


def looks_like(asking: Asking, key: str, name: str, head: bytes) -> bool:
    """:param key: of the task's data; a table with such a column lists tasks."""
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, len(head))
        except zlib.error:
            return False
    text = head.decode("utf-8-sig", errors="replace").lstrip()
    wanted = [one for one in (*asking.columns, asking.time) if one]
    if text.startswith("{"):
        return bool(wanted) and all(re.search(rf"{re.escape(_quoted(one))}\s*:\s*\[", text) for one in wanted)
    if PurePosixPath(name).suffix.lower() not in _TABLES:
        return False
    line = text.partition("\n")[0].rstrip("\r")
    separator = _SEPARATORS.get(asking.sep, asking.sep)
    tried = (
        (",", "\t", ";", " ")
        if separator == "auto"
        else (separator, "\t")
        if name.lower().endswith(".tsv")
        else (separator,)
    )
    return any(_holds(line, one, wanted, key) for one in tried)


def _holds(line: str, separator: str, wanted: list[str], key: str) -> bool:
    """By name, or by number counted from 0."""
    cells = [cell.strip().strip('"').lower() for cell in line.split(separator)]
    if key.lower() in cells:
        return False
    return all(one.lower() in cells or (one.isdecimal() and int(one) < len(cells)) for one in wanted)


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
