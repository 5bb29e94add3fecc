"""What is known of a model: its state, its version, its log and its curve, noted in its record by whoever found it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Record
from tagma.db.types import stamp
from tagma.errors import ModelUnreachable, TagmaError

LINES = 100  # of a model's log that are kept
POINTS = 500  # of its curve
VERSIONS = 20  # former ones that are known


def note(tx: Transaction, model_id: int | None, line: str = "", *, wrong: bool = False, **state: Any) -> None:
    """What was found out about a model; :param line: a sentence for its log. Called by jobs, so nobody's rights are asked."""
    record = tx.session.get(Record, model_id or 0, with_for_update=True, populate_existing=True)
    if record is None:  # deleted meanwhile
        return
    merged = {**record.state, **state}
    if line:
        said = {"at": stamp(), "text": line[:1000], "wrong": wrong}
        merged["log"] = [said, *record.state.get("log", [])][:LINES]
    record.state = merged
    tx.session.flush()


def add_points(tx: Transaction, model_id: int | None, points: list[Mapping[str, Any]]) -> None:
    """More of the curve of how good it is."""
    record = tx.session.get(Record, model_id or 0, with_for_update=True, populate_existing=True)
    if record is not None and points:
        new = [{**one, "at": stamp()} for one in points if isinstance(one, Mapping)]
        record.state = {**record.state, "points": [*record.state.get("points", []), *new][-POINTS:]}
        tx.session.flush()


def checked(
    state: Mapping[str, Any], version: str, settings: Mapping[str, Any], fields: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The state of a model that has just answered. With ``auto_update`` its version is what it says, else what was chosen."""
    chosen = str((fields or {}).get("model_version") or "")
    kept = str(state.get("version") or "")
    new = (version or kept) if settings.get("auto_update", True) else (chosen or kept or version)
    return {**state, "state": "CO", "error": "", "version": new, "checked_at": stamp()}


def note_answer(tx: Transaction, model_id: int | None, version: str) -> None:
    """It is there, and says its version."""
    record = tx.session.get(Record, model_id or 0, with_for_update=True, populate_existing=True)
    if record is not None:
        back = record.state.get("state") == "DI"
        state = checked(record.state, version, record.settings, None)
        was = str(record.state.get("version") or "")
        if was and was != state["version"]:
            former = [one for one in record.state.get("former", []) if one != state["version"]]
            state["former"] = [*former, was][-VERSIONS:]
        note(tx, model_id, "It answers again." if back else "", **state)


def note_trouble(tx: Transaction, model_id: int | None, error: TagmaError) -> None:
    """It does not answer, or answers what can't be used."""
    record = tx.session.get(Record, model_id or 0)
    words = str(error)
    known = record is not None and record.state.get("error") == words
    note(
        tx,
        model_id,
        "" if known else words,
        wrong=True,
        state="DI" if isinstance(error, ModelUnreachable) else "ER",
        error=words,
        last_error={"at": stamp(), "text": words},
        checked_at=stamp(),
    )


class Showing(Protocol):
    """A project, as far as its choice of predictions is concerned."""

    @property
    def id(self) -> int | None: ...
    @property
    def model_version(self) -> str: ...


def shown_version(tx: Transaction, project: Showing) -> str:
    """The version whose predictions a project shows: its ``model_version`` is one, or the title of a model that has one."""
    if not project.model_version:
        return ""
    row = tx.row(
        "SELECT title, state FROM record WHERE project_id = :project AND kind LIKE 'model.%' AND title = :title ORDER BY id LIMIT 1",
        project=project.id,
        title=project.model_version,
    )
    if row is None:
        return project.model_version
    state = orjson.loads(row[1]) if isinstance(row[1], str | bytes) else row[1]
    return str(state.get("version") or row[0])
