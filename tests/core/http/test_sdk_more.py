"""Files, tabs, keys, storages and predictions in bulk by the field's own client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tagma.services.people import tokens

pytestmark = pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")


def texts(sdk: Any, project: int) -> list[str]:
    return sorted(task.data["text"] for task in sdk.tasks.list(project=project))


def test_predictions_go_in_in_bulk(work: Any, sdk: Any) -> None:
    project = work.project()
    [task] = work.tasks(project, "a")
    given = [{"task": task, "result": work.result(), "model_version": "m", "score": 0.5}]
    assert sdk.projects.import_predictions(id=project, request=given).created == 1
    assert [one.model_version for one in sdk.predictions.list(task=task)] == ["m"]


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


@pytest.mark.needs("storage_local")
def test_a_folder_of_the_machine_is_connected(work: Any, sdk: Any, tmp_path: Path) -> None:
    from label_studio_sdk.core.api_error import ApiError

    with pytest.raises(ApiError) as refused:
        sdk.import_storage.local.create(project=work.project(), path=str(tmp_path))
    assert refused.value.status_code == 400
    assert "local_files_serving" in json.dumps(refused.value.body)
