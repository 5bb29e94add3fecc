"""Import, through its own door: what goes in, what is refused and how it is said."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from tagma.db.tables import Project
from tagma.services.site import Site
from tagma.testing import make_client
from tests.conftest import BOXES, CHOICES

MOOD = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}, "id": "a1"}
Make = Callable[..., Project]


def picture(color: str = "red") -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(out, "PNG")
    return out.getvalue()


def send(client: TestClient, project: Project, *files: tuple[str, bytes], query: str = "") -> Any:
    return client.post(
        f"/api/projects/{project.id}/import{query}", files=[("file", (name, body)) for name, body in files]
    )


def tasks(client: TestClient, project: Project) -> list[Any]:
    found = client.get(f"/api/tasks?project={project.id}&fields=all&page_size=100").json()["tasks"]
    return sorted(found, key=lambda one: one["id"])


def said(answer: Any) -> str:
    """All the words of a refusal."""
    return json.dumps(answer.json(), ensure_ascii=False)


def test_json_with_annotations_and_predictions_becomes_tasks(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    body = [
        {"data": {"text": "fine"}, "annotations": [{"result": [MOOD]}]},
        {"data": {"text": "hm"}, "predictions": [{"result": [MOOD], "score": 0.5, "model_version": "m1"}]},
        {"text": "the item itself is the data"},
    ]
    answer = client.post(f"/api/projects/{made.id}/import?return_task_ids=true", json=body)
    assert answer.status_code == 201, said(answer)
    report = answer.json()
    assert (report["task_count"], report["annotation_count"], report["prediction_count"]) == (3, 1, 1)
    found = tasks(client, made)
    assert report["task_ids"] == [one["id"] for one in found]
    assert found[0]["annotations"][0]["result"] == [MOOD]
    assert found[0]["annotations"][0]["ground_truth"] is True
    assert found[1]["predictions"][0]["model_version"] == "m1"
    assert found[2]["data"] == {"text": "the item itself is the data"}
    assert report["file_upload_ids"] == []
    assert client.get(f"/api/projects/{made.id}/file-uploads?all=true").json() == []


def test_one_object_and_the_old_address_work_too(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    answer = client.post(f"/api/projects/{made.id}/tasks/bulk/", json={"text": "alone"})
    assert (answer.status_code, answer.json()["task_count"]) == (201, 1)


def test_a_table_becomes_a_task_for_each_row(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    answer = send(client, made, ("a.csv", b'text;n\n"x; y";1\nz;2.5\n'))
    assert answer.status_code == 201, said(answer)
    assert answer.json()["found_formats"] == {".csv": 1}
    assert answer.json()["data_columns"] == ["n", "text"]
    assert [one["data"] for one in tasks(client, made)] == [{"text": "x; y", "n": 1}, {"text": "z", "n": 2.5}]


def test_pictures_become_tasks_and_are_served_in_parts(client: TestClient, project: Make, site: Site) -> None:
    made = project(BOXES)
    answer = send(client, made, ("cat 1.png", picture()), ("dog.png", picture("blue")))
    assert answer.status_code == 201, said(answer)
    url = tasks(client, made)[0]["data"]["image"]
    assert url.startswith(f"/data/upload/{made.id}/")
    whole = client.get(url)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "image/png")
    assert whole.content == picture()
    assert whole.headers["content-security-policy"] == "sandbox"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = client.get(url, headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"PNG")
    assert client.get(f"/storage-data/uploaded/?filepath={url.removeprefix('/data/')}").content == picture()
    with make_client(site) as stranger:
        assert stranger.get(url).status_code == 401


def test_a_small_picture_is_made_of_a_tasks_media(client: TestClient, project: Make) -> None:
    made = project(BOXES)
    send(client, made, ("a.png", picture()))
    task = tasks(client, made)[0]
    for _ in range(2):  # made, then from the disk
        small = client.get(f"/api/tasks/{task['id']}/thumbnail?key=image&size=32")
        assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")


def test_pages_are_never_run(client: TestClient, project: Make) -> None:
    made = project('<View><HyperText name="h" value="$html"/></View>')
    answer = send(client, made, ("evil.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'))
    assert answer.status_code == 201, said(answer)
    assert send(client, made, ("evil.html", b"<script>alert(1)</script>")).status_code == 201
    drawing, page = client.get(f"/api/projects/{made.id}/file-uploads?all=true").json()
    assert client.get(f"/data/{drawing['file']}").headers["content-security-policy"] == "sandbox"
    served = client.get(f"/data/{page['file']}")
    assert served.headers["content-security-policy"] == "sandbox"
    assert served.headers["content-type"].startswith("text/plain")


def test_files_can_be_listed_and_deleted(client: TestClient, project: Make) -> None:
    made = project(BOXES)
    ids = send(client, made, ("a.png", picture()), ("b.png", picture())).json()["file_upload_ids"]
    listed = client.get(f"/api/projects/{made.id}/file-uploads?ids=[{ids[0]}]").json()
    assert [one["id"] for one in listed] == ids[:1]
    assert client.get(f"/api/import/file-upload/{ids[0]}").json() == listed[0]
    assert client.delete(f"/api/import/file-upload/{ids[0]}").status_code == 204
    assert client.get(f"/data/{listed[0]['file']}").status_code == 404
    assert client.delete(f"/api/projects/{made.id}/file-uploads").json() == {"deleted": 1}


def test_a_zip_links_the_media_that_its_tasks_name(client: TestClient, project: Make) -> None:
    made = project(BOXES)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("tasks.json", json.dumps([{"image": "images/a.png"}]))
        archive.writestr("images/a.png", picture())
    answer = send(client, made, ("all.zip", out.getvalue()))
    assert answer.status_code == 201, said(answer)
    (task,) = tasks(client, made)
    assert client.get(task["data"]["image"]).content == picture()


def test_a_folder_links_the_media_that_its_tasks_name(client: TestClient, project: Make) -> None:
    made = project(BOXES)
    table = ("set/tasks.csv", b"image\nimages/cat 1.png\n")
    answer = send(client, made, table, ("set/images/cat 1.png", picture()))
    assert answer.status_code == 201, said(answer)
    (task,) = tasks(client, made)
    assert client.get(task["data"]["image"]).content == picture()


def test_bad_inputs_are_refused_in_words_and_leave_nothing(client: TestClient, project: Make) -> None:
    texts, boxes = project(CHOICES), project(BOXES)
    for made, name, body, words in (
        (texts, "a.json", b'[{"text": "x"}, {"te', ["ends in the middle", "after item 1"]),
        (texts, "a.csv", b"text,n\nx,1\ny\n", ["Row 2 of a.csv has 1 cells", "the header names 2"]),
        (texts, "a.json", b'[{"text": "x"}, {"txt": "y", "text2": 1}]', ["at item 2", '\\"text']),
        (texts, "a.json", b'[{"text": NaN}]', ["holds NaN", "Write null instead"]),
        (texts, "a.json", b"", ["a.json", "empty"]),
        (texts, "a.xyz", b"\x00\x01", ["no plugin reads", ".xyz"]),
        (boxes, "a.png", b"this is no picture", ["a.png"]),
    ):
        answer = send(client, made, (name, body))
        assert answer.status_code == 400, (name, body)
        assert all(word in said(answer) for word in words), said(answer)
        assert tasks(client, made) == []
        assert client.get(f"/api/projects/{made.id}/file-uploads?all=true").json() == []


def test_an_annotation_that_names_no_control_is_refused_with_its_row(
    client: TestClient, project: Make
) -> None:
    made = project(CHOICES)
    wrong = {**MOOD, "from_name": "moood"}
    body = [{"text": "a"}, {"data": {"text": "b"}, "annotations": [{"result": [wrong]}]}]
    answer = client.post(f"/api/projects/{made.id}/import", json=body)
    assert answer.status_code == 400
    assert "item 2" in said(answer)
    assert "moood" in said(answer)


def test_good_rows_are_kept_when_asked_for_and_the_rest_is_listed(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    body = [{"text": "a"}, {"other": 1, "text": [{}]}, 7, {"text": "b"}]
    assert client.post(f"/api/projects/{made.id}/import", json=body).status_code == 400
    answer = client.post(f"/api/projects/{made.id}/import?on_fault=keep", json=body)
    report = answer.json()
    assert answer.status_code == 201, said(answer)
    assert (report["task_count"], report["fault_count"]) == (2, 2)
    assert [fault["where"]["row"] for fault in report["faults"]] == [2, 3]
    assert [one["data"]["text"] for one in tasks(client, made)] == ["a", "b"]


def test_fields_become_predictions_of_the_control_of_their_name(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    answer = client.post(
        f"/api/projects/{made.id}/import?preannotated_from_fields=mood", json=[{"text": "a", "mood": "good"}]
    )
    assert answer.status_code == 201, said(answer)
    (found,) = tasks(client, made)[0]["predictions"]
    assert found["result"][0]["value"] == {"choices": ["good"]}
    assert (found["model_version"], found["score"]) == ("preannotated", 1.0)


def test_a_long_import_is_a_job(client: TestClient, project: Make, site: Site) -> None:
    made = project(CHOICES)
    body = "".join(json.dumps({"text": f"t{n}"}) + "\n" for n in range(5000)).encode()
    answer = send(client, made, ("many.jsonl", body), query="?async=1")
    assert answer.status_code == 201, said(answer)
    job = answer.json()["job"]
    site.jobs.drain()
    shown = client.get(f"/api/jobs/{job}").json()
    assert (shown["state"], shown["result"]["task_count"]) == ("completed", 5000)
    assert client.get(f"/api/projects/{made.id}/imports/{job}/").json()["status"] == "completed"
    page = client.get(f"/api/tasks?project={made.id}&page_size=1").json()
    assert page["total"] == 5000


def test_an_address_may_hold_json_and_may_not_lead_inside(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    path = f"/api/projects/{made.id}/import"
    assert client.post(path, data={"url": "[{'text': 'pasted'}]"}).json()["task_count"] == 1
    inside = client.post(path, data={"url": "http://127.0.0.1:9/x.json"})
    assert inside.status_code == 400
    assert "127.0.0.1" in said(inside)


def test_predictions_are_stored_in_bulk(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    ids = client.post(
        f"/api/projects/{made.id}/import?return_task_ids=1", json=[{"text": "a"}, {"text": "b"}]
    ).json()["task_ids"]
    path = f"/api/projects/{made.id}/import/predictions"
    assert client.post(path, json=[{"task": one, "result": [MOOD]} for one in ids]).json() == {"created": 2}
    assert client.post(path, json=[{"task": 10**9, "result": []}]).status_code == 400


def test_files_imported_again_replace_their_tasks(client: TestClient, project: Make) -> None:
    made = project(CHOICES)
    ids = send(client, made, ("a.csv", b"text\nx\ny\n")).json()["file_upload_ids"]
    answer = client.post(f"/api/projects/{made.id}/reimport", json={"file_upload_ids": ids})
    assert answer.status_code == 201, said(answer)
    assert [one["data"]["text"] for one in tasks(client, made)] == ["x", "y"]
