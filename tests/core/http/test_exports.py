"""Export, through its own door: formats, streams, files that are kept, and other readers of what is written."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.db.tables import Project
from tagma.services.site import Site
from tests.conftest import BOXES, CHOICES

Make = Callable[..., Project]
MOOD = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}, "id": "a1"}


def box(label: str, id: str = "r1") -> dict[str, Any]:
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": [label]}
    return {
        "id": id, "from_name": "label", "to_name": "image", "type": "rectanglelabels", "value": value,
        "original_width": 200, "original_height": 100, "image_rotation": 0,
    }  # fmt: skip


def fill(client: TestClient, project: Project, items: list[Any]) -> None:
    answer = client.post(f"/api/projects/{project.id}/import", json=items)
    assert answer.status_code == 201, answer.text


def moods(client: TestClient, project: Project) -> None:
    fill(client, project, [
        {"data": {"text": "a"}, "annotations": [{"result": [MOOD], "lead_time": 1.5}]},
        {"data": {"text": "b"}, "predictions": [{"result": [MOOD]}]},
    ])  # fmt: skip


def test_an_export_as_json_imports_again_as_it_was(client: TestClient, project: Make) -> None:
    first, second = project(CHOICES), project(CHOICES, title="Again")
    moods(client, first)
    answer = client.get(f"/api/projects/{first.id}/export?exportType=JSON&download_all_tasks=true")
    assert answer.status_code == 200, answer.text
    assert answer.headers["filename"].startswith(f"project-{first.id}-at-")
    assert answer.headers["filename"] in answer.headers["content-disposition"]
    exported = answer.json()
    assert [len(one["annotations"]) for one in exported] == [1, 0]
    assert [[type(p) for p in one["predictions"]] for one in exported] == [[], [int]]
    fill(client, second, exported)
    again = client.get(f"/api/projects/{second.id}/export?download_all_tasks=1").json()

    def plain(tasks: list[Any]) -> list[Any]:
        return [
            (one["data"], [(a["result"], a["ground_truth"], a["lead_time"], a["completed_by"]) for a in one["annotations"]])
            for one in tasks
        ]  # fmt: skip

    assert plain(again) == plain(exported)
    assert again[0]["annotations"][0]["import_id"] == exported[0]["annotations"][0]["id"]


def test_only_annotated_tasks_come_unless_all_are_asked_for(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    moods(client, made)
    path = f"/api/projects/{made.id}/export"
    assert len(client.get(path).json()) == 1
    everything = client.get(f"{path}?download_all_tasks=true").json()
    chosen = client.get(f"{path}?download_all_tasks=true&ids[]={everything[1]['id']}").json()
    assert [one["id"] for one in chosen] == [everything[1]["id"]]


def test_tables_and_flat_json_and_lines_are_written(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    moods(client, made)
    path = f"/api/projects/{made.id}/export?exportType="
    (row,) = csv.DictReader(io.StringIO(client.get(f"{path}CSV").text))
    assert (row["text"], row["mood"], row["annotator"]) == ("a", "good", "owner@example.com")
    (flat,) = client.get(f"{path}JSON_MIN").json()
    assert (flat["text"], flat["mood"]) == ("a", "good")
    lines = client.get(f"{path}JSONL&download_all_tasks=1").text.splitlines()
    assert json.loads(lines[1])["predictions"][0]["result"] == [MOOD]


@pytest.mark.needs("export_coco")
def test_coco_is_read_by_the_tools_of_that_field(client: TestClient, project: Make, tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    made = project(BOXES)
    fill(client, made, [
        {"data": {"image": f"https://example.com/{n}.jpg"}, "annotations": [{"result": [box("Dog"), box("Cat", "r2")]}]}
        for n in range(3)
    ])  # fmt: skip
    answer = client.get(f"/api/projects/{made.id}/export?exportType=COCO")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extract("result.json", tmp_path)
    coco = COCO(str(tmp_path / "result.json"))
    assert (len(coco.imgs), len(coco.anns)) == (3, 6)
    assert {one["name"]: one["id"] for one in coco.cats.values()} == {"Cat": 0, "Dog": 1}
    assert coco.anns[0]["bbox"] == pytest.approx([20, 20, 60, 40])


@pytest.mark.needs("export_coco")
def test_class_numbers_once_given_never_move(client: TestClient, project: Make) -> None:
    made = project(BOXES)
    fill(
        client,
        made,
        [{"data": {"image": "https://example.com/1.jpg"}, "annotations": [{"result": [box("Dog")]}]}],
    )
    path = f"/api/projects/{made.id}/export?exportType=COCO"
    client.get(path)
    more = BOXES.replace('<Label value="Cat"/>', '<Label value="Ant"/><Label value="Cat"/>')
    assert client.patch(f"/api/projects/{made.id}/", json={"label_config": more}).status_code == 200
    with zipfile.ZipFile(io.BytesIO(client.get(path).content)) as archive:
        found = {one["name"]: one["id"] for one in json.loads(archive.read("result.json"))["categories"]}
    assert found == {"Cat": 0, "Dog": 1, "Ant": 2}


@pytest.mark.needs("export_coco")
def test_a_format_that_is_unknown_or_does_not_fit_is_refused_in_words(
    client: TestClient, project: Make
) -> None:
    made = project(CHOICES)
    unknown = client.get(f"/api/projects/{made.id}/export?exportType=COOC")
    assert unknown.status_code == 400
    assert unknown.json()["message"] == 'There is no export format "COOC".'
    assert "COCO" in unknown.json()["hint"]
    unfit = client.get(f"/api/projects/{made.id}/export?exportType=COCO")
    assert unfit.status_code == 400
    assert "shows none" in unfit.text
    assert client.post(f"/api/projects/{made.id}/exports/", json={"export_type": "COCO"}).status_code == 400


@pytest.mark.needs("export_coco")
def test_formats_say_which_fit_and_come_first(client: TestClient, project: Make) -> None:
    found = client.get(f"/api/projects/{project(CHOICES).id}/export/formats").json()
    assert found[0]["name"] == "JSON"
    coco = next(one for one in found if one["name"] == "COCO")
    assert coco["disabled"]
    assert "shows none" in coco["reason"]
    assert [bool(one.get("disabled")) for one in found] == sorted(bool(one.get("disabled")) for one in found)


def test_an_export_is_kept_converted_downloaded_in_parts_and_deleted(
    client: TestClient, project: Make, site: Site
) -> None:
    made = project(CHOICES)
    moods(client, made)
    path = f"/api/projects/{made.id}/exports/"
    answer = client.post(path, json={"title": "first", "task_filter_options": {"annotated": "only"}})
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "in_progress"
    one = f"{path}{answer.json()['id']}"
    assert client.get(f"{one}/download").status_code == 404
    site.jobs.drain()
    shown = client.get(one).json()
    assert (shown["status"], shown["counters"]["task_number"]) == ("completed", 1), shown
    whole = client.get(f"{one}/download")
    assert len(whole.json()) == 1
    assert shown["size"] == len(whole.content)
    part = client.get(f"{one}/download?exportType=JSON", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, whole.content[:10])
    started = client.post(f"{one}/convert", json={"export_type": "CSV"})
    assert started.status_code == 200, started.text
    assert client.post(f"{one}/convert", json={"export_type": "CSV"}).status_code == 400
    site.jobs.drain()
    assert client.get(f"{one}/download?exportType=CSV").text.startswith('"annotation_id"')
    assert client.get(one).json()["converted_formats"][0]["status"] == "completed"
    assert [found["title"] for found in client.get(path).json()] == ["first"]
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404
    assert list((site.settings.data_dir / "exports").rglob("*.*")) == []


def test_what_a_format_can_not_carry_is_reported(client: TestClient, project: Make, site: Site) -> None:
    made = project(CHOICES)
    skipped = {"data": {"text": "c"}, "annotations": [{"result": [], "was_cancelled": True}]}
    fill(client, made, [skipped])
    pk = client.post(f"/api/projects/{made.id}/exports/", json={"export_type": "CSV"}).json()["id"]
    site.jobs.drain()
    report = client.get(f"/api/projects/{made.id}/exports/{pk}").json()["report"]
    assert [(one["reason"], one["count"]) for one in report["left_out"]] == [("skipped by the annotator", 1)]


def test_a_selection_of_the_data_manager_is_exported(client: TestClient, project: Make, site: Site) -> None:
    made = project(CHOICES)
    moods(client, made)
    ids = [one["id"] for one in client.get(f"/api/projects/{made.id}/export?download_all_tasks=1").json()]
    options = {"selectedItems": {"all": False, "included": ids[1:]}}
    pk = client.post(f"/api/projects/{made.id}/exports/", json={"task_filter_options": options}).json()["id"]
    site.jobs.drain()
    found = client.get(f"/api/projects/{made.id}/exports/{pk}/download").json()
    assert [one["id"] for one in found] == ids[1:]


def test_a_conversion_is_of_the_file_and_needs_one_that_holds_everything(
    client: TestClient, project: Make, site: Site
) -> None:
    made = project(CHOICES)
    moods(client, made)
    path = f"/api/projects/{made.id}/exports/"
    pk = client.post(path, json={}).json()["id"]
    early = client.post(f"{path}{pk}/convert", json={"export_type": "CSV"})
    assert early.status_code == 400
    assert "not ready" in early.text
    site.jobs.drain()
    assert client.delete(f"/api/projects/{made.id}/tasks/").status_code == 204
    for kind in ("JSON_MIN", "JSONL"):
        assert client.post(f"{path}{pk}/convert", json={"export_type": kind}).status_code == 200
    site.jobs.drain()
    flat = client.get(f"{path}{pk}/download?exportType=JSON_MIN").json()
    assert [(one["text"], one.get("mood")) for one in flat] == [("a", "good"), ("b", None)]
    lines = client.get(f"{path}{pk}/download?exportType=JSONL").text.splitlines()
    assert [json.loads(line) for line in lines] == client.get(f"{path}{pk}/download").json()
    table = client.post(path, json={"export_type": "CSV"}).json()["id"]
    site.jobs.drain()
    refused = client.post(f"{path}{table}/convert", json={"export_type": "JSON"})
    assert refused.status_code == 400
    assert "does not hold everything" in refused.text
    files = client.get(f"/api/projects/{made.id}/export/files").json()["export_files"]
    assert len(files) == 4
    for file in files:
        answer = client.get(file["url"])
        assert answer.status_code == 200
        assert answer.headers["filename"] == file["name"]


VIDEO = """<View><Video name="video" value="$video"/><VideoRectangle name="box" toName="video"/></View>"""


def test_frames_between_key_frames_are_filled_in_when_asked_for(client: TestClient, project: Make) -> None:
    made = project(VIDEO)
    keys = [
        {"frame": 1, "enabled": True, "x": 0, "y": 10, "width": 4, "height": 4, "rotation": 0, "time": 0.04},
        {"frame": 5, "enabled": False, "x": 8, "y": 10, "width": 4, "height": 4, "rotation": 0, "time": 0.2},
        {"frame": 9, "enabled": True, "x": 8, "y": 10, "width": 4, "height": 4, "rotation": 0, "time": 0.36},
    ]
    shape = {"from_name": "box", "to_name": "video", "type": "videorectangle"}
    value = {"sequence": keys, "framesCount": 11, "labels": ["Car"]}
    far = {"sequence": keys[:1], "framesCount": 10**9}
    result = [{"id": "v1", **shape, "value": value}, {"id": "v2", **shape, "value": far}]
    fill(client, made, [{"data": {"video": "/data/a.mp4"}, "annotations": [{"result": result}]}])
    path = f"/api/projects/{made.id}/export?exportType=JSON"
    assert client.get(path).json()[0]["annotations"][0]["result"] == result
    filled, untouched = client.get(f"{path}&interpolate_key_frames=true").json()[0]["annotations"][0][
        "result"
    ]
    assert untouched == result[1]
    sequence = filled["value"]["sequence"]
    assert [one["frame"] for one in sequence] == [1, 2, 3, 4, 5, 9, 10, 11]
    assert [one["frame"] for one in sequence if one.get("auto")] == [2, 3, 4, 10, 11]
    assert [one["x"] for one in sequence[:5]] == [0, 2, 4, 6, 8]
    assert sequence[2]["time"] == pytest.approx(0.12)


def test_a_stream_is_squeezed_for_those_who_take_it(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    moods(client, made)
    path = f"/api/projects/{made.id}/export?download_all_tasks=1"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    squeezed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert squeezed.headers["content-encoding"] == "gzip"
    assert squeezed.json() == plain.json()


def test_filters_choose_tasks_and_annotations(client: TestClient, project: Make, site: Site) -> None:
    made = project(CHOICES, maximum_annotations=1)
    skip = {"result": [], "was_cancelled": True}
    truth = {"result": [MOOD], "ground_truth": True}
    usual = {"result": [MOOD], "ground_truth": False}
    fill(client, made, [
        {"data": {"text": "untouched"}},
        {"data": {"text": "skipped"}, "annotations": [skip]},
        {"data": {"text": "usual"}, "annotations": [usual]},
        {"data": {"text": "all"}, "annotations": [usual, truth, skip]},
    ])  # fmt: skip
    path = f"/api/projects/{made.id}/exports/"
    test = {"filter": "filter:tasks:data.text", "operator": "contains", "type": "String", "value": "s"}
    filters = {"conjunction": "and", "items": [test]}
    view = client.post("/api/dm/views/", json={"project": made.id, "data": {"filters": filters}}).json()["id"]

    def exported(**options: Any) -> list[tuple[str, int]]:
        answer = client.post(path, json=options)
        assert answer.status_code == 201, answer.text
        site.jobs.drain()
        found = client.get(f"{path}{answer.json()['id']}/download").json()
        return [(one["data"]["text"], len(one["annotations"])) for one in found]

    every = [("untouched", 0), ("skipped", 1), ("usual", 1), ("all", 3)]
    assert exported() == every
    for name, value, expected in (
        ("skipped", "only", [every[1], every[3]]),
        ("skipped", "exclude", [every[0], every[2]]),
        ("finished", "only", [every[2], every[3]]),
        ("finished", "exclude", every[:2]),
        ("annotated", "only", every[2:]),
        ("annotated", "exclude", every[:2]),
        ("only_with_annotations", True, every[1:]),
        ("view", view, [every[1], every[2]]),
    ):
        assert exported(task_filter_options={name: value}) == expected, name
    for kept, counts in (
        ({"usual": True}, [0, 0, 1, 1]),
        ({"usual": False, "ground_truth": True}, [0, 0, 0, 1]),
        ({"usual": True, "skipped": True}, [0, 1, 1, 2]),
    ):
        assert [count for _, count in exported(annotation_filter_options=kept)] == counts, kept
    refused = client.post(path, json={"task_filter_options": {"view": 10**9}})
    assert refused.status_code == 404
    odd = {**test, "operator": "resembles"}
    wrong = {"filters": {"conjunction": "and", "items": [odd]}}
    refused = client.post(path, json={"task_filter_options": wrong})
    assert (refused.status_code, "resembles" in refused.text) == (400, True)


def test_an_export_that_is_stopped_before_it_begins_has_failed(
    client: TestClient, project: Make, site: Site
) -> None:
    path = f"/api/projects/{project(CHOICES).id}/exports/"
    made = client.post(path, json={}).json()
    assert (made["status"], client.get(f"{path}{made['id']}").json()["status"]) == ("in_progress",) * 2
    client.post(f"/api/jobs/{made['job']}/cancel")
    site.jobs.drain()
    assert client.get(f"{path}{made['id']}").json()["status"] == "failed"
    assert [one["status"] for one in client.get(path).json()] == ["failed"]
