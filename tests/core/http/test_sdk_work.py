"""Programs of the field work as they are: tasks, annotations, predictions, views and actions by label_studio_sdk."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated")  # theirs


def test_a_program_of_the_field_does_a_days_work(work: Any, sdk: Any) -> None:
    project = work.project()
    tasks = [sdk.tasks.create(project=project, data={"text": text}) for text in "abcde"]
    assert [task.data for task in sdk.tasks.list(project=project, page_size=2)] == [
        {"text": text} for text in "abcde"
    ]
    assert sdk.tasks.get(id=tasks[0].id).data == {"text": "a"}
    assert sdk.tasks.update(id=tasks[0].id, data={"text": "A"}).data == {"text": "A"}

    made = sdk.annotations.create(id=tasks[0].id, result=work.result(), lead_time=2.5)
    assert (made.result, made.lead_time, made.completed_by) == (work.result(), 2.5, work.owner.user_id)
    assert sdk.annotations.update(id=made.id, result=work.result("bad")).result == work.result("bad")
    assert [one.id for one in sdk.annotations.list(id=tasks[0].id)] == [made.id]
    [full] = [task for task in sdk.tasks.list(project=project) if task.id == tasks[0].id]
    assert (full.is_labeled, len(full.annotations)) == (True, 1)

    guess = sdk.predictions.create(task=tasks[1].id, result=work.result(), score=0.5, model_version="m")
    assert [one.id for one in sdk.predictions.list(task=tasks[1].id)] == [guess.id]
    assert sdk.predictions.get(id=guess.id).score == 0.5

    test = {"filter": "filter:tasks:data.text", "operator": "in_list", "type": "String", "value": ["b", "c"]}
    view = sdk.views.create(
        project=project, data={"title": "Some", "filters": {"conjunction": "and", "items": [test]}}
    )
    assert [task.data["text"] for task in sdk.tasks.list(view=view.id)] == ["b", "c"]

    sdk.actions.create(
        id="predictions_to_annotations", project=project, selected_items={"all": True, "excluded": []}
    )
    assert len(list(sdk.annotations.list(id=tasks[1].id))) == 1
    some = {"all": False, "included": [tasks[4].id]}
    sdk.actions.create(id="delete_tasks", project=project, selected_items=some)
    sdk.tasks.delete(id=tasks[3].id)
    sdk.annotations.delete(id=made.id)
    assert len(list(sdk.tasks.list(project=project))) == 3


def test_a_program_of_the_field_is_told_what_is_wrong(work: Any, sdk: Any) -> None:
    from label_studio_sdk.core.api_error import ApiError

    project = work.project()
    with pytest.raises(ApiError) as refused:
        sdk.tasks.create(project=project, data={"image": "a"})
    assert refused.value.status_code == 400
    with pytest.raises(ApiError) as missing:
        sdk.tasks.get(id=10**6)
    assert missing.value.status_code == 404
