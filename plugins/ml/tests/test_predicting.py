"""Asking a model server about many tasks: all of them, each once, whatever it answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient

pytestmark = pytest.mark.needs("controls", "text", "formats")


def test_every_task_gets_what_the_server_predicts_for_it(work: Any, model_server: Any) -> None:
    good, bad = work.tasks("a good day", "rain")
    model = work.connect(model_server, title="Mood")
    job = work.predict(model)
    assert (job["state"], job["result"]["predicted"], job["result"]["fault_count"]) == ("completed", 2, 0)
    assert work.predictions() == {good: [("good", 0.9, "v1")], bad: [("bad", 0.4, "v1")]}
    assert work.log(model)[0] == "Predicted 2 of 2 tasks."


def test_the_server_is_asked_in_the_protocols_words(work: Any, model_server: Any, client: TestClient) -> None:
    (task,) = work.tasks("a good day")
    client.patch(f"/api/projects/{work.project}/", json={"task_data_login": "me", "task_data_password": "pw"})
    work.submit(task)
    model = work.connect(model_server, extra_params={"lang": "en"})
    work.predict(model)
    setup, body = model_server.bodies("/setup")[0], model_server.bodies("/predict")[0]
    project = client.get(f"/api/projects/{work.project}/").json()
    assert setup["project"].split(".")[0] == str(work.project)
    assert setup["project"] == body["project"]
    assert setup["schema"] == body["label_config"] == project["label_config"]
    assert setup["hostname"].startswith("http://")
    assert setup["access_token"].startswith("tagma-")
    assert setup["extra_params"] == {"lang": "en"}
    assert body["params"] == {"login": "me", "password": "pw", "context": None}
    (asked,) = body["tasks"]
    assert (asked["id"], asked["data"]) == (task, {"text": "a good day"})
    assert asked["annotations"][0]["result"][0]["value"] == {"choices": ["good"]}
    assert model_server.headers[0]["user-agent"].startswith("heartex/")


def test_tasks_with_predictions_of_this_version_are_not_asked_about_again(
    work: Any, model_server: Any
) -> None:
    first = work.tasks("one", "two")
    model = work.connect(model_server)
    work.predict(model)
    (third,) = work.tasks("three")
    assert work.predict(model)["result"]["predicted"] == 1
    assert model_server.batches == [first, [third]]
    model_server.version = "v2"
    assert work.predict(model)["result"]["predicted"] == 3
    assert {version for found in work.predictions().values() for _, _, version in found} == {"v1", "v2"}


def test_the_tasks_may_be_chosen(work: Any, model_server: Any, client: TestClient) -> None:
    one, two, three = work.tasks("one", "two", "three")
    model = work.connect(model_server)
    work.predict(model, selectedItems={"all": True, "excluded": [two]})
    assert sorted(work.predictions()) == [one, three]
    body = {"selectedItems": {"all": False, "included": [two]}, "model": str(model["id"])}
    told = client.post(
        f"/api/dm/actions/?project={work.project}&id=retrieve_tasks_predictions", json=body
    ).json()
    assert told["processed_items"] == 1
    work.site.jobs.drain()
    assert sorted(work.predictions()) == [one, two, three]


def test_batches_are_as_large_as_the_settings_say(work: Any, model_server: Any) -> None:
    work.tasks(*(str(number) for number in range(7)))
    model = work.connect(model_server, batch_size=3)
    assert work.predict(model)["result"]["predicted"] == 7
    assert sorted(len(batch) for batch in model_server.batches) == [1, 3, 3]


def test_a_task_may_get_several_predictions_or_none(work: Any, model_server: Any) -> None:
    one, two, three = work.tasks("one", "two", "three")
    many = [
        {"result": work.choice("good"), "score": 0.1},
        {"result": work.choice("bad"), "score": 0.2, "model_version": "other"},
    ]
    model_server.answer = lambda body: {"results": [many, [], None], "model_version": "v9"}
    model = work.connect(model_server)
    assert work.predict(model)["result"]["fault_count"] == 0
    assert work.predictions() == {one: [("good", 0.1, "v9"), ("bad", 0.2, "other")]}
    assert two
    assert three


def bad(answers: dict[str, Any]) -> Callable[[Any], Any]:
    """Answers by the text of a task; a batch with one of them is answered wholly so."""

    def answer(body: dict[str, Any]) -> Any:
        for task in body["tasks"]:
            if task["data"]["text"] in answers:
                given = answers[task["data"]["text"]]
                return given if isinstance(given, dict | Response) else given(body)
        return {"results": [{"result": CHOICE, "score": 0.5} for _ in body["tasks"]]}

    return answer


CHOICE = [{"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}]


def one_each(change: dict[str, Any]) -> Callable[[Any], Any]:
    def answer(body: dict[str, Any]) -> Any:
        return {
            "results": [
                {"result": CHOICE, **(change if task["data"]["text"] == "odd" else {})}
                for task in body["tasks"]
            ]
        }

    return answer


WRONG = {
    "a web page": (
        Response("<!doctype html><h1>Hello", media_type="text/html"),
        "a web page where JSON was expected",
    ),
    "no JSON": (Response("{'results': []}"), "where JSON was expected"),
    "an error": (Response(json.dumps({"error": "CUDA out of memory"}), 500), "with 500: CUDA out of memory"),
    "no results": ({"predictions": []}, 'where {"results": […]} was expected'),
    "too many results": ({"results": [{"result": []}] * 9}, "answered 9 results for 1 tasks"),
    "no object": ({"results": ["good"]}, "answered 'good', which is no prediction"),
    "NaN as score": (one_each({"score": float("nan")}), "score is no number"),
    "NaN in a result": (
        one_each({"result": [{**CHOICE[0], "value": {"choices": ["good"], "x": float("nan")}}]}),
        "result[0].value.x is no number",
    ),
    "infinity as score": (one_each({"score": float("inf")}), "score"),
    "a word as score": (one_each({"score": "high"}), "score must be a number"),
    "another task": (one_each({"task": 999}), "answered for task 999"),
    "no list as result": (one_each({"result": {"x": 7}}), "result must be a list"),
}


@pytest.mark.parametrize("case", list(WRONG))
def test_an_answer_that_is_no_use_is_of_one_task_and_the_others_are_kept(
    case: str, work: Any, model_server: Any
) -> None:
    answer, words = WRONG[case]
    ids = work.tasks("one", "two", "odd", "three", "four", "five")
    model = work.connect(model_server, batch_size=6)
    model_server.answer = bad({"odd": answer})
    job = work.predict(model)
    assert job["state"] == "completed", job
    (fault,) = job["result"]["faults"]
    assert fault["message"].startswith(f"Task {ids[2]}: ")
    assert words in fault["message"]
    assert sorted(work.predictions()) == [one for one in ids if one != ids[2]]
    assert f"1 faults, the first: Task {ids[2]}" in work.log(model)[0]


def test_what_does_not_fit_is_kept_and_named_by_its_task(work: Any, model_server: Any) -> None:
    ids = work.tasks("one", "two")
    model = work.connect(model_server)
    model_server.answer = lambda body: {
        "results": [
            {"result": work.choice("goood" if task["data"]["text"] == "two" else "good")}
            for task in body["tasks"]
        ]
    }
    job = work.predict(model)
    assert (job["result"]["predicted"], job["result"]["fault_count"]) == (2, 0)
    (warning,) = job["result"]["warnings"]
    assert warning["message"].startswith(f"Task {ids[1]}: ")
    assert (
        f"Some of it does not fit and was kept all the same; the first: Task {ids[1]}" in work.log(model)[0]
    )


def test_one_result_for_many_tasks_makes_them_be_asked_one_by_one(work: Any, model_server: Any) -> None:
    ids = work.tasks(*(str(number) for number in range(9)))
    model = work.connect(model_server, batch_size=4)
    model_server.answer = lambda body: {"results": [work.guess(body["tasks"][0])]}
    assert work.predict(model)["result"]["predicted"] == 9
    assert sorted(work.predictions()) == ids


def test_a_server_that_only_answers_nonsense_is_soon_left_alone(work: Any, model_server: Any) -> None:
    work.tasks(*(str(number) for number in range(200)))
    model = work.connect(model_server)
    model_server.answer = lambda body: Response("<html>Sign in</html>", media_type="text/html")
    job = work.predict(model)
    assert job["state"] == "failed"
    assert "a web page where JSON was expected" in job["error"]["message"]
    assert len(model_server.batches) < 50
    assert work.log(model)[0].endswith("Predicted 0 of 200 tasks.")
    shown = work.model(model)
    assert (shown["state"], shown["error_message"]) == ("CO", None)  # its health is fine
    assert "a web page where JSON was expected" in shown["last_error"]["text"]


def test_a_server_that_goes_away_loses_nothing_and_the_next_job_goes_on(
    work: Any, model_server: Any, client: TestClient
) -> None:
    ids = work.tasks(*(str(number) for number in range(8)))
    model = work.connect(model_server, batch_size=2, parallel=1)

    def answer(body: dict[str, Any]) -> Any:
        if len(model_server.batches) > 2:
            return Response("loading", 503)
        return {"results": [work.guess(task) for task in body["tasks"]]}

    model_server.answer = answer
    job = work.predict(model)
    assert job["state"] == "failed"
    assert "it is not ready" in job["error"]["message"]
    assert sorted(work.predictions()) == ids[:4]
    model_server.answer = type(model_server)().answer
    assert work.predict(model)["result"]["predicted"] == 4
    assert sorted(work.predictions()) == ids
    assert all(len(found) == 1 for found in work.predictions().values())


def test_a_server_that_needs_a_moment_is_waited_for(work: Any, model_server: Any) -> None:
    work.tasks("one")
    model = work.connect(model_server)
    usual, tries = model_server.answer, []

    def answer(body: dict[str, Any]) -> Any:
        tries.append(body)
        return Response("loading", 503) if len(tries) < 3 else usual(body)

    model_server.answer = answer
    assert work.predict(model)["result"]["predicted"] == 1


def test_too_many_tasks_for_the_time_are_asked_in_smaller_batches(work: Any, model_server: Any) -> None:
    ids = work.tasks(*(str(number) for number in range(16)))
    model = work.connect(model_server, batch_size=4, timeout=0.3, parallel=1)
    usual = model_server.answer
    late: list[Any] = []

    def answer(body: dict[str, Any]) -> Any:
        if len(body["tasks"]) > 2:
            late.append(body)
            stop.wait(0.6)
        return usual(body)

    import threading

    stop = threading.Event()
    model_server.answer = answer
    job = work.predict(model)
    stop.set()
    assert job["state"] == "completed"
    assert sorted(work.predictions()) == ids
    assert len(late) < 4


def test_a_job_that_was_stopped_keeps_what_it_has(work: Any, model_server: Any, client: TestClient) -> None:
    ids = work.tasks(*(str(number) for number in range(12)))
    model = work.connect(model_server, batch_size=2, parallel=1)
    usual = model_server.answer
    job = client.post(f"/api/ml/{model['id']}/predict", json={}).json()["job"]

    def answer(body: dict[str, Any]) -> Any:
        if len(model_server.batches) == 3:
            client.post(f"/api/jobs/{job}/cancel")
            stopped.wait(5)
        return usual(body)

    import threading

    stopped = threading.Event()
    model_server.answer = answer
    work.site.jobs.drain()
    stopped.set()
    assert client.get(f"/api/jobs/{job}/").json()["state"] == "cancelled"
    kept = sorted(work.predictions())
    assert kept == ids[: len(kept)]
    assert len(kept) < 12
    assert work.log(model)[0].startswith("Stopped. Predicted")


def test_a_worker_that_ends_is_followed_by_one_that_goes_on(
    work: Any, model_server: Any, client: TestClient
) -> None:
    ids = work.tasks(*(str(number) for number in range(10)))
    model = work.connect(model_server, batch_size=2, parallel=1)
    usual = model_server.answer
    job = client.post(f"/api/ml/{model['id']}/predict", json={}).json()["job"]

    def answer(body: dict[str, Any]) -> Any:
        if len(model_server.batches) == 3:
            work.site.jobs.stopping.set()
        return usual(body)

    model_server.answer = answer
    work.site.jobs.run(job)
    assert client.get(f"/api/jobs/{job}/").json()["state"] == "queued"
    work.site.jobs.stopping.clear()
    model_server.answer = usual
    work.site.jobs.drain()
    shown = client.get(f"/api/jobs/{job}/").json()
    assert (shown["state"], shown["result"]["predicted"]) == ("completed", 10)
    assert sorted(work.predictions()) == ids
    assert all(len(found) == 1 for found in work.predictions().values())


def test_several_requests_are_under_way_at_once(work: Any, model_server: Any) -> None:
    import threading

    work.tasks(*(str(number) for number in range(8)))
    model = work.connect(model_server, batch_size=1, parallel=4)
    usual, together = model_server.answer, threading.Barrier(4, timeout=10)

    def answer(body: dict[str, Any]) -> Any:
        together.wait()
        return usual(body)

    model_server.answer = answer
    assert work.predict(model)["result"]["predicted"] == 8


def test_tasks_that_go_while_the_server_thinks_are_passed_over(
    work: Any, model_server: Any, client: TestClient
) -> None:
    one, two = work.tasks("one", "two")
    model = work.connect(model_server)
    usual = model_server.answer

    def answer(body: dict[str, Any]) -> Any:
        client.delete(f"/api/tasks/{one}/")
        return usual(body)

    model_server.answer = answer
    assert work.predict(model)["state"] == "completed"
    assert sorted(work.predictions()) == [two]


def test_a_second_job_for_the_same_model_is_the_first_one(
    work: Any, model_server: Any, client: TestClient
) -> None:
    work.tasks("one")
    model = work.connect(model_server)
    first = client.post(f"/api/ml/{model['id']}/predict", json={}).json()
    assert client.post(f"/api/ml/{model['id']}/predict", json={}).json() == first
    assert work.model(model)["state"] == "PR"
    work.site.jobs.drain()
    assert work.model(model)["state"] == "CO"
