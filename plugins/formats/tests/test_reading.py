"""What comes out of files, good and bad, through the importers the plugin registers."""

from __future__ import annotations

import json
import tracemalloc
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from arro3.core import Array, DataType, Field, Table, list_array, struct_array
from arro3.io import write_parquet

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Fault, Importer, LabelingConfig, Node, SourceFile
from tagma_formats.plugin import register_importers

CONFIG = LabelingConfig("<View/>", Node("View", {}, [], 1))


def importer_for(name: str, head: bytes = b"") -> type[Importer]:
    return max(register_importers(), key=lambda one: one.sniff(name, head))


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(name: str, body: bytes | str, **settings: Any) -> tuple[list[Any], list[str]]:
        file = tmp_path / name
        file.write_bytes(body.encode() if isinstance(body, str) else body)
        found = importer_for(name, file.read_bytes()[:65536])
        importer = found(found.Settings(**settings), CONFIG)
        drafts, faults = [], []
        for one in importer.read([SourceFile(file, name)]):
            if isinstance(one, Draft):
                drafts.append((one.row, one.task))
            elif isinstance(one, Fault):
                faults.append(f"{one.error.message} {one.error.hint}")
        return drafts, faults

    return read


def test_a_list_becomes_tasks_and_an_object_without_data_is_the_data(read: Any) -> None:
    drafts, faults = read(
        "a.json", '[{"text": "one"}, {"data": {"text": "two"}, "meta": {"k": 1}}, {"data": {}}]'
    )
    assert drafts == [
        (1, {"data": {"text": "one"}}),
        (2, {"data": {"text": "two"}, "meta": {"k": 1}}),
        (3, {"data": {"data": {}}}),
    ]
    assert faults == []


def test_a_single_object_is_one_task(read: Any) -> None:
    assert read("a.json", '{\n  "text": "one"\n}\n')[0] == [(1, {"data": {"text": "one"}})]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.ndjson"])
def test_one_object_a_line_is_read_line_by_line(read: Any, name: str) -> None:
    assert [task["data"]["n"] for _, task in read(name, '{"n": 1}\n{"n": 2}\n\n{"n": 3}')[0]] == [1, 2, 3]


def test_a_mark_at_the_beginning_and_any_white_space_are_fine(read: Any) -> None:
    assert len(read("a.json", b'\xef\xbb\xbf  \n[ {"a":1} ,\r\n {"a":2} ]\n ')[0]) == 2


@pytest.mark.parametrize("indent", [None, 2])
def test_a_long_list_is_read_whole_whatever_its_chunks(read: Any, indent: int | None) -> None:
    tasks = [
        {
            "data": {"text": f'"{n}" {{[,' + "文" * (n % 50)},
            "annotations": [{"data": {}, "result": [{"value": {}}] * 3}],
        }
        for n in range(20_000)
    ]
    drafts, faults = read("a.json", json.dumps(tasks, indent=indent, ensure_ascii=False))
    assert faults == []
    assert [task for _, task in drafts] == tasks
    assert [row for row, _ in drafts] == list(range(1, 20_001))


def test_a_bad_item_in_a_long_list_costs_one_row(read: Any) -> None:
    items = [json.dumps({"text": "x" * 200, "n": n}) for n in range(20_000)]
    items[7000] = '{"text": NaN, "n": 7000}'
    items[15000] = '{"text": "\\ud800", "n": 15000}'
    drafts, faults = read("a.json", "[" + ",".join(items) + "]")
    assert len(drafts) == 19_998
    assert [row for row, _ in drafts][-1] == 20_000
    assert (
        faults[0]
        == "Item 7001 of a.json holds NaN or Infinity, which JSON does not know. Write null instead."
    )
    assert faults[1].startswith("Item 15001 of a.json holds half a character (a lone surrogate).")


