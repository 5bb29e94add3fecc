"""One draft before it becomes a task: its data against the config, its results against their tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tagma.db.tables import Project
from tagma.errors import ImportFailed, InvalidInput, TagmaError
from tagma.labeling import results
from tagma.plugin.config import Node
from tagma.plugin.formats import Draft
from tagma.services.desk import tasks
from tagma.services.desk.prediction_door import WARNINGS, Door
from tagma.services.imports.import_sources import UNNAMED

if TYPE_CHECKING:
    from tagma.services.site import Site

_NUMBERS = ("rating", "number")


class Checker:
    """Knows the project; ``check`` makes a draft ready for the batch door or says what is wrong with it."""

    def __init__(self, site: Site, project: Project, preannotated: Sequence[str] = ()) -> None:
        self.site = site
        self.project = project
        self.config = site.config(project.label_config)
        self.door = Door(site, project)
        self.preannotated = tuple(preannotated)
        self.columns: set[str] | None = None
        self.warnings: list[TagmaError] = []

    def check(self, draft: Draft) -> dict[str, Any]:
        """The task to store. :raises TagmaError: it can't be one; with file and row."""
        task: dict[str, Any] = dict(draft.task)
        try:
            data = task.get("data")
            if isinstance(data, dict):
                self._columns(data)
                task["data"] = self._name(data)
            tasks.check_data(self.site, self.project, task.get("data"))
            predictions = _entries(task, "predictions")
            if self.preannotated:
                predictions += self._from_fields(task["data"])
            task["annotations"] = [
                self._annotation(one, task["data"]) for one in _entries(task, "annotations")
            ]
            task["predictions"] = [self._prediction(one, task["data"], draft) for one in predictions]
        except TagmaError as error:
            raise placed(error, draft) from error
        return task

    def _columns(self, data: dict[str, Any]) -> None:
        """Files imported together must have a key in common: else one of them is there by mistake."""
        if self.columns and self.columns <= data.keys():
            return
        here = set(data)
        common = here if self.columns is None else self.columns & here
        if not common and here:
            raise InvalidInput(
                f"This task has the fields {_listed(here)}, but those before it have {_listed(self.columns or set())}.",
                hint="Import files with different fields one after the other.",
            )
        self.columns = common

    def _name(self, data: dict[str, Any]) -> dict[str, Any]:
        """Put what came without a name under the one key the config shows."""
        if UNNAMED not in data:
            return data
        keys = [key for key in self.config.required_keys if key != "undefined$"]
        if len(keys) > 1:
            raise InvalidInput(
                f"A file without field names fits one field, but the labeling set-up shows {len(keys)}: {_listed(set(keys))}.",
                hint="Send a table or JSON that names the fields.",
            )
        return {keys[0] if keys and key == UNNAMED else key: value for key, value in data.items()}

    def _annotation(self, entry: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        result = entry.get("result")
        if not isinstance(result, list):
            raise InvalidInput(
                "Each of the annotations needs a result that is a list.", {"result": ["Expected a list."]}
            )
        if not result:
            return entry
        checked = results.check(result, self.config, data, strict=False)
        wrong = [fault for fault in checked.faults if fault.code != "plugin"]  # which is not their fault
        if wrong:
            raise wrong[0]
        return {**entry, "result": checked.kept}

    def _prediction(self, entry: dict[str, Any], data: dict[str, Any], draft: Draft) -> dict[str, Any]:
        result, score, warnings = self.door.check(entry, data)
        self.warnings += [placed(fault, draft) for fault in warnings[: max(0, WARNINGS - len(self.warnings))]]
        return {**entry, "result": result, "score": score}

    def _from_fields(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Fields of the data as a prediction for the control of the same name."""
        found = []
        for field in self.preannotated:
            node = self.config.controls.get(field)
            value = data.get(field)
            if value in (None, ""):
                continue
            if isinstance(value, list) and value and isinstance(value[0], dict) and "from_name" in value[0]:
                result = value
            elif node is None or node.tag_class is None:
                raise InvalidInput(
                    f'preannotated_from_fields names "{field}", but no control is called so.',
                    hint=f"Controls here: {_listed(set(self.config.controls))}.",
                )
            else:
                own = node.tag_class.own_key()  # type: ignore[attr-defined]
                words = value if own in _NUMBERS or isinstance(value, list) else [value]
                result = [_item(node, value if isinstance(value, dict) else {own: words})]
            found.append({"result": result, "score": 1.0, "model_version": "preannotated"})
        return found


def _entries(task: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    entries = task.get(kind) or []
    if not isinstance(entries, list):
        raise InvalidInput(f"{kind} must be a list.", {kind: ["Expected a list."]})
    kept = [
        one for one in entries if not isinstance(one, int)
    ]  # an export names predictions by their ids only
    if not all(isinstance(one, dict) for one in kept):
        raise InvalidInput(f"Each of the {kind} must be an object.", {kind: ["Expected an object."]})
    return kept


def placed(error: TagmaError, draft: Draft) -> ImportFailed:
    """The error with the file and the row of the draft it is about."""
    if isinstance(error, ImportFailed) and "row" in error.where:
        return error
    where = {**error.where, "file": draft.file, "row": draft.row}
    found = ImportFailed(error.message, hint=error.hint, code=error.code, **where)
    found.__cause__ = error
    return found


def _item(node: Node, value: dict[str, Any]) -> dict[str, Any]:
    kind = node.tag_class.result_type() if node.tag_class else node.tag.lower()  # type: ignore[attr-defined]
    return {
        "from_name": node.name,
        "to_name": node.to_name[0] if node.to_name else "",
        "type": kind,
        "value": value,
    }


def _listed(names: set[str]) -> str:
    shown = sorted(names)
    return (
        ", ".join(f'"{name}"' for name in shown[:6]) + (", …" if len(shown) > 6 else "") if shown else "none"
    )
