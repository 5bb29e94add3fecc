"""Uploaded files as an import takes them: looked up, and zip files replaced by what is in them."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tagma.db.engine import Transaction
from tagma.db.tables import FileUpload, Project
from tagma.errors import InvalidInput
from tagma.plugin.formats import SourceFile
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.imports import archives, uploads
from tagma.services.imports.import_sources import Upload
from tagma.services.imports.uploads import Incoming

if TYPE_CHECKING:
    from tagma.services.site import Site


def chosen(
    site: Site, tx: Transaction, actor: Actor, project_id: int, ids: Sequence[int]
) -> tuple[Project, list[Upload]]:
    """The project and the files with these ids. :raises InvalidInput: one of them is not there."""
    project = access.project(site, tx, actor, project_id, "project.import")
    rows = {row.id: row for row in uploads.listed(site, tx, actor, project_id, ids)} if ids else {}
    missing = [one for one in ids if one not in rows]
    if missing:
        raise InvalidInput(
            f"There is no uploaded file {missing[0]} in this project.", {"file_upload_ids": ["Unknown file."]}
        )
    found = [_upload(site, rows[one]) for one in ids]
    tx.session.expunge_all()
    return project, found


def _upload(site: Site, row: FileUpload, inner: str = "") -> Upload:
    name = inner.rpartition("/")[2] or row.file.rpartition("/")[2].partition("-")[2]
    return Upload(SourceFile(uploads.path_of(site, row.file), name, f"/data/{row.file}"), row.id, inner)


def unpacked(site: Site, actor: Actor, project_id: int, found: Sequence[Upload]) -> list[Upload]:
    """Zip files replaced by what is in them, each file with a row of its own."""
    flat: list[Upload] = []
    for upload in found:
        if not archives.is_zip(upload.source.name):
            flat.append(upload)
            continue
        arrived: list[tuple[str, Incoming]] = []
        try:
            for name, stream in archives.members(
                upload.source.path, upload.source.name, 4 * site.settings.upload_limit
            ):
                incoming = Incoming(site, project_id, name)
                arrived.append((name, incoming))
                incoming.copy(stream)
                incoming.close()
        except BaseException:
            for _, incoming in arrived:
                incoming.drop()
            raise
        flat += site.database.write(functools.partial(_replace, site, actor, project_id, upload, arrived))
    return flat


def _replace(
    site: Site,
    actor: Actor,
    project_id: int,
    archive: Upload,
    arrived: list[tuple[str, Incoming]],
    tx: Transaction,
) -> list[Upload]:
    rows = uploads.register(tx, actor, project_id, [incoming for _, incoming in arrived])
    made = [_upload(site, row, name) for row, (name, _) in zip(rows, arrived, strict=True)]
    row = tx.session.get(FileUpload, archive.id)
    if row is not None:
        tx.session.delete(row)
        tx.session.flush()
    archive.source.path.unlink(missing_ok=True)
    return made
