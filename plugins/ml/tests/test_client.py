"""Model servers by the field's own client: connected, changed, asked, taught, taken away."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tagma.services.site import Site
from tagma.testing import serve

pytestmark = [
    pytest.mark.needs("controls", "text", "formats"),
    pytest.mark.filterwarnings("ignore:The `parse_obj` method is deprecated"),
]


@pytest.fixture
def sdk(site: Site, work: Any) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other people's modules say while they are loaded
        from label_studio_sdk import LabelStudio
    key = work.client.post("/api/token/").json()["token"]
    with serve(site) as address, httpx.Client(timeout=60) as connection:
        yield LabelStudio(base_url=address, api_key=key, httpx_client=connection)


def test_a_model_server_is_connected_changed_and_taken_away(sdk: Any, work: Any, model_server: Any) -> None:
    from label_studio_sdk.core.api_error import ApiError

    with pytest.raises(ApiError) as refused:
        sdk.ml.create(project=work.project, url="http://127.0.0.1:9", title="Nobody")
    assert refused.value.status_code == 400
    made = sdk.ml.create(
        project=work.project, url=model_server.url, title="Moods", description="Guesses", is_interactive=True
    )
    assert (made.url, made.title, made.description, made.state) == (
        model_server.url,
        "Moods",
        "Guesses",
        "CO",
    )
    assert [one.id for one in sdk.ml.list(project=work.project)] == [made.id]
    assert (sdk.ml.get(id=made.id).model_version, sdk.ml.get(id=made.id).is_interactive) == ("v1", True)
    assert sdk.ml.update(id=made.id, title="Feelings", project=work.project).title == "Feelings"
    assert sdk.ml.get(id=made.id).url == model_server.url
    assert "v1" in sdk.ml.list_model_versions(id=made.id).versions
    sdk.ml.delete(id=made.id)
    assert sdk.ml.list(project=work.project) == []


def test_it_is_asked_about_all_tasks_and_about_one(
    sdk: Any, site: Site, work: Any, model_server: Any
) -> None:
    made = sdk.ml.create(project=work.project, url=model_server.url, is_interactive=True)
    first, second = work.tasks("a good day", "rain")
    sdk.ml.predict_all_tasks(id=made.id)
    while len(sdk.predictions.list(project=work.project)) < 2:
        site.jobs.drain()
    found = {one.task: one for one in sdk.predictions.list(project=work.project)}
    assert {task: one.result[0]["value"]["choices"] for task, one in found.items()} == {
        first: ["good"],
        second: ["bad"],
    }
    assert {one.model_version for one in found.values()} == {"v1"}
    sdk.ml.predict_interactive(id=made.id, task=first, context={"result": []})
    [asked] = model_server.bodies("/predict")[-1:]
    assert [task["id"] for task in asked["tasks"]] == [first]
    assert asked["params"]["context"] == {"result": []}


def test_it_is_told_to_learn(sdk: Any, site: Site, work: Any, model_server: Any) -> None:
    made = sdk.ml.create(project=work.project, url=model_server.url)
    work.submit(*work.tasks("a good day"))
    sdk.ml.train(id=made.id)
    while not (told := [one for one in model_server.bodies("/webhook") if one["action"] == "START_TRAINING"]):
        site.jobs.drain()
    assert told[0]["project"]["id"] == work.project
