"""Which labels a task has got, for lists: read from the beginning of its results, without parsing them whole."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from tagma.db.engine import Transaction
from tagma.plugin.config import LabelingConfig
from tagma.plugin.tags import ControlTag
from tagma.services.desk.shapes import listed

_READ = 50_000  # characters of one annotation's results; a list shows a handful of words
_MOST = 12  # labels of one task
_TEXT = r'"(?:[^"\\]|\\.)*"'
_LIST = rf"\[(?:[^\[\]\"]|{_TEXT}|\[(?:[^\[\]\"]|{_TEXT})*\])*\]"


def _keys(config: LabelingConfig) -> list[str]:
    """The keys of a result's value that hold labels: ``rectanglelabels``, ``choices``, …"""
    found = (node.tag_class for node in config.controls.values() if config.labels(node.name))
    return list(
        dict.fromkeys(tag.own_key() for tag in found if isinstance(tag, type) and issubclass(tag, ControlTag))
    )


def offered(config: LabelingConfig) -> list[dict[str, str]]:
    """Every label of the config with the colour it is shown in; an empty one is the palette's by place."""
    found: dict[str, dict[str, str]] = {}
    for name in config.controls:
        for place, label in enumerate(config.labels(name)):
            attributes = {key.lower(): value for key, value in label.attributes.items()}
            color = str(attributes.get("background") or attributes.get("color") or "")
            found.setdefault(
                label.value, {"value": label.value, "color": color or f"var(--tagma-label-{place % 12 + 1})"}
            )
    return list(found.values())


def of_tasks(tx: Transaction, ids: Sequence[int], config: LabelingConfig) -> dict[int, list[str]]:
    """The labels in each task's annotations, in the order they come; at most a dozen."""
    names = _keys(config)
    if not ids or not names:
        return {}
    pattern = re.compile(rf'"(?:{"|".join(map(re.escape, names))})"\s*:\s*({_LIST})')
    rows = tx.rows(
        f"SELECT a.task_id, substr(a.result, 1, {_READ}) FROM annotation a WHERE a.task_id IN ({listed(ids)})"
        " AND a.deleted_at IS NULL AND NOT a.was_cancelled ORDER BY a.id"
    )
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for task_id, text in rows:
        mine = found[task_id]
        for match in pattern.finditer(text):
            mine.update(dict.fromkeys(_words(orjson.loads(match[1]))))
            if len(mine) >= _MOST:
                break
    return {task_id: list(words)[:_MOST] for task_id, words in found.items()}


def _words(value: list[Any]) -> Iterator[str]:
    for one in value:
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):  # a path of a taxonomy: its end says it
            yield from (str(word) for word in one[-1:])
