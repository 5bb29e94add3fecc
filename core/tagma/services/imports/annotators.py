"""Whom the annotations of an import may name as their makers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from tagma.db.engine import Transaction
from tagma.errors import InvalidInput
from tagma.services.access import Actor

Members = Callable[[], Mapping[int | str, int]]


def members(tx: Transaction, actor: Actor) -> dict[int | str, int]:
    """Members of the actor's organization by id and by e-mail."""
    rows = tx.rows(
        "SELECT u.id, u.email FROM membership m JOIN account u ON u.id = m.user_id"
        " WHERE m.organization_id = :organization AND m.deleted_at IS NULL",
        organization=actor.organization_id,
    )
    return {row[0]: row[0] for row in rows} | {row[1].lower(): row[0] for row in rows}


class Annotators:
    """Who may have made an annotation; looked up when the first one names somebody."""

    def __init__(self, members: Members) -> None:
        self._members = members

    @cached_property
    def _known(self) -> Mapping[int | str, int]:
        return self._members()

    def find(self, given: Any) -> int:
        """:raises InvalidInput: nobody here is called so."""
        wanted = given
        if isinstance(given, dict):
            wanted = given.get("email") or given.get("id")
        if isinstance(wanted, str):
            wanted = wanted.lower()
        found = self._known.get(wanted) if isinstance(wanted, int | str) else None
        if found is None:
            raise InvalidInput(
                f"completed_by names {wanted!r}, who is no member of this organization.",
                {"completed_by": [f"Unknown annotator {wanted!r}."]},
                hint="Invite that person first, or leave completed_by out to import in your own name.",
            )
        return found
