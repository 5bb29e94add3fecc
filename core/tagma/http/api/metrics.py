"""A few figures in the text that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from tagma import __version__
from tagma.db.engine import Transaction
from tagma.http.op import Call, Routes
from tagma.services import access

routes = Routes("metrics")

_SUMS = {
    "tagma_tasks": ("task_number", "Tasks of all projects"),
    "tagma_tasks_finished": ("finished_task_number", "Tasks that have all the annotations they want"),
    "tagma_annotations": ("total_annotations_number", "Annotations that were submitted and not skipped"),
    "tagma_predictions": ("total_predictions_number", "Predictions"),
}
_STATES = {
    "tagma_jobs": ("job", "Long work by its state"),
    "tagma_messages": ("message", "Messages to other machines by their state"),
}


@routes.op("GET", "/metrics", summary="Figures of this server, for Prometheus")
async def metrics(call: Call) -> Response:
    """For administrators: send a token in the Authorization header. Counted over all organizations."""
    access.require(call.actor, "plugin.view")
    text = await call.read(lambda tx: "\n".join(_lines(tx)) + "\n")
    return Response(text, media_type="text/plain; version=0.0.4")


def _lines(tx: Transaction) -> Iterator[str]:
    yield from _one("tagma_info", "The version that runs", {f'version="{__version__}"': 1})
    columns = ", ".join(f"coalesce(sum({column}), 0)" for column, _ in _SUMS.values())
    here = "FROM project WHERE deleted_at IS NULL AND trash_of IS NULL"
    count, *sums = tx.rows(f"SELECT count(*), {columns} {here}")[0]
    yield from _one("tagma_projects", "Projects", {"": count})
    for (name, (_, words)), total in zip(_SUMS.items(), sums, strict=True):
        yield from _one(name, words, {"": total})
    for name, (table, words) in _STATES.items():
        rows: Any = tx.rows(f"SELECT state, count(*) FROM {table} GROUP BY state ORDER BY state")
        yield from _one(name, words, {f'state="{state}"': number for state, number in rows})


def _one(name: str, words: str, values: dict[str, Any]) -> Iterator[str]:
    yield f"# HELP {name} {words}."
    yield f"# TYPE {name} gauge"
    for labels, value in values.items():
        yield f"{name}{{{labels}}} {value}" if labels else f"{name} {value}"
