"""Made-up data for previews."""

from __future__ import annotations

import csv
import io

import pytest
from starlette.testclient import TestClient

PATH = "/samples/time-series.csv"


@pytest.fixture
def database_url() -> str:
    return ""  # none is asked


def read(client: TestClient, **query: str) -> list[list[str]]:
    answer = client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    separator = {"tab": "\t"}.get(query.get("sep", ","), query.get("sep", ","))
    return list(csv.reader(io.StringIO(answer.text), delimiter=separator))


def test_a_series_has_the_columns_that_are_asked_for(client: TestClient) -> None:
    head, first, *rest = read(client, time="when", values="speed,height", tf="%Y-%m-%d", sep=";")
    assert head == ["when", "speed", "height"]
    assert first[0] == "2020-03-12"
    assert len(rest) == 499
    assert len({row[1] for row in rest}) > 100


def test_columns_named_by_numbers_make_a_file_without_a_head(client: TestClient) -> None:
    rows = read(client, time="0", values="1,3", sep="tab")
    assert (len(rows), len(rows[0]), rows[7][0]) == (500, 4, "7")


def test_a_dialogue_has_the_keys_that_are_asked_for(client: TestClient) -> None:
    found = client.get("/samples/paragraphs.json", params={"nameKey": "who", "textKey": "said"}).json()
    assert {key for one in found for key in one} == {"who", "said"}
    assert len(found) > 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sep": "::"}, "sep"),
        ({"sep": '"'}, "sep"),
        ({"values": ",".join("abc" for _ in range(60))}, "values"),
        ({"time": "0", "values": "9999"}, "values"),
        ({"values": "x" * 6000}, "values"),
    ],
)
def test_what_can_not_be_made_up_is_refused_under_its_field(
    client: TestClient, query: dict[str, str], field: str
) -> None:
    answer = client.get(PATH, params=query)
    assert answer.status_code == 400
    assert field in answer.json()["validation_errors"]
