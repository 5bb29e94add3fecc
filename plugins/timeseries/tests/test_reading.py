"""Series from files of every kind: what is read, and what is said of files that can't be."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tagma.errors import ImportFailed
from tagma_timeseries.asking import Asking
from tagma_timeseries.data_type import TimeSeries

Read = Callable[..., "Found"]


class Found:
    """A series that was read, and windows of it."""

    def __init__(self, out: Path, asking: Asking) -> None:
        self.out, self.asking = out, asking
        self.head = json.loads(self.ask("head"))

    def ask(self, kind: str, **params: Any) -> bytes:
        said = {key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()}
        window = TimeSeries().window(kind, {**self.asking.params(), **said}, lambda *_: self.out)
        assert window is not None
        return window[0]

    def window(self, begin: float, end: float, width: int, *columns: str) -> tuple[bool, list[Any]]:
        """Whether rows were given, and times, then the parts of each column."""
        given = self.ask("window", **{"from": begin, "to": end, "width": width, "columns": columns})
        (length,) = struct.unpack("<I", given[:4])
        head = json.loads(given[4 : 4 + length])
        parts = np.frombuffer(given, np.float64, offset=4 + length).reshape(-1, head["points"])
        return head["raw"], list(parts)

    @property
    def rows(self) -> list[list[float]]:
        """All of them: time, then the columns."""
        span = self.head["time"]
        raw, parts = self.window(span["from"], span["to"], 8192)
        assert raw
        return np.stack(parts, axis=1).tolist()


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(
        content: str | bytes,
        columns: tuple[str, ...] = ("a",),
        time: str = "t",
        *,
        name: str = "rates.csv",
        **asking: str,
    ) -> Found:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        asked = Asking(columns, time, **asking)
        out = tmp_path / "made"
        TimeSeries().derive(file, "series", asked.params(), out, lambda part: None)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted({name, "made"}), "nothing is left"
        return Found(out, asked)

    return read


ROWS = [[0, 1.5], [1, 2.5], [2, -3]]


@pytest.mark.parametrize(
    ("content", "asking"),
    [
        ("t,a\n0,1.5\n1,2.5\n2,-3\n", {}),
        ("\ufefft,a\r\n0,1.5\r\n\r\n1,2.5\r\n2,-3\r\n", {}),
        ("t;a\n0;1,5\n1;2,5\n2;-3,0\n", {"sep": ";"}),
        ("t\ta\n0\t1.5\n1\t2.5\n2\t-3", {"sep": "tab"}),
        ("t\ta\n0\t1.5\n1\t2.5\n2\t-3", {"name": "rates.tsv"}),
        ("t  a\n0  1.5\n1  2.5\n2  -3", {"sep": "space"}),
        ("t|x|a\n0|b|1.5\n1|c|2.5\n2|d|-3", {"sep": "auto"}),
        ('"t","note","a"\n"0","one, two","1.5"\n"1","line\nbreak","2.5"\n2,,-3', {}),
        ("T, A \n0, 1.5\n1, 2.5\n2, -3\n", {}),
        ("t,a,,\n0,1.5,,\n1,2.5,,\n2,-3,,\n", {}),
        ("0,1.5\n1,2.5\n2,-3\n", {"time": "0", "columns": ("1",)}),
        ("time,value\n0,1.5\n1,2.5\n2,-3\n", {"time": "0", "columns": ("1",)}),
        ("t,a\n2,-3\n0,1.5\n1,2.5\n", {}),
        ("t,a °\n0,1.5\n1,2.5\n2,-3\n".encode("latin-1"), {"columns": ("1",)}),
        ("t,a\n0,1.5\n1,2.5\n2,-3\n".encode("utf-16"), {}),
        (gzip.compress(b"t,a\n0,1.5\n1,2.5\n2,-3\n", mtime=0), {"name": "rates.csv.gz"}),
        ('{"t": [0, 1, 2], "a": [1.5, "2.5", -3]}', {"name": "rates.json"}),
        (' [{"t": 0, "a": 1.5}, {"t": 1, "a": 2.5, "b": 1}, {"t": 2, "a": -3}]', {"name": "rates.json"}),
    ],
)
def test_what_people_write_is_read(read: Read, content: str | bytes, asking: dict[str, Any]) -> None:
    assert read(content, **asking).rows == ROWS


def test_without_a_time_rows_are_counted(read: Read) -> None:
    found = read("a\n5\n6\n7\n", time="")
    assert found.rows == [[0, 5], [1, 6], [2, 7]]
    assert found.head["time"] == {"from": 0, "to": 2, "unit": "row", "sorted": True, "repeated": 0}


MOMENT = 1773500966535.0  # 2026-03-14T15:09:26.535Z


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        (["2026-03-14T15:09:26.535"], ""),
        (["2026-03-14 15:09:26.535Z"], ""),
        (["2026-03-14T17:09:26.535+02:00", "2026-03-14T10:09:27.535-05:00"], ""),
        (["2026-03-14T17:09:26.535+0200", "2026-03-14T15:09:27.535"], ""),
        (["20260314T150926.535Z", "2026-03-14T15:09:27.535"], ""),
        (["14.03.2026 15:09:26.535"], "%d.%m.%Y %H:%M:%S.%L"),
        (["2026-03-14 15:09:26.535000"], "%Y-%m-%d %H:%M:%S.%f"),
        (["14 Mar 2026 15:09:26.535"], "%d %b %Y %H:%M:%S.%f"),
        (["3/14/2026 15:09:26.535"], "%-m/%-d/%Y %H:%M:%S.%L"),
        (["1773500966.535"], "%s"),
        (["1773500966535"], "%Q"),
    ],
)
def test_moments_are_milliseconds_however_they_are_written(
    read: Read, texts: list[str], written: str
) -> None:
    content = "t;a\n" + "\n".join(f"{text};{place}" for place, text in enumerate(texts))
    found = read(content, sep=";", format=written)
    assert [row[0] for row in found.rows] == [MOMENT + 1000 * place for place in range(len(texts))]
    assert found.head["time"]["unit"] == "date"


def test_days_before_1970_and_leap_days_are_right(read: Read) -> None:
    found = read("t,a\n1969-12-31,1\n2024-02-29,2\n", format="%Y-%m-%d")
    assert [row[0] for row in found.rows] == [-86_400_000, 1709164800000]


def test_gaps_are_gaps_and_infinity_is_no_value(read: Read) -> None:
    found = read("t,a\n0,\n1,NaN\n2,n/a\n3,inf\n4,7\n")
    assert np.isnan([row[1] for row in found.rows]).tolist() == [True, True, True, True, False]
    [column] = found.head["columns"]
    assert column == {"name": "a", "title": "a", "min": 7, "max": 7, "gaps": 4}


def test_nan_as_python_writes_it_in_json_is_a_gap(read: Read) -> None:
    found = read('{"t": [0, 1, 2], "a": [NaN, 2, Infinity]}')
    assert found.head["columns"][0] == {"name": "a", "title": "a", "min": 2, "max": 2, "gaps": 2}


def test_times_may_be_as_large_as_numbers_get(read: Read) -> None:
    found = read("t,a\n1e308,1\n-1e308,2\n")
    assert [row[0] for row in found.rows] == [-1e308, 1e308]
    assert not found.head["time"]["sorted"]


def test_times_that_repeat_are_counted_and_disorder_is_told(read: Read) -> None:
    found = read("t,a\n1,1\n0,2\n1,3\n")
    assert found.rows == [[0, 2], [1, 1], [1, 3]]
    assert (found.head["time"]["sorted"], found.head["time"]["repeated"]) == (False, 1)


@pytest.mark.parametrize("kind", ["number", "date", "text"])
def test_parquet_is_read_with_its_own_types(read: Read, tmp_path: Path, kind: str) -> None:
    from arro3.core import Array, DataType, Table
    from arro3.io import write_parquet

    moments = Array([0, 1000, 2000], DataType.int64())
    times = {
        "number": moments,
        "date": moments.cast(DataType.timestamp("ms")),
        "text": Array([f"1970-01-01T00:00:0{second}" for second in range(3)], DataType.utf8()),
    }[kind]
    file = tmp_path / "made.parquet"
    write_parquet(Table.from_pydict({"t": times, "a": Array([1, None, 3], DataType.int32())}), file)
    content = file.read_bytes()
    file.unlink()
    found = read(content, name="rates.parquet")
    assert [row[0] for row in found.rows] == [0, 1000, 2000]
    assert found.head["columns"][0]["gaps"] == 1
    assert found.head["time"]["unit"] == ("number" if kind == "number" else "date")


@pytest.mark.parametrize(
    ("content", "asking", "said", "where"),
    [
        ("", {}, "rates.csv is empty.", {}),
        ("  \n\n", {}, "rates.csv is empty.", {}),
        ("t,a\n", {}, "rates.csv has a header and no rows.", {}),
        (b"\x89PNG\r\n\x1a\n\0\0\0", {}, "rates.csv is no text", {}),
        (
            "t,a\n0,1\n1,fast\n",
            {},
            'Line 3 of rates.csv has "fast" in the column "a", which is no number.',
            {"line": 3, "field": "a"},
        ),
        (
            "t,a\nsoon,1\n",
            {},
            'Line 2 of rates.csv has "soon" in the column "t", which is no time.',
            {"line": 2, "field": "t"},
        ),
        ("t,a\n0,1\n,2\n", {}, 'Line 3 of rates.csv has nothing in the column "t"', {"line": 3}),
        ("t,a\n2026-03-14,1\n,2\n", {}, 'Line 3 of rates.csv has nothing in the column "t"', {"line": 3}),
        (
            "t,a\n2026-03-14,1\n12:30,2\n",
            {},
            'Line 3 of rates.csv has "12:30" in the column "t"',
            {"line": 3},
        ),
        ('{"t": [0, 1], "a": [[1], [2]]}', {}, 'Row 1 of rates.csv has [1] in the column "a"', {"row": 1}),
        ("t,a\n0,1\n1,2,3\n", {}, "Line 3 of rates.csv has 3 cells, but there are 2 columns.", {"line": 3}),
        ("t,a\n0,1\n1\n", {}, "Line 3 of rates.csv has 1 cell, but there are 2 columns.", {"line": 3}),
        (
            "t,speed\n0,1\n",
            {"columns": ("sped",)},
            'rates.csv has no column "sped" for a channel. It has "t", "speed".',
            {"field": "sped"},
        ),
        (
            "t,a,a\n0,1,2\n",
            {},
            'rates.csv has the column "a" more than once: columns 2 and 3.',
            {"field": "a"},
        ),
        ("t;a\n0;1\n", {}, "rates.csv is one column if separated by ','", {"field": "sep"}),
        ("t,a\n0,1\n", {"sep": "::"}, 'sep="::" is no separator.', {"field": "sep"}),
        (
            "t,a\n14/03/2026,1\n",
            {"format": "%Y-%m-%d"},
            "which is not written as %Y-%m-%d, like 2026-03-14.",
            {"line": 2},
        ),
        ("t,a\n2026-02-30,1\n", {"format": "%Y-%m-%d"}, '"2026-02-30"', {"line": 2}),
        ('{"t": [0, 1], "a": [1]}', {}, 'The columns of rates.csv are not equally long: "t" 2, "a" 1.', {}),
        ('{"t": [0, 1], "a": [1', {}, "rates.csv is no JSON", {"line": 1}),
        (
            '[{"t": 0, "a": 1}, {"t": 1, "a": {}}]',
            {},
            'Row 2 of rates.csv has {} in the column "a"',
            {"row": 2},
        ),
        ("[1, 2]", {}, "rates.csv is no series.", {}),
        ("<!DOCTYPE html><p>Sign in</p>", {}, "rates.csv is a web page or XML.", {}),
        (b"PK\x03\x04\0\0", {}, "rates.csv is a spreadsheet or a zip.", {}),
        ("# by a logger\nt,a\n0,1\n", {}, "rates.csv begins with a remark", {"line": 1}),
        (
            gzip.compress(b"t,a\n0,1\n", mtime=0)[:-6],
            {},
            "rates.csv is packed with gzip, but can't be unpacked",
            {},
        ),
        (b"PAR1 and then nothing", {}, "rates.csv is no whole Parquet file", {}),
    ],
)
def test_what_can_not_be_read_is_told_by_line_and_column(
    read: Read, content: str | bytes, asking: dict[str, Any], said: str, where: dict[str, Any]
) -> None:
    with pytest.raises(ImportFailed) as refused:
        read(content, **asking)
    assert said in refused.value.message
    assert {"file": "rates.csv", **where}.items() <= refused.value.where.items()
    assert refused.value.hint


def test_a_fault_far_down_is_found_too(read: Read) -> None:
    rows = [f"{n},{n}" for n in range(200_000)]
    rows[150_000] = "150000,here"
    with pytest.raises(ImportFailed, match=r'Line 150002 of rates.csv has "here"'):
        read("t,a\n" + "\n".join(rows))


def test_thousands_of_columns_cost_no_more_than_the_ones_in_question(read: Read) -> None:
    names = [f"c{n}" for n in range(5000)]
    row = ",".join(map(str, range(5000)))
    found = read(f"{','.join(names)}\n{row}\n{row}\n", ("c4999", "c7"), "")
    assert found.rows == [[0, 4999, 7], [1, 4999, 7]]
    with pytest.raises(ImportFailed, match="and 4988 more"):
        read(f"{','.join(names)}\n{row}\n", ("other",), "")


def test_windows_lose_no_peak_and_lead_out_of_sight(read: Read) -> None:
    values = np.sin(np.arange(300_000) / 500)
    values[123_456] = 40
    values[200_001] = -50
    found = read("a\n" + "\n".join(map(repr, values.tolist())), time="")
    assert found.head["levels"] == [64, 512, 4096]
    for begin, end, width in (
        (0, 299_999, 700),
        (100_000, 250_000, 300),
        (120_000, 201_000, 5000),
        (123_000, 201_000, 8000),
    ):
        raw, (times, low, high) = found.window(begin, end, width, "a")
        assert not raw
        assert (high.max(), low.min()) == (40, -50)
        assert times[0] <= begin
        assert width / 2 <= len(times) <= 2 * width + 2
        assert (np.diff(times) > 0).all()
    raw, (times, exact) = found.window(123_450, 123_460, 700)
    assert raw
    assert times.tolist() == list(range(123_449, 123_462))
    assert exact[7] == 40


def test_a_window_is_asked_for_in_numbers_and_known_columns(read: Read) -> None:
    from tagma.errors import InvalidInput

    found = read("t,a\n0,1\n1,2\n")
    for params, said in [
        ({"from": "x", "to": 1, "width": 5}, '"from" must be a number'),
        ({"from": 0, "to": "inf", "width": 5}, '"to" must be a number'),
        ({"from": 0, "to": 1, "width": 0}, "width must be between 1 and 8192"),
        ({"from": 0, "to": 1, "width": 10, "columns": ["b"]}, 'The column "b" is none of the channels.'),
        ({"from": 0, "to": 1, "width": 10, "columns": "a"}, '"columns" must be a JSON list'),
        ({"channels": "[]"}, "channels must name a column"),
    ]:
        with pytest.raises(InvalidInput, match=said):
            found.ask("window", **params)
    raw, parts = found.window(5, 9, 10)
    assert raw
    assert parts[0].tolist() == [1], "the last before the sight"
