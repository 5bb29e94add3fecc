"""Films: boxes that follow what moves, and stretches of frames."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_video import tags

    return [tags.Video, tags.VideoRectangle, tags.TimelineLabels]
