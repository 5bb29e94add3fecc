"""Paths, codes and keys of the field's protocol, row by row; each path with and without a slash at its end.

What the answers mean is tested where each thing lives; here stands what a program of the field may rely on to be there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

PERSON = "id first_name last_name email avatar"
COUNTS = (
    "id task_number finished_task_number total_predictions_number total_annotations_number num_tasks_with_annotations"
    " useful_annotation_number ground_truth_number skipped_annotations_number"
)
PROJECT = (
    f"{COUNTS} title description created_at created_by organization color label_config parsed_label_config"
    " config_has_control_tags config_suitable_for_bulk_annotation expert_instruction show_instruction show_skip_button"
    " enable_empty_annotation show_annotation_history reveal_preannotations_interactively show_collab_predictions"
    " evaluate_predictions_automatically model_version maximum_annotations overlap_cohort_percentage show_overlap_first sampling"
    " skip_queue show_ground_truth_first annotator_evaluation_enabled min_annotations_to_start_training"
    " start_training_on_annotation_update control_weights task_data_login task_data_password is_published is_draft pinned_at"
    " queue_total queue_done state"
)
TASK = (
    "id data meta created_at updated_at inner_id total_annotations cancelled_annotations total_predictions comment_count"
    " unresolved_comment_count last_comment_updated_at project updated_by file_upload comment_authors"
)
SIMPLE = f"{TASK} is_labeled overlap annotations predictions"
LISTED = (
    f"{TASK} is_labeled overlap annotators completed_at annotations_results predictions_results annotations_ids"
    " predictions_model_versions predictions_score avg_lead_time storage_filename draft_exists"
)
FULL = f"{LISTED} annotations predictions drafts"
EXPORTED = f"{TASK} annotations predictions drafts allow_skip"
ANNOTATION = (
    "id result created_username created_ago completed_by was_cancelled ground_truth created_at updated_at draft_created_at"
    " lead_time import_id last_action bulk_created task project updated_by parent_prediction parent_annotation last_created_by"
)
EXPORTED_ANNOTATION = (
    "id result completed_by was_cancelled ground_truth created_at updated_at draft_created_at lead_time prediction result_count"
    " unique_id import_id last_action bulk_created task project updated_by parent_prediction parent_annotation last_created_by"
)
PREDICTION = "id result score model_version created_at updated_at created_ago task project cluster neighbors mislabeling model model_run"
DRAFT = "id user created_username created_ago result lead_time was_postponed import_id created_at updated_at task annotation"
VIEW = "id project user order data"
SNAPSHOT = "id title created_by created_at finished_at status md5 counters converted_formats"
IMPORTED = "task_count annotation_count prediction_count duration file_upload_ids could_be_tasks_list found_formats data_columns"
IMPORT = f"{IMPORTED} id project preannotated_from_fields commit_to_project return_task_ids status url error created_at updated_at finished_at tasks task_ids"
USER = (
    "id first_name last_name username email last_activity custom_hotkeys avatar initials phone active_organization"
    " active_organization_meta allow_newsletters date_joined"
)
PAGE = "count next previous results"
ORGANIZATION = "id title token created_at updated_at contact_info created_by users"
MEMBER = "id organization user created_projects contributed_to_projects"
ONE_MEMBER = "user organization contributed_projects_count annotations_count created_at"
POLICY = "max_session_age max_time_between_activity created_at updated_at"
LABEL = "id value title description approved created_by approved_by organization links created_at updated_at"
LINK = "id from_name project label annotations_count"
PARTS = "release edition label-studio-os-package label-studio-os-backend label-studio-frontend dm2 lsf backend label-studio-converter label-studio-ml"


class Row(NamedTuple):
    """:param inside: where in the answer the keys are: ``results.0``; a list's first, a dictionary's value."""

    method: str
    path: str
    status: int = 200
    keys: str = ""
    body: Any = None
    inside: str = ""


GOOD = [
    {"id": "m", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
]
RESULT = {"result": GOOD}
NEW_LABEL = {"project": "{project}", "from_name": "mood", "value": "calm", "title": "Calm"}

ROWS = [
    # 1 keys and sessions
    Row("GET", "/api/token/", 200),
    Row("POST", "/api/token/", 201, "token"),
    Row("POST", "/api/token/refresh/", 401, body={"refresh": "nonsense"}),
    Row("POST", "/api/token/rotate/", 400, body={"refresh": "nonsense"}),
    Row("POST", "/api/token/blacklist/", 404, body={"refresh": "nonsense"}),
    Row("GET", "/api/jwt/settings", 200, "api_tokens_enabled legacy_api_tokens_enabled"),
    Row("POST", "/api/jwt/settings", 200, "api_tokens_enabled", {"legacy_api_tokens_enabled": True}),
    Row("GET", "/api/session-policy/", 200, POLICY),
    Row("PATCH", "/api/session-policy/", 200, POLICY, {"max_session_age": 100}),
    Row("GET", "/api/current-user/token", 200, "token"),
    Row("POST", "/api/current-user/reset-token/", 201, "token"),
    # 2 projects
    Row("GET", "/api/projects/", 200, PROJECT, inside="results"),
    Row("GET", "/api/projects/?page=2", 404),
    Row("GET", "/api/projects/?include=id,title", 200, "id title", inside="results"),
    Row("POST", "/api/projects/", 201, PROJECT, {"title": "Another"}),
    Row("POST", "/api/projects/", 400, "title", {"title": "ab"}, "validation_errors"),
    Row("POST", "/api/projects/", 400, "label_config", {"title": "Bad", "label_config": "<View><Choices name='a' toName='b'/></View>"}, "validation_errors"),
    Row("GET", "/api/projects/counts/", 200, COUNTS, inside="results"),
    Row("GET", "/api/projects/{project}/", 200, PROJECT),
    Row("PATCH", "/api/projects/{project}/", 200, PROJECT, {"title": "Renamed"}),
    Row("PUT", "/api/projects/{project}/", 200, PROJECT, {"title": "Renamed"}),
    Row("DELETE", "/api/projects/{project}/", 204),
    Row("GET", "/api/projects/{project}/next/", 200, f"{FULL} queue unique_lock_id"),
    Row("GET", "/api/projects/{project}/label-stream-history/", 200, "taskId annotationId"),
    Row("POST", "/api/projects/validate/", 204, body={"label_config": "<View><Header value='Hello'/></View>"}),
    Row("POST", "/api/projects/validate/", 400, "label_config", {"label_config": "<View><Text"}),
    Row("POST", "/api/projects/{project}/validate/", 200, "config_essential_data_has_changed", {"label_config": "{config}"}),
    Row("GET", "/api/projects/{project}/summary/", 200, "project created_at all_data_columns common_data_columns created_annotations created_labels created_labels_drafts"),
    Row("POST", "/api/projects/{project}/summary/reset/", 200),
    Row("GET", "/api/projects/{project}/tasks/", 200, SIMPLE),
    Row("GET", "/api/projects/{project}/tasks/?page=9", 404),
    Row("GET", "/api/projects/{project}/tasks/?page_size=-1", 200, SIMPLE),
    Row("POST", "/api/projects/{project}/tasks/", 201, TASK, {"data": {"text": "new"}}),
    Row("DELETE", "/api/projects/{project}/tasks/", 204),
    Row("POST", "/api/projects/{project}/sample-task/", 200, "data annotations predictions", {"label_config": "{config}", "include_annotation_and_prediction": True}, "sample_task"),
    Row("GET", "/api/projects/{project}/model-versions/", 200, "one"),
    Row("GET", "/api/projects/{project}/model-versions/?extended=true", 200, "static live"),
    Row("DELETE", "/api/projects/{project}/model-versions/", 200, "deleted_predictions", {"model_version": "one"}),
    Row("GET", "/api/projects/{project}/annotators/", 200, PERSON),
    Row("GET", "/api/templates/", 200, "templates groups"),
    # 3 import
    Row("POST", "/api/projects/{project}/import", 201, IMPORTED, [{"text": "new"}]),
    Row("POST", "/api/projects/{project}/import?return_task_ids=true", 201, "task_ids", [{"text": "new"}]),
    Row("POST", "/api/projects/{project}/import", 400, "non_field_errors", [{"words": "new"}], "validation_errors"),
    Row("POST", "/api/projects/{project}/tasks/bulk/", 201, IMPORTED, [{"text": "new"}]),
    Row("GET", "/api/projects/{project}/imports/{job}/", 200, IMPORT),
    Row("POST", "/api/projects/{project}/reimport", 201, IMPORTED, {"file_upload_ids": ["{file}"], "files_as_tasks_list": True}),
    Row("POST", "/api/projects/{project}/import/predictions", 201, "created", [{"task": "{task}", **RESULT}]),
    Row("GET", "/api/projects/{project}/file-uploads", 200, "id file size"),
    Row("GET", "/api/projects/{project}/file-uploads?ids=[{file}]", 200, "id file size"),
    Row("DELETE", "/api/projects/{project}/file-uploads", 200, "deleted", {"file_upload_ids": ["{file}"]}),
    Row("GET", "/api/import/file-upload/{file}", 200, "id file size"),
    Row("PATCH", "/api/import/file-upload/{file}", 200, "id file size", {}),
    Row("DELETE", "/api/import/file-upload/{file}", 204),
    # 4 tasks and what is made of them
    Row("GET", "/api/tasks/?project={project}", 200, LISTED, inside="tasks"),
    Row("GET", "/api/tasks/?project={project}", 200, "tasks total total_annotations total_predictions"),
    Row("GET", "/api/tasks/?project={project}&fields=all", 200, FULL, inside="tasks"),
    Row("GET", "/api/tasks/?view={view}&fields=all", 200, FULL, inside="tasks"),
    Row("GET", "/api/tasks/?project={project}&page=9", 404),
    Row("GET", "/api/tasks/", 404, "detail"),
    Row("POST", "/api/tasks/", 201, TASK, {"project": "{project}", "data": {"text": "new"}}),
    Row("POST", "/api/tasks/", 400, "data", {"project": "{project}", "data": {"words": "new"}}, "validation_errors"),
    Row("GET", "/api/tasks/{task}/", 200, FULL),
    Row("GET", "/api/tasks/{task}/", 200, PERSON, inside="annotations.0.completed_by"),
    Row("PATCH", "/api/tasks/{task}/", 200, SIMPLE, {"meta": {"a": 1}}),
    Row("PUT", "/api/tasks/{task}/", 200, SIMPLE, {"data": {"text": "other"}}),
    Row("DELETE", "/api/tasks/{task}/", 204),
    Row("GET", "/api/tasks/{task}/annotations/", 200, ANNOTATION),
    Row("POST", "/api/tasks/{task}/annotations/", 201, ANNOTATION, RESULT),
    Row("POST", "/api/tasks/{task}/annotations/?was_cancelled=1", 201, ANNOTATION, {"result": []}),
    Row("POST", "/api/tasks/{task}/annotations/", 400, "result", {"result": "good"}, "validation_errors"),
    Row("GET", "/api/annotations/{annotation}/", 200, ANNOTATION),
    Row("PATCH", "/api/annotations/{annotation}/", 200, ANNOTATION, {"ground_truth": True}),
    Row("PUT", "/api/annotations/{annotation}/", 200, ANNOTATION, RESULT),
    Row("DELETE", "/api/annotations/{annotation}/", 204),
    Row("POST", "/api/annotations/{annotation}/convert-to-draft", 201, DRAFT),
    Row("GET", "/api/tasks/{task}/drafts", 200, DRAFT),
    Row("POST", "/api/tasks/{task}/drafts", 201, DRAFT, {**RESULT, "lead_time": 1.5, "was_postponed": True}),
    Row("GET", "/api/tasks/{task}/annotations/{annotation}/drafts", 200),
    Row("POST", "/api/tasks/{task}/annotations/{annotation}/drafts", 201, DRAFT, RESULT),
    Row("GET", "/api/drafts/{draft}/", 200, DRAFT),
    Row("PATCH", "/api/drafts/{draft}/", 200, DRAFT, RESULT),
    Row("PUT", "/api/drafts/{draft}/", 200, DRAFT, RESULT),
    Row("DELETE", "/api/drafts/{draft}/", 204),
    Row("GET", "/api/predictions/?project={project}", 200, PREDICTION),
    Row("GET", "/api/predictions/?task__project={project}", 200, PREDICTION),
    Row("GET", "/api/predictions/?task={task}", 200, PREDICTION),
    Row("POST", "/api/predictions/", 201, PREDICTION, {"task": "{task}", **RESULT, "score": 0.5}),
    Row("GET", "/api/predictions/{prediction}/", 200, PREDICTION),
    Row("PATCH", "/api/predictions/{prediction}/", 200, PREDICTION, {"score": 0.1}),
    Row("PUT", "/api/predictions/{prediction}/", 200, PREDICTION, {"score": 0.1}),
    Row("DELETE", "/api/predictions/{prediction}/", 204),
    Row("GET", "/api/fsm/entities/task/{task}/history", 200, PAGE),
    # 5 data manager
    Row("GET", "/api/dm/views/?project={project}", 200, VIEW),
    Row("POST", "/api/dm/views/", 201, VIEW, {"project": "{project}", "data": {"title": "New"}}),
    Row("GET", "/api/dm/views/{view}/", 200, VIEW),
    Row("PATCH", "/api/dm/views/{view}/", 200, VIEW, {"data": {"title": "Other"}}),
    Row("PUT", "/api/dm/views/{view}/", 200, VIEW, {"data": {"title": "Other"}}),
    Row("DELETE", "/api/dm/views/{view}/", 204),
    Row("DELETE", "/api/dm/views/reset/", 204, body={"project": "{project}"}),
    Row("DELETE", "/api/dm/views/reset/?project={project}", 204),
    Row("POST", "/api/dm/views/order/", 200, body={"project": "{project}", "ids": ["{view}"]}),
    Row("GET", "/api/dm/columns/?project={project}", 200, "id title type target help visibility_defaults project_defined", inside="columns"),
    Row("GET", "/api/dm/project/?project={project}", 200, f"{PROJECT} can_delete_tasks can_manage_annotations can_manage_tasks source_syncing target_syncing task_count annotation_count"),
    Row("GET", "/api/dm/actions/?project={project}", 200, "id title order permission dialog"),
    Row("GET", "/api/dm/actions/delete_tasks_annotations/form/?project={project}", 200, "columnCount fields"),
    Row("POST", "/api/dm/actions/?project={project}&id=delete_tasks_predictions", 200, "processed_items detail", {"selectedItems": {"all": True, "excluded": []}}),
    Row("POST", "/api/dm/actions/?project={project}&id=next_task", 200, "id data queue", {}),
    Row("POST", "/api/dm/actions/?project={project}", 422, "detail", {}),
    # 6 export
    Row("GET", "/api/projects/{project}/export/formats", 200, "name title description link"),
    Row("GET", "/api/projects/{project}/export?exportType=JSON", 200, EXPORTED),
    Row("GET", "/api/projects/{project}/export?export_type=JSON&ids[]={task}", 200, EXPORTED_ANNOTATION, inside="0.annotations"),
    Row("GET", "/api/projects/{project}/exports/", 200, SNAPSHOT),
    Row("POST", "/api/projects/{project}/exports/", 201, SNAPSHOT, {"title": "Kept"}),
    Row("GET", "/api/projects/{project}/exports/{export}", 200, SNAPSHOT),
    Row("POST", "/api/projects/{project}/exports/{export}/convert", 200, "export_type converted_format", {"export_type": "CSV"}),
    Row("GET", "/api/projects/{project}/exports/{export}/download", 200, EXPORTED),
    Row("GET", "/api/projects/{project}/exports/{export}/download?exportType=JSON", 200, EXPORTED),
    Row("DELETE", "/api/projects/{project}/exports/{export}", 204),
    Row("GET", "/api/projects/{project}/export/files", 200, "export_files"),
    # 10 people, labels and the rest
    Row("GET", "/api/current-user/whoami", 200, f"{USER} permissions"),
    Row("GET", "/api/users/", 200, USER),
    Row("POST", "/api/users/", 201, USER, {"email": "bea@example.com"}),
    Row("GET", "/api/users/{user}/", 200, USER),
    Row("PATCH", "/api/users/{user}/", 200, USER, {"first_name": "Ann"}),
    Row("PATCH", "/api/users/{user}/", 405, "detail", {"email": "other@example.com"}),
    Row("GET", "/api/current-user/hotkeys/", 200, "custom_hotkeys"),
    Row("PATCH", "/api/current-user/hotkeys/", 200, "custom_hotkeys", {"custom_hotkeys": {}}),
    Row("GET", "/api/organizations/", 200, "id title contact_info created_at"),
    Row("GET", "/api/organizations/{organization}", 200, ORGANIZATION),
    Row("PATCH", "/api/organizations/{organization}", 200, ORGANIZATION, {"title": "Moods"}),
    Row("PUT", "/api/organizations/{organization}", 200, ORGANIZATION, {"title": "Moods"}),
    Row("GET", "/api/organizations/{organization}/memberships", 200, PAGE),
    Row("GET", "/api/organizations/{organization}/memberships?page_size=-1", 200, MEMBER, inside="results"),
    Row("GET", "/api/organizations/{organization}/memberships/{user}/", 200, ONE_MEMBER),
    Row("DELETE", "/api/organizations/{organization}/memberships/{user}/", 405),
    Row("GET", "/api/invite", 200, "token invite_url"),
    Row("POST", "/api/invite/reset-token", 201, "token invite_url"),
    Row("GET", "/api/labels/", 200, LABEL, inside="results"),
    Row("POST", "/api/labels/", 201, LABEL, [NEW_LABEL]),
    Row("GET", "/api/labels/{label}/", 200, LABEL),
    Row("PATCH", "/api/labels/{label}/", 200, LABEL, {"title": "Other"}),
    Row("DELETE", "/api/labels/{label}/", 204),
    Row("POST", "/api/labels/bulk", 200, "annotations_updated", {"old_label": "a", "new_label": "b"}),
    Row("GET", "/api/label_links/?project={project}", 200, LINK, inside="results"),
    Row("GET", "/api/label_links/?expand=label", 200, LABEL, inside="results.0.label"),
    Row("GET", "/api/version/", 200, PARTS),
    Row("GET", "/version/", 200, PARTS),
    Row("GET", "/health", 200, "status"),
    Row("GET", "/docs/api/schema/json/", 200, "openapi paths components"),
    Row("GET", "/metrics", 200),
]  # fmt: skip


@pytest.fixture
def world(work: Any) -> dict[str, Any]:
    """One of everything that a path names."""
    project = work.project()
    sent = work.client.post(
        f"/api/projects/{project}/import", files={"file": ("tasks.csv", b"text\none\ntwo\n")}
    )
    assert sent.status_code == 201
    job = work.client.post(f"/api/projects/{project}/import?background=1", json=[{"text": "three"}]).json()
    work.site.jobs.drain()
    task = work.client.get(f"/api/tasks?project={project}").json()["tasks"][0]["id"]
    guess = {"task": task, **RESULT, "model_version": "one"}
    label = {**NEW_LABEL, "project": project, "title": "First"}
    post = work.client.post
    world = {
        "project": project, "task": task, "job": job["import"], "user": work.owner.user_id,
        "file": sent.json()["file_upload_ids"][0], "organization": work.owner.organization_id,
        "annotation": work.submit(task)["id"],
        "draft": post(f"/api/tasks/{task}/drafts", json=RESULT).json()["id"],
        "prediction": post("/api/predictions/", json=guess).json()["id"],
        "view": post("/api/dm/views/", json={"project": project, "data": {"title": "Mine"}}).json()["id"],
        "label": post("/api/labels/", json=[label]).json()[0]["id"],
        "export": post(f"/api/projects/{project}/exports/", json={}).json()["id"],
        "config": work.counts(project)["label_config"],
    }  # fmt: skip
    work.site.jobs.drain()
    return world


@pytest.fixture
def database_url() -> str:
    return ""  # what differs between databases is tested where each thing lives


def filled(given: Any, world: dict[str, Any]) -> Any:
    if isinstance(given, dict):
        return {key: filled(value, world) for key, value in given.items()}
    if isinstance(given, list):
        return [filled(value, world) for value in given]
    if isinstance(given, str) and given.startswith("{"):
        return world[given[1:-1]]
    return given


def reached(answer: Any, inside: str) -> Any:
    for step in inside.split(".") if inside else ():
        answer = answer[int(step)] if step.isdecimal() else answer[step]
    return answer[0] if isinstance(answer, list) else answer


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.path} {row.status}")
def test_a_row_of_the_protocol(work: Any, world: dict[str, Any], row: Row) -> None:
    """Asked with and without the slash; what changes something only in the spelling that the protocol has not."""
    path, _, query = row.path.partition("?")
    for name, value in world.items():
        path, query = path.replace(f"{{{name}}}", str(value)), query.replace(f"{{{name}}}", str(value))
    sent = {} if row.body is None else {"json": filled(row.body, world)}
    other = path.rstrip("/") if path.endswith("/") else path + "/"
    for spelled in (other, path) if row.method == "GET" else (other,):
        answer = work.client.request(row.method, spelled + ("?" + query if query else ""), **sent)
        check(row, answer)


def check(row: Row, answer: Any) -> None:
    assert answer.status_code == row.status, answer.text
    if row.status == 204:
        assert answer.content == b""
    elif row.status >= 400:
        assert {"id", "status_code", "version", "detail", "exc_info"} <= set(answer.json())
        assert (answer.json()["status_code"], answer.json()["exc_info"]) == (row.status, None)
        if "validation_errors" in answer.json():
            assert answer.json()["detail"] == "Validation error"
    if row.keys:
        assert set(row.keys.split()) - set(reached(answer.json(), row.inside)) == set()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Token {legacy}"},
        {"X-Api-Key": "{legacy}"},
        {"Authorization": "Bearer {access}"},
        {"Authorization": "Bearer {personal}"},
        {"Authorization": "Token {personal}"},
    ],
    ids=lambda headers: " ".join(f"{name}: {value}" for name, value in headers.items()),
)
def test_every_spelling_of_a_key_opens_the_door(work: Any, headers: dict[str, str]) -> None:
    """Model servers fetch media with a personal token as it is, so that is a key too."""
    personal = work.client.post("/api/token/").json()["token"]
    keys = {
        "legacy": work.client.get("/api/current-user/token").json()["token"],
        "personal": personal,
        "access": work.client.post("/api/token/refresh/", json={"refresh": personal}).json()["access"],
    }
    work.client.cookies.clear()
    shown = {name: value.format(**keys) for name, value in headers.items()}
    assert work.client.get("/api/current-user/whoami", headers=shown).json()["email"] == work.owner.email
    assert work.client.get("/api/current-user/whoami").status_code == 401
