"""What the exporters write, read back by a reader that is not ours where there is one."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from tagma.plugin import Draft, Exporter, LabelingConfig, MediaSource, Node, SourceFile
from tagma_formats.plugin import register_exporters, register_importers

CONFIG = LabelingConfig("<View/>", Node("View", {}, [], 1))
BOX = {"x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0, "rotation": 0, "rectanglelabels": ["Cat"]}


def region(
    value: dict[str, Any], type: str = "rectanglelabels", name: str = "label", **more: Any
) -> dict[str, Any]:
    return {"id": "r1", "from_name": name, "to_name": "image", "type": type, "value": value, **more}


def task(*annotations: dict[str, Any], id: int = 1, **data: Any) -> dict[str, Any]:
    return {
        "id": id,
        "data": data or {"image": "/a.jpg"},
        "annotations": list(annotations),
        "predictions": [],
    }


def annotation(*results: dict[str, Any], id: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "id": id, "result": list(results), "completed_by": 3, "was_cancelled": False, "lead_time": 1.5,
        "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-02T00:00:00.000000Z", **more
    }  # fmt: skip


def write(name: str, tasks: list[Any]) -> tuple[bytes, Exporter]:
    found = next(one for one in register_exporters() if one.name == name)
    exporter = found(
        found.Settings(), CONFIG, MediaSource(), {"id": 1, "title": "t", "people": {3: "a@example.com"}}
    )
    out = io.BytesIO()
    exporter.write(iter(tasks), out)
    return out.getvalue(), exporter


def test_json_and_json_lines_come_back_as_they_went(tmp_path: Path) -> None:
    tasks = [task(annotation(region(BOX)), id=n, text=f"line\u2028 {n} 😀\r\n") for n in range(1, 4)]
    for name, suffix in (("JSON", "json"), ("JSONL", "jsonl")):
        body, exporter = write(name, tasks)
        file = tmp_path / f"a.{suffix}"
        file.write_bytes(body)
        found = max(register_importers(), key=lambda one, file=file: one.sniff(file.name, b"["))
        again = [
            one.task
            for one in found(found.Settings(), CONFIG).read([SourceFile(file, file.name)])
            if isinstance(one, Draft)
        ]
        assert again == tasks
        assert exporter.report.as_dict() == {"tasks": 3, "items": 3, "left_out": []}


def test_no_task_is_an_empty_list_and_an_empty_table() -> None:
    assert json.loads(write("JSON", [])[0]) == []
    assert json.loads(write("JSON_MIN", [])[0]) == []


def test_json_min_has_one_item_for_each_annotation_the_newest_first() -> None:
    body, exporter = write(
        "JSON_MIN",
        [
            task(
                annotation(region(BOX), id=7),
                annotation(region(BOX), id=9),
                annotation(id=8, was_cancelled=True),
            )
        ],
    )
    items = json.loads(body)
    assert [item["annotation_id"] for item in items] == [9, 7]
    assert items[0] == {
        "image": "/a.jpg", "id": 1, "label": [BOX], "annotator": 3, "annotation_id": 9, "lead_time": 1.5,
        "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-02T00:00:00.000000Z"
    }  # fmt: skip
    assert exporter.report.as_dict()["left_out"] == [
        {"reason": "skipped by the annotator", "count": 1, "examples": ["annotation 8 of task 1"]}
    ]


def test_a_single_choice_stands_alone_and_several_do_not() -> None:
    def shown(*results: dict[str, Any]) -> Any:
        return json.loads(write("JSON_MIN", [task(annotation(*results))])[0])[0].get("c")

    def choices(*words: str) -> dict[str, Any]:
        return region({"choices": list(words)}, "choices", "c")

    assert shown(choices("a")) == "a"
    assert shown(choices("a", "b")) == {"choices": ["a", "b"]}
    assert shown(choices("a"), choices("b")) == [{"choices": ["a"]}, {"choices": ["b"]}]
    assert shown(region({"text": ["hello"]}, "textarea", "c")) == "hello"
    assert shown(region({"rating": 4}, "rating", "c")) == [{"rating": 4}]


def test_sizes_of_the_picture_go_into_the_value_and_relations_are_reported() -> None:
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}
    body, exporter = write(
        "JSON_MIN", [task(annotation(region(BOX, original_width=10, original_height=20), relation))]
    )
    assert json.loads(body)[0]["label"] == [{**BOX, "original_width": 10, "original_height": 20}]
    assert exporter.report.as_dict()["left_out"][0]["reason"] == "a relation has no place in a flat table"


def test_a_table_has_sorted_columns_quotes_what_is_no_number_and_names_people() -> None:
    tasks = [
        task(annotation(region({"choices": ["good"]}, "choices", "ch")), image="a.jpg"),
        task(id=2, image='b, "c".jpg', extra={"k": [1, "文"]}),
    ]
    body = write("CSV", tasks)[0].decode()
    assert (
        body.splitlines()[0]
        == '"annotation_id","annotator","ch","created_at","extra","id","image","lead_time","updated_at"'
    )
    rows = list(csv.DictReader(io.StringIO(body)))
    assert rows[0]["annotator"] == "a@example.com"
    assert rows[0]["ch"] == "good"
    assert rows[0]["annotation_id"] == "7"
    assert rows[1]["image"] == 'b, "c".jpg'
    assert json.loads(rows[1]["extra"]) == {"k": [1, "文"]}
    assert body.splitlines()[1].startswith('7,"a@example.com","good"')


def test_a_data_key_named_like_a_control_is_kept_beside_it_in_a_table() -> None:
    body = write("TSV", [task(annotation(region({"choices": ["good"]}, "choices", "ch")), ch="mine")])[
        0
    ].decode()
    row = next(csv.DictReader(io.StringIO(body), delimiter="\t"))
    assert (row["ch"], row["_data_ch"]) == ("good", "mine")


def test_the_first_task_is_written_before_the_second_is_asked_for() -> None:
    out = io.BytesIO()

    def tasks() -> Any:
        yield task()
        assert out.getvalue().startswith(b'[{"id":1')
        yield task(id=2)

    found = next(one for one in register_exporters() if one.name == "JSON")
    found(found.Settings(), CONFIG, MediaSource(), {}).write(tasks(), out)
    assert len(json.loads(out.getvalue())) == 2
