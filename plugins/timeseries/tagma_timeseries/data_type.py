"""Series: read once into columns, and shown through windows sized to the screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from tagma.errors import ImportFailed, InvalidInput, did_you_mean
from tagma.plugin import DataType
from tagma.plugin.data_types import Made
from tagma_timeseries.asking import Asking, listed

_WIDEST = 8192  # buckets in one window


class TimeSeries(DataType):
    """CSV, TSV, JSON and Parquet, packed with gzip too.

    ``series`` is the file by columns (:mod:`tagma_timeseries.series`), read as the parameters say: ``channels``, a JSON list
    of columns, ``timeColumn``, ``timeFormat`` and ``sep``. With the same parameters the window ``head`` is its head as JSON, and
    ``window`` what lies between ``from`` and ``to``, in about ``width`` buckets, of the ``columns`` named in a JSON list.
    """

    name = "timeseries"
    suffixes = ()
    derivations = {"series": "application/octet-stream"}

    def probe(self, file: Path) -> dict[str, Any]:
        return {"bytes": file.stat().st_size}

    def derive(
        self, file: Path, kind: str, params: Mapping[str, str], out: Path, tell: Callable[[float], None]
    ) -> None:
        from tagma_timeseries import documents
        from tagma_timeseries.plain import plain
        from tagma_timeseries.tables import NotPlain, Table

        asking = Asking.of_params(params)
        with file.open("rb") as stream:
            mark = stream.read(4)
        if mark == b"PAR1":
            header, dates, batches = documents.parquet_batches(file, file.name, asking)
            return _write(asking, header, dates, batches, out, file, file.name, tell)
        with plain(file, out) as text:
            if mark.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
                header, dates, batches = documents.json_batches(text, file.name, asking)
                return _write(asking, header, dates, batches, out, text, file.name, tell)
            table = Table.open(text, file.name, asking)
            try:
                _write(asking, table.header, table.dates, table.quickly(), out, text, file.name, tell)
            except NotPlain:
                _write(asking, table.header, table.dates, table.carefully(), out, text, file.name, tell)

    def window(self, kind: str, params: Mapping[str, str], made: Made) -> tuple[bytes, str] | None:
        from tagma_timeseries.series import Series

        if kind not in ("head", "window"):
            return None
        asking = Asking.of_params(params)
        series = Series(made("series", asking.params()))
        if kind == "head":
            return orjson.dumps(series.head), "application/json"
        names = listed(params, "columns") or list(asking.columns)
        for name in names:
            if name not in series.names:
                hint = did_you_mean(name, series.names)
                words = f'The column "{name}" is none of the channels.'
                raise InvalidInput(words, {"columns": [words]}, hint=hint)
        begin, end, width = (_number(params, name) for name in ("from", "to", "width"))
        if not 1 <= width <= _WIDEST:
            words = f"width must be between 1 and {_WIDEST}, not {width:g}."
            raise InvalidInput(words, {"width": [words]})
        return series.window(names, begin, end, int(width)), "application/octet-stream"


def _write(
    asking: Asking,
    header: list[str],
    dates: bool,
    batches: Iterable[Any],
    out: Path,
    text: Path,
    name: str,
    tell: Callable[[float], None],
) -> None:
    from tagma_timeseries import columns
    from tagma_timeseries.series import Columns

    time, places = columns.places(asking, header, name)
    names = [(column, header[at]) for column, at in zip(asking.columns, places, strict=True)]
    unit = "row" if time is None else "date" if dates else "number"
    expected = max(text.stat().st_size / (12 * max(len(header), 1)), 1)  # rows, roughly
    with Columns(out, names, unit) as series:
        for batch in batches:
            series.add(batch)
            tell(min(series.rows / expected, 1) * 0.7)
        if not series.rows:
            raise ImportFailed(f"{name} holds no rows.", hint="Leave it out, or export it again.", file=name)
        series.finish(tell)


def _number(params: Mapping[str, str], name: str) -> float:
    try:
        found = float(params.get(name, ""))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        words = f'"{name}" must be a number, not {params.get(name, "")!r}.'
        raise InvalidInput(words, {name: [words]})
    return found
