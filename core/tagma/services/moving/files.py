"""Uploaded files: fetched once, kept below the data folder, and their addresses in tasks rewritten."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from tagma.db.engine import Transaction
from tagma.db.tables import FileUpload
from tagma.errors import TagmaError
from tagma.services.access import Actor
from tagma.services.imports import uploads
from tagma.services.moving.ledger import Ledger
from tagma.services.moving.report import Report
from tagma.services.moving.source import Source

if TYPE_CHECKING:
    from tagma.services.site import Site

_PREFIX = re.compile(r"^[0-9a-f]{8}-")


class Files:
    """Those of one project."""

    def __init__(
        self, site: Site, source: Source, actor: Actor, ledger: Ledger, report: Report, own: int, place: str
    ) -> None:
        self.site, self.source, self.actor, self.ledger, self.report = site, source, actor, ledger, report
        self.own, self.place = own, place
        self._address = re.compile(
            rf"(?<![\w/])(?:{re.escape(source.url)})?/data/(upload/\d+/[^\"'\s?#<>)\\]+)"
        )
        self._missing: set[str] = set()

    def rewritten(self, value: Any) -> Any:
        """The data of a task with the addresses that files have here; one that could not be fetched leads to the other server."""
        if isinstance(value, str):
            return self._address.sub(self._new_address, value) if "/data/upload/" in value else value
        if isinstance(value, dict):
            return {key: self.rewritten(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.rewritten(one) for one in value]
        return value

    def _new_address(self, found: re.Match[str]) -> str:
        upload = self.upload(unquote(found[1]))
        if upload is None:
            return f"{self.source.url}/data/{found[1]}"
        return f"/data/{quote(upload[1])}"

    def upload(self, file: str) -> tuple[int, str] | None:
        """The number and name here of ``upload/<project>/<name>``; None if it is missing there."""
        here = self.site.database.read(lambda tx: self._known(tx, file))
        if here is not None or file in self._missing:
            return here
        try:
            return self._fetched(file)
        except TagmaError as error:
            self._missing.add(file)
            self.report.fault(f'Project "{self.place}", file {file}', error)
            return None

    def _known(self, tx: Transaction, file: str) -> tuple[int, str] | None:
        own = self.ledger.own(tx, self._kind, file)
        found = tx.session.get(FileUpload, own) if own is not None else None
        return (own, found.file) if own is not None and found is not None else None

    @property
    def _kind(self) -> str:
        return f"file.{self.own}"  # a file may be shown by tasks of several projects, and each keeps its own

    def _fetched(self, file: str) -> tuple[int, str]:
        name = _PREFIX.sub("", file.rpartition("/")[2])
        coming: list[uploads.Incoming] = []

        def begin() -> Callable[[bytes], object]:
            while coming:
                coming.pop().drop()  # a try that broke off
            coming.append(uploads.Incoming(self.site, self.own, name))
            return coming[0].write

        try:
            self.source.download(f"/data/{quote(file)}", begin)
            coming[0].close()
        except BaseException:
            for one in coming:
                one.drop()
            raise

        def write(tx: Transaction) -> int:
            row = uploads.register(tx, self.actor, self.own, coming)[0]
            assert row.id is not None
            tx.run("DELETE FROM origin WHERE record_id = :record AND kind = :kind AND foreign_id = :file",
                   record=self.ledger.record_id, kind=self._kind, file=file)  # fmt: skip
            self.ledger.write(tx, self._kind, [(file, row.id)], self.own)
            return row.id

        number = self.site.database.write(write)
        self.report.count("files")
        return number, coming[0].file
