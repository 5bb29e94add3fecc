"""A task that fits a config, made from nothing: for previews, and for whoever wants to see the shape of the data."""

from __future__ import annotations

import re
from typing import Any

from tagma.plugin.config import LabelingConfig, Node
from tagma.plugin.tags import ControlTag, ObjectTag

_PATH = re.compile(r"\$([\w$]+)((?:\.[\w]+|\[\d+\])*)")


def sample_task(config: LabelingConfig, *, with_annotation: bool = False) -> dict[str, Any]:
    """``{"data": …}`` and, if asked for, one annotation and one prediction with a result of each control."""
    data: dict[str, Any] = {}
    for node in config.root.walk():
        for attribute, raw in node.attributes.items():
            for match in _PATH.finditer(raw):
                _put(data, match[1], match[2], _value(node, attribute))
    task: dict[str, Any] = {"data": data}
    if with_annotation:
        result = list(sample_result(config))
        task["annotations"] = [{"result": result, "was_cancelled": False, "ground_truth": False}]
        task["predictions"] = [{"result": result, "score": 0.95, "model_version": "sample"}]
    return task


def sample_result(config: LabelingConfig) -> list[dict[str, Any]]:
    """One result of each control that knows a sensible value."""
    found = []
    for number, (name, node) in enumerate(config.controls.items()):
        if node.tag_class is None or not issubclass(node.tag_class, ControlTag) or not node.to_name:
            continue
        value = node.tag_class.sample(node, config.labels(name))
        target = config.objects.get(node.to_name[0])
        if value is None or target is None:
            continue
        if (
            node.tag_class.own_key() == "labels"
            and target.tag_class
            and issubclass(target.tag_class, ObjectTag)
        ):
            value = {**value, **target.tag_class.sample_region(target)}
        result: dict[str, Any] = {
            "id": f"sample{number}",
            "from_name": name,
            "to_name": target.name,
            "type": node.tag_class.result_type(),
            "value": value,
        }
        if node.tag_class.draws:
            result |= {"original_width": 600, "original_height": 403, "image_rotation": 0}
        found.append(result)
    return found


def _value(node: Node, attribute: str) -> Any:
    if (
        node.tag_class is not None
        and issubclass(node.tag_class, ObjectTag)
        and attribute.lower() in ("value", "valuelist")
    ):
        sample = node.tag_class.sample(node)
        return [sample] if attribute.lower() == "valuelist" else sample
    if node.tag_class is not None and issubclass(node.tag_class, ControlTag) and attribute.lower() == "value":
        return [{"value": "First"}, {"value": "Second"}]
    return f"Sample {attribute}"


def _put(data: dict[str, Any], key: str, path: str, value: Any) -> None:
    """Set ``key`` or the place ``path`` below it, unless something stands there already."""
    steps: list[str | int] = [key]
    steps += [int(step) if step.isdecimal() else step for step in re.findall(r"\w+", path)]
    here: Any = data
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if isinstance(step, int):
            if not isinstance(here, list):
                return
            while len(here) <= step:
                here.append(None)
            missing = here[step] is None
        else:
            if not isinstance(here, dict):
                return
            missing = step not in here
        if missing:
            here[step] = value if following is None else ([] if isinstance(following, int) else {})
        here = here[step]
