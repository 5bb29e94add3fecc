"""Layout, and the controls every project needs: labels, choices, taxonomies, text fields, ratings, numbers, dates."""

from tagma.plugin import hookimpl

requires_api = 1


@hookimpl
def register_tags() -> list[type]:
    from tagma_controls import choices, forms, labels, layout

    return [
        layout.View,
        layout.Header,
        layout.Style,
        labels.Labels,
        labels.Label,
        choices.Choices,
        choices.Choice,
        choices.Taxonomy,
        forms.TextArea,
        forms.Shortcut,
        forms.Rating,
        forms.Number,
        forms.DateTime,
    ]
