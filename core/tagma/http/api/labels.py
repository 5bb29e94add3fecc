"""Labels that people add while they label, the links that offer them in a control, and renaming one everywhere."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from tagma.db.engine import Transaction
from tagma.http.op import Call, Routes
from tagma.http.paging import paged, words_of
from tagma.services.project import labels

routes = Routes("labels")

_PAGE = 100
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2048)]
Value = Annotated[str, StringConstraints(min_length=1)] | Annotated[list[str], Field(min_length=1)]


class PageQuery(BaseModel):
    page: int = Field(1, ge=1, le=10**9)
    include: str = ""
    expand: str = ""


class OneQuery(BaseModel):
    include: str = ""
    expand: str = ""


class LinksQuery(PageQuery):
    project: int | None = None
    label__created_by: int | None = None
    label__created_at__gte: str | None = None
    label__created_at__lte: str | None = None


class NewLabel(BaseModel):
    project: int
    from_name: str
    value: Value
    title: Title
    description: str | None = None


class LabelChange(BaseModel):
    value: Value | None = None
    title: Title | None = None
    description: str | None = None
    approved: bool | None = None


class LinkChange(BaseModel):
    label: int | None = None
    from_name: str | None = None


class Renaming(BaseModel):
    project: int | None = None
    old_label: Value
    new_label: Value


def _kept(row: dict[str, Any], include: str) -> dict[str, Any]:
    wanted = words_of(include)
    return {key: value for key, value in row.items() if not wanted or key in wanted}


def _counts(include: str) -> bool:
    """Counting costs as much as there are annotations, so it is left to those who want it."""
    return not include or "annotations_count" in words_of(include)


# labels ------------------------------------------------------------------------------------------------------------


@routes.op("GET", "/api/labels/", summary="Labels that people added", errors=(404,))
async def list_labels(call: Call, query: PageQuery) -> dict:
    def work(tx: Transaction) -> tuple[int, list[dict[str, Any]]]:
        total, found = labels.listing(tx, call.actor, (query.page - 1) * _PAGE, _PAGE)
        shown = labels.labels_json(tx, found, expand="links" in words_of(query.expand))
        return total, [_kept(one, query.include) for one in shown]

    total, rows = await call.read(work)
    return paged(call, total, query.page, _PAGE, rows)


@routes.op(
    "POST", "/api/labels/", summary="Add labels to a project's controls", status=201, errors=(400, 403, 404)
)
async def create_labels(call: Call, body: list[NewLabel]) -> list:
    given = [one.model_dump() for one in body]

    def work(tx: Transaction) -> list[dict[str, Any]]:
        made = labels.create(call.site, tx, call.actor, given)
        shown = labels.labels_json(tx, [labels.get(tx, call.actor, one.label_id) for one in made])
        return [
            {**label, "project": link.project_id, "from_name": link.from_name}
            for label, link in zip(shown, made, strict=True)
        ]

    return await call.write(work)


@routes.op("POST", "/api/labels/bulk", summary="Rename a label in all annotations", errors=(400, 403, 404))
async def rename_label(call: Call, body: Renaming) -> dict:
    def work(tx: Transaction) -> int:
        return labels.rename(call.site, tx, call.actor, body.old_label, body.new_label, body.project)

    return {"annotations_updated": await call.write(work)}


@routes.op("GET", "/api/labels/{id:int}/", summary="One label", errors=(404,))
async def get_label(call: Call, id: int, query: OneQuery) -> dict:
    def work(tx: Transaction) -> dict[str, Any]:
        found = [labels.get(tx, call.actor, id)]
        shown = labels.labels_json(tx, found, expand="links" in words_of(query.expand))
        return _kept(shown[0], query.include)

    return await call.read(work)


async def _change(call: Call, id: int, body: LabelChange) -> dict[str, Any]:
    given = body.model_dump(exclude_unset=True)
    fields = {key: one for key, one in given.items() if one is not None or key == "description"}
    return await call.write(
        lambda tx: labels.labels_json(tx, [labels.change(call.site, tx, call.actor, id, fields)])[0]
    )


@routes.op("PATCH", "/api/labels/{id:int}/", summary="Change a label", errors=(400, 403, 404))
async def change_label(call: Call, id: int, body: LabelChange) -> dict:
    return await _change(call, id, body)


@routes.op("PUT", "/api/labels/{id:int}/", summary="Change a label", errors=(400, 403, 404))
async def replace_label(call: Call, id: int, body: LabelChange) -> dict:
    return await _change(call, id, body)


@routes.op("DELETE", "/api/labels/{id:int}/", summary="Delete a label", status=204, errors=(403, 404))
async def delete_label(call: Call, id: int) -> None:
    await call.write(lambda tx: labels.delete(call.site, tx, call.actor, id))


# links -------------------------------------------------------------------------------------------------------------


@routes.op("GET", "/api/label_links/", summary="Which controls offer such labels", errors=(404,))
async def list_links(call: Call, query: LinksQuery) -> dict:
    filters = {
        "project": query.project,
        "created_by": query.label__created_by,
        "created_from": query.label__created_at__gte,
        "created_to": query.label__created_at__lte,
    }

    def work(tx: Transaction) -> tuple[int, list[dict[str, Any]]]:
        total, found = labels.links(tx, call.actor, filters, (query.page - 1) * _PAGE, _PAGE)
        shown = labels.links_json(
            tx, found, expand="label" in words_of(query.expand), counts=_counts(query.include)
        )
        return total, [_kept(one, query.include) for one in shown]

    total, rows = await call.read(work)
    return paged(call, total, query.page, _PAGE, rows)


@routes.op(
    "POST",
    "/api/label_links/",
    summary="Add a label to a project's control",
    status=201,
    errors=(400, 403, 404),
)
async def create_link(call: Call, body: NewLabel) -> dict:
    def work(tx: Transaction) -> dict[str, Any]:
        return labels.links_json(tx, labels.create(call.site, tx, call.actor, [body.model_dump()]))[0]

    return await call.write(work)


@routes.op("GET", "/api/label_links/{id:int}/", summary="One link", errors=(403, 404))
async def get_link(call: Call, id: int, query: OneQuery) -> dict:
    def work(tx: Transaction) -> dict[str, Any]:
        found = [labels.get_link(call.site, tx, call.actor, id)]
        shown = labels.links_json(
            tx, found, expand="label" in words_of(query.expand), counts=_counts(query.include)
        )
        return _kept(shown[0], query.include)

    return await call.read(work)


async def _change_link(call: Call, id: int, body: LinkChange) -> dict[str, Any]:
    fields = body.model_dump(exclude_none=True)
    return await call.write(
        lambda tx: labels.links_json(tx, [labels.change_link(call.site, tx, call.actor, id, fields)])[0]
    )


@routes.op("PATCH", "/api/label_links/{id:int}/", summary="Change a link", errors=(400, 403, 404))
async def change_link(call: Call, id: int, body: LinkChange) -> dict:
    return await _change_link(call, id, body)


@routes.op("PUT", "/api/label_links/{id:int}/", summary="Change a link", errors=(400, 403, 404))
async def replace_link(call: Call, id: int, body: LinkChange) -> dict:
    return await _change_link(call, id, body)


@routes.op(
    "DELETE",
    "/api/label_links/{id:int}/",
    summary="Take a label from a control",
    status=204,
    errors=(403, 404),
)
async def delete_link(call: Call, id: int) -> None:
    await call.write(lambda tx: labels.delete_link(call.site, tx, call.actor, id))
