"""Addresses of storages in the data of tasks (``s3://…``), made openable by a browser: this server fetches what they name."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from tagma.db.engine import Transaction
from tagma.services.desk.shapes import Resolve
from tagma.services.storage.storage_forms import SOURCES

if TYPE_CHECKING:
    from tagma.services.site import Site


def resolver(site: Site, tx: Transaction, project_id: int) -> Resolve:
    """Makes addresses of the project's storages openable by a browser; storages are looked up when a text may name one."""
    made: list[Resolve | None] = []

    def resolve(task_id: int, text: str) -> str:
        if "://" not in text:
            return text
        if not made:
            kinds = tx.rows(
                "SELECT DISTINCT kind FROM record WHERE project_id = :project AND kind LIKE :storages",
                project=project_id,
                storages=SOURCES.prefix + "%",
            )
            words = [row[0].removeprefix(SOURCES.prefix) for row in kinds]
            known = (site.plugins.storages.get(word) for word in words)
            schemes = [found.uri_scheme or found.scheme for found in known if found is not None]
            made.append(opener(schemes, site.settings.root_path))
        return made[0](task_id, text) if made[0] else text

    return resolve


def opener(schemes: Iterable[str], prefix: str = "") -> Resolve | None:
    """Rewrites ``scheme://…`` inside JSON text to the server's own address that opens it; None when no scheme is known.

    A text that begins so is one address to its end, whatever is in it; within other text (HTML, say) one ends at a quote, an
    angle bracket or white space. Names of fields are left alone.
    """
    words = "|".join(re.escape(scheme) for scheme in schemes if scheme)
    if not words:
        return None
    uri = re.compile(
        rf'(?<=[:,\[])"(?P<whole>(?:{words})://(?:[^"\\]|\\.)*)"(?!\s*:)|(?<![\w+.-])(?P<within>(?:{words})://[^"\\\s<>\']+)(?![^"]*"\s*:)'
    )

    def resolve(task_id: int, text: str) -> str:
        if "://" not in text:
            return text

        def address(named: str) -> str:
            word = base64.urlsafe_b64encode(named.encode()).decode()
            return f"{prefix}/tasks/{task_id}/resolve/?fileuri={word}"

        def openable(match: re.Match[str]) -> str:
            whole = match["whole"]
            return f'"{address(orjson.loads(match[0]))}"' if whole else address(match["within"])

        return uri.sub(openable, text)

    return resolve
