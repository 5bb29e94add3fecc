"""Everything in a real Label Studio is here after the move, compared by content. See docs/admin/moving.md for how to run it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from tagma.cli import main
from tagma.services.access import Actor
from tagma.services.site import Site

pytestmark = pytest.mark.rival

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TEXTS = """<View><Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
PICTURES = """<View><Image name="image" value="$image"/>
  <RectangleLabels name="box" toName="image"><Label value="Cat"/></RectangleLabels>
  <Taxonomy name="kind" toName="image"><Choice value="A"/></Taxonomy></View>"""
SOUNDS = """<View><Audio name="audio" value="$audio"/>
  <Labels name="who" toName="audio"><Label value="Ana"/></Labels></View>"""
MOOD = {"id": "m1", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
BOX = {
    "id": "b1", "from_name": "box", "to_name": "image", "type": "rectanglelabels", "original_width": 1, "original_height": 1,
    "image_rotation": 0,
    "value": {"x": 1, "y": 2, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["Cat"]},
}  # fmt: skip
SPEECH = {
    "id": "s1", "from_name": "who", "to_name": "audio", "type": "labels", "original_length": 9.5,
    "value": {"start": 0.5, "end": 1.25, "channel": 0, "labels": ["Ana"]},
}  # fmt: skip
SETTINGS = (
    "title", "description", "label_config", "expert_instruction", "show_instruction", "show_skip_button",
    "enable_empty_annotation", "color", "maximum_annotations", "model_version", "is_draft", "created_at",
    "min_annotations_to_start_training", "show_collab_predictions", "sampling", "show_ground_truth_first",
    "annotator_evaluation_enabled", "show_overlap_first", "overlap_cohort_percentage", "control_weights",
    "evaluate_predictions_automatically", "skip_queue", "reveal_preannotations_interactively", "task_number",
    "finished_task_number", "total_annotations_number", "skipped_annotations_number", "ground_truth_number",
    "total_predictions_number", "num_tasks_with_annotations", "task_data_login", "task_data_password",
)  # fmt: skip


@pytest.fixture(scope="module")
def filled(rival: httpx2.Client, tmp_path_factory: pytest.TempPathFactory) -> httpx2.Client:
    """Two people, three modalities, uploads, a folder, annotations, predictions, a draft of each, a tab, a label, a webhook."""

    def send(path: str, body: Any = None, client: httpx2.Client = rival, **rest: Any) -> Any:
        answer = client.post(path, **(rest if body is None else {"json": body}))
        assert answer.is_success, answer.text
        return answer.json()

    send_patch = rival.patch("/api/organizations/1", json={"title": "Birds & Co"})
    assert send_patch.is_success, send_patch.text
    bo = send(
        "/api/users/", {"email": "bo@example.org", "username": "bo", "first_name": "Bo", "last_name": "Li"}
    )["id"]
    moods = send(
        "/api/projects/",
        {"title": "Moods", "description": "of texts", "label_config": TEXTS, "maximum_annotations": 2, "color": "#FF0000",
         "overlap_cohort_percentage": 50, "expert_instruction": "<b>Look</b> twice", "sampling": "Uniform sampling",
         "skip_queue": "IGNORE_SKIPPED", "show_instruction": True, "enable_empty_annotation": False,
         "min_annotations_to_start_training": 7},
    )["id"]  # fmt: skip
    items = [
        {
            "data": {"text": f"text {number} 😀"},
            "meta": {"number": number},
            "predictions": [{"result": [MOOD], "score": 0.25, "model_version": "v1"}],
            "annotations": [
                {"result": [MOOD], "completed_by": bo, "ground_truth": number == 3, "lead_time": 3.5}
            ]
            if number % 2
            else [],
        }
        for number in range(250)
    ]
    ids = send(f"/api/projects/{moods}/import?return_task_ids=true", items)["task_ids"]
    first = send(f"/api/tasks/{ids[0]}/annotations/", {"result": [MOOD], "lead_time": 2.25})["id"]
    send(f"/api/tasks/{ids[1]}/annotations/", {"result": [MOOD], "parent_annotation": first})
    send(f"/api/tasks/{ids[2]}/annotations/", {"result": [], "was_cancelled": True})
    send(f"/api/tasks/{ids[3]}/drafts", {"result": [MOOD], "lead_time": 1.5})
    send(f"/api/tasks/{ids[0]}/annotations/{first}/drafts", {"result": [], "lead_time": 4.5})
    rule = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": 1}
    view = {
        "title": "Long", "type": "list", "filters": {"conjunction": "and", "items": [rule]}, "ordering": ["-tasks:id"],
        "hiddenColumns": {"explore": ["tasks:inner_id"], "labeling": []},
    }  # fmt: skip
    send("/api/dm/views/", {"project": moods, "data": view})
    hook = {"project": moods, "url": "http://127.0.0.1:9/hook", "send_for_all_actions": False,
            "actions": ["ANNOTATION_CREATED"], "headers": {"X-Key": "k"}}  # fmt: skip
    send("/api/webhooks/", hook)
    pictures = send("/api/projects/", {"title": "Pictures", "label_config": PICTURES})["id"]
    for name in ("one.png", "two words.png"):
        send(f"/api/projects/{pictures}/import", files={"f": (name, PNG, "image/png")})
    folder = next(tmp_path_factory.getbasetemp().glob("label-studio*")) / "media" / "sub"
    folder.mkdir(parents=True)
    (folder / "lies here.png").write_bytes(PNG)
    storage = {"project": pictures, "title": "Folder", "path": str(folder), "use_blob_urls": True}
    number = send("/api/storages/localfiles/", storage)["id"]
    send(f"/api/storages/localfiles/{number}/sync")
    tasks = rival.get(f"/api/tasks/?project={pictures}&fields=all").json()["tasks"]
    assert len(tasks) == 3
    send(f"/api/tasks/{tasks[0]['id']}/annotations/", {"result": [BOX], "lead_time": 9})
    send("/api/labels/", [{"project": pictures, "from_name": "kind", "value": ["B"], "title": "B"}])
    sounds = send("/api/projects/", {"title": "Sounds", "label_config": SOUNDS})["id"]
    heard = {"data": {"audio": "https://example.org/a.wav"}, "annotations": [{"result": [SPEECH]}]}
    send(f"/api/projects/{sounds}/import", [heard])
    return rival


def project_ids(client: Any) -> dict[str, int]:
    return {one["title"]: one["id"] for one in client.get("/api/projects/").json()["results"]}


def content(client: Any, project: int) -> list[Any]:
    """What people would miss, without the numbers and addresses that each side gives itself."""
    emails = {one["id"]: one["email"] for one in client.get("/api/users/").json()}
    listed = client.get(
        f"/api/tasks/?project={project}&fields=all&page_size=1000&resolve_uri=false&page=1"
    ).json()["tasks"]
    path = f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true"
    drafts = {one["id"]: one["drafts"] for one in client.get(path).json()}
    made = {one["id"]: one["created_at"] for task in listed for one in task["annotations"]}

    def annotation(one: dict[str, Any]) -> dict[str, Any]:
        same = (
            "result",
            "was_cancelled",
            "ground_truth",
            "lead_time",
            "created_at",
            "updated_at",
            "bulk_created",
        )
        return {key: one[key] for key in same} | {
            "by": who["email"] if isinstance(who := one["completed_by"], dict) else emails[who],
            "parent": made.get(one["parent_annotation"]),
        }

    def told(task: dict[str, Any]) -> dict[str, Any]:
        guess = ("result", "score", "model_version", "created_at", "updated_at")
        same = ("meta", "created_at", "inner_id", "overlap", "is_labeled", "total_annotations", "cancelled_annotations",
                "total_predictions")  # fmt: skip
        return {key: task[key] for key in same} | {
            "data": {
                key: value.rpartition("-")[2] if value.startswith("/data/upload") else value
                for key, value in task["data"].items()
            },
            "annotations": sorted(
                (annotation(one) for one in task["annotations"]), key=lambda one: one["created_at"]
            ),
            "predictions": [{key: one[key] for key in guess} for one in task["predictions"]],
            "drafts": [
                (one["user"], one["result"], one["lead_time"], one["created_at"], made.get(one["annotation"]))
                for one in drafts.get(task["id"]) or []
            ],
        }

    return [told(task) for task in sorted(listed, key=lambda one: int(one["id"]))]


def moved(site: Site, there: httpx2.Client, folder: Path, token: str) -> Result:
    words = ["migrate", "label-studio", "--url", str(there.base_url), "--token", token]
    words += ["--data-dir", str(site.settings.data_dir), "--report", str(folder / "report.json")]
    words += ["--database", site.settings.database] if site.settings.database else []
    return CliRunner().invoke(main, words)


def test_all_of_it_comes_over(
    site: Site, owner: Actor, client: TestClient, filled: httpx2.Client, tmp_path: Path, media: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("TAGMA_LOCAL_FILES_SERVING", "true")
    monkeypatch.setenv("TAGMA_LOCAL_FILES_ROOT", str(media.parent))
    made = filled.post("/api/token/")
    token = (
        made.json()["token"] if made.is_success else str(filled.headers["Authorization"]).partition(" ")[2]
    )
    first = moved(site, filled, tmp_path, token)
    assert first.exit_code == 0, first.output
    report = json.loads((tmp_path / "report.json").read_text())
    print(first.output)
    there, here = project_ids(filled), project_ids(client)
    assert set(there) == set(here)
    for title in there:
        before, after = (
            one.get(f"/api/projects/{number}/").json()
            for one, number in ((filled, there[title]), (client, here[title]))
        )
        assert {key: after[key] for key in SETTINGS} == {key: before[key] for key in SETTINGS}
        assert content(client, here[title]) == content(filled, there[title])
        tabs = [[view["data"] for view in one.get("/api/dm/views/", params={"project": number}).json()]
                for one, number in ((filled, there[title]), (client, here[title]))]  # fmt: skip
        assert tabs[1] == tabs[0]
        hooks = [one.get("/api/webhooks/", params={"project": number}).json()
                 for one, number in ((filled, there[title]), (client, here[title]))]  # fmt: skip
        kept = ("url", "send_payload", "send_for_all_actions", "headers", "is_active", "actions")
        assert [[hook[key] for key in kept] for hook in hooks[1]] == [
            [hook[key] for key in kept] for hook in hooks[0]
        ]
    assert report["faults"] == []
    assert [one["differs"] for one in report["projects"]] == [[], [], []]
    links = client.get("/api/label_links/?expand=label").json()["results"]
    assert [(one["project"], one["from_name"], one["label"]["title"]) for one in links] == [
        (here["Pictures"], "kind", "B")
    ]
    assert client.get("/api/organizations/").json()[0]["title"] == "Birds & Co"
    for task in client.get(f"/api/tasks/?project={here['Pictures']}&resolve_uri=false").json()["tasks"]:
        if task["data"]["image"].startswith("/data/upload/"):
            assert client.get(task["data"]["image"]).content == PNG
    storage = client.get(f"/api/storages/localfiles/?project={here['Pictures']}").json()
    assert [(one["title"], one["use_blob_urls"]) for one in storage] == [("Folder", True)]
    linked = site.database.read(lambda tx: tx.rows("SELECT key FROM storage_link"))
    assert linked == [("lies here.png",)]
    again = moved(site, filled, tmp_path, token)
    assert again.exit_code == 0, again.output
    assert "Brought over: nothing" in again.output
