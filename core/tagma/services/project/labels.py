"""Labels that people add themselves while they label (Taxonomy), and the controls of projects that offer them.

A label belongs to the organization and is known by its title; a link says that a control of a project offers it. Whoever may
annotate may add one; who may change the project may change and delete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Label, LabelLink, Project
from tagma.db.types import now, stamp
from tagma.errors import InvalidInput, did_you_mean
from tagma.labeling.added import with_labels
from tagma.plugin.config import LabelingConfig
from tagma.plugin.events import LabelLinkDeleted, LabelLinksCreated, LabelLinkUpdated
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk.shapes import listed
from tagma.services.project import label_use

if TYPE_CHECKING:
    from tagma.services.site import Site

_LONGEST = 2048  # characters of a title


def create(site: Site, tx: Transaction, actor: Actor, given: Sequence[Mapping[str, Any]]) -> list[LabelLink]:
    """Labels for controls of one project; one of a known title is linked, not made again.

    :raises InvalidInput: they are of several projects, or the project has no such control.
    """
    if not given or len({one["project"] for one in given}) > 1:
        words = "Labels of one request belong to one project."
        raise InvalidInput("Validation error", {"project": [words]})
    project = access.project(site, tx, actor, given[0]["project"], "annotation.create")
    controls = site.config(project.label_config).controls
    made, fresh = [], []
    for one in given:
        name = one["from_name"]
        if name not in controls:
            words = f'The project\'s config has no control named "{name}". {did_you_mean(name, controls)}'
            raise InvalidInput("Validation error", {"from_name": [words.strip()]})
        link, is_new = _linked(tx, actor, project, name, one)
        made.append(link)
        if is_new:
            fresh.append(link.id)
    if fresh:
        tx.tell(LabelLinksCreated(**_who(project, actor), link_ids=tuple(one for one in fresh if one)))
    return made


def _linked(
    tx: Transaction, actor: Actor, project: Project, name: str, given: Mapping[str, Any]
) -> tuple[LabelLink, bool]:
    """The link, and whether it is new."""
    label = tx.session.exec(
        select(Label).where(Label.organization_id == project.organization_id, Label.title == given["title"])
    ).first()
    if label is None:
        label = Label(
            organization_id=project.organization_id,
            title=given["title"],
            value=given["value"],
            description=given.get("description"),
            created_by=actor.user_id,
        )
        tx.session.add(label)
        tx.session.flush()
    assert label.id is not None
    assert project.id is not None
    wanted = select(LabelLink).where(
        LabelLink.project_id == project.id, LabelLink.from_name == name, LabelLink.label_id == label.id
    )
    link = tx.session.exec(wanted).first()
    if link is not None:
        return link, False
    link = LabelLink(project_id=project.id, label_id=label.id, from_name=name)
    tx.session.add(link)
    tx.session.flush()
    return link, True


# read --------------------------------------------------------------------------------------------------------------


def listing(tx: Transaction, actor: Actor, start: int, size: int) -> tuple[int, list[Label]]:
    """How many labels the actor may see, those of projects they see, and some of them."""
    where, params = _seen(actor)
    total = tx.rows(f"SELECT count(*) FROM label l WHERE {where}", params)[0][0]
    ids = tx.rows(
        f"SELECT l.id FROM label l WHERE {where} ORDER BY l.id LIMIT :size OFFSET :start",
        params,
        size=size,
        start=start,
    )
    return total, _of(tx, Label, [row[0] for row in ids])


def links(
    tx: Transaction, actor: Actor, filters: Mapping[str, Any], start: int, size: int
) -> tuple[int, list[LabelLink]]:
    """:param filters: any of ``project``, ``created_by``, ``created_from`` and ``created_to`` (of the label)."""
    condition, params = access.visible(actor, "p")
    tests = {
        "project": "k.project_id = :project",
        "created_by": "l.created_by = :created_by",
        "created_from": "l.created_at >= :created_from",
        "created_to": "l.created_at <= :created_to",
    }
    given = {name: value for name, value in filters.items() if value is not None}
    where = " AND ".join([condition, *(tests[name] for name in given)])
    found = f"FROM label_link k JOIN label l ON l.id = k.label_id JOIN project p ON p.id = k.project_id WHERE {where}"
    total = tx.rows(f"SELECT count(*) {found}", {**params, **given})[0][0]
    ids = tx.rows(
        f"SELECT k.id {found} ORDER BY k.id LIMIT :size OFFSET :start",
        {**params, **given},
        size=size,
        start=start,
    )
    return total, _of(tx, LabelLink, [row[0] for row in ids])


def get(tx: Transaction, actor: Actor, label_id: int) -> Label:
    """:raises NotFound: none, or one only of projects that the actor does not see."""
    where, params = _seen(actor)
    if not tx.rows(f"SELECT 1 FROM label l WHERE l.id = :id AND {where}", params, id=label_id):
        raise access.not_found("label", label_id)
    return _of(tx, Label, [label_id])[0]


def get_link(
    site: Site, tx: Transaction, actor: Actor, link_id: int, action: str = "project.view"
) -> LabelLink:
    found = tx.session.get(LabelLink, link_id)
    if found is None:
        raise access.not_found("label link", link_id)
    access.project(site, tx, actor, found.project_id, action)
    return found


def links_of(tx: Transaction, ids: Sequence[int]) -> list[LabelLink]:
    """Those of the ids that are still there; nobody's rights are asked."""
    there = tx.session.exec(select(LabelLink.id).where(LabelLink.id.in_(ids)))  # type: ignore[union-attr]
    return _of(tx, LabelLink, sorted(one for one in there if one is not None))


