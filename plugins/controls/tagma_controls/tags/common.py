"""Attributes that many controls share."""

from __future__ import annotations

from tagma.plugin import Attribute, Bool, Name, OneOf, Text, ToName

RULES = ("region-selected", "no-region-selected", "choice-selected", "choice-unselected")


def visibility() -> dict[str, Attribute]:
    return {
        "visibleWhen": OneOf(*RULES, help="When this is shown; always if left out."),
        "whenTagName": Text(help="The control that the rule looks at."),
        "whenLabelValue": Text(help="Labels, with commas; any of them makes the rule true."),
        "whenChoiceValue": Text(help="Choices, with commas; any of them makes the rule true."),
        "whenRole": Text(help="Roles in a dialogue, with commas."),
    }


def control() -> dict[str, Attribute]:
    return {
        "name": Name(
            required=True, help="The control's name, unique in the config; results carry it as from_name."
        ),
        "toName": ToName(required=True, help="The name of the object it belongs to."),
        **visibility(),
    }


def answer() -> dict[str, Attribute]:
    """A control whose answer may be asked for, once a task or once a region."""
    return {
        **control(),
        "required": Bool(False, help="Whether submitting needs an answer."),
        "requiredMessage": Text(help="What the person reads when the answer is missing."),
        "perRegion": Bool(False, help="Ask for each region instead of once a task."),
        "perItem": Bool(False, help="Ask for each page of an object with several."),
    }


def model_extras() -> dict[str, Attribute]:
    return {
        "smart": Bool(
            True, help="Whether what is made with it can be sent to a model that suggests something for it."
        ),
        "smartOnly": Bool(False, help="What is made with it is only ever sent to a model."),
    }
