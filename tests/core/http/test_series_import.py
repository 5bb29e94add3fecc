"""Files of series that are imported: they are what the project shows, while lists of tasks stay lists."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

pytestmark = pytest.mark.needs("timeseries", "formats")

CONFIG = """<View><TimeSeriesLabels name="label" toName="ts"><Label value="Run"/></TimeSeriesLabels>
<TimeSeries name="ts" value="$csv" timeColumn="time"><Channel column="speed"/></TimeSeries></View>"""
TABLE = b"time,speed\n1,2\n2,3\n"


def sent(client: Any, name: str, body: bytes) -> list[dict[str, Any]]:
    """The data of the tasks that a file makes."""
    project = client.post("/api/projects/", json={"title": "Series", "label_config": CONFIG}).json()["id"]
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
        ("walk.csv.gz", gzip.compress(TABLE)),
    ],
)
def test_a_table_with_the_channels_is_one_task(client: Any, name: str, body: bytes) -> None:
    [data] = sent(client, name, body)
    assert data["csv"].startswith("/data/upload/")


def test_a_table_with_the_tasks_key_lists_tasks(client: Any) -> None:
    body = b"csv,time,speed\nhttps://example.com/a.csv,1,2\nhttps://example.com/b.csv,1,2\n"
    found = sent(client, "list.csv", body)
    assert [data["csv"] for data in found] == ["https://example.com/a.csv", "https://example.com/b.csv"]
