"""Plain text to read and to mark spans in."""

from tagma.plugin import hookimpl

requires_api = 1


@hookimpl
def register_tags() -> list[type]:
    from tagma_text.tags import Text

    return [Text]
