from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.db.tables import Prediction, Project, Task
from tagma.services.site import Site

TEXT = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""


def test_a_project_is_made_read_changed_and_deleted(client: TestClient) -> None:
    made = client.post(
        "/api/projects/", json={"title": "Moods", "label_config": TEXT, "maximum_annotations": 2}
    )
    assert made.status_code == 201
    number = made.json()["id"]
    one = client.get(f"/api/projects/{number}").json()
    assert one["parsed_label_config"]["mood"]["labels"] == ["good", "bad"]
    assert one["config_has_control_tags"] is True
    assert (one["maximum_annotations"], one["task_number"], one["queue_total"]) == (2, 0, 0)
    assert one["created_by"]["email"] == "owner@example.com"
    changed = client.patch(
        f"/api/projects/{number}/", json={"title": "Feelings", "start_training_on_annotation_update": True}
    )
    assert changed.json()["title"] == "Feelings"
    assert changed.json()["min_annotations_to_start_training"] == 1
    assert client.delete(f"/api/projects/{number}/").status_code == 204
    assert client.get(f"/api/projects/{number}/").status_code == 404


def test_faults_come_in_the_envelope_under_their_fields(client: TestClient) -> None:
    answer = client.post("/api/projects/", json={"title": "ab"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Validation error"
    assert answer.json()["validation_errors"] == {
        "title": ["A title has 3 to 50 characters; this one has 2."]
    }


def test_a_password_for_media_is_kept_and_never_shown(client: TestClient) -> None:
    made = client.post("/api/projects/", json={"title": "Moods", "task_data_password": "secret"}).json()
    assert "secret" not in str(client.get(f"/api/projects/{made['id']}/").json())


def test_pages_link_to_each_other_and_end_with_404(
    client: TestClient, project: Callable[..., Project]
) -> None:
    for number in range(3):
        project(title=f"Project {number}")
    first = client.get("/api/projects/?page_size=2&include=id,title").json()
    assert first["count"] == 3
    assert [set(one) for one in first["results"]] == [{"id", "title"}] * 2
    second = client.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (1, None)
    past = client.get("/api/projects/?page_size=2&page=3")
    assert (past.status_code, past.json()["detail"]) == (404, "Invalid page.")


def test_counts_are_read_without_the_rest(client: TestClient, project: Callable[..., Project]) -> None:
    made = project()
    counts = client.get(f"/api/projects/counts/?ids={made.id}").json()["results"]
    assert counts == [
        {
            "id": made.id,
            "task_number": 0,
            "finished_task_number": 0,
            "total_annotations_number": 0,
            "total_predictions_number": 0,
            "num_tasks_with_annotations": 0,
            "ground_truth_number": 0,
            "skipped_annotations_number": 0,
            "useful_annotation_number": 0,
        }
    ]
    assert client.get("/api/projects/counts/?ids=1;2").status_code == 400


def test_a_config_is_checked_without_signing_in_with_all_its_faults(client: TestClient) -> None:
    assert client.post("/api/projects/validate/", json={"label_config": TEXT}).status_code == 204
    wrong = TEXT.replace('toName="text"', 'toName="txet"').replace("<Text ", "<Txet ")
    answer = client.post("/api/projects/validate", json={"label_config": wrong})
    assert answer.status_code == 400
    assert len(answer.json()["label_config"]) >= 2
    assert all(fault["where"]["line"] for fault in answer.json()["faults"])


def test_a_new_config_is_compared_with_the_old(client: TestClient, project: Callable[..., Project]) -> None:
    made = project(TEXT)
    path = f"/api/projects/{made.id}/validate/"
    same = client.post(path, json={"label_config": TEXT.replace("<View>", "<View><Header value='Hi'/>")})
    assert same.json() == {"config_essential_data_has_changed": None}
    fewer = client.post(path, json={"label_config": TEXT.replace('<Choice value="bad"/>', "")})
    assert fewer.json() == {"config_essential_data_has_changed": True}


def test_a_sample_task_fits_the_config(client: TestClient, project: Callable[..., Project]) -> None:
    answer = client.post(
        f"/api/projects/{project(TEXT).id}/sample-task/",
        json={"label_config": TEXT, "include_annotation_and_prediction": True},
    )
    sample = answer.json()["sample_task"]
    assert set(sample["data"]) == {"text"}
    assert sample["annotations"][0]["result"][0]["from_name"] == "mood"


def test_versions_of_predictions_are_counted_and_deleted(
    client: TestClient, site: Site, project: Callable[..., Project]
) -> None:
    made = project(TEXT, model_version="v1")

    def fill(tx: Any) -> None:
        for version in ("v1", "v1", "v2"):
            task = Task(project_id=made.id, data={"text": "x"}, total_predictions=1)
            tx.session.add(task)
            tx.session.flush()
            tx.session.add(Prediction(task_id=task.id, project_id=made.id, model_version=version))
        tx.run("UPDATE project SET total_predictions_number = 3 WHERE id = :id", id=made.id)

    site.database.write(fill)
    path = f"/api/projects/{made.id}/model-versions/"
    assert client.get(path).json() == {"v1": 2, "v2": 1}
    assert client.get(f"{path}?extended=true&limit=1").json()["static"][0]["model_version"] == "v1"
    assert client.request("DELETE", path, json={"model_version": "v1"}).json() == {"deleted_predictions": 2}
    one = client.get(f"/api/projects/{made.id}/").json()
    assert (one["model_version"], one["total_predictions_number"]) == ("", 1)


@pytest.mark.parametrize("path", ["summary", "annotators", "label-stream-history", "members", "tasks"])
def test_what_belongs_to_a_project_that_is_not_yours_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(f"/api/projects/999/{path}/").status_code == 404


def test_templates_are_those_the_plugins_bring(client: TestClient) -> None:
    answer = client.get("/api/templates/").json()
    assert answer["templates"]
    assert {one["group"] for one in answer["templates"]} == set(answer["groups"])
