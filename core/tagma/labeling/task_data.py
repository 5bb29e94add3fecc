"""Whether a task's data can be shown: the keys the config asks for, in the form their tags show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from tagma.plugin.config import LabelingConfig, Node

UNNAMED = "$undefined$"  # the wire's word for "the one key the config asks for"
_Accepts = Callable[[Any], str | None]
_known: WeakKeyDictionary[LabelingConfig, list[tuple[str, Node, _Accepts]]] = WeakKeyDictionary()


def faults(config: LabelingConfig, data: Mapping[str, Any]) -> list[str]:
    """A sentence for each key that is missing or that its tag can't show."""
    wanted = _known.get(config)
    if wanted is None:
        wanted = _known[config] = [
            (key, node, getattr(node.tag_class, "accepts", _anything))
            for key, node in config.required_keys.items()
            if key != UNNAMED[1:]
        ]
    words = []
    for key, node, accepts in wanted if UNNAMED not in data else ():
        value = data.get(key)
        if value is not None:
            if expected := accepts(value):
                words.append(f'data["{key}"] must be {expected}, because {node.tag} "{node.name}" shows it.')
        elif key not in data:
            words.append(
                f'"{key}" key is expected in task data: {node.tag} "{node.name}" shows it (line {node.line}).'
            )
    return words


def texts(value: Any) -> Iterator[str]:
    """Every text inside a task's data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def _anything(_value: Any) -> None:
    return None
