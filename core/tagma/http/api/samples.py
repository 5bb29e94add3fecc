"""Made-up data that labeling configs of the field point at for their preview: a series of numbers, a dialogue."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field
from starlette.responses import Response

from tagma.errors import InvalidInput
from tagma.http.op import Call, Routes

routes = Routes("samples")

_POINTS = 500
_MOST_COLUMNS = 50
_BEGIN = datetime(2020, 3, 12, tzinfo=UTC)
_SEPARATORS = {"dot": ".", "comma": ",", "tab": "\t", "space": " ", "\\t": "\t"}
_TALK = (
    ("Ada", "Has anybody looked at the recording from Tuesday?"),
    ("Ben", "I have. The first minute is silent, then somebody laughs."),
    ("Ada", "So where would you set the mark?"),
    ("Ben", "At the laugh. Before it there is nothing to hear."),
    ("Chen", "Then the silence has to be a region of its own."),
)


class SeriesQuery(BaseModel):
    time: str = Field("", max_length=200)
    values: str = Field("", max_length=5000)
    """Names of columns, with commas; numbers make a file without a head."""
    sep: str = Field(",", max_length=10)
    tf: str = Field("", max_length=100)
    """How moments are written, in the words of strftime; numbers without it."""


class TalkQuery(BaseModel):
    nameKey: str = Field("author", max_length=200)
    textKey: str = Field("text", max_length=200)


@routes.op("GET", "/samples/time-series.csv", summary="A made-up series", errors=(400,), anonymous=True)
async def time_series(call: Call, query: SeriesQuery) -> Response:
    separator = _SEPARATORS.get(query.sep, query.sep)
    if len(separator) != 1 or separator in '\r\n"':
        words = "A separator is one character, or one of dot, comma, tab and space."
        raise InvalidInput("Validation error", {"sep": [words]})
    names = [name for name in query.values.split(",") if name] or ["value"]
    headless = all(name.isascii() and name.isdecimal() for name in (query.time, *names))
    if headless:
        names = [str(number) for number in range(1, 1 + max(int(name[:4]) for name in names))]
    if len(names) > _MOST_COLUMNS:
        words = f"At most {_MOST_COLUMNS} columns are made up; these are {len(names)}."
        raise InvalidInput("Validation error", {"values": [words]})
    out = io.StringIO()
    rows = csv.writer(out, delimiter=separator, lineterminator="\n")
    if not headless:
        rows.writerow([*([query.time] if query.time else []), *names])
    for point in range(_POINTS):
        waves = (round(math.sin(point / (9 + 4 * place)) * (1 + place), 4) for place in range(len(names)))
        rows.writerow([*([_moment(point, query.tf)] if query.time else []), *waves])
    headers = {"Content-Disposition": 'attachment; filename="time-series.csv"'}
    return Response(out.getvalue(), media_type="text/csv", headers=headers)


def _moment(point: int, form: str) -> str | int:
    if not form:
        return point
    step = timedelta(days=1) if "%H" not in form else timedelta(seconds=1)
    try:
        return (_BEGIN + point * step).strftime(form)
    except ValueError as error:
        raise InvalidInput("Validation error", {"tf": [f"No moment can be written so: {error}."]}) from error


@routes.op("GET", "/samples/paragraphs.json", summary="A made-up dialogue", anonymous=True)
async def paragraphs(call: Call, query: TalkQuery) -> list:
    return [{query.nameKey: name, query.textKey: text} for name, text in _TALK]
