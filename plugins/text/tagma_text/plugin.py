"""Texts and dialogues whose passages are marked with labels."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_text.paragraphs import ParagraphLabels, Paragraphs
    from tagma_text.tags import Text

    return [Text, Paragraphs, ParagraphLabels]
