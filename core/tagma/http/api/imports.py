"""Import: tasks as JSON, files of any importer, or an address; at once or in a job. Also the files people have sent."""

from __future__ import annotations

import asyncio
import functools
from typing import Any, Literal

import orjson
from pydantic import BaseModel, Field

from tagma.db.engine import Transaction
from tagma.db.tables import FileUpload, Job
from tagma.errors import InvalidInput, TagmaError
from tagma.http.multipart import check_length, receive
from tagma.http.op import Call, Routes
from tagma.plugin.formats import SourceFile
from tagma.services import access, netguard
from tagma.services.desk import predictions
from tagma.services.imports import importing, uploads
from tagma.services.imports.importing import Options
from tagma.services.imports.uploads import Incoming

routes = Routes("imports")

_STATES = {"queued": "created", "running": "in_progress", "cancelled": "failed"}  # the wire's words


class ImportQuery(BaseModel):
    commit_to_project: bool = True
    return_task_ids: bool = False
    preannotated_from_fields: list[str] = []
    on_fault: Literal["stop", "keep"] = "stop"
    background: bool = False
    in_background: bool = Field(False, alias="async")

    def options(self) -> Options:
        fields = [part.strip() for one in self.preannotated_from_fields for part in one.split(",")]
        return Options(
            on_fault=self.on_fault,
            commit_to_project=self.commit_to_project,
            return_task_ids=self.return_task_ids,
            preannotated_from_fields=[field for field in fields if field],
        )


class Files(BaseModel):
    file_upload_ids: list[int] | None = None


class Again(BaseModel):
    file_upload_ids: list[int]
    files_as_tasks_list: bool = True


@routes.op(
    "POST",
    "/api/projects/{id:int}/import",
    summary="Import tasks from JSON, files or an address",
    status=201,
    errors=(400, 403, 404, 413),
)
async def import_tasks(call: Call, id: int, query: ImportQuery) -> dict:
    await call.read(lambda tx: access.project(call.site, tx, call.actor, id, "project.import") and None)
    options = query.options()
    background = query.background or query.in_background
    arrived, keep = await _arrived(call, id)
    if not keep and not background:
        return await _inline(call, id, arrived[0], options)
    ids = await _registered(call, id, arrived)
    if background:
        job = await asyncio.to_thread(importing.start, call.site, call.actor, id, ids, options)
        return {"job": job, "import": job}
    try:
        return await asyncio.to_thread(importing.run, call.site, call.actor, id, ids, options)
    except TagmaError:
        await call.write(lambda tx: uploads.delete(call.site, tx, call.actor, id, ids))
        raise


async def _inline(call: Call, project_id: int, body: Incoming, options: Options) -> dict[str, Any]:
    """Tasks that came as the body itself: nobody keeps it as a file."""
    source = SourceFile(body.path, body.name)
    try:
        return await asyncio.to_thread(
            importing.run, call.site, call.actor, project_id, [], options, [source]
        )
    finally:
        body.drop()


@routes.op("POST", "/api/projects/{id:int}/tasks/bulk/", summary="Import tasks", status=201, hidden=True)
async def bulk(call: Call, id: int, query: ImportQuery) -> dict:
    return await import_tasks(call, id, query)


async def _registered(call: Call, project_id: int, arrived: list[Incoming]) -> list[int]:
    def work(tx: Transaction) -> list[int]:
        return [row.id or 0 for row in uploads.register(tx, call.actor, project_id, arrived)]

    try:
        return await call.write(work)
    except BaseException:
        for file in arrived:
            file.drop()
        raise


