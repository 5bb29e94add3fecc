"""Moving over from a running server: here another Tagma, which speaks the same protocol, and one made of peculiar answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from tagma.cli import main
from tagma.errors import InvalidInput, NotFound, NotSignedIn, TagmaError, Unreachable
from tagma.services.access import Actor
from tagma.services.moving import Report, Source, Wishes, move, tasks
from tagma.services.people import accounts, tokens
from tagma.services.site import Site
from tagma.services.storage import storages, targets
from tagma.services.storage.storage_forms import TARGETS
from tagma.testing import make_client, make_owner, make_site, serve

MOODS = """<View><Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""
MOOD = {"id": "m1", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
PICTURES = """<View><Image name="image" value="$image"/>
  <RectangleLabels name="label" toName="image"><Label value="Cat"/></RectangleLabels></View>"""
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class There:
    """The server that is left behind: two people, a project of texts and one of pictures."""

    def __init__(self, site: Site, folder: Path, address: str) -> None:
        self.site, self.folder, self.address = site, folder, address
        self.owner = make_owner(site, email="ana@example.org")
        self.client = make_client(site, self.owner)
        self.token = site.database.write(lambda tx: tokens.create(site, tx, self.owner))
        self.bo = self.send(
            "/api/users/", {"email": "bo@example.org", "first_name": "Bo", "last_name": "Li"}
        )["id"]
        self.moods = self.send(
            "/api/projects/",
            {"title": "Moods", "label_config": MOODS, "maximum_annotations": 2, "color": "#1F77B4",
             "expert_instruction": "<b>Look</b>", "skip_queue": "IGNORE_SKIPPED", "show_skip_button": False},
        )["id"]  # fmt: skip
        self.tasks = self.send(
            f"/api/projects/{self.moods}/import?return_task_ids=true",
            [self.text(number) for number in range(7)],
        )["task_ids"]
        first = self.submit(self.tasks[0], lead_time=2.25)
        self.submit(self.tasks[1], parent_annotation=first)
        self.submit(self.tasks[2], was_cancelled=True, result=[])
        self.send(f"/api/tasks/{self.tasks[3]}/drafts", {"result": [MOOD], "lead_time": 1.5})
        rule = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": 1}
        view = {
            "title": "Long",
            "filters": {"conjunction": "and", "items": [rule]},
            "ordering": ["-tasks:id"],
        }
        self.send("/api/dm/views/", {"project": self.moods, "data": view})
        self.pictures = self.send("/api/projects/", {"title": "Pictures", "label_config": PICTURES})["id"]
        for name in ("one.png", "two.png"):
            path = f"/api/projects/{self.pictures}/import"
            assert self.client.post(path, files={"f": (name, PNG, "image/png")}).status_code == 201

    def text(self, number: int) -> dict[str, Any]:
        theirs = {"result": [MOOD], "completed_by": self.bo, "ground_truth": False, "lead_time": 3.5}
        guess = {"result": [MOOD], "score": 0.25, "model_version": "v1"}
        return {
            "data": {"text": f"text {number}"},
            "meta": {"number": number},
            "annotations": [theirs] if number % 2 else [],
            "predictions": [guess],
        }

    def send(self, path: str, body: Any) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def submit(self, task: int, **fields: Any) -> int:
        return int(self.send(f"/api/tasks/{task}/annotations/", {"result": [MOOD], **fields})["id"])

    def source(self) -> Source:
        return Source(self.address, self.token, pause=lambda _: None)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    folder = tmp_path / "there"
    site = make_site(folder)
    with serve(site) as address:
        yield There(site, folder, address)
    site.close()


Move = Callable[..., Report]


@pytest.fixture
def bring(site: Site, owner: Actor, client: TestClient, there: There) -> Move:
    def post(path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = client.post(path, json=dict(body))
        if not answer.is_success:
            raise TagmaError(answer.text)
        return dict(answer.json())

    def run(source: Source | None = None, *projects: str) -> Report:
        with source or there.source() as opened:
            return move(site, opened, owner, Wishes(projects), post)

    return run


def project_called(client: TestClient, title: str) -> dict[str, Any]:
    found = client.get("/api/projects/").json()["results"]
    number = next(one["id"] for one in found if one["title"] == title)
    return dict(client.get(f"/api/projects/{number}/").json())


def content(client: TestClient, project: int) -> list[Any]:
    """What people would miss, without the numbers that each side gives itself."""
    path = f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true"
    emails = {one["id"]: one["email"] for one in client.get("/api/users/").json()}
    exported = client.get(path).json()
    made = {one["id"]: one["created_at"] for task in exported for one in task["annotations"]}
    listed = client.get(f"/api/tasks/?project={project}&fields=all&page_size=1000").json()["tasks"]
    guesses = {one["id"]: one["predictions"] for one in listed}
    kept = ("result", "was_cancelled", "ground_truth", "lead_time", "created_at", "updated_at")
    return [
        {
            **{key: task[key] for key in ("data", "meta", "created_at", "inner_id")},
            "annotations": sorted(
                (
                    {**{key: one[key] for key in kept}, "by": emails[one["completed_by"]],
                     "parent": made.get(one["parent_annotation"])}
                    for one in task["annotations"]
                ),
                key=lambda one: one["created_at"],
            ),
            "predictions": [{key: one[key] for key in ("result", "score", "model_version", "created_at")} for one in guesses[task["id"]]],
            "drafts": [(one["result"], one["lead_time"], one["created_at"]) for one in task["drafts"]],
        }
        for task in sorted(exported, key=lambda one: int(one["id"]))
    ]  # fmt: skip


def test_what_was_there_is_here(there: There, client: TestClient, bring: Move) -> None:
    report = bring()
    assert report.faults == []
    assert report.whole
    moods = project_called(client, "Moods")
    assert content(client, moods["id"]) == content(there.client, there.moods)
    before = there.client.get(f"/api/projects/{there.moods}/").json()
    for key in ("label_config", "maximum_annotations", "color", "expert_instruction", "skip_queue", "show_skip_button",
                "created_at", "model_version", "finished_task_number", "total_annotations_number"):  # fmt: skip
        assert moods[key] == before[key], key
    views = client.get(f"/api/dm/views/?project={moods['id']}").json()
    assert [one["data"]["title"] for one in views] == ["Long"]


def test_uploaded_files_are_fetched_and_their_addresses_rewritten(client: TestClient, bring: Move) -> None:
    report = bring()
    assert report.made["files"] == 2
    pictures = project_called(client, "Pictures")["id"]
    shown = client.get(f"/api/tasks/?project={pictures}&fields=all&resolve_uri=false").json()["tasks"]
    assert len(shown) == 2
    for task in shown:
        assert task["data"]["image"].startswith(f"/data/upload/{pictures}/")
        assert client.get(task["data"]["image"]).content == PNG


@pytest.mark.needs("storage_local")
def test_targets_come_without_writing_anything(
    there: There, site: Site, client: TestClient, bring: Move, tmp_path: Path
) -> None:
    fields = {
        "project": there.moods,
        "path": str(tmp_path / "out"),
        "title": "Out",
        "can_delete_objects": True,
    }
    there.site.database.write(
        lambda tx: storages.create(there.site, tx, there.owner, TARGETS, "localfiles", fields)
    )
    report = bring()
    assert any("the target Out writes nothing until" in words for words in report.to_do)
    project = project_called(client, "Moods")["id"]
    [target] = client.get(f"/api/storages/export?project={project}").json()
    assert (target["type"], target["path"], target["title"]) == ("localfiles", fields["path"], "Out")
    assert (target["can_delete_objects"], target["last_sync_job"]) == (True, None)
    task = client.get(f"/api/tasks?project={project}").json()["tasks"][0]["id"]
    client.post(f"/api/tasks/{task}/annotations/", json={"result": [MOOD]})
    site.hub.drain()
    targets.catch_up(site)
    assert client.get(f"/api/storages/export?project={project}").json()[0]["last_sync_job"] is None
    assert len(client.get(f"/api/storages/export?project={project}").json()) == 1
    bring()
    assert len(client.get(f"/api/storages/export?project={project}").json()) == 1


def test_moving_again_brings_only_what_is_new(there: There, client: TestClient, bring: Move) -> None:
    bring()
    again = bring()
    assert not any(again.made.values())
    there.submit(there.tasks[4])
    there.send("/api/tasks/", {"project": there.moods, "data": {"text": "late"}})
    there.send("/api/predictions/", {"task": there.tasks[0], "result": [MOOD], "model_version": "v2"})
    later = bring()
    assert {what: count for what, count in later.made.items() if count} == {
        "tasks": 1, "annotations": 1, "predictions": 1,
    }  # fmt: skip
    assert later.whole
    assert content(client, project_called(client, "Moods")["id"]) == content(there.client, there.moods)


class Dies(Source):
    """Is killed when it asks for the n-th page of tasks."""

    left = 0

    def get(self, path: str, **query: Any) -> Any:
        if path == "/api/tasks/":
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
        return super().get(path, **query)


def test_a_move_that_was_killed_goes_on(
    there: There, client: TestClient, bring: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "PAGE", 2)
    for pages in (0, 1, 2):
        dying = Dies(there.address, there.token)
        dying.left = pages
        with pytest.raises(KeyboardInterrupt):
            bring(dying)
    assert project_called(client, "Moods")["task_number"] == 6
    assert bring().whole
    assert content(client, project_called(client, "Moods")["id"]) == content(there.client, there.moods)


def test_an_invitation_lets_a_person_in_as_who_they_were(site: Site, client: TestClient, bring: Move) -> None:
    report = bring()
    token = report.invitations["bo@example.org"].partition("token=")[2]
    words = {"email": "bo@example.org", "password": "correct horse battery", "invite": token}
    actor = site.database.write(lambda tx: accounts.sign_up(site, tx, **words))
    bo = next(one for one in client.get("/api/users/").json() if one["email"] == "bo@example.org")
    assert (actor.user_id, bo["first_name"], bo["last_name"]) == (bo["id"], "Bo", "Li")
    with pytest.raises(InvalidInput):
        site.database.write(lambda tx: accounts.sign_up(site, tx, **{**words, "invite": ""}))
    assert "bo@example.org" not in bring().invitations


def test_the_common_link_does_not_open_the_account_of_somebody_else(
    site: Site, client: TestClient, bring: Move
) -> None:
    bring()
    shared = client.get("/api/invite").json()["token"]
    words = {"email": "bo@example.org", "password": "correct horse battery", "invite": shared}
    with pytest.raises(TagmaError, match="does not hold"):
        site.database.write(lambda tx: accounts.sign_up(site, tx, **words))


def test_a_missing_file_and_a_forbidden_project_are_named_and_the_rest_comes(
    there: There, client: TestClient, bring: Move
) -> None:
    next((there.folder / "upload" / str(there.pictures)).glob("*one.png")).unlink()

    class Closed(Source):
        def get(self, path: str, **query: Any) -> Any:
            if path == f"/api/projects/{there.moods}/":
                raise self._said(path, 403, "No.")
            return super().get(path, **query)

    report = bring(Closed(there.address, there.token))
    assert [words.partition(":")[0] for words in report.faults] == [
        'Project "Moods"', f'Project "Pictures", file upload/{there.pictures}/' + report.faults[1].split("/")[2].partition(":")[0],
    ]  # fmt: skip
    assert "does not let this token see" in report.faults[0]
    pictures = project_called(client, "Pictures")["id"]
    shown = client.get(f"/api/tasks/?project={pictures}&fields=all&resolve_uri=false").json()["tasks"]
    assert sorted(task["data"]["image"].startswith(there.address) for task in shown) == [False, True]


def test_a_project_in_the_trash_is_left_there_and_one_gone_for_good_comes_anew(
    there: There, client: TestClient, bring: Move, site: Site
) -> None:
    bring()
    moods = project_called(client, "Moods")["id"]
    assert client.delete(f"/api/projects/{moods}/").status_code == 204
    assert "in the trash" in bring().faults[0]
    site.database.write(lambda tx: tx.run("DELETE FROM project WHERE id = :id", id=moods))
    assert bring().made["tasks"] == 7


def test_the_command_moves_and_reports(there: There, site: Site, client: TestClient, tmp_path: Path) -> None:
    words = [
        "migrate",
        "label-studio",
        "--url",
        there.address,
        "--token",
        there.token,
        "--data-dir",
        str(tmp_path / "data"),
    ]
    words += ["--database", site.settings.database] if site.settings.database else []
    looked = CliRunner().invoke(main, [*words, "--dry-run"])
    assert looked.exit_code == 0, looked.output
    assert "Nothing was written." in looked.output
    assert client.get("/api/projects/").json()["count"] == 0
    moved = CliRunner().invoke(
        main, [*words, "--project", "Moods", "--report", str(tmp_path / "report.json")]
    )
    assert moved.exit_code == 0, moved.output
    assert "7 tasks" in moved.output
    assert "/user/signup/?token=" in moved.output
    told = json.loads((tmp_path / "report.json").read_text())
    assert [(one["title"], one["differs"]) for one in told["projects"]] == [("Moods", [])]
    strange = CliRunner().invoke(main, [*words, "--project", "Mods"])
    assert strange.exit_code == 1
    assert 'Did you mean "Moods"?' in strange.output


# peculiar answers --------------------------------------------------------------------------------------------------

PAT = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
    for part in ({"alg": "HS256"}, {"token_type": "refresh", "exp": 8000000000})
)


@contextmanager
def answering(
    answer: Callable[[httpx2.Request], httpx2.Response], token: str = "a-legacy-token"
) -> Iterator[Source]:
    with Source("http://label.example.org/studio/", token, pause=lambda _: None) as source:
        source._client = httpx2.Client(transport=httpx2.MockTransport(answer))
        yield source


def test_a_busy_server_is_asked_again() -> None:
    answers = iter(
        [
            httpx2.Response(429, headers={"Retry-After": "1"}),
            httpx2.Response(502),
            httpx2.Response(200, json=[1]),
        ]
    )
    with answering(lambda _: next(answers)) as source:
        assert source.get("/api/users/") == [1]


def test_a_server_that_vanished_is_named_with_what_to_do() -> None:
    def gone(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    with answering(gone) as source, pytest.raises(Unreachable) as caught:
        source.get("/api/users/")
    assert "label.example.org/studio/api/users/ did not answer" in str(caught.value)
    assert "goes on where it stopped" in str(caught.value)


def test_a_page_past_the_end_is_the_end() -> None:
    def paged(request: httpx2.Request) -> httpx2.Response:
        page = int(request.url.params["page"])
        if page > 2:
            return httpx2.Response(404, json={"detail": "Invalid page."})
        return httpx2.Response(200, json={"results": [page], "next": "…"})

    with answering(paged) as source:
        assert list(source.pages("/api/projects/", "results")) == [1, 2]


def test_a_personal_token_is_changed_for_one_that_holds_and_again_when_it_ran_out() -> None:
    given = iter(["first", "second"])

    def guarded(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/token/refresh/"):
            assert json.loads(request.content) == {"refresh": f"{PAT}.sig"}
            return httpx2.Response(200, json={"access": next(given)})
        good = request.headers["Authorization"] == "Bearer second"
        return httpx2.Response(200 if good else 401, json={"detail": "Token is expired"})

    with answering(guarded, f"{PAT}.sig") as source:
        assert source.get("/api/users/") == {"detail": "Token is expired"}


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx2.Response(200, html="<html>"), Unreachable, "text/html instead of JSON"),
        (httpx2.Response(404, html="<html>"), Unreachable, "text/html instead of JSON"),
        (httpx2.Response(401, json={"detail": "Invalid token."}), NotSignedIn, "does not accept the token"),
        (httpx2.Response(500, html="oh"), Unreachable, "answered 500"),
        (httpx2.Response(404, json={"detail": "no"}), NotFound, "has no /api/current-user/whoami"),
    ],
)
def test_an_answer_of_no_use_is_said_in_words(
    answer: httpx2.Response, error: type[Exception], words: str
) -> None:
    with answering(lambda _: answer) as source, pytest.raises(error, match=words):
        source.get("/api/current-user/whoami")


def test_a_token_that_was_cut_off_and_a_wrong_address_are_refused_at_once() -> None:
    with pytest.raises(NotSignedIn, match="cut off"):
        Source("http://label.example.org", PAT)
    with pytest.raises(Unreachable, match="no address of a server"):
        Source("label.example.org", "x")