def _seen(actor: Actor) -> tuple[str, dict[str, Any]]:
    """Those linked to a project the actor sees, and those linked to none any more."""
    condition, params = access.visible(actor, "p")
    linked = "SELECT 1 FROM label_link k JOIN project p ON p.id = k.project_id WHERE k.label_id = l.id"
    alone = "NOT EXISTS (SELECT 1 FROM label_link k WHERE k.label_id = l.id)"
    where = f"l.organization_id = :actor_organization AND (EXISTS ({linked} AND {condition}) OR {alone})"
    return where, params


def _of(tx: Transaction, table: type[Any], ids: Sequence[int]) -> list[Any]:
    if not ids:
        return []
    found = {one.id: one for one in tx.session.exec(select(table).where(table.id.in_(ids)))}
    return [found[one] for one in ids]


def config_with(site: Site, tx: Transaction, project_id: int, xml: str) -> LabelingConfig | None:
    """The project's config with the labels people added; None if there are none."""
    rows = tx.rows(
        "SELECT k.from_name, l.value FROM label_link k JOIN label l ON l.id = k.label_id WHERE k.project_id = :id ORDER BY k.id",
        id=project_id,
    )
    added: dict[str, list[list[str]]] = {}
    for name, text in rows:
        added.setdefault(name, []).append(label_use.path(orjson.loads(text)))
    return site.config(with_labels(xml, added)) if added else None


# change ------------------------------------------------------------------------------------------------------------


def change(site: Site, tx: Transaction, actor: Actor, label_id: int, fields: Mapping[str, Any]) -> Label:
    """Title, value, description, approved; only those given."""
    label = get(tx, actor, label_id)
    concerned = _may_change(site, tx, actor, label)
    title = fields.get("title")
    if title is not None and title != label.title and _titled(tx, label.organization_id, title):
        words = f'There is another label called "{title}".'
        raise InvalidInput("Validation error", {"title": [words]})
    for name, value in fields.items():
        setattr(label, name, value)
    if "approved" in fields:
        label.approved_by = actor.user_id if fields["approved"] else None
    label.updated_at = now()
    tx.session.add(label)
    tx.session.flush()
    for link, project in concerned:
        tx.tell(LabelLinkUpdated(**_who(project, actor), link_id=link.id or 0))
    return label


def _titled(tx: Transaction, organization_id: int, title: str) -> bool:
    wanted = "SELECT 1 FROM label WHERE organization_id = :here AND title = :title"
    return bool(tx.rows(wanted, here=organization_id, title=title))


def change_link(
    site: Site, tx: Transaction, actor: Actor, link_id: int, fields: Mapping[str, Any]
) -> LabelLink:
    """The label it leads to, or the control; its project stays."""
    link = get_link(site, tx, actor, link_id, "project.change")
    project = access.project(site, tx, actor, link.project_id)
    name = fields.get("from_name", link.from_name)
    if name not in site.config(project.label_config).controls:
        raise InvalidInput(
            "Validation error", {"from_name": [f'The project\'s config has no control named "{name}".']}
        )
    label = get(tx, actor, fields.get("label", link.label_id))
    same = "SELECT 1 FROM label_link WHERE project_id = :project AND from_name = :name AND label_id = :label AND id <> :id"
    if tx.rows(same, project=project.id, name=name, label=label.id, id=link_id):
        words = f'"{name}" offers this label already.'
        raise InvalidInput("Validation error", {"non_field_errors": [words]})
    link.from_name, link.label_id = name, label.id or 0
    tx.session.add(link)
    tx.session.flush()
    tx.tell(LabelLinkUpdated(**_who(project, actor), link_id=link_id))
    return link


