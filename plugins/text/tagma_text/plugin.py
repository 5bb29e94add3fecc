"""Plain text whose spans are marked with labels."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_text.tags import Text

    return [Text]
