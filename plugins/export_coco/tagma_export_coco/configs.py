"""Where a labeling config draws boxes on a picture."""

from __future__ import annotations

from dataclasses import dataclass

from tagma.plugin import LabelingConfig, Node

LABELLED = ("RectangleLabels", "PolygonLabels")
BARE = ("Rectangle", "Polygon")


@dataclass(frozen=True)
class Drawing:
    """A control that draws, the one that labels (the same, or a Labels beside a bare shape) and the picture."""

    draws: Node
    labels: Node
    image: Node

    @property
    def key(self) -> str:
        """The key of the task's data that holds the picture."""
        return str(self.image.attributes.get("value", "$image")).lstrip("$")


def drawings(config: LabelingConfig) -> list[Drawing]:
    """Every pair of controls that makes labelled shapes on a picture, in the order of the config."""
    images = {name: node for name, node in config.objects.items() if node.tag == "Image"}
    found = []
    for control in config.controls.values():
        for name in control.to_name:
            if name not in images:
                continue
            if control.tag in LABELLED:
                found.append(Drawing(control, control, images[name]))
            elif control.tag in BARE:
                found += [
                    Drawing(control, labels, images[name])
                    for labels in config.controls.values()
                    if labels.tag == "Labels" and name in labels.to_name
                ]
    return found


def refuses(config: LabelingConfig) -> str | None:
    """Why COCO can't carry what this config makes, or None."""
    if not any(node.tag == "Image" for node in config.objects.values()):
        return "COCO describes pictures, and this project shows none."
    if not drawings(config):
        return "COCO needs boxes or polygons on the picture: RectangleLabels, PolygonLabels, or Rectangle with Labels."
    if any(node.tag == "Image" and node.get("valueList") for node in config.objects.values()):
        return "COCO knows one picture for each task, and this project shows several (valueList)."
    if len(config.required_keys) > 1:
        keys = ", ".join(config.required_keys)
        return f"COCO carries one field of a task, and this project shows several: {keys}."
    return None