async def _arrived(call: Call, project_id: int) -> tuple[list[Incoming], bool]:
    """The files of the request, and whether they are files to a person too: a JSON body is only read like one."""
    kind = call.request.headers.get("content-type", "").split(";")[0].strip().lower()
    limit = call.site.settings.upload_limit
    check_length(call.request, limit)
    opened = functools.partial(Incoming, call.site, project_id)
    if kind == "multipart/form-data":
        form = await receive(call.request, opened, limit)
        files, fields = form.files, form.fields
    elif kind == "application/x-www-form-urlencoded":
        sent = await call.body()
        files, fields = [], {key: value for key, value in sent.items() if isinstance(value, str)}
    else:
        return [await _body(call, opened(f"tasks{_SUFFIXES.get(kind, '.json')}"))], False
    if not files and fields.get("url", "").strip():
        url = fields["url"].strip()
        return [await asyncio.to_thread(_addressed, call, url, opened)], url[:1] not in _INLINE
    if not files:
        raise InvalidInput(
            "The request holds nothing to import.",
            {"non_field_errors": ["load_tasks: No data found in DATA or in FILES"]},
            hint='Send a JSON list of tasks, files as multipart/form-data, or an address in the field "url".',
        )
    return files, True


_INLINE = ("[", "{")
_SUFFIXES = {"text/csv": ".csv", "text/tab-separated-values": ".tsv", "application/x-ndjson": ".jsonl"}


async def _body(call: Call, incoming: Incoming) -> Incoming:
    try:
        async for chunk in call.request.stream():
            await asyncio.to_thread(incoming.write, chunk)
        incoming.close()
    except BaseException:
        incoming.drop()
        raise
    return incoming


def _addressed(call: Call, url: str, opened: Any) -> Incoming:
    """The file at an address, or the JSON written in its place."""
    if url[:1] in _INLINE:
        inline: Incoming = opened("tasks.json")
        inline.write(_quoted(url))
        inline.close()
        return inline
    incoming: Incoming = opened("download")
    try:
        name = netguard.fetch(url, call.site.settings, incoming.write)
        incoming.close()
        incoming.rename(name)
    except BaseException:
        incoming.drop()
        raise
    return incoming


