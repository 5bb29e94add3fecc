"""Tabs, filters, order and windows of the data manager."""

from __future__ import annotations

import json
from typing import Any

import pytest

MOODS = [
    {"text": "Good morning", "n": 1, "ok": True},
    {"text": "good night", "n": 10, "ok": False},
    {"text": "100% sure_thing", "n": 2.5},
    {"text": "", "n": "7"},
    {"text": "Grüße", "n": None},
]


def rows(work: Any, project: int, *items: tuple[str, str, str, Any], **query: Any) -> Any:
    filters = {
        "conjunction": query.pop("conjunction", "and"),
        "items": [
            {"filter": f"filter:tasks:{column}", "operator": operator, "type": type, "value": value}
            for column, operator, type, value in items
        ],
    }
    asked = json.dumps({"filters": filters, **query})
    return work.client.get("/api/dm/rows/", params={"project": project, "query": asked})


@pytest.fixture
def moods(work: Any) -> tuple[int, list[int]]:
    project = work.project()
    ids = work.tasks(project, *MOODS)
    made = work.submit(ids[0], lead_time=4)
    work.skip(ids[1])
    for task, score in ((ids[1], 0.25), (ids[2], 0.75)):
        body = {"task": task, "result": work.result("bad"), "score": score, "model_version": "m"}
        work.client.post("/api/predictions/", json=body)
    work.client.post(f"/api/tasks/{ids[3]}/drafts", json={"result": []})
    assert made["id"]
    return project, ids


FILTERS: list[tuple[str, str, str, Any, set[int]]] = [
    ("labels", "contains", "List", "good", {0}),
    ("labels", "contains", "List", ["bad", "good"], {0}),
    ("labels", "not_contains", "List", "good", {1, 2, 3, 4}),
    ("labels", "contains", "List", "goo", set()),
    ("labels", "contains", "List", '%"', set()),
    ("labels", "empty", "List", True, {1, 2, 3, 4}),
    ("state", "equal", "State", "done", {0}),
    ("state", "equal", "State", "draft", {3}),
    ("state", "equal", "State", "skipped", {1}),
    ("state", "not_equal", "State", "open", {0, 1, 3}),
    ("state", "in_list", "State", ["open", "done"], {0, 2, 4}),
    ("data.text", "equal", "String", "good night", {1}),
    ("data.text", "not_equal", "String", "good night", {0, 2, 3, 4}),
    ("data.text", "contains", "String", "GOOD", {0, 1}),
    ("data.text", "contains", "String", "GRÜ", {4}),
    ("data.text", "contains", "String", "0% ", {2}),
    ("data.text", "contains", "String", "e_t", {2}),
    ("data.text", "not_contains", "String", "good", {2, 3, 4}),
    ("data.text", "starts_with", "String", "Good m", {0}),
    ("data.text", "ends_with", "String", "night", {1}),
    ("data.text", "regex", "String", "^[Gg]ood (m|n)", {0, 1}),
    ("data.text", "not_regex", "String", "o", {2, 3, 4}),
    ("data.text", "regex", "String", "(", set()),
    ("data.text", "empty", "String", True, {3}),
    ("data.text", "empty", "String", False, {0, 1, 2, 4}),
    ("data.text", "in_list", "String", ["good night", "Grüße"], {1, 4}),
    ("data.text", "not_in_list", "String", ["good night", "Grüße"], {0, 2, 3}),
    ("data.n", "equal", "Number", 1, {0}),
    ("data.n", "greater", "Number", "2", {1, 2, 3}),
    ("data.n", "less_or_equal", "Number", 2.5, {0, 2}),
    ("data.n", "in", "Number", {"min": 2, "max": 8}, {2, 3}),
    ("data.n", "not_in", "Number", {"min": 2, "max": 8}, {0, 1, 4}),
    ("data.n", "empty", "Number", True, {4}),
    ("data.ok", "equal", "Boolean", True, {0}),
    ("data.ok", "equal", "Boolean", "false", {1}),
    ("total_annotations", "equal", "Number", 1, {0}),
    ("total_annotations", "empty", "Number", True, {1, 2, 3, 4}),
    ("cancelled_annotations", "greater", "Number", 0, {1}),
    ("total_predictions", "greater_or_equal", "Number", 1, {1, 2}),
    ("predictions_score", "less", "Number", 0.5, {1}),
    ("predictions_model_versions", "contains", "List", "m", {1, 2}),
    ("predictions_results", "contains", "String", "bad", {1, 2}),
    ("annotations_results", "contains", "String", "good", {0}),
    ("annotations_results", "not_contains", "String", "good", {1, 2, 3, 4}),
    ("annotators", "contains", "List", "me", {0, 1}),
    ("annotators", "not_contains", "List", "me", {2, 3, 4}),
    ("annotators", "empty", "List", True, {2, 3, 4}),
    ("updated_by", "contains", "List", "me", {0, 1}),
    ("avg_lead_time", "greater", "Number", 3, {0}),
    ("completed_at", "empty", "Datetime", False, {0}),
    ("completed_at", "greater", "Datetime", "2020-01-01T00:00:00.000000Z", {0}),
    ("created_at", "less", "Datetime", "2020-01-01T00:00:00.000000Z", set()),
    ("created_at", "in", "Datetime", {"min": "2020-01-01", "max": "2120-01-01"}, {0, 1, 2, 3, 4}),
    ("draft_exists", "equal", "Boolean", True, {3}),
    ("file_upload", "empty", "String", True, {0, 1, 2, 3, 4}),
    ("inner_id", "in", "Number", {"min": 2, "max": 3}, {1, 2}),
]


