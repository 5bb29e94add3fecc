"""How exporters read a task's media: from the uploads, from an address, or out of the value itself."""

from __future__ import annotations

import base64
import binascii
import io
import tempfile
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes

from tagma.errors import NotFound, StorageError, TagmaError
from tagma.plugin.formats import MediaSource
from tagma.plugin.shapes import Task
from tagma.services import netguard
from tagma.services.imports import uploads
from tagma.services.imports.uploads import too_large
from tagma.services.storage import storage_media

if TYPE_CHECKING:
    from tagma.services.site import Site

_IN_MEMORY = 8 << 20
_WINDOW = 256 << 10  # bytes of a storage's object fetched at once


class SiteMedia(MediaSource):
    """Media of one project; files of other projects are out of reach."""

    def __init__(self, site: Site, project_id: int) -> None:
        self.site = site
        self.project_id = project_id

    def open(self, uri: str, task: Task) -> IO[bytes]:
        path = unquote(uri).removeprefix("/data/")
        if path.startswith("upload/"):
            return self._uploaded(path)
        if path.startswith("local-files/"):
            return self._connected(uri)
        if uri.startswith("data:"):
            return _inline(uri)
        if uri.startswith(("http://", "https://")):
            return self._fetched(uri)
        if "://" in uri:
            return self._stored(uri)
        raise StorageError(
            f"{uri[:80]} names no place that Tagma can read.", hint="Connect the storage it lies in."
        )

    def _stored(self, uri: str) -> IO[bytes]:
        try:
            place = self.site.database.read(
                lambda tx: storage_media.within(self.site, tx, self.project_id, uri)
            )
        except NotFound as error:
            raise StorageError(error.message, hint=error.hint) from error
        return io.BufferedReader(storage_media.Remote(place), _WINDOW)

    def _uploaded(self, file: str) -> IO[bytes]:
        if not file.startswith(f"upload/{self.project_id}/"):
            raise StorageError(f"{file} belongs to another project.")
        try:
            return uploads.path_of(self.site, file).open("rb")
        except (OSError, TagmaError) as error:
            raise StorageError(f"The uploaded file {file} is gone.") from error

    def _connected(self, uri: str) -> IO[bytes]:
        path = self.site.database.read(lambda tx: storage_media.located(self.site, tx, uri, self.project_id))
        if path is None:
            raise StorageError(
                f"{uri[:80]} lies in no folder that this project has connected.",
                hint="Connect the storage it lies in.",
            )
        try:
            return path.open("rb")
        except OSError as error:
            raise StorageError(f"The server can't read {uri[:80]}: {error.strerror}.") from error

    def _fetched(self, uri: str) -> IO[bytes]:
        out = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # the caller closes it
        limit = self.site.settings.upload_limit

        def write(chunk: bytes) -> None:
            if out.tell() + len(chunk) > limit:
                raise too_large(uri, limit)
            out.write(chunk)

        try:
            netguard.fetch(uri, self.site.settings, write)
        except TagmaError as error:
            out.close()
            raise StorageError(error.message, hint=error.hint) from error
        out.seek(0)
        return out


def _inline(uri: str) -> IO[bytes]:
    head, _, body = uri.partition(",")
    try:
        return io.BytesIO(base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body))
    except (binascii.Error, ValueError) as error:
        raise StorageError("A data: address holds broken base64.") from error
