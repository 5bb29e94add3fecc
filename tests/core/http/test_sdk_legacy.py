"""Programs written for the older ``label_studio_sdk.Client``, which the package keeps beside the new one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:label_studio_sdk"),
]

MOOD = '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>'


@pytest.fixture
def moods(old: Any) -> Any:
    return old.start_project(title="Moods", label_config=MOOD)


def only(text: str) -> dict[str, Any]:
    item = {"filter": "filter:tasks:data.text", "operator": "equal", "type": "String", "value": text}
    return {"conjunction": "and", "items": [item]}


def test_a_server_and_its_people(work: Any, old: Any) -> None:
    assert old.check_connection() == {"status": "UP"}
    assert not old.is_enterprise
    assert old.get_organization()["id"] == work.owner.organization_id
    from label_studio_sdk._legacy.users import User, UserRole

    made = old.create_user({"email": "anne@example.com", "username": "anne", "first_name": "Anne"})
    assert isinstance(made, User)
    assert made.email == "anne@example.com"
    assert old.create_user({"email": "anne@example.com"}) is None, "there already, which it takes for good"
    made.set_role(UserRole.MANAGER)
    found = {one.email: one for one in old.get_users()}
    assert found["anne@example.com"].org_membership[0].role is UserRole.MANAGER
    assert set(found) == {work.owner.email, "anne@example.com"}


def test_a_key_is_fetched_by_email_and_password(work: Any, old: Any, live_server: str) -> None:
    from label_studio_sdk._legacy.client import Client, ClientCredentials

    signed_in = Client(
        url=live_server,
        credentials=ClientCredentials(email=work.owner.email, password="correct horse battery"),
    )
    assert signed_in.api_key == old.api_key
    signed_in.session.close()


def test_projects_are_made_listed_changed_and_deleted(old: Any) -> None:
    made = [old.start_project(title=f"Project {number}", label_config=MOOD) for number in range(3)]
    assert {one.id for one in old.list_projects()} == {one.id for one in made}
    found = old.get_project(made[0].id)
    assert found.parsed_label_config["mood"]["labels"] == ["good", "bad"]
    found.set_params(title="Renamed", description="Words")
    found.set_published(True)
    found.set_model_version("m")
    params = old.get_project(found.id).get_params()
    assert (params["title"], params["is_published"], params["model_version"]) == ("Renamed", True, "m")
    from label_studio_sdk._legacy.project import ProjectSampling

    found.set_sampling(ProjectSampling.RANDOM)
    assert old.get_project(found.id).get_params()["sampling"] == "Uniform sampling"
    old.delete_project(made[1].id)
    assert {one.id for one in old.get_projects()} == {made[0].id, made[2].id}
    old.delete_all_projects()
    assert old.list_projects() == []


def test_tasks_go_in_from_lists_and_files(moods: Any, tmp_path: Path) -> None:
    ids = moods.import_tasks([{"text": "a"}, {"data": {"text": "b"}}])
    assert len(ids) == 2
    file = tmp_path / "tasks.json"
    file.write_text(json.dumps([{"text": "c"}]))
    ids += moods.import_tasks(str(file))
    guessed = moods.import_tasks([{"text": "d", "mood": "good"}], preannotated_from_fields=["mood"])
    assert moods.get_tasks_ids() == [*ids, *guessed]
    assert [task["data"]["text"] for task in moods.get_tasks()] == ["a", "b", "c", "d"]
    [guess] = moods.get_task(guessed[0])["predictions"]
    assert guess["result"][0]["value"] == {"choices": ["good"]}
    moods.update_task(ids[0], data={"text": "A"})
    assert moods.get_task(ids[0])["data"] == {"text": "A"}
    moods.delete_task(ids[0])
    moods.delete_tasks([ids[1]])
    assert moods.tasks_ids == [ids[2], *guessed]
    moods.delete_all_tasks(excluded_ids=[ids[2]])
    assert moods.tasks_ids == [ids[2]]


def test_tasks_are_narrowed_ordered_and_paged(moods: Any) -> None:
    from label_studio_sdk.data_manager import Column, Filters, Operator, Type

    moods.import_tasks([{"text": text} for text in "cabde"])
    chosen = Filters.create(
        Filters.AND, [Filters.item(Column.data("text"), Operator.NOT_EQUAL, Type.String, Filters.value("d"))]
    )
    found = moods.get_tasks(filters=chosen, ordering=[Column.data("text")])
    assert [task["data"]["text"] for task in found] == ["a", "b", "c", "e"]
    page = moods.get_paginated_tasks(page=2, page_size=2)
    assert ([task["data"]["text"] for task in page["tasks"]], page["total"]) == (["b", "d"], 5)
    assert moods.get_paginated_tasks(page=9, page_size=2)["end_pagination"]
    view = moods.create_view(filters=chosen, ordering=["-" + Column.data("text")], title="Without d")
    assert [one["data"]["title"] for one in moods.get_views()][-1] == "Without d"
    assert [task["data"]["text"] for task in moods.get_tasks(view_id=view["id"])] == ["e", "c", "b", "a"]
    moods.delete_view(view["id"])
    assert view["id"] not in [one["id"] for one in moods.get_views()]


def test_annotations_and_which_tasks_have_them(work: Any, moods: Any) -> None:
    first, second = moods.import_tasks([{"text": "a"}, {"text": "b"}])
    made = moods.create_annotation(first, result=work.result(), lead_time=2.0)
    assert moods.get_annotation(made["id"])["result"] == work.result()
    assert [one["id"] for one in moods.list_annotations(first)] == [made["id"]]
    assert moods.update_annotation(made["id"], result=work.result("bad"))["result"] == work.result("bad")
    assert (moods.get_labeled_tasks_ids(), moods.get_unlabeled_tasks_ids()) == ([first], [second])
    moods.delete_annotation(made["id"])
    assert moods.list_annotations(first) == []


def test_predictions_in_every_spelling_become_annotations(work: Any, moods: Any) -> None:
    """A result may be the whole, only its value, or only the word."""
    tasks = moods.import_tasks([{"text": text} for text in "abcd"])
    spellings: list[Any] = [work.result(), {"choices": ["good"]}, "good"]
    for task, result in zip(tasks, spellings, strict=False):
        made = moods.create_prediction(task, result, score=0.5, model_version="one")
        assert made["result"][0]["value"] == {"choices": ["good"]}, result
        assert (made["result"][0]["from_name"], made["result"][0]["to_name"]) == ("mood", "text")
    bulk = [{"task": tasks[3], "result": work.result("bad"), "model_version": "two"}]
    assert moods.create_predictions(bulk)["created"] == 1
    assert moods.get_model_versions() == {"one": 3, "two": 1}
    assert moods.get_predictions_coverage() == {"one": 0.75, "two": 0.25}
    assert moods.create_annotations_from_predictions(["two"])["processed_items"] == 1
    assert moods.get_labeled_tasks_ids() == [tasks[3]]
    moods.create_annotations_from_predictions()
    assert moods.get_labeled_tasks_ids() == tasks


def test_labels_come_out_at_once_and_by_snapshot(work: Any, moods: Any, tmp_path: Path) -> None:
    first, second = moods.import_tasks([{"text": "a"}, {"text": "b"}])
    moods.create_annotation(first, result=work.result())
    assert [one["data"]["text"] for one in moods.export_tasks()] == ["a"]
    assert len(moods.export_tasks(download_all_tasks=True)) == 2
    assert [one["id"] for one in moods.export_tasks(download_all_tasks=True, ids=[second])] == [second]
    table = moods.export_tasks(export_type="CSV", export_location=str(tmp_path / "out" / "moods.csv"))
    assert "good" in table.read_text()
    for kind in ("JSON", "CSV"):
        done = moods.export(filters=only("a"), export_type=kind, output_dir=str(tmp_path))
        text = (tmp_path / done["filename"]).read_text()
        assert done["status"] == 200
        assert "good" in text
        assert (len(json.loads(text)) == 1) if kind == "JSON" else (len(text.splitlines()) == 2)
    assert [one["title"] for one in moods.export_snapshot_list()] == ["SDK Export"] * 2
    assert moods.export_snapshot_status(done["export_id"]).is_completed()
    assert moods.export_snapshot_delete(done["export_id"]) == 204
    assert len(moods.export_snapshot_list()) == 1


def test_files_of_tasks_are_copied(work: Any, old: Any, tmp_path: Path) -> None:
    project = old.start_project(title="Files", label_config=MOOD.replace("$text", "$file"))
    sent = work.client.post(f"/api/projects/{project.id}/import", files={"file": ("a.csv", b"file\nx\n")})
    [upload] = work.client.get(f"/api/projects/{project.id}/file-uploads").json()
    assert sent.status_code == 201
    copied = project.get_files_from_tasks([{"data": {"file": f"/data/{upload['file']}"}}])
    assert [Path(one).read_bytes() for one in copied] == [b"file\nx\n"]


def test_what_the_paid_edition_has_is_told_to_come_later(moods: Any) -> None:
    import requests

    task = moods.import_tasks([{"text": "a"}])
    with pytest.raises(requests.HTTPError) as told:
        moods.assign_annotators([type("Somebody", (), {"id": 1})()], task)
    assert "comes later" in told.value.response.json()["detail"]
