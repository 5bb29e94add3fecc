"""Layout tags and the controls every project needs: labels, choices, text fields, ratings, numbers, dates, taxonomies."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_controls import tags

    return tags.ALL
