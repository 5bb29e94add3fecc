"""What a driver's trouble means to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagma.errors import Unavailable

if TYPE_CHECKING:
    from tagma.db.engine import Database


def unavailable(error: BaseException, database: Database) -> Unavailable:
    """The error to raise instead: what is wrong with the database, and what to do."""
    words = str(getattr(error, "orig", None) or error)
    place = str(database.file) if database.file else database.url.render_as_string(hide_password=True)
    if "locked" in words or "busy" in words:
        return Unavailable(
            f"The database {place} is locked by another program.",
            hint="Close the other program (a second Tagma, a database browser) and try again; nothing was lost.",
            code="database-locked",
        )
    if "full" in words:
        return Unavailable(
            f"The disk that holds {place} is full.",
            hint="Free some space and try again; nothing was written.",
            code="disk-full",
        )
    if "readonly" in words or "unable to open" in words:
        return Unavailable(
            f"The database {place} can't be written.",
            hint="Check that the folder exists and that this user may write to it.",
            code="database-readonly",
        )
    return Unavailable(
        f"The database {place} did not answer: {words.splitlines()[0] if words else error!r}.",
        hint="Check that it runs and that the address is right.",
        code="database",
    )
