from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Annotation, Membership, Project, ProjectMember, Task
from tagma.errors import ConfigError, InvalidInput, NotAllowed, NotFound
from tagma.services.access import Actor
from tagma.services.desk import trash
from tagma.services.people import accounts
from tagma.services.project import projects
from tagma.services.project.project_json import projects_json
from tagma.services.site import Site

Make = Callable[..., Project]
CHOICES = """<View>
  <Text name="text" value="$text"/>
  <Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices>
</View>"""


@pytest.fixture
def annotator(site: Site, owner: Actor) -> Actor:
    return site.database.write(
        lambda tx: accounts.sign_up(site, tx, email="anne@example.com", password="long enough")
    )


def change(site: Site, actor: Actor, project: Project, **fields: Any) -> Project:
    return site.database.write(lambda tx: projects.change(site, tx, actor, project.id or 0, fields))


def annotate(site: Site, project: Project, actor: Actor, value: str = "good") -> None:
    result = [
        {"id": "a", "from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [value]}}
    ]

    def work(tx: Any) -> None:
        task = Task(project_id=project.id, data={"text": "x"})
        tx.session.add(task)
        tx.session.flush()
        tx.session.add(
            Annotation(
                task_id=task.id,
                project_id=project.id,
                completed_by=actor.user_id,
                result=result,
                unique_id=f"u{task.id}",
            )
        )
        tx.run(
            "UPDATE project SET task_number = task_number + 1,"
            " total_annotations_number = total_annotations_number + 1 WHERE id = :id",
            id=project.id,
        )

    site.database.write(work)


def titles(site: Site, actor: Actor, **conditions: Any) -> list[str]:
    return [
        one.title for one in site.database.read(lambda tx: projects.listing(site, tx, actor, **conditions))[1]
    ]


def test_a_title_too_short_or_too_long_is_refused_in_words(site: Site, owner: Actor, project: Make) -> None:
    with pytest.raises(InvalidInput) as caught:
        project(title="ab")
    assert caught.value.fields == {"title": ["A title has 3 to 50 characters; this one has 2."]}
    with pytest.raises(InvalidInput):
        project(title="x" * 51)


def test_every_fault_of_the_fields_is_said_at_once(project: Make) -> None:
    with pytest.raises(InvalidInput) as caught:
        project(title="", color="red", sampling="by mood", overlap_cohort_percentage=120)
    assert set(caught.value.fields) == {"title", "color", "sampling", "overlap_cohort_percentage"}


def test_instructions_keep_their_looks_and_lose_their_scripts(project: Make) -> None:
    made = project(
        expert_instruction="<b>Draw</b> tight<script>alert(1)</script><img src=x onerror=alert(1)>"
    )
    assert "<b>Draw</b>" in made.expert_instruction
    assert "script" not in made.expert_instruction
    assert "onerror" not in made.expert_instruction


def test_a_faulty_config_makes_no_project(site: Site, owner: Actor, project: Make) -> None:
    with pytest.raises(ConfigError):
        project(label_config="<View><Text name='t'")
    assert titles(site, owner) == []


def test_weights_follow_the_config_and_keep_what_was_set(site: Site, owner: Actor, project: Make) -> None:
    made = project(CHOICES)
    changed = change(site, owner, made, control_weights={"mood": {"overall": 0.5, "labels": {"good": 0.2}}})
    more = CHOICES.replace('<Choice value="bad"/>', '<Choice value="bad"/><Choice value="so-so"/>')
    changed = change(site, owner, changed, label_config=more)
    assert changed.control_weights["mood"]["overall"] == 0.5
    assert changed.control_weights["mood"]["labels"] == {"good": 0.2, "bad": 1.0, "so-so": 1.0}


def test_a_control_with_annotations_cannot_be_renamed_but_a_label_may_go(
    site: Site, owner: Actor, project: Make
) -> None:
    made = project(CHOICES)
    annotate(site, made, owner)
    with pytest.raises(InvalidInput, match="mood"):
        change(site, owner, made, label_config=CHOICES.replace('"mood"', '"feeling"'))
    change(site, owner, made, label_config=CHOICES.replace('<Choice value="good"/>', ""))


def test_hiding_predictions_forgets_which_were_shown(site: Site, owner: Actor, project: Make) -> None:
    made = project(model_version="v1")
    assert change(site, owner, made, show_collab_predictions=False).model_version == ""


def test_a_larger_overlap_opens_finished_tasks_again(site: Site, owner: Actor, project: Make) -> None:
    made = project(CHOICES)
    annotate(site, made, owner)
    change(site, owner, made, maximum_annotations=2)
    tasks = site.database.read(lambda tx: tx.rows("SELECT overlap, free_slots, is_labeled FROM task"))
    assert [(row[0], row[1], bool(row[2])) for row in tasks] == [(2, 1, False)]
    change(site, owner, made, maximum_annotations=1)
    tasks = site.database.read(lambda tx: tx.rows("SELECT free_slots, is_labeled FROM task"))
    assert [(row[0], bool(row[1])) for row in tasks] == [(0, True)]


def test_pinned_projects_come_first_and_words_are_found_as_written(
    site: Site, owner: Actor, project: Make
) -> None:
    project(title="Cats 100%"), project(title="Dogs_and"), project(title="Dogs and wolves")
    first = project(title="Birds")
    change(site, owner, first, pinned_at="2026-01-01T00:00:00Z")
    project(title="Newest")
    assert titles(site, owner) == ["Birds", "Newest", "Dogs and wolves", "Dogs_and", "Cats 100%"]
    assert titles(site, owner, title="dogs_") == ["Dogs_and"]
    assert titles(site, owner, title="0%") == ["Cats 100%"]
    assert titles(site, owner, ordering="title", size=2) == ["Birds", "Cats 100%"]
    assert titles(site, owner, pinned="pinned_only") == ["Birds"]
    with pytest.raises(InvalidInput, match="size_of_dogs"):
        titles(site, owner, ordering="size_of_dogs")


def test_annotators_see_open_projects_and_those_they_are_members_of(
    site: Site, owner: Actor, annotator: Actor, project: Make
) -> None:
    project(title="Open to all")
    closed, mine = project(title="Closed"), project(title="Mine")
    project(title="Draft", is_draft=True)

    def members(tx: Any) -> None:
        tx.session.add(ProjectMember(project_id=closed.id, user_id=owner.user_id))
        tx.session.add(ProjectMember(project_id=mine.id, user_id=annotator.user_id))

    site.database.write(members)
    assert sorted(titles(site, annotator)) == ["Mine", "Open to all"]
    with pytest.raises(NotFound):
        change(site, annotator, closed, title="Opened")
    with pytest.raises(NotAllowed, match=r"annotator.*manager"):
        change(site, annotator, mine, title="Opened")


def test_projects_of_another_organization_do_not_exist(site: Site, owner: Actor, project: Make) -> None:
    made = project()
    stranger = Actor(99, owner.organization_id + 1, "OW")
    with pytest.raises(NotFound):
        change(site, stranger, made, title="Mine now")
    assert titles(site, stranger) == []


def test_a_page_of_projects_takes_the_same_number_of_queries_for_one_and_for_thirty(
    site: Site, owner: Actor, project: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import event

    seen: list[str] = []
    execute = Transaction._execute

    def counted(tx: Transaction, sql: str, params: Any, named: Any) -> Any:
        seen.append(sql)
        return execute(tx, sql, params, named)

    monkeypatch.setattr(Transaction, "_execute", counted)
    event.listen(site.database.engine, "before_cursor_execute", lambda _, __, sql, *___: seen.append(sql))

    def queries() -> int:
        site.hub.drain()  # listeners ask too
        seen.clear()
        site.database.read(lambda tx: projects_json(site, tx, owner, projects.listing(site, tx, owner)[1]))
        return len(seen)

    project()
    queries()  # the first one also greets the database
    few = queries()
    for number in range(29):
        project(title=f"Project {number}")
    assert queries() == few > 3


def test_deleting_a_project_takes_all_its_rows(site: Site, owner: Actor, project: Make) -> None:
    made, other = project(CHOICES), project(CHOICES, title="Other")
    annotate(site, made, owner)
    annotate(site, other, owner)
    site.folder("upload", str(made.id)).joinpath("a.txt").write_text("x")
    assert site.database.write(lambda tx: trash.put_project(site, tx, owner, made.id or 0)) == []
    assert titles(site, owner) == ["Other"]
    files = site.database.write(lambda tx: trash.purge(site, tx, owner, made.id or 0))
    projects.forget_files(site, files)
    assert not (site.settings.data_dir / "upload" / str(made.id)).exists()
    left = site.database.read(lambda tx: [one.project_id for one in tx.session.exec(select(Task))])
    assert left == [other.id]
    assert titles(site, owner) == ["Other"]


def test_the_queue_counts_what_is_mine_to_do_and_done(
    site: Site, owner: Actor, annotator: Actor, project: Make
) -> None:
    made = project(CHOICES)
    annotate(site, made, owner)
    change(site, owner, made, maximum_annotations=2)

    def shown(actor: Actor) -> tuple[int, int]:
        one = site.database.read(
            lambda tx: projects_json(site, tx, actor, projects.listing(site, tx, actor)[1])
        )[0]
        assert orjson.dumps(one)
        return one["queue_total"], one["queue_done"]

    assert shown(owner) == (1, 1)
    assert shown(annotator) == (1, 0)
    assert site.database.read(lambda tx: tx.session.exec(select(Membership)).all())[1].role == "AN"


def test_a_project_sent_back_as_it_was_shown_keeps_its_password(
    site: Site, owner: Actor, project: Make
) -> None:
    made = project(CHOICES, task_data_password="open sesame")
    shown = site.database.read(lambda tx: projects_json(site, tx, owner, [made]))[0]
    assert "sesame" not in str(shown)
    change(site, owner, made, **{**shown, "title": "Moods of today"})
    stored = site.database.read(lambda tx: tx.session.get(Project, made.id))
    assert (stored.title, stored.task_data_password) == ("Moods of today", "open sesame")