def _quoted(text: str) -> bytes:
    """People paste JSON with single quotes; what is JSON already stays as it is."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        if '"' not in text:
            text = text.replace("'", '"')
    return text.encode()


@routes.op("GET", "/api/projects/{id:int}/imports/{pk:int}/", summary="How an import goes", errors=(404,))
async def get_import(call: Call, id: int, pk: int) -> dict:
    def work(tx: Transaction) -> dict[str, Any]:
        access.project(call.site, tx, call.actor, id, "project.import")
        job = tx.session.get(Job, pk)
        if job is None or job.project_id != id or job.kind != "import":
            raise access.not_found("import", pk)
        options = job.params.get("options", {})
        error = job.error["message"] if job.error else None
        return {
            "id": pk, "project": id, "status": _STATES.get(job.state, job.state), "error": error, "url": None,
            "preannotated_from_fields": options.get("preannotated_from_fields") or None,
            "commit_to_project": options.get("commit_to_project", True),
            "return_task_ids": options.get("return_task_ids", False),
            "created_at": job.created_at, "updated_at": job.heartbeat_at or job.created_at, "finished_at": job.finished_at,
            "task_count": 0, "annotation_count": 0, "prediction_count": 0, "duration": 0,
            "file_upload_ids": job.params.get("uploads", []), "could_be_tasks_list": False, "found_formats": {},
            "data_columns": [], "tasks": [], "task_ids": [], **job.result,
        }  # fmt: skip

    return await call.read(work)


@routes.op(
    "POST",
    "/api/projects/{id:int}/reimport",
    summary="Import uploaded files once more; the tasks made of them are replaced",
    status=201,
    errors=(400, 403, 404),
)
async def reimport(call: Call, id: int, body: Again) -> dict:
    options = Options(files_as_tasks_list=body.files_as_tasks_list)
    return await asyncio.to_thread(
        importing.reimport, call.site, call.actor, id, body.file_upload_ids, options
    )


@routes.op(
    "POST",
    "/api/projects/{id:int}/import/predictions",
    summary="Store predictions for tasks of a project",
    status=201,
    errors=(400, 403, 404),
)
async def import_predictions(call: Call, id: int, body: Any) -> dict:
    if not isinstance(body, list) or not all(isinstance(one, dict) for one in body):
        raise InvalidInput(
            "Send a list of predictions.", {"non_field_errors": ['Expected a list of {"task", "result"}.']}
        )

    def work(tx: Transaction) -> dict[str, Any]:
        project = access.project(call.site, tx, call.actor, id, "prediction.change")
        made = predictions.create_many(call.site, tx, call.actor, project, body)
        warned = {"warnings": [one.as_dict() for one in made.warnings]} if made.warnings else {}
        return {"created": len(made.ids), **warned}

    return await call.write(work)


# the files themselves


def _shown(row: FileUpload) -> dict[str, Any]:
    return {"id": row.id, "file": row.file, "size": row.size}


class FilesQuery(BaseModel):
    all: bool = False
    ids: list[str] = []
    """Numbers, one each or together as JSON."""


@routes.op(
    "GET", "/api/projects/{id:int}/file-uploads", summary="Files sent to a project", errors=(400, 403, 404)
)
async def list_files(call: Call, id: int, query: FilesQuery) -> list:
    ids = None if query.all or not query.ids else _ids(query.ids)
    return await call.read(
        lambda tx: [_shown(one) for one in uploads.listed(call.site, tx, call.actor, id, ids)]
    )


def _ids(given: list[str]) -> list[int]:
    found: list[int] = []
    for text in given:
        try:
            read = orjson.loads(text)
        except orjson.JSONDecodeError:
            read = None
        numbers = read if isinstance(read, list) else [read]
        if not all(isinstance(one, int) for one in numbers):
            words = f"ids must be a list of numbers, not {text[:80]!r}."
            raise InvalidInput(words, {"ids": ["Expected [1, 2, …]."]})
        found += numbers
    return found


@routes.op(
    "DELETE",
    "/api/projects/{id:int}/file-uploads",
    summary="Delete files sent to a project",
    errors=(403, 404),
)
async def delete_files(call: Call, id: int, body: Files) -> dict:
    return await call.write(
        lambda tx: {"deleted": uploads.delete(call.site, tx, call.actor, id, body.file_upload_ids)}
    )


@routes.op("GET", "/api/import/file-upload/{id:int}", summary="One file", errors=(403, 404))
async def get_file(call: Call, id: int) -> dict:
    return await call.read(lambda tx: _shown(uploads.get(call.site, tx, call.actor, id)))


async def _change_file(call: Call, id: int) -> dict[str, Any]:
    shown = await get_file(call, id)
    if call.request.headers.get("content-type", "").startswith("multipart/"):
        async with call.request.form() as form:
            given = "file" in form
    else:
        sent = await call.body()
        given = isinstance(sent, dict) and sent.get("file") not in (None, "", shown["file"])
    if given:
        words = "A file that was sent stays as it is, since tasks point at it."
        raise InvalidInput(words, {"file": [words]}, hint="Import the new one, then delete this one.")
    return shown


@routes.op(
    "PATCH", "/api/import/file-upload/{id:int}", summary="Nothing of it can change", errors=(400, 403, 404)
)
async def change_file(call: Call, id: int) -> dict:
    """The protocol has the call; a file that is exchanged would change tasks that people have labeled."""
    return await _change_file(call, id)


@routes.op(
    "PUT", "/api/import/file-upload/{id:int}", summary="Nothing of it can change", errors=(400, 403, 404)
)
async def replace_file(call: Call, id: int) -> dict:
    return await _change_file(call, id)


@routes.op(
    "DELETE", "/api/import/file-upload/{id:int}", summary="Delete one file", status=204, errors=(403, 404)
)
async def delete_file(call: Call, id: int) -> None:
    def work(tx: Transaction) -> None:
        row = uploads.get(call.site, tx, call.actor, id)
        uploads.delete(call.site, tx, call.actor, row.project_id, [id])

    await call.write(work)