def test_items_that_are_no_objects_are_named(read: Any) -> None:
    drafts, faults = read("a.json", '[1, {"a": 1}, "text", [2], null]')
    assert len(drafts) == 1
    assert faults[0].startswith("Item 1 of a.json is 1, not an object.")
    assert len(faults) == 4


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.json", b"", "a.json is empty."),
        ("a.json", b"  \n", "a.json is empty."),
        ("a.jsonl", b"\n\n", "a.jsonl is empty."),
        ("a.csv", b"\n", "a.csv is empty."),
        ("a.txt", b"\n \n"[:1], "a.txt is empty."),
        ("a.json", b'[{"a": 1}, {"a": 2', "a.json ends in the middle, after item 1: the list is not closed."),
        ("a.json", b'{"a": {"b": 1', "a.json ends in the middle of an object."),
        ("a.json", b'[{"a": 1}] x', "After the closing bracket of the list a.json goes on with 'x'."),
        ("a.json", b"hello", "a.json is no JSON: it begins with 'h', not with a list or an object."),
        ("a.json", b"[" * 100_000, "Item 1 of a.json is nested more than 900 brackets deep."),
        ("a.json", '[{"a": 1}]'.encode("utf-16"), "a.json is written in UTF-16; JSON must be UTF-8."),
        ("a.csv", b"a,b\n1,\xe9\n", "a.csv is not UTF-8: byte 0xE9 stands where none such can."),
        ("a.csv", b"a,a\n1,2\n", 'Two columns of a.csv are called "a".'),
        ("a.csv", b"a,\n1,2\n", "A column of a.csv has no name."),
        ("a.csv", b'a,b\n1,"2\n', "a.csv can't be read after row 0: unexpected end of data.")
    ]
)  # fmt: skip
def test_a_file_that_can_not_be_read_says_why(read: Any, name: str, body: bytes, words: str) -> None:
    with pytest.raises(ImportFailed) as caught:
        read(name, body)
    assert caught.value.message == words
    assert caught.value.hint
    assert caught.value.where["file"] == name


def test_a_byte_that_is_not_utf_8_is_named_with_its_row(read: Any) -> None:
    _, faults = read("a.json", b'[{"a": "x"}, {"a": "caf\xe9"}]')
    assert faults == [
        "a.json is not UTF-8: byte 0xE9 stands where none such can."
        " Save it again as UTF-8, or say which encoding it is in."
    ]


