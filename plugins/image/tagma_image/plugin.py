"""Pictures, and boxes on them."""

from tagma.plugin import hookimpl

requires_api = 1


@hookimpl
def register_tags() -> list[type]:
    from tagma_image.tags import Image, Rectangle, RectangleLabels

    return [Image, Rectangle, RectangleLabels]


@hookimpl
def register_data_types() -> list[type]:
    from tagma_image.data_types import ImageFile

    return [ImageFile]
