"""Attributes that many controls share, in one wording."""

from __future__ import annotations

from tagma.plugin import Attribute, Bool, Name, OneOf, Text, ToName

VISIBILITY: dict[str, Attribute] = {
    "visibleWhen": OneOf(
        "region-selected",
        "no-region-selected",
        "choice-selected",
        "choice-unselected",
        help="Show only under this condition; what is hidden is not submitted.",
    ),
    "whenTagName": Text(help="The control the condition looks at."),
    "whenLabelValue": Text(help="Labels the selected region must have one of, with commas."),
    "whenChoiceValue": Text(help="Choices one of which must be selected, with commas."),
    "whenRole": Text(help="Roles of a message one of which must match, with commas."),
}
PER_REGION: dict[str, Attribute] = {
    "perRegion": Bool(False, help="Ask once for each selected region instead of once for the whole task."),
    "perItem": Bool(False, help="Ask once for each page or picture of an object that has several."),
}
REQUIRED: dict[str, Attribute] = {
    "required": Bool(False, help="The task can't be submitted before this is answered."),
    "requiredMessage": Text(help="What to say when it is missing."),
}
CONTROL: dict[str, Attribute] = {
    "name": Name(
        required=True, help="The control's name, unique in the config; results carry it as from_name."
    ),
    "toName": ToName(required=True, help="The object it belongs to, or several with commas."),
}
QUESTION: dict[str, Attribute] = {**CONTROL, **REQUIRED, **PER_REGION, **VISIBILITY}
"""What every control that asks something takes."""


def jaccard(a: set[object], b: set[object]) -> float:
    """Shared over all, 1 for two empty sets."""
    return len(a & b) / len(a | b) if a or b else 1.0
