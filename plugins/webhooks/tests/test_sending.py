"""What a receiver is told, and what happens when it does not listen."""

from __future__ import annotations

import hashlib
import hmac
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tagma.services import outbox
from tagma.services.site import Site
from tagma.testing import make_site

pytestmark = pytest.mark.needs("controls", "text")


def test_each_thing_that_happens_is_told_in_the_words_of_the_protocol(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any
) -> None:
    work.hook(receiver.url, project=project)
    one = work.task()
    made = work.submit(one)
    for method, path, body in (
        ("PATCH", f"/api/annotations/{made}/", {"result": []}),
        ("DELETE", f"/api/annotations/{made}/", None),
        ("PATCH", f"/api/projects/{project}/", {"title": "Renamed"}),
        ("DELETE", f"/api/tasks/{one}/", None),
    ):
        work.send()  # a message tells how things are when it is written
        client.request(method, path, json=body)
    work.send()
    assert receiver.actions == [
        "TASKS_CREATED", "ANNOTATION_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED", "PROJECT_UPDATED", "TASKS_DELETED",
    ]  # fmt: skip
    tasks, created, _, deleted, updated, gone = receiver.got
    assert [(each["id"], each["data"]) for each in tasks["tasks"]] == [(one, {"text": "one"})]
    assert (created["annotation"]["id"], created["annotation"]["task"], created["task"]["id"]) == (
        made,
        one,
        one,
    )
    assert created["project"]["id"] == project
    assert created["project"]["label_config"].startswith("<View>")
    assert deleted["annotations"] == [{"id": made}]
    assert updated["project"]["title"] == "Renamed"
    assert gone["tasks"] == [{"id": one}]


def test_annotations_made_by_one_action_are_told_together(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any
) -> None:
    tasks = [work.task() for _ in range(2)]
    for task in tasks:
        guess = client.post("/api/predictions/", json={"task": task, "result": work.result})
        assert guess.status_code == 201
    work.hook(receiver.url, project=project)
    client.post(
        f"/api/dm/actions/?id=predictions_to_annotations&project={project}",
        json={"selectedItems": {"all": True, "excluded": []}},
    )
    work.send()
    assert receiver.actions == ["ANNOTATIONS_CREATED"]
    told = receiver.got[0]
    assert [one["task"] for one in told["annotation"]] == tasks
    assert [one["result"] for one in told["annotation"]] == [work.result] * 2
    assert [one["id"] for one in told["task"]] == tasks
    assert told["project"]["id"] == project


def test_labels_that_people_add_are_told(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any
) -> None:
    work.hook(receiver.url, project=project)
    body = [{"project": project, "from_name": "mood", "value": "calm", "title": "Calm"}]
    [made] = client.post("/api/labels/", json=body).json()
    work.send()
    client.patch(f"/api/labels/{made['id']}/", json={"title": "Quiet"})
    work.send()
    client.delete(f"/api/label_links/{made['links'][0]}/")
    work.send()
    assert receiver.actions == ["LABEL_LINK_CREATED", "LABEL_LINK_UPDATED", "LABEL_LINK_DELETED"]
    created, updated, deleted = receiver.got
    assert [(one["id"], one["label"], one["from_name"]) for one in created["label_link"]] == [
        (made["links"][0], made["id"], "mood")
    ]
    assert (updated["label_link"]["label"], updated["label"]["title"]) == (made["id"], "Quiet")
    assert deleted["label_link"] == {"id": made["links"][0]}
    assert {one["project"]["id"] for one in receiver.got} == {project}


def test_the_annotation_is_told_with_its_result(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any
) -> None:
    work.hook(receiver.url, project=project, actions=["ANNOTATION_CREATED"], send_for_all_actions=False)
    work.submit(work.task())
    work.send()
    assert receiver.actions == ["ANNOTATION_CREATED"]
    told = receiver.got[0]["annotation"]
    assert (told["result"], told["result_count"], told["was_cancelled"]) == (work.result, 1, False)


def test_only_what_is_wanted_is_sent(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any
) -> None:
    work.hook(receiver.url, project=project, is_active=False)
    work.hook(receiver.url, project=project, send_for_all_actions=False, actions=["ANNOTATION_UPDATED"])
    other = client.post("/api/projects/", json={"title": "Another"}).json()["id"]
    work.hook(receiver.url, project=other)
    work.submit(work.task())
    work.send()
    assert receiver.got == []


