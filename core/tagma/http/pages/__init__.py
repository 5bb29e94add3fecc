"""Pages, one a file; a module that has ``routes`` is found by :func:`tagma.http.app.operations`."""

from pkgutil import iter_modules

from tagma.http.render import page, redirect

MODULES = tuple(sorted(module.name for module in iter_modules(__path__)))

__all__ = ["MODULES", "page", "redirect"]
