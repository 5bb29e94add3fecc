"""What the field's client reads is of the types that it declares: it reads anything, and warns when it has to write it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")


@pytest.fixture
def world(work: Any, sdk: Any) -> dict[str, Any]:
    project = work.project(description="Words", expert_instruction="Look closely")
    task, other = work.tasks(project, "a", "b")
    made = work.submit(task, lead_time=1.5)
    work.skip(other, work.person("anne"))
    guess = sdk.predictions.create(task=task, result=work.result(), score=0.5, model_version="one")
    work.client.post(f"/api/tasks/{other}/drafts", json={"result": work.result(), "lead_time": 0.5})
    sent = work.client.post(f"/api/projects/{project}/import", files={"file": ("a.csv", b"text\nc\n")})
    job = work.client.post(f"/api/projects/{project}/import?background=1", json=[{"text": "d"}]).json()
    view = sdk.views.create(project=project, data={"title": "Mine"})
    export = sdk.projects.exports.create(id=project, title="Kept")
    work.site.jobs.drain()
    return {
        "project": project, "task": task, "annotation": made["id"], "prediction": guess.id, "view": view.id, "export": export.id,
        "file": sent.json()["file_upload_ids"][0], "job": job["import"], "me": work.owner.user_id,
        "here": work.owner.organization_id,
    }  # fmt: skip


READ: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "actions.list": lambda sdk, w: sdk.actions.list(project=w["project"]),
    "annotations.get": lambda sdk, w: sdk.annotations.get(id=w["annotation"]),
    "annotations.list": lambda sdk, w: sdk.annotations.list(id=w["task"]),
    "annotations.update": lambda sdk, w: sdk.annotations.update(id=w["annotation"], ground_truth=True),
    "files.get": lambda sdk, w: sdk.files.get(id=w["file"]),
    "files.list": lambda sdk, w: sdk.files.list(id=w["project"]),
    "jwt_settings.get": lambda sdk, _: sdk.jwt_settings.get(),
    "organizations.get": lambda sdk, w: sdk.organizations.get(id=w["here"]),
    "organizations.list": lambda sdk, _: sdk.organizations.list(),
    "organizations.members.get": lambda sdk, w: sdk.organizations.members.get(id=w["here"], user_pk=w["me"]),
    "organizations.members.list": lambda sdk, w: list(sdk.organizations.members.list(w["here"])),
    "predictions.get": lambda sdk, w: sdk.predictions.get(id=w["prediction"]),
    "predictions.list": lambda sdk, w: sdk.predictions.list(project=w["project"]),
    "projects.create": lambda sdk, _: sdk.projects.create(title="New"),
    "projects.exports.get": lambda sdk, w: sdk.projects.exports.get(id=w["project"], export_pk=w["export"]),
    "projects.exports.list": lambda sdk, w: sdk.projects.exports.list(id=w["project"]),
    "projects.exports.list_formats": lambda sdk, w: sdk.projects.exports.list_formats(id=w["project"]),
    "projects.get": lambda sdk, w: sdk.projects.get(w["project"]),
    "projects.list": lambda sdk, _: list(sdk.projects.list()),
    "projects.list_counts": lambda sdk, _: sdk.projects.list_counts(),
    "projects.list_unique_annotators": lambda sdk, w: sdk.projects.list_unique_annotators(id=w["project"]),
    "projects.update": lambda sdk, w: sdk.projects.update(w["project"], title="Other"),
    "session_policy.get": lambda sdk, _: sdk.session_policy.get(),
    "tasks.create": lambda sdk, w: sdk.tasks.create(project=w["project"], data={"text": "e"}),
    "tasks.create_many_status": lambda sdk, w: sdk.tasks.create_many_status(
        id=w["project"], import_pk=w["job"]
    ),
    "tasks.get": lambda sdk, w: sdk.tasks.get(id=w["task"]),
    "tasks.list": lambda sdk, w: list(sdk.tasks.list(project=w["project"])),
    "tasks.update": lambda sdk, w: sdk.tasks.update(id=w["task"], meta={"a": 1}),
    "tokens.list": lambda sdk, _: sdk.tokens.list(),
    "users.get": lambda sdk, w: sdk.users.get(id=w["me"]),
    "users.get_current_user": lambda sdk, _: sdk.users.get_current_user(),
    "users.list": lambda sdk, _: sdk.users.list(),
    "users.whoami": lambda sdk, _: sdk.users.whoami(),
    "versions.get": lambda sdk, _: sdk.versions.get(),
    "views.get": lambda sdk, w: sdk.views.get(id=w["view"]),
    "views.list": lambda sdk, w: sdk.views.list(project=w["project"]),
}


@pytest.fixture
def database_url() -> str:
    return ""  # what is compared are types


def test_every_answer_is_of_the_declared_types(sdk: Any, world: dict[str, Any]) -> None:
    wrong = {}
    for name, read in READ.items():
        answer = read(sdk, world)
        for one in answer if isinstance(answer, list) else [answer]:
            if not hasattr(one, "model_dump"):
                continue
            try:
                one.model_dump(mode="json")
            except Exception as error:  # the warning, made an error, comes wrapped
                wrong[name] = str(error)
    assert wrong == {}