def delete(site: Site, tx: Transaction, actor: Actor, label_id: int) -> None:
    """With its links; results that carry it stay as they are."""
    label = get(tx, actor, label_id)
    for link, project in _may_change(site, tx, actor, label):
        tx.tell(LabelLinkDeleted(**_who(project, actor), link_id=link.id or 0))
    tx.run("DELETE FROM label WHERE id = :id", id=label_id)
    tx.session.expire_all()


def delete_link(site: Site, tx: Transaction, actor: Actor, link_id: int) -> None:
    link = get_link(site, tx, actor, link_id, "project.change")
    project = access.project(site, tx, actor, link.project_id)
    tx.session.delete(link)
    tx.session.flush()
    tx.tell(LabelLinkDeleted(**_who(project, actor), link_id=link_id))


def _may_change(site: Site, tx: Transaction, actor: Actor, label: Label) -> list[tuple[LabelLink, Project]]:
    """Its links with their projects, all of which the actor may change."""
    found = tx.session.exec(select(LabelLink).where(LabelLink.label_id == label.id)).all()
    if not found:
        access.require(actor, "project.change")
    return [(one, access.project(site, tx, actor, one.project_id, "project.change")) for one in found]


def rename(
    site: Site, tx: Transaction, actor: Actor, old: Any, new: Any, project_id: int | None = None
) -> int:
    """In the results of one project, or of all that the actor may change; how many annotations changed."""
    if project_id is not None:
        projects = [access.project(site, tx, actor, project_id, "project.change")]
    else:
        access.require(actor, "project.change")
        condition, params = access.visible(actor)
        rows = tx.rows(f"SELECT project.id FROM project WHERE {condition} ORDER BY 1", params)
        projects = _of(tx, Project, [row[0] for row in rows])
    count = sum(label_use.rename(tx, actor, project, old, new) for project in projects)
    ours = listed(one.id for one in projects if one.id is not None)
    for label in tx.session.exec(select(Label).where(Label.organization_id == actor.organization_id)).all():
        elsewhere = f"SELECT 1 FROM label_link WHERE label_id = :id AND project_id NOT IN ({ours})"
        if label_use.same(label.value, old) and not tx.rows(elsewhere, id=label.id):
            label.value, label.updated_at = new, now()
            tx.session.add(label)
    tx.session.flush()
    return count


# as the wire shows them --------------------------------------------------------------------------------------------


def labels_json(tx: Transaction, found: Sequence[Label], *, expand: bool = False) -> list[dict[str, Any]]:
    """:param expand: links as objects, not numbers."""
    ids = [one.id for one in found if one.id is not None]
    rows = tx.session.exec(
        select(LabelLink).where(LabelLink.label_id.in_(ids)).order_by(LabelLink.id)  # type: ignore[attr-defined, arg-type]
    ).all()
    shown = links_json(tx, rows) if expand else [one.id for one in rows]
    of: dict[int, list[Any]] = {}
    for row, one in zip(rows, shown, strict=True):
        of.setdefault(row.label_id, []).append(one)
    return [
        {
            "id": one.id, "links": of.get(one.id or 0, []), "created_at": stamp(one.created_at), "updated_at": stamp(one.updated_at),
            "value": one.value, "title": one.title, "description": one.description, "approved": one.approved,
            "created_by": one.created_by, "approved_by": one.approved_by, "organization": one.organization_id,
        }
        for one in found
    ]  # fmt: skip


def links_json(
    tx: Transaction, found: Sequence[LabelLink], *, expand: bool = False, counts: bool = False
) -> list[dict[str, Any]]:
    """:param expand: the label as an object, not its number.
    :param counts: how many annotations carry the label, for which all annotations of the projects are read.
    """
    labels = {one.id: one for one in _of(tx, Label, list(dict.fromkeys(one.label_id for one in found)))}
    counted = label_use.counted(tx, [(one, labels[one.label_id].value) for one in found]) if counts else {}
    shown = dict(zip(labels, labels_json(tx, list(labels.values())), strict=True)) if expand else {}
    return [
        {
            "id": one.id, "from_name": one.from_name, "project": one.project_id,
            "label": shown[one.label_id] if expand else one.label_id,
            **({"annotations_count": counted.get(one.id or 0, 0)} if counts else {}),
        }
        for one in found
    ]  # fmt: skip


def _who(project: Project, actor: Actor) -> dict[str, Any]:
    assert project.id is not None
    return {"organization_id": project.organization_id, "project_id": project.id, "user_id": actor.user_id}
