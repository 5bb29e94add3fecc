"""Every tag of this plugin, in the order of the documentation."""

from tagma_controls.tags.choices import Choice, Choices, Taxonomy
from tagma_controls.tags.labels import Label, Labels
from tagma_controls.tags.layout import Header, Style, View
from tagma_controls.tags.scalars import DateTime, Number, Rating
from tagma_controls.tags.textarea import Shortcut, TextArea

ALL = (
    View,
    Header,
    Style,
    Labels,
    Label,
    Choices,
    Choice,
    TextArea,
    Shortcut,
    Rating,
    Number,
    DateTime,
    Taxonomy,
)

__all__ = [tag.__name__ for tag in ALL]
