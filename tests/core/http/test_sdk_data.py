"""Data in, data out, keys and storages by the field's own client."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tagma.services import tokens

pytestmark = pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")


@pytest.fixture
def sdk(work: Any, live_server: str) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other people's modules say while they are loaded
        import httpx
        from label_studio_sdk.client import LabelStudio
    key = work.site.database.write(lambda tx: tokens.create(work.site, tx, work.owner))
    with httpx.Client() as connection:  # theirs is never closed
        yield LabelStudio(base_url=live_server, api_key=key, httpx_client=connection)


def texts(sdk: Any, project: int) -> list[str]:
    return sorted(task.data["text"] for task in sdk.tasks.list(project=project))


def until(done: Callable[[], bool]) -> None:
    """The server works on its jobs meanwhile; each look is a request."""
    assert any(done() for _ in range(5_000))


def test_tasks_go_in_and_come_out_again(work: Any, sdk: Any) -> None:
    project = work.project()
    rows = [
        {"data": {"text": "a"}, "annotations": [{"result": work.result()}]},
        {
            "data": {"text": "b"},
            "predictions": [{"result": work.result("bad"), "model_version": "m", "score": 0.5}],
        },
        {"text": "c"},
    ]
    report = sdk.projects.import_tasks(id=project, request=rows, return_task_ids=True)
    assert (report.task_count, report.annotation_count, report.prediction_count) == (3, 1, 1)
    assert len(report.task_ids) == 3
    assert texts(sdk, project) == ["a", "b", "c"]
    guessed = sdk.projects.import_predictions(
        id=project, request=[{"task": report.task_ids[2], "result": work.result()}]
    )
    assert guessed.created == 1

    whole = sdk.projects.exports.download_sync(id=project, export_type="JSON", download_all_tasks=True)
    exported = json.loads(b"".join(whole))
    assert sorted(task["data"]["text"] for task in exported) == ["a", "b", "c"]
    again = work.project()
    sdk.projects.import_tasks(id=again, request=exported)
    assert texts(sdk, again) == ["a", "b", "c"]
    assert {"JSON", "CSV"} <= {one["name"] for one in sdk.projects.exports.list_formats(id=project)}


def test_a_kept_export_is_made_converted_and_fetched(work: Any, sdk: Any) -> None:
    project = work.project()
    [task, _] = work.tasks(project, "a", "b")
    work.submit(task)
    made = sdk.projects.exports.create(id=project, title="Friday")
    until(lambda: sdk.projects.exports.get(id=project, export_pk=made.id).status == "completed")
    assert [one.title for one in sdk.projects.exports.list(id=project)] == ["Friday"]
    body = b"".join(sdk.projects.exports.download(id=project, export_pk=made.id, export_type="JSON"))
    assert [len(one["annotations"]) for one in json.loads(body)] == [1, 0]
    sdk.projects.exports.convert(id=project, export_pk=made.id, export_type="CSV")
    until(
        lambda: all(
            one.status == "completed"
            for one in sdk.projects.exports.get(id=project, export_pk=made.id).converted_formats
        )
    )
    table = b"".join(sdk.projects.exports.download(id=project, export_pk=made.id, export_type="CSV")).decode()
    assert "good" in table
    sdk.projects.exports.delete(id=project, export_pk=made.id)
    assert sdk.projects.exports.list(id=project) == []


def test_files_are_listed_and_deleted(work: Any, sdk: Any) -> None:
    project = work.project()
    sent = work.client.post(f"/api/projects/{project}/import", files={"file": ("a.csv", b"text\nfirst\n")})
    assert sent.status_code == 201
    [file] = sdk.files.list(id=project)
    assert file.file.endswith("a.csv")
    assert sdk.files.get(id=file.id).id == file.id
    sdk.files.delete(id=file.id)
    assert sdk.files.list(id=project) == []
    assert texts(sdk, project) == ["first"]


def test_tabs_narrow_and_order_what_is_listed(work: Any, sdk: Any) -> None:
    project = work.project()
    work.tasks(project, "b", "c", "a")
    some = {"filter": "filter:tasks:data.text", "operator": "not_equal", "type": "String", "value": "c"}
    data = {
        "title": "Not c",
        "filters": {"conjunction": "and", "items": [some]},
        "ordering": ["-tasks:data.text"],
    }
    view = sdk.views.create(project=project, data=data)
    assert [task.data["text"] for task in sdk.tasks.list(view=view.id)] == ["b", "a"]
    assert sdk.views.get(id=view.id).data["title"] == "Not c"
    renamed = sdk.views.update(id=view.id, data={**data, "title": "Others"}, project=project)
    assert renamed.data["title"] == "Others"
    assert view.id in [one.id for one in sdk.views.list(project=project)]
    names = {
        action["id"] if isinstance(action, dict) else action.id
        for action in sdk.actions.list(project=project)
    }
    assert {"delete_tasks", "predictions_to_annotations"} <= names
    sdk.views.delete(id=view.id)
    assert view.id not in [one.id for one in sdk.views.list(project=project)]


def test_keys_are_renewed_and_ended(work: Any, sdk: Any) -> None:
    [held] = sdk.tokens.list()
    assert held.token.count(".") == 1, "without the signature"
    assert sdk.users.whoami().email == work.owner.email
    settings = sdk.jwt_settings.get()
    assert settings.api_tokens_enabled
    key = work.site.database.write(lambda tx: tokens.listed(work.site, tx, work.owner))[0]["token"]
    sdk.tokens.blacklist(refresh=key)
    assert work.site.database.read(lambda tx: tokens.listed(work.site, tx, work.owner)) == []


def test_a_folder_of_the_machine_is_connected(work: Any, sdk: Any, tmp_path: Path) -> None:
    from label_studio_sdk.core.api_error import ApiError

    with pytest.raises(ApiError) as refused:
        sdk.import_storage.local.create(project=work.project(), path=str(tmp_path))
    assert refused.value.status_code == 400
    assert "local_files_serving" in json.dumps(refused.value.body)
