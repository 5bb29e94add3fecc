"""Every hook a plugin can implement. Write ``from tagma.plugin import hookimpl`` and a function of the same name.

Registration hooks take no arguments and return classes. The core asks each plugin by itself, so every item has an owner;
if one raises, what it would have added is missing, the plugin is reported as *partly loaded*, and the server goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from tagma.plugin.data_types import DataType
    from tagma.plugin.events import Event
    from tagma.plugin.formats import Exporter, Importer
    from tagma.plugin.predictors import Predictor
    from tagma.plugin.routes import Routes
    from tagma.plugin.server import Server
    from tagma.plugin.storages import Storage
    from tagma.plugin.tags import Tag
    from tagma.plugin.task_jobs import TaskJob

hookspec = pluggy.HookspecMarker("tagma")
hookimpl = pluggy.HookimplMarker("tagma")

API = 1
"""The number of this contract. It rises when a hook or a method loses or renames something."""


@hookspec
def register_tags() -> Iterable[type[Tag]]:  # type: ignore[empty-body]
    """Asked once at start-up for the tags that may stand in a labeling config.

    Tag names are unique on a server, whatever their case: the second plugin to claim one is reported and its tag left out.
    The browser half of a tag is the ``web/index.js`` of the same plugin.

    :returns: subclasses of :class:`tagma.plugin.ObjectTag`, :class:`~tagma.plugin.ControlTag` or
        :class:`~tagma.plugin.VisualTag`, in the order the documentation should list them.
    """


@hookspec
def register_data_types() -> Iterable[type[DataType]]:  # type: ignore[empty-body]
    """Asked once at start-up for the kinds of media this plugin understands.

    :returns: subclasses of :class:`tagma.plugin.DataType`; a suffix belongs to the first that claims it.
    """


@hookspec
def register_storages() -> Iterable[type[Storage]]:  # type: ignore[empty-body]
    """Asked once at start-up for places that hold tasks, media or exports.

    :returns: subclasses of :class:`tagma.plugin.Storage`; schemes are unique on a server.
    """


@hookspec
def register_importers() -> Iterable[type[Importer]]:  # type: ignore[empty-body]
    """Asked once at start-up for the file formats this plugin can read.

    :returns: subclasses of :class:`tagma.plugin.Importer`. A file goes to the importer whose suffix fits and whose
        ``sniff`` is surest; on a tie to the one registered first.
    """


@hookspec
def register_exporters() -> Iterable[type[Exporter]]:  # type: ignore[empty-body]
    """Asked once at start-up for the file formats this plugin can write.

    :returns: subclasses of :class:`tagma.plugin.Exporter`, in the order the menu should show them; one instance is
        made for each export.
    """


@hookspec
def register_predictors() -> Iterable[type[Predictor]]:  # type: ignore[empty-body]
    """Asked once at start-up for the kinds of models a project can be connected to.

    :returns: subclasses of :class:`tagma.plugin.Predictor`; kinds are unique on a server.
    """


@hookspec
def register_jobs() -> Iterable[type[TaskJob]]:  # type: ignore[empty-body]
    """Asked once at start-up for long work that people start at the desk, on a file of the task before them.

    :returns: subclasses of :class:`tagma.plugin.TaskJob`; kinds are unique on a server.
    """


@hookspec
def register_routes() -> Iterable[Routes]:  # type: ignore[empty-body]
    """Asked once at start-up for operations this plugin adds to the API, each with its place in the OpenAPI document.

    A path and method belong to whoever claims them first; the core's own come before any plugin's.

    :returns: instances of :class:`tagma.plugin.Routes`, the one kind of item that is no class.
    """


@hookspec
def on_event(event: Event, server: Server) -> None:
    """Told what happened, after the commit and off the request; it can't veto and its return value is not read.

    Listeners are called one by one; one that raises is logged with its plugin's name and the next is called.

    :param event: an instance of a class of :mod:`tagma.plugin.events`; test with ``isinstance``.
    :param server: what to ask for more than the event tells; may be left out.
    """
