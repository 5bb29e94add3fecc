"""Labels that people add themselves while they label, and what offers them."""

from __future__ import annotations

from typing import Any

import pytest

TAXONOMY = """<View><Text name="text" value="$text"/>
<Taxonomy name="kind" toName="text"><Choice value="Animal"><Choice value="Cat"/></Choice></Taxonomy></View>"""


def kinds(*paths: list[str]) -> list[dict[str, Any]]:
    value = {"taxonomy": [*paths]}
    return [{"id": "k", "from_name": "kind", "to_name": "text", "type": "taxonomy", "value": value}]


@pytest.fixture
def zoo(work: Any) -> int:
    return int(work._project(TAXONOMY, title="Zoo").id)


def label(project: int, title: str, *path: str, **more: Any) -> dict[str, Any]:
    return {"project": project, "from_name": "kind", "value": [*path] or [title], "title": title, **more}


def add(work: Any, *given: dict[str, Any], by: Any = None) -> list[dict[str, Any]]:
    answer = (by or work.client).post("/api/labels/", json=[*given])
    assert answer.status_code == 201, answer.text
    return list(answer.json())


def test_labels_are_added_and_those_of_a_known_title_are_linked(work: Any, zoo: int) -> None:
    other = int(work._project(TAXONOMY, title="Farm").id)
    dog, cow = add(work, label(zoo, "Dog", "Animal", "Dog", description="Barks"), label(zoo, "Cow"))
    assert (dog["value"], dog["title"], dog["description"]) == (["Animal", "Dog"], "Dog", "Barks")
    assert (dog["project"], dog["from_name"], dog["created_by"]) == (zoo, "kind", work.owner.user_id)
    assert (dog["approved"], dog["organization"]) == (False, work.owner.organization_id)
    [again] = add(work, label(other, "Dog"))
    assert (again["id"], len(again["links"])) == (dog["id"], 2)
    assert add(work, label(zoo, "Dog"))[0]["links"] == again["links"], "the same once more is no new link"
    page = work.client.get("/api/labels/").json()
    assert [one["title"] for one in page["results"]] == ["Dog", "Cow"]
    assert (page["count"], page["next"], page["previous"]) == (2, None, None)
    assert work.client.get("/api/labels?page=2").status_code == 404
    shown = work.client.get(f"/api/labels/{dog['id']}/?expand=links&include=title,links").json()
    assert set(shown) == {"title", "links"}
    assert [one["project"] for one in shown["links"]] == [zoo, other]
    assert cow["id"] != dog["id"]


def test_links_are_filtered_and_count_annotations(work: Any, zoo: int) -> None:
    other = int(work._project(TAXONOMY, title="Farm").id)
    add(work, label(zoo, "Dog", "Animal", "Dog"), label(zoo, "Cow"))
    add(work, label(other, "Dog"))
    for paths in ([["Animal", "Dog"]], [["Animal", "Dog"], ["Cow"]], [["Animal", "Cat"]]):
        [task] = work.tasks(zoo, "a")
        work.submit(task, result=kinds(*paths))
    links = work.client.get("/api/label_links/", params={"project": zoo, "expand": "label"}).json()
    assert [(one["label"]["title"], one["annotations_count"]) for one in links["results"]] == [
        ("Dog", 2),
        ("Cow", 1),
    ]
    assert work.client.get("/api/label_links/").json()["count"] == 3
    mine = {"label__created_by": work.owner.user_id, "label__created_at__gte": "2000-01-01T00:00:00Z"}
    assert work.client.get("/api/label_links/", params=mine).json()["count"] == 3
    early = {"label__created_at__lte": "2000-01-01T00:00:00Z"}
    assert work.client.get("/api/label_links/", params=early).json()["results"] == []
    one = links["results"][0]["id"]
    assert work.client.get(f"/api/label_links/{one}/").json()["annotations_count"] == 2
    few = work.client.get(f"/api/label_links/{one}/?include=id,project").json()
    assert few == {"id": one, "project": zoo}
    made = work.client.post("/api/label_links/", json=label(zoo, "Hen"))
    assert (made.status_code, made.json()["from_name"]) == (201, "kind")


