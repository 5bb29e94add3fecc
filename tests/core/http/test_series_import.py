"""Files of series that are imported: they are what the project shows, while lists of tasks stay lists."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pytest

pytestmark = pytest.mark.needs("timeseries", "formats")

CONFIG = """<View><TimeSeriesLabels name="label" toName="ts"><Label value="Run"/></TimeSeriesLabels>
<TimeSeries name="ts" value="$csv" timeColumn="time"><Channel column="speed"/></TimeSeries></View>"""
TABLE = b"time,speed\n1,2\n2,3\n"


def parquet() -> bytes:
    from arro3.core import Array, DataType, Table
    from arro3.io import write_parquet

    out = io.BytesIO()
    kind = DataType.float64()
    write_parquet(Table.from_pydict({"time": Array([1, 2], kind), "speed": Array([3, 4], kind)}), out)
    return out.getvalue()


def sent(client: Any, name: str, body: bytes, config: str = CONFIG) -> list[dict[str, Any]]:
    """The data of the tasks that a file makes."""
    project = client.post("/api/projects/", json={"title": "Series", "label_config": config}).json()["id"]
    answer = client.post(f"/api/projects/{project}/import", files={"file": (name, body)})
    assert answer.status_code == 201, answer.text
    found = client.get(f"/api/tasks/?project={project}&fields=all").json()["tasks"]
    return [task["data"] for task in found]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("walk.csv", TABLE),
        ("walk.CSV", b'\xef\xbb\xbf"Time","Speed","other"\r\n1,2,3\r\n'),
        ("walk.json", b'{"time": [1, 2], "speed": [3, 4]}'),
        ("walk.csv.gz", gzip.compress(TABLE, mtime=0)),
        ("walk.csv", TABLE.decode().encode("utf-16")),
        ("rows.json", b'[{"time": 1, "speed": 2}, {"time": 2, "speed": 3}]'),
        ("semicolons.csv", b"time;speed\n1,5;2,5\n"),
        ("less.csv", b"clock,speed\n1,2\n"),
        ("walk.parquet", parquet()),
    ],
)
def test_a_table_with_the_channels_is_one_task(client: Any, name: str, body: bytes) -> None:
    [data] = sent(client, name, body)
    assert data["csv"].startswith("/data/upload/")


def test_columns_named_by_numbers_are_counted(client: Any) -> None:
    config = CONFIG.replace('timeColumn="time"', 'timeColumn="0"').replace("speed", "1")
    [data] = sent(client, "bare.csv", b"1,2\n2,3\n", config)
    assert data["csv"].startswith("/data/upload/")


def test_a_table_with_the_tasks_key_lists_tasks(client: Any) -> None:
    body = b"csv,time,speed\nhttps://example.com/a.csv,1,2\nhttps://example.com/b.csv,1,2\n"
    found = sent(client, "list.csv", body)
    assert [data["csv"] for data in found] == ["https://example.com/a.csv", "https://example.com/b.csv"]
