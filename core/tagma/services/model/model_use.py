"""Making a plugin's class of model ready for use, and asking it: whatever goes wrong in it is told in words."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from tagma.db.types import now
from tagma.errors import (
    InvalidInput,
    ModelError,
    ModelUnreachable,
    NotAllowed,
    NotFound,
    SecretLost,
    TagmaError,
    Unreachable,
    did_you_mean,
)
from tagma.plugin.excuses import said
from tagma.plugin.predictors import Predictor
from tagma.services import netguard
from tagma.services.model import model_state
from tagma.services.plugin_server import PluginServer

if TYPE_CHECKING:
    from tagma.services.site import Site

log = logging.getLogger("tagma.models")

T = TypeVar("T")

AGAIN = timedelta(seconds=30)  # until a model that was not there is asked about opened tasks again


@dataclass(frozen=True)
class Model:
    """A model as it is to be asked: what its record holds, and its project as the API shows it."""

    id: int | None
    """None while it is only tried out."""
    kind: str
    title: str
    settings: Mapping[str, Any]
    state: Mapping[str, Any]
    project: dict[str, Any]

    @property
    def version(self) -> str:
        """What its predictions are called where they don't say it themselves."""
        return str(self.state.get("version") or self.title)


def class_of(site: Site, kind: str) -> type[Predictor]:
    """:raises NotFound: no plugin brings such models."""
    found = site.plugins.predictors.get(kind)
    if found is None:
        raise NotFound(
            f'No plugin that is loaded brings models of the kind "{kind}".',
            hint=did_you_mean(kind, site.plugins.predictors)
            or "Install one, or see the page Plugins for why one was not loaded.",
            kind=kind,
        )
    return found


def made(site: Site, model: Model, folder: Path) -> Predictor:
    """The plugin's class with its settings; whoever asks for it closes it.

    :raises ModelError: the settings no longer fit the plugin, or an address of it must not be talked to.
    """
    predictor = class_of(site, model.kind)
    try:
        settings = predictor.Settings.model_validate(site.sealer.opened(model.settings))
    except SecretLost as error:
        raise ModelError(error.message, hint=error.hint, model=model.title, **error.where) from error
    except ValidationError as error:
        raise ModelError(
            f"The settings of this model don't fit its plugin any more: {error.errors()[0]['msg']}.",
            hint="Open the model's settings and save them again.",
            model=model.title,
        ) from error
    with _excused(model):
        one = predictor(settings, model.project, folder)
        one.server = PluginServer(site)
        for address in one.endpoints():
            netguard.judged_address(address, site.settings)
    return one


def folder_of(site: Site, model: Model) -> Path:
    return site.folder("models", str(model.id))


@contextmanager
def opened(site: Site, model: Model) -> Iterator[Predictor]:
    """The model for one use; one that is not connected yet gets a folder that is thrown away.

    :raises ModelError: for whatever goes wrong in it, also inside the ``with``.
    """
    with tempfile.TemporaryDirectory() if model.id is None else _kept(folder_of(site, model)) as folder:
        one = made(site, model, Path(folder))
        try:
            with _excused(model):
                yield one
        finally:
            one.close()


@contextmanager
def _kept(folder: Path) -> Iterator[str]:
    yield str(folder)


def asked(model: Model, work: Callable[[], T]) -> T:
    """:raises ModelError: whatever went wrong."""
    with _excused(model):
        return work()


@contextmanager
def _excused(model: Model) -> Iterator[None]:
    try:
        yield
    except (ModelError, NotFound, NotAllowed, InvalidInput):
        raise
    except Unreachable as error:
        if error.code == "address":
            raise NotAllowed(error.message, hint=error.hint, code="address", **error.where) from error
        raise ModelUnreachable(error.message, hint=error.hint, model=model.title, **error.where) from error
    except TagmaError as error:
        raise ModelError(error.message, hint=error.hint, model=model.title) from error
    except Exception as error:
        log.exception('The plugin of the model "%s" (%s) failed.', model.title, model.kind)
        raise ModelError(
            f"The plugin of this model failed: {said(error)}.",
            hint="See the server's log, and tell the plugin's author.",
            model=model.title,
        ) from error


def setup(site: Site, model: Model) -> str:
    """Ask whether it is ready; its version. May take as long as its network. :raises ModelError: it is not, in words."""
    with opened(site, model) as one:
        return str(one.setup() or "")


def probe(site: Site, model: Model) -> str:
    """:func:`setup` of a model that somebody is about to connect. :raises InvalidInput: it does not work, in words."""
    try:
        return setup(site, model)
    except ModelError as error:
        field = str(error.where.get("field", "non_field_errors"))
        raise InvalidInput(error.message, {field: [str(error)]}, hint=error.hint, **error.where) from error


def refresh(site: Site, model: Model) -> None:
    """Look whether it is still there, and note it."""
    try:
        version = setup(site, model)
    except TagmaError as trouble:
        error = trouble  # the name of an except clause ends with it
        site.database.write(lambda tx: model_state.note_trouble(tx, model.id, error))
    else:
        site.database.write(lambda tx: model_state.note_answer(tx, model.id, version))


def versions(site: Site, model: Model) -> list[str]:
    """What a person may choose from; the current one where the model names none."""
    with opened(site, model) as one:
        told = [str(version) for version in one.versions()]
    return told or [version for version in (str(model.state.get("version") or ""),) if version]


def just_gone(model: Model) -> bool:
    """Whether it did not answer a moment ago, so that nobody should wait for it again."""
    if model.state.get("state") != "DI" or not model.state.get("checked_at"):
        return False
    return now() - datetime.fromisoformat(str(model.state["checked_at"])) < AGAIN
