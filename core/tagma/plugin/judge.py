"""Is an item that a hook returned fit for use? One rule a kind; each answers with sentences, none raises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from tagma.plugin.data_types import DataType
from tagma.plugin.formats import Exporter, Importer
from tagma.plugin.predictors import Predictor
from tagma.plugin.routes import Routes
from tagma.plugin.storages import Storage
from tagma.plugin.tags import Attribute, ControlTag, ObjectTag, Tag, VisualTag
from tagma.plugin.task_jobs import TaskJob

_WORD = re.compile(r"[a-z][a-z0-9_]*\Z")
_XML_NAME = re.compile(r"[A-Za-z_][\w.-]*\Z")


@dataclass(frozen=True)
class Kind:
    """What one registration hook returns."""

    hook: str
    word: str
    """In sentences: ``tag``."""
    bases: tuple[type, ...]
    names: Callable[[Any], Iterable[str]]
    """The names an item claims, its own first."""
    faults: Callable[[Any], Iterator[str]] = lambda item: iter(())
    instances: bool = False
    """Whether the hook returns instances of ``bases`` instead of classes."""

    def judge(self, item: Any) -> str | None:
        """What is wrong with one item, or None."""
        wanted = " or ".join(base.__name__ for base in self.bases)
        if self.instances:
            fits = isinstance(item, self.bases)
            return None if fits else f"{self.hook} returned {_shown(item)}, which is no {wanted}"
        if not isinstance(item, type):
            return f"{self.hook} returned {_shown(item)}, which is no class"
        if item in self.bases or not issubclass(item, self.bases):
            return f"{self.hook} returned {item.__name__}, which is no subclass of {wanted}"
        wrong = "; ".join(self.faults(item))
        return f"{self.word} class {item.__name__}: {wrong}" if wrong else None


def _tag_faults(tag: type[Tag]) -> Iterator[str]:
    yield from _needs(tag, name=str)
    for name in (getattr(tag, "name", None), *_words(tag.aliases)):
        if isinstance(name, str) and name and not _XML_NAME.match(name):
            yield f'"{name}" can\'t be the name of an XML element'
    for key, attribute in dict(tag.attributes).items():
        if not isinstance(attribute, Attribute):
            yield f'its attribute "{key}" is {_shown(attribute)}, not an instance of Attribute like Text() or Number(1)'
    if issubclass(tag, ControlTag) and not (isinstance(tag.Value, type) and issubclass(tag.Value, BaseModel)):
        yield "its Value must be a subclass of tagma.plugin.Value"


def _data_type_faults(data_type: type[DataType]) -> Iterator[str]:
    yield from _needs(data_type, name=str)
    if not isinstance(getattr(data_type, "suffixes", None), tuple):
        yield "it needs suffixes = (…,), or () where files with these endings mean other things too"
    yield from _suffix_faults(data_type)


def _importer_faults(importer: type[Importer]) -> Iterator[str]:
    yield from _needs(importer, name=str, title=str, suffixes=tuple)
    yield from _suffix_faults(importer)


def _exporter_faults(exporter: type[Exporter]) -> Iterator[str]:
    yield from _needs(exporter, name=str, title=str, suffix=str)


def _storage_faults(storage: type[Storage]) -> Iterator[str]:
    yield from _needs(storage, scheme=str, title=str)


def _predictor_faults(predictor: type[Predictor]) -> Iterator[str]:
    yield from _needs(predictor, kind=str, title=str)
    kind = getattr(predictor, "kind", None)
    if isinstance(kind, str) and kind and not _WORD.match(kind):
        yield f'"{kind}" can\'t be a kind: lower-case letters, digits and _ only, like "text_classifier"'
    settings = predictor.Settings
    if not (isinstance(settings, type) and issubclass(settings, Predictor.Settings)):
        yield "its Settings must be a subclass of Predictor.Settings"
    if predictor.predict is Predictor.predict:
        yield "it has no predict"
    for key in ("batch", "parallel"):
        value = getattr(predictor, key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            yield f"{key} must be a number from 1 on, not {_shown(value)}"


def _job_faults(job: type[TaskJob]) -> Iterator[str]:
    yield from _needs(job, kind=str)
    kind = getattr(job, "kind", None)
    if isinstance(kind, str) and kind and not _WORD.match(kind):
        yield f'"{kind}" can\'t be a kind: lower-case letters, digits and _ only, like "follow_box"'
    if not (isinstance(job.Params, type) and issubclass(job.Params, BaseModel)):
        yield "its Params must be a pydantic model"
    if job.run is TaskJob.run:
        yield "it has no run"


def _needs(item: type, **wanted: type) -> Iterator[str]:
    for key, kind in wanted.items():
        value = getattr(item, key, None)
        if not isinstance(value, kind) or not value:
            example = "(…,)" if kind is tuple else '"…"'
            yield f"it needs {key} = {example}"


def _suffix_faults(item: Any) -> Iterator[str]:
    for suffix in getattr(item, "suffixes", ()):
        if not isinstance(suffix, str) or not suffix.startswith(".") or suffix != suffix.lower():
            yield f'the suffix {_shown(suffix)} must be lower case and start with a dot, like ".png"'


def _words(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else ()


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


KINDS = (
    Kind(
        "register_tags",
        "tag",
        (ObjectTag, ControlTag, VisualTag),
        lambda c: (c.name, *_words(c.aliases)),
        _tag_faults,
    ),
    Kind("register_data_types", "data type", (DataType,), lambda c: (c.name,), _data_type_faults),
    Kind("register_storages", "storage", (Storage,), lambda c: (c.scheme,), _storage_faults),
    Kind("register_predictors", "predictor", (Predictor,), lambda c: (c.kind,), _predictor_faults),
    Kind("register_jobs", "job", (TaskJob,), lambda c: (c.kind,), _job_faults),
    Kind("register_importers", "importer", (Importer,), lambda c: (c.name,), _importer_faults),
    Kind("register_exporters", "exporter", (Exporter,), lambda c: (c.name,), _exporter_faults),
    Kind(
        "register_routes", "operation", (Routes,), lambda r: [one.key for one in r.operations], instances=True
    ),
)
