"""Attributes that tags of every plugin have alike, so that a config says the same thing in the same word everywhere."""

from __future__ import annotations

from tagma.plugin.tags import Attribute, Bool, Color, DataKey, Name, Number, OneOf, Text, ToName

_RULES = ("region-selected", "no-region-selected", "choice-selected", "choice-unselected")


def visibility() -> dict[str, Attribute]:
    """When a tag is seen; the page does the rest."""
    return {
        "visibleWhen": OneOf(*_RULES, help="When this is shown; always if left out."),
        "whenTagName": Text(help="The control that the rule looks at."),
        "whenLabelValue": Text(help="Labels, with commas; any of them makes the rule true."),
        "whenChoiceValue": Text(help="Choices, with commas; any of them makes the rule true."),
        "whenRole": Text(help="Roles in a dialogue, with commas."),
    }


def control(target: str = "the object it belongs to") -> dict[str, Attribute]:
    """Its name, what it points at, and when it is seen. :param target: in words: ``the film``."""
    return {
        "name": Name(
            required=True, help="The control's name, unique in the config; results carry it as from_name."
        ),
        "toName": ToName(required=True, help=f"The name of {target}."),
        **visibility(),
    }


def labels(one: str = "region", many: str = "regions") -> dict[str, Attribute]:
    """Of a control whose regions wear labels. :param one: what it makes, in words: ``box``."""
    return {
        "choice": OneOf(
            "single", "multiple", default="single", help=f"Whether one {one} may have several labels."
        ),
        "maxUsages": Number(min=1, help=f"How many {many} may have one label."),
        "showInline": Bool(True, help="Labels in one line."),
        "value": DataKey(help="$key of a list of labels in the task's data."),
        "allowEmpty": Bool(False, help=f"Allow {many} without a label."),
    }


def drawing(many: str) -> dict[str, Attribute]:
    """How what it draws looks. :param many: in words: ``boxes``."""
    return {
        "opacity": Number(0.2, min=0, max=1, help=f"How opaque {many} are filled."),
        "fillColor": Color("#f48a42", help=f"Fill of {many}."),
        "strokeColor": Color("#f48a42", help=f"Outline of {many}."),
        "strokeWidth": Number(1, min=0, help="Width of the outline in pixels."),
        "fillOpacity": Number(min=0, max=1, help="Opacity of the fill alone."),
    }


def smart() -> dict[str, Attribute]:
    """Of a control that can ask a model while somebody draws."""
    return {
        "smart": Bool(
            True, help="Whether what is made with it can be sent to a model that suggests something for it."
        ),
        "smartOnly": Bool(False, help="What is made with it is only ever sent to a model."),
    }