def test_every_operator_finds_what_it_says(work: Any, moods: Any) -> None:
    project, ids = moods
    wrong = []
    for column, operator, type, value, expected in FILTERS:
        value = work.owner.user_id if value == "me" else value
        answer = rows(work, project, (column, operator, type, value))
        assert answer.status_code == 200, (column, operator, answer.text)
        found = {ids.index(one["id"]) for one in answer.json()["rows"]}
        if found != expected or answer.json()["total"] != len(expected):
            wrong.append((column, operator, value, found, expected))
    assert wrong == []


def test_filters_are_joined_by_and_or_or(work: Any, moods: Any) -> None:
    project, ids = moods
    tests = ("data.text", "contains", "String", "good"), ("data.n", "greater", "Number", 2)
    for conjunction, expected in (("and", [1]), ("or", [0, 1, 2, 3])):
        found = rows(work, project, *tests, conjunction=conjunction).json()["rows"]
        assert [ids.index(one["id"]) for one in found] == expected


SENSELESS: list[tuple[str, str, str, Any, str]] = [
    ("data_text", "equal", "String", "a", "data_text"),
    ("total_annotation", "equal", "Number", 1, "total_annotation"),
    ("total_annotations", "equals", "Number", 1, "equals"),
    ("total_annotations", "equal", "Number", "many", "many"),
    ("created_at", "less", "Datetime", "yesterday", "yesterday"),
    ("data.n", "in", "Number", 7, "min"),
    ('data.a"b', "equal", "String", "a", "column"),
]


def test_a_filter_that_makes_no_sense_is_named(work: Any, moods: Any) -> None:
    for column, operator, type, value, word in SENSELESS:
        answer = rows(work, moods[0], (column, operator, type, value))
        assert answer.status_code == 400, (column, operator, answer.text)
        assert word in json.dumps(answer.json(), ensure_ascii=False)


ORDERS: list[tuple[str, dict[str, str], list[int]]] = [
    ("tasks:id", {}, [0, 1, 2, 3, 4]),
    ("-tasks:id", {}, [4, 3, 2, 1, 0]),
    ("tasks:data.n", {"tasks:data.n": "Number"}, [0, 2, 3, 1, 4]),
    ("-tasks:data.n", {"tasks:data.n": "Number"}, [1, 3, 2, 0, 4]),
    ("-tasks:total_predictions", {}, [2, 1, 4, 3, 0]),
    ("tasks:predictions_score", {}, [1, 2, 0, 3, 4]),
]


def test_rows_come_in_the_order_asked_for(work: Any, moods: Any) -> None:
    project, ids = moods
    for ordering, types, expected in ORDERS:
        answer = rows(work, project, ordering=[ordering], columnsDisplayType=types)
        assert [ids.index(one["id"]) for one in answer.json()["rows"]] == expected, ordering


def test_every_column_can_be_ordered_by_both_ways(work: Any, moods: Any) -> None:
    columns = work.client.get(f"/api/dm/columns/?project={moods[0]}").json()["columns"]
    names = [
        f"data.{one['id']}" if one.get("parent") else one["id"] for one in columns if one["id"] != "data"
    ]
    assert "data.text" in names
    for name in (*names, "data.nowhere"):
        for sign in ("", "-"):
            answer = rows(work, moods[0], ordering=[f"{sign}tasks:{name}"])
            assert answer.status_code == 200, answer.text
            assert answer.json()["total"] == 5


