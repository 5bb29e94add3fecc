"""Attributes that controls of this plugin share."""

from __future__ import annotations

from tagma.plugin import Attribute, Bool, Text, common


def answer() -> dict[str, Attribute]:
    """A control whose answer may be asked for, once a task or once a region."""
    return {
        **common.control(),
        "required": Bool(False, help="Whether submitting needs an answer."),
        "requiredMessage": Text(help="What the person reads when the answer is missing."),
        "perRegion": Bool(False, help="Ask for each region instead of once a task."),
        "perItem": Bool(False, help="Ask for each page of an object with several."),
    }
