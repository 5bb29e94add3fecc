"""Whether a file that is imported is a series by itself, and not a list of tasks."""

from __future__ import annotations

import csv
import re
import zlib
from pathlib import Path, PurePosixPath

from tagma.plugin import SourceFile
from tagma_timeseries.asking import Asking
from tagma_timeseries.plain import encoding_of

_TABLES = (".csv", ".tsv", ".txt", ".gz", ".tab", ".dat")
_SEPARATORS = {"": ",", "comma": ",", "tab": "\t", "space": " ", "dot": "."}
_LISTS = re.compile(r'"((?:[^"\\]|\\.)+)"\s*:\s*\[')  # of an object of lists
_ROW = re.compile(r"\[\s*(\{[^{}\[\]]*\})")  # of a list of plain objects
_KEY = re.compile(r'"((?:[^"\\]|\\.)+)"\s*:')


def is_series(asking: Asking, key: str, file: SourceFile, head: bytes) -> bool:
    """Whether one of the channels is there: which others are missing is said when it is read.

    :param key: of the task's data; what has such a column lists tasks.
    """
    if head.startswith(b"PAR1"):
        return _has(_of_parquet(file.path), asking, key)
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, len(head))
        except zlib.error:
            return False
    text = head.decode(encoding_of(head) or "utf-8", errors="replace").lstrip()
    if text.startswith("{"):
        return _has(_LISTS.findall(text), asking, key)
    if text.startswith("["):
        row = _ROW.match(text)
        return row is not None and _has(_KEY.findall(row[1]), asking, key)
    if PurePosixPath(file.name).suffix.lower() not in _TABLES:
        return False
    line = text.partition("\n")[0].rstrip("\r")
    return any(
        _has(_cells(line, one), asking, key) for one in {*",;\t|", _SEPARATORS.get(asking.sep, asking.sep)}
    )


def _has(names: list[str], asking: Asking, key: str) -> bool:
    """By name, or all by numbers counted from 0."""
    known = {name.lower() for name in names}
    if not known or key.lower() in known:
        return False
    numbers = [int(one) for one in asking.columns if one.isdecimal()]
    if len(numbers) == len(asking.columns) > 0 and max(numbers) < len(names):
        return True
    return any(one.lower() in known for one in asking.columns)


def _cells(line: str, separator: str) -> list[str]:
    if len(separator) != 1:
        return []
    try:
        rows = list(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return []
    return [cell.strip() for row in rows for cell in row]


def _of_parquet(path: Path) -> list[str]:
    from arro3.io import read_parquet

    try:
        return [field.name for field in read_parquet(path).schema]
    except BaseException as error:
        # What the library's author did not foresee comes as a PanicException, which is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        return []  # whoever imports it says what is wrong with it