def test_a_window_in_the_middle_of_what_is_filtered(work: Any, moods: Any) -> None:
    project, ids = moods
    filters = {"conjunction": "and", "items": []}
    for start, length, expected in ((1, 2, [1, 2]), (4, 9, [4]), (5, 9, [])):
        for items in (
            [],
            [{"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": 0}],
        ):
            asked = json.dumps({"filters": {**filters, "items": items}})
            params = {"project": project, "query": asked, "start": start, "length": length}
            answer = work.client.get("/api/dm/rows/", params=params).json()
            assert [ids.index(one["id"]) for one in answer["rows"]] == expected
            assert (answer["total"], answer["total_annotations"], answer["total_predictions"]) == (5, 1, 2)


def test_a_selection_of_all_but_some(work: Any, moods: Any) -> None:
    project, ids = moods
    for selected, expected in (
        ({"all": True, "excluded": [ids[0], ids[3]]}, [1, 2, 4]),
        ({"all": False, "included": [ids[4]]}, [4]),
        ({"all": False, "included": []}, []),
    ):
        found = rows(work, project, selectedItems=selected).json()["rows"]
        assert [ids.index(one["id"]) for one in found] == expected


def test_a_tab_is_kept_changed_ordered_and_used(work: Any, moods: Any) -> None:
    project, ids = moods
    test = {"filter": "filter:tasks:data.n", "operator": "greater", "type": "Number", "value": 2}
    data = {"title": "Many", "filters": {"conjunction": "and", "items": [test]}, "ordering": ["-tasks:id"]}
    made = work.client.post("/api/dm/views/", json={"project": project, "data": data})
    assert made.status_code == 201, made.text
    view = made.json()["id"]
    listed = work.client.get(f"/api/tasks/?view={view}").json()["tasks"]
    assert [ids.index(one["id"]) for one in listed] == [3, 2, 1]
    changed = work.client.patch(f"/api/dm/views/{view}/", json={"data": {"title": "More"}}).json()["data"]
    assert (changed["title"], changed["ordering"]) == ("More", ["-tasks:id"])
    other = work.client.post("/api/dm/views/", json={"project": project, "data": {"title": "B"}}).json()["id"]
    work.client.post("/api/dm/views/order/", json={"project": project, "ids": [other, view]})
    assert [one["id"] for one in work.client.get(f"/api/dm/views/?project={project}").json()] == [other, view]
    assert work.client.delete(f"/api/dm/views/{other}/").status_code == 204
    assert work.client.delete(f"/api/dm/views/reset/?project={project}").status_code == 204
    assert work.client.get(f"/api/dm/views/?project={project}").json() == []


def test_a_tab_that_could_not_work_is_not_kept(work: Any, moods: Any) -> None:
    body = {"project": moods[0], "data": {"ordering": ["tasks:nothing"]}}
    answer = work.client.post("/api/dm/views/", json=body)
    assert answer.status_code == 400
    assert "nothing" in answer.text


MIXED = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text" choice="multiple"><Choice value="good"/><Choice value="a &quot;b&quot;, c"/></Choices>
  <TextArea name="note" toName="text"/>
</View>"""


def test_labels_are_found_as_labels_and_not_as_words(work: Any) -> None:
    project = work.client.post("/api/projects/", json={"title": "Mixed", "label_config": MIXED}).json()["id"]
    ids = work.tasks(project, "good", "b", "c")
    note = {
        "id": "n",
        "from_name": "note",
        "to_name": "text",
        "type": "textarea",
        "value": {"text": ["good"]},
    }
    both = {**work.result()[0], "value": {"choices": ["good", 'a "b", c']}}
    work.submit(ids[0], result=[note])
    work.submit(ids[1], result=[{**both, "value": {"choices": ['a "b", c']}}, note])
    work.submit(ids[2], result=[both, note])
    for label, expected in (("good", {2}), ('a "b", c', {1, 2}), ("b", set()), (", c", set())):
        found = rows(work, project, ("labels", "contains", "List", label)).json()["rows"]
        assert {ids.index(row["id"]) for row in found} == expected, label