def test_nesting_inside_one_line_is_one_fault(read: Any) -> None:
    drafts, faults = read("a.jsonl", b'{"a": 1}\n{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}\n")
    assert len(drafts) == 1
    assert faults[0].startswith("Item 2 of a.jsonl is nested more than 900 brackets deep.")


def test_a_table_row_becomes_a_task_with_numbers_as_numbers(read: Any) -> None:
    drafts, _ = read("a.csv", 'n,real,code,text,none\n1,2.5,007,"a, ""b""\nc",\n')
    assert drafts == [(1, {"data": {"n": 1, "real": 2.5, "code": "007", "text": 'a, "b"\nc', "none": ""}})]


def test_a_semicolon_separates_when_the_header_has_more_of_them(read: Any) -> None:
    assert read("a.csv", "a;b\n1;x,y\n")[0] == [(1, {"data": {"a": 1, "b": "x,y"}})]


def test_tabs_separate_a_tsv_and_its_encoding_is_a_choice(read: Any) -> None:
    assert read("a.tsv", "a\tb\n1\tcafé\n".encode("latin-1"), encoding="latin-1")[0] == [
        (1, {"data": {"a": 1, "b": "café"}})
    ]
    with pytest.raises(ImportFailed, match='There is no encoding "klingon"'):
        read("a.tsv", "a\n1", encoding="klingon")


def test_a_table_from_a_spreadsheet_in_utf_16_is_read(read: Any) -> None:
    assert read("a.tsv", "a\tb\n1\t文\n".encode("utf-16"))[0] == [(1, {"data": {"a": 1, "b": "文"}})]


def test_a_ragged_row_is_named_and_the_others_kept(read: Any) -> None:
    drafts, faults = read("a.csv", "a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert [row for row, _ in drafts] == [1, 4]
    assert faults == [
        "Row 2 of a.csv has 1 cells, but the header names 2. Put texts that hold the separator into quotation marks.",
        "Row 3 of a.csv has 3 cells, but the header names 2. Put texts that hold the separator into quotation marks.",
    ]


def test_each_line_of_a_text_is_a_task_and_a_document_is_one(read: Any) -> None:
    assert read("a.txt", "one\r\n\ntwo  \n")[0] == [
        (1, {"data": {"$undefined$": "one"}}),
        (3, {"data": {"$undefined$": "two  "}}),
    ]
    assert read("a.html", "<p>one</p>\n<p>two</p>")[0] == [
        (1, {"data": {"$undefined$": "<p>one</p>\n<p>two</p>"}})
    ]


def test_a_file_without_a_known_suffix_is_taken_for_json_if_it_looks_like_it() -> None:
    assert importer_for("data", b' [{"a": 1}]').name == "json"
    assert all(one.sniff("data.bin", b"\x89PNG") == 0 for one in register_importers())


def parquet(path: Path, **columns: Any) -> bytes:
    write_parquet(Table.from_pydict(columns), path)
    return path.read_bytes()


def test_a_parquet_file_is_read_by_rows_as_json_would_have_them(read: Any, tmp_path: Path) -> None:
    words = Array(["a", "b", None, "d"], DataType.string())
    body = parquet(
        tmp_path / "made",
        text=Array(["one", "größe", None], DataType.string()),
        n=Array([1, -2, None], DataType.int64()),
        score=Array([0.5, float("nan"), None], DataType.float64()),
        raw=Array([b"bytes", b"", None], DataType.binary()),
        day=Array([0, 20_000, None], DataType.int32()).cast(DataType.date32()),
        words=list_array(Array([0, 2, 3, 4], DataType.int32()), words),
        box=struct_array(
            [Array([1, 2, 3], DataType.int64()), Array([True, False, None], DataType.bool())],
            fields=[Field("x", DataType.int64()), Field("dark", DataType.bool())],
        ),
    )
    drafts, faults = read("a.parquet", body)
    assert faults == []
    assert [task["data"] for _, task in drafts] == [
        {"text": "one", "n": 1, "score": 0.5, "raw": "bytes", "day": "1970-01-01", "words": ["a", "b"],
         "box": {"x": 1, "dark": True}},
        {"text": "größe", "n": -2, "score": None, "raw": "", "day": "2024-10-04", "words": [None],
         "box": {"x": 2, "dark": False}},
        {"text": None, "n": None, "score": None, "raw": None, "day": None, "words": ["d"],
         "box": {"x": 3, "dark": None}},
    ]  # fmt: skip
    json.dumps(drafts, allow_nan=False)


def test_a_parquet_file_with_a_column_data_holds_whole_tasks(read: Any, tmp_path: Path) -> None:
    inner = [Array(["one", "two"], DataType.string())]
    data = struct_array(inner, fields=[Field("text", DataType.string())])
    body = parquet(tmp_path / "made", data=data, inner_id=Array([7, 8], DataType.int64()))
    assert read("a.parquet", body)[0] == [
        (1, {"data": {"text": "one"}, "inner_id": 7}),
        (2, {"data": {"text": "two"}, "inner_id": 8}),
    ]


def test_a_large_parquet_file_is_read_a_batch_at_a_time(tmp_path: Path) -> None:
    count = 100_000
    texts = Array([f"text {number}" for number in range(count)], DataType.string())
    parquet(tmp_path / "made.parquet", text=texts)
    importer = importer_for("made.parquet")
    rows = importer(importer.Settings(), CONFIG).read([SourceFile(tmp_path / "made.parquet", "made.parquet")])
    tracemalloc.start()
    [last] = deque(rows, 1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(last, Draft)
    assert (last.row, last.task) == (count, {"data": {"text": f"text {count - 1}"}})
    assert peak < 5 << 20


def test_bytes_that_are_no_text_cost_their_row(read: Any, tmp_path: Path) -> None:
    body = parquet(tmp_path / "made", image=Array([b"\x89PNG\xff", b"fine"], DataType.binary()))
    drafts, faults = read("a.parquet", body)
    assert [row for row, _ in drafts] == [2]
    assert "image" in faults[0]
    assert "files of their own" in faults[0]


def test_what_is_no_whole_parquet_file_is_said(read: Any, tmp_path: Path) -> None:
    body = parquet(tmp_path / "made", text=Array(["one"] * 500, DataType.string()))
    contents = len(body) - 8 - int.from_bytes(body[-8:-4], "little")
    damaged = body[:contents] + b"\xff" * 8 + body[contents + 8 :]
    for broken, words in (
        (b"", "is empty"),
        (b"text\none\n", "no Parquet file"),
        (body[:-20], "cut off"),
        (b"PAR1", "cut off"),
        (damaged, "damaged"),
    ):
        with pytest.raises(ImportFailed, match=words):
            read("a.parquet", broken)