def test_a_label_is_changed_approved_and_deleted(work: Any, zoo: int) -> None:
    dog, _ = add(work, label(zoo, "Dog"), label(zoo, "Cow"))
    path = f"/api/labels/{dog['id']}/"
    changed = work.client.patch(path, json={"title": "Hound", "approved": True}).json()
    assert (changed["title"], changed["approved"], changed["approved_by"]) == (
        "Hound",
        True,
        work.owner.user_id,
    )
    refused = work.client.patch(path, json={"title": "Cow"})
    assert refused.status_code == 400
    assert "another label" in refused.json()["validation_errors"]["title"][0]
    link = work.client.get(f"/api/label_links/?project={zoo}").json()["results"][1]
    moved = work.client.patch(f"/api/label_links/{link['id']}/", json={"label": dog["id"]})
    assert moved.status_code == 400, "the control offers it already"
    assert work.client.delete(f"/api/label_links/{link['id']}/").status_code == 204
    assert work.client.delete(path).status_code == 204
    assert work.client.get(path).status_code == 404
    assert work.client.get(f"/api/label_links/?project={zoo}").json()["count"] == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from_name": "knid"}, "from_name"),
        ({"title": " "}, "0.title"),
        ({"title": "x" * 3000}, "0.title"),
        ({"value": []}, "0.value.constrained-str"),
        ({"value": 7}, "0.value.constrained-str"),
        ({"project": "zoo"}, "0.project"),
        ({"description": []}, "0.description"),
    ],
)
def test_a_faulty_label_is_refused_at_its_place(
    work: Any, zoo: int, change: dict[str, Any], field: str
) -> None:
    answer = work.client.post("/api/labels/", json=[{**label(zoo, "Dog"), **change}])
    assert answer.status_code == 400
    assert field in answer.json()["validation_errors"]


def test_labels_of_several_projects_or_of_nobody_are_refused(work: Any, zoo: int) -> None:
    other = int(work._project(TAXONOMY, title="Farm").id)
    assert work.client.post("/api/labels/", json=[]).status_code == 400
    assert work.client.post("/api/labels/", json=[label(zoo, "A"), label(other, "B")]).status_code == 400
    [dog] = add(work, label(zoo, "Dog"))
    stranger = work.stranger()
    assert stranger.post("/api/labels/", json=[label(zoo, "Cow")]).status_code == 404
    assert stranger.get(f"/api/labels/{dog['id']}/").status_code == 404
    assert stranger.get("/api/labels/").json()["count"] == 0
    anne = work.person("anne")
    add(work, label(zoo, "Cow"), by=anne)
    assert anne.get("/api/labels/").json()["count"] == 2
    assert anne.patch(f"/api/labels/{dog['id']}/", json={"title": "Mine"}).status_code == 403
    assert anne.delete(f"/api/labels/{dog['id']}/").status_code == 403


def test_what_people_added_may_be_annotated_with(work: Any, zoo: int) -> None:
    [task] = work.tasks(zoo, "a")
    body = {"result": kinds(["Animal", "Dog"])}
    path = f"/api/tasks/{task}/annotations/"
    assert work.client.post(path, json=body).status_code == 400
    add(work, label(zoo, "Dog", "Animal", "Dog"))
    assert work.client.post(path, json=body).status_code == 201
    near = work.client.post(path, json={"result": kinds(["Animal", "Dogg"])})
    assert "Animal / Dog" in near.json()["detail"]


def test_a_label_is_renamed_in_every_annotation(work: Any, zoo: int) -> None:
    farm = int(work._project(TAXONOMY, title="Farm").id)
    add(work, label(zoo, "Dog"))
    made = {}
    add(work, label(farm, "Dog"))
    for project in (zoo, farm):
        [task] = work.tasks(project, "a")
        made[project] = work.submit(task, result=kinds(["Dog"], ["Animal", "Cat"]))["id"]
    body = {"project": zoo, "old_label": "Dog", "new_label": ["Animal", "Hound"]}
    assert work.client.post("/api/labels/bulk", json=body).json() == {"annotations_updated": 1}
    changed = work.client.get(f"/api/annotations/{made[zoo]}/").json()
    assert changed["result"] == kinds(["Animal", "Hound"], ["Animal", "Cat"])
    assert changed["updated_by"] == work.owner.user_id
    before = work.client.get(f"/api/annotations/{made[zoo]}/history/").json()
    assert "updated" in str(before)
    untouched = work.client.get(f"/api/annotations/{made[farm]}/").json()
    assert untouched["result"][0]["value"]["taxonomy"][0] == ["Dog"]
    everywhere = {"old_label": ["Animal", "Cat"], "new_label": ["Animal", "Tiger"]}
    assert work.client.post("/api/labels/bulk", json=everywhere).json() == {"annotations_updated": 2}
    assert work.client.post("/api/labels/bulk", json=everywhere).json() == {"annotations_updated": 0}
    assert work.client.get("/api/labels/").json()["results"][0]["value"] == ["Dog"], "another project has it"
    assert work.client.post("/api/labels/bulk", json={"old_label": "Dog", "new_label": "Pup"}).json() == {
        "annotations_updated": 1
    }
    assert work.client.get("/api/labels/").json()["results"][0]["value"] == "Pup"
    assert work.person("anne").post("/api/labels/bulk", json=everywhere).status_code == 403