def test_the_organizations_webhook_hears_of_projects_and_of_all_that_is_in_them(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any
) -> None:
    work.send()
    work.hook(receiver.url, send_payload=False)
    made = client.post("/api/projects/", json={"title": "New"}).json()["id"]
    work.task()
    client.delete(f"/api/projects/{made}/")
    work.send()
    assert receiver.got == [
        {"action": name} for name in ("PROJECT_CREATED", "TASKS_CREATED", "PROJECT_DELETED")
    ]


def test_headers_go_along_and_the_secret_signs_the_body(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any
) -> None:
    work.hook(receiver.url, project=project, headers={"X-Key": "abc"}, secret="only we two know")
    work.task("größe 🙂")
    work.send()
    headers = receiver.headers[0]
    expected = hmac.new(b"only we two know", receiver.raw[0], hashlib.sha256).hexdigest()
    assert headers["X-Tagma-Signature"] == f"sha256={expected}"
    assert (headers["X-Key"], headers["Content-Type"]) == ("abc", "application/json")
    assert receiver.got[0]["tasks"][0]["data"] == {"text": "größe 🙂"}


def test_a_message_that_is_refused_is_sent_again_until_it_is_taken(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answer, receiver.words = 500, "out of order"
    webhook = work.hook(receiver.url, project=project)
    work.task()
    work.send()
    (waiting,) = work.deliveries(webhook)
    assert (waiting["state"], waiting["attempts"], waiting["status"], waiting["answer"]) == (
        "waiting",
        1,
        500,
        "out of order",
    )
    assert waiting["error"] == "The receiver answered 500."
    assert waiting["next_at"] > waiting["sent_at"]
    assert len(receiver.got) == 1  # not due again yet
    receiver.answer = 204
    assert client.post(f"/api/webhooks/{webhook['id']}/deliveries/{waiting['id']}/again/").status_code == 202
    work.send()
    (sent,) = work.deliveries(webhook)
    assert (sent["state"], sent["status"], sent["error"]) == ("sent", 204, "")
    assert receiver.headers[0]["X-Tagma-Delivery"] == receiver.headers[1]["X-Tagma-Delivery"]


def test_a_receiver_that_never_answers_well_is_given_up(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = type(outbox.PAUSES[0])(0)
    monkeypatch.setattr(outbox, "PAUSES", (nothing, nothing))
    receiver.answer = 404
    webhook = work.hook(receiver.url, project=project)
    work.task()
    work.send()
    assert [(one["state"], one["attempts"], one["next_at"]) for one in work.deliveries(webhook)] == [
        ("given up", 3, None)
    ]


def test_a_receiver_that_is_not_there_costs_the_labeler_nothing(
    client: TestClient, site: Site, project: int, work: Any
) -> None:
    webhook = work.hook("http://127.0.0.1:9/hook", project=project)
    work.submit(work.task())
    work.send()
    assert {one["state"] for one in work.deliveries(webhook)} == {"waiting"}
    assert all("127.0.0.1:9" in one["error"] for one in work.deliveries(webhook))


def test_a_receiver_that_hangs_holds_up_nobody_else(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any
) -> None:
    receiver.hang = threading.Event()
    work.hook(receiver.url, project=project)
    gone = work.hook("http://127.0.0.1:9/hook", project=project)
    site.outbox.start()
    for number in range(3):
        work.task(str(number))
    site.hub.drain()
    tried = threading.Event()
    until = threading.Timer(20, tried.set)
    until.start()
    while not tried.is_set() and not all(one["attempts"] for one in work.deliveries(gone)):
        tried.wait(0.05)
    until.cancel()
    assert len(receiver.got) == 1
    assert [one["attempts"] for one in work.deliveries(gone)] == [1, 1, 1]
    receiver.hang.set()


def test_what_was_not_sent_yet_goes_out_after_a_restart(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any, folder: Path
) -> None:
    work.hook(receiver.url, project=project)
    work.task()
    site.hub.drain()
    site.close()
    later = make_site(folder, plugins=["controls", "text", "webhooks"], ssrf_protection=False)
    later.outbox.drain()
    later.close()
    assert receiver.actions == ["TASKS_CREATED"]


def test_the_log_is_cleared_of_what_is_long_done(
    client: TestClient, site: Site, project: int, receiver: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = work.hook(receiver.url, project=project)
    work.task()
    work.send()
    monkeypatch.setattr(outbox, "KEPT", -outbox.KEPT)
    site.database.write(outbox.clear)
    assert work.deliveries(webhook) == []
