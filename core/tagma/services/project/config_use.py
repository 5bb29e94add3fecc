"""What stored annotations use of a labeling config: counted when somebody asks, looked for when a new config lacks something.

Looking through all annotations costs their number, so it happens only when a control or a label went away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from tagma.db.engine import Transaction
from tagma.db.tables import Project
from tagma.db.types import stamp
from tagma.errors import InvalidInput
from tagma.labeling.config import parse_strict
from tagma.labeling.parsed import lost, parsed
from tagma.plugin.config import LabelingConfig

if TYPE_CHECKING:
    from tagma.services.site import Site


@dataclass
class Use:
    controls: Counter[str] = field(default_factory=Counter)  # "from|to|type" -> results
    labels: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def used(tx: Transaction, project_id: int, table: str = "annotation") -> Use:
    """:param table: ``annotation`` or ``draft``."""
    use = Use()
    alive = " AND deleted_at IS NULL" if table == "annotation" else ""
    for batch in tx.stream(f"SELECT result FROM {table} WHERE project_id = :id{alive}", {"id": project_id}):
        for (text,) in batch:
            for result in orjson.loads(text or "[]"):
                _count(use, result)
    return use


def _count(use: Use, result: Any) -> None:
    if not isinstance(result, dict) or "from_name" not in result:
        return
    name, kind = str(result["from_name"]), str(result.get("type", ""))
    use.controls[f"{name}|{result.get('to_name', '')}|{kind}"] += 1
    value = result.get("value")
    values = value.get(kind) if isinstance(value, dict) else None
    for label in values if isinstance(values, list) else ():
        if isinstance(label, str):
            use.labels[name][label] += 1
        elif isinstance(label, list) and label:  # a path of a taxonomy
            use.labels[name][str(label[-1])] += 1


def check_new(
    site: Site, tx: Transaction, project: Project, xml: str, *, strict: bool = False
) -> LabelingConfig:
    """A config that may replace the project's.

    :param strict: refuse also that a label goes that annotations carry.
    :raises ConfigError: its own faults, all of them.
    :raises InvalidInput: stored annotations would lose what they are about.
    """
    old = site.config(project.label_config)
    new = parse_strict(xml, site.plugins.tags, kept=[node.tag for node in old.root.walk()])
    if project.id is None or not project.total_annotations_number + project.skipped_annotations_number:
        return new
    before, after = parsed(old), parsed(new)
    gone = any(_shape(after.get(name)) != _shape(control) for name, control in before.items())
    fewer = any(
        set(control["labels"]) - set(after.get(name, control)["labels"]) for name, control in before.items()
    )
    if gone or (strict and fewer):
        use = used(tx, project.id)
        words = lost(new, use.controls, use.labels if strict else None)
        if words:
            raise InvalidInput(
                words[0],
                {"label_config": words},
                hint="Keep what annotations use, or export and delete those annotations first.",
                code="config-in-use",
            )
    return new


def essentially_changed(old: LabelingConfig, new: LabelingConfig) -> bool:
    """Whether stored work could look different: a control's kind, target or data changed, or it or a label went."""
    before, after = parsed(old), parsed(new)
    return any(
        name not in after
        or _shape(after[name]) != _shape(control)
        or after[name]["inputs"] != control["inputs"]
        or set(control["labels"]) - set(after[name]["labels"])
        for name, control in before.items()
    )


def _shape(control: dict[str, Any] | None) -> tuple[Any, ...]:
    return (control["type"], sorted(control["to_name"])) if control else ()


def summary(tx: Transaction, project: Project) -> dict[str, Any]:
    """What the tasks hold and what the annotations use, counted now."""
    assert project.id is not None
    made, drafted = used(tx, project.id), used(tx, project.id, "draft")
    columns = project.data_columns
    return {
        "project": project.id,
        "created_at": stamp(project.created_at),
        "all_data_columns": columns,
        "common_data_columns": sorted(key for key, count in columns.items() if count >= project.task_number),
        "created_annotations": dict(made.controls),
        "created_labels": {name: dict(counts) for name, counts in made.labels.items()},
        "created_labels_drafts": {name: dict(counts) for name, counts in drafted.labels.items()},
    }
