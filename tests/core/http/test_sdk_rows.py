"""Rows of a project by the field's own client: tasks, annotations, predictions, tabs, files, exports, members."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from label_studio_sdk.core.api_error import ApiError

pytestmark = [
    pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated"),
    pytest.mark.filterwarnings("ignore:The `dict` method is deprecated"),
]


def refusal(error: pytest.ExceptionInfo[ApiError]) -> str:
    return json.dumps(error.value.body)


def test_an_annotation_is_read_with_all_that_was_sent(work: Any, sdk: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    made = sdk.annotations.create(id=task, result=work.result(), lead_time=1.5, ground_truth=True)
    found = sdk.annotations.get(id=made.id)
    assert (found.result, found.lead_time, found.ground_truth, found.task) == (work.result(), 1.5, True, task)
    assert found.unique_id == made.unique_id


def test_a_prediction_is_changed_and_deleted(work: Any, sdk: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    made = sdk.predictions.create(task=task, result=work.result(), score=0.5, model_version="one")
    sdk.predictions.update(id=made.id, score=0.9, model_version="two", result=work.result("bad"))
    found = sdk.predictions.get(id=made.id)
    assert (found.score, found.model_version, found.result) == (0.9, "two", work.result("bad"))
    sdk.predictions.delete(id=made.id)
    assert sdk.predictions.list(task=task) == []


def test_predictions_are_made_with_the_clients_own_reading_of_the_config(work: Any, sdk: Any) -> None:
    from label_studio_sdk.label_interface.objects import PredictionValue

    project = work.project()
    [task] = work.tasks(project, "a")
    read = sdk.projects.get(project).get_label_interface()
    region = read.get_control("mood").label(["good"])
    made = sdk.predictions.create(
        task=task, **PredictionValue(model_version="m", score=0.25, result=[region]).model_dump()
    )
    found = sdk.predictions.get(id=made.id)
    assert (found.score, found.model_version) == (0.25, "m")
    assert [(one["from_name"], one["type"], one["value"]) for one in found.result] == [
        ("mood", "choices", {"choices": ["good"]})
    ]


def test_all_tasks_of_a_project_are_deleted_and_no_others(work: Any, sdk: Any) -> None:
    one, other = work.project(), work.project()
    work.tasks(one, "a", "b")
    work.tasks(other, "c")
    sdk.tasks.delete_all_tasks(id=one)
    assert list(sdk.tasks.list(project=one)) == []
    assert [task.data["text"] for task in sdk.tasks.list(project=other)] == ["c"]


def test_an_import_in_the_background_is_asked_after(work: Any, sdk: Any) -> None:
    project = work.project()
    sent = work.client.post(f"/api/projects/{project}/import?background=1", json=[{"text": "a"}])
    work.site.jobs.drain()
    found = sdk.tasks.create_many_status(id=project, import_pk=sent.json()["import"])
    assert (found.status, found.task_count, found.project) == ("completed", 1, project)
    with pytest.raises(ApiError) as missing:
        sdk.tasks.create_many_status(id=project, import_pk=10**6)
    assert missing.value.status_code == 404


def test_tabs_are_put_in_order_and_all_deleted(work: Any, sdk: Any) -> None:
    project = work.project()
    made = [sdk.views.create(project=project, data={"title": title}).id for title in "abc"]
    sdk.views.update_order(project=project, ids=made[::-1])
    assert [one.id for one in sdk.views.list(project=project)] == made[::-1]
    sdk.views.delete_all(project=project)
    assert not {one.id for one in sdk.views.list(project=project)} & {*made}


def test_files_are_fetched_and_deleted_together(work: Any, sdk: Any) -> None:
    project = work.project()
    for name, text in (("a.csv", b"text\nfirst\n"), ("b.csv", b"text\nsecond\n")):
        sent = work.client.post(f"/api/projects/{project}/import", files={"file": (name, text)})
        assert sent.status_code == 201
    first, second = sdk.files.list(id=project)
    name = first.file.removeprefix("upload/")
    sdk.files.download(name)  # gives nothing back, whatever it fetched
    fetched = sdk.files.with_raw_response.download(name)
    assert fetched._response.content == b"text\nfirst\n"
    assert sdk.files.update(id=first.id).file == first.file
    with pytest.raises(ApiError) as refused:
        sdk.files.update(id=first.id, file=("c.csv", b"text\nother\n"))
    assert refused.value.status_code == 400
    assert "stays as it is" in refusal(refused)
    assert [one.id for one in sdk.files.list(id=project, ids=[second.id])] == [second.id]
    sdk.files.delete_many(id=project)
    assert sdk.files.list(id=project) == []


def test_an_export_becomes_a_file_and_a_table(work: Any, sdk: Any, tmp_path: Path) -> None:
    project = work.project()
    first, _ = work.tasks(project, "a", "b")
    work.submit(first)
    table = sdk.projects.exports.as_pandas(project)
    assert list(table["text"]) == ["a", "b"]
    assert table["mood"][0] == "good"
    file = sdk.projects.exports.as_file(project)
    assert [task["data"]["text"] for task in json.loads(file.read())] == ["a", "b"]


def test_people_who_annotated_are_listed(work: Any, sdk: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    assert sdk.projects.list_unique_annotators(id=project) == []
    work.submit(task, work.person("anne"))
    assert [one.email for one in sdk.projects.list_unique_annotators(id=project)] == ["anne@example.com"]


def test_members_of_a_project_come_and_go(work: Any, sdk: Any) -> None:
    project, anne = work.project(), work.actor("anne").user_id
    assert sdk.projects.members.add(id=project, user=anne).user == anne
    assert [one["id"] for one in work.client.get(f"/api/projects/{project}/members/").json()] == [anne]
    with pytest.raises(ApiError) as missing:
        sdk.projects.members.add(id=project, user=10**6)
    assert missing.value.status_code in (400, 404)
    sdk.projects.members.remove(id=project, user=anne)
    assert work.client.get(f"/api/projects/{project}/members/").json() == []


def test_nothing_is_told_of_states_of_work(work: Any, sdk: Any) -> None:
    [task] = work.tasks(work.project(), "a")
    assert list(sdk.states.state_history("task", task)) == []
    with pytest.raises(ApiError) as missing:
        sdk.states.state_history("task", 10**6)
    assert missing.value.status_code == 404
    with pytest.raises(ApiError) as strange:
        sdk.states.state_history("dream", task)
    assert "project, task, annotation" in refusal(strange)


@pytest.mark.needs("webhooks")
def test_actions_that_webhooks_may_tell_of_are_listed(sdk: Any) -> None:
    told = sdk.webhooks.info()
    shown = told if isinstance(told, dict) else told.model_dump(by_alias=True)
    assert shown["ANNOTATION_CREATED"]["key"] == "annotation"


def test_kinds_of_storages_are_listed(sdk: Any, site: Any) -> None:
    assert {one.name for one in sdk.import_storage.list_types()} == {*site.plugins.storages}
