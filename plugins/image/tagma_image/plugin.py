"""Pictures, boxes on them, and what is known of picture files."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import DataType, Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_image import tags

    return [tags.Image, tags.Rectangle, tags.RectangleLabels]


@hookimpl
def register_data_types() -> Iterable[type[DataType]]:
    from tagma_image.data_types import Image

    return [Image]
