"""Stars for anything: one to ten of them."""

from tagma.plugin import hookimpl

requires_api = 1


@hookimpl
def register_tags():
    from tagma_stars.tags import Stars

    return [Stars]
