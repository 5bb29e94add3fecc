"""What people set on a storage: the fields all storages of a side share, and the plugin's own, as one form.

There are two sides: sources, which tasks and media come from, and targets, which annotations are written to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, Field, create_model, field_validator

from tagma.errors import NotFound, did_you_mean
from tagma.plugin.storages import Storage
from tagma.services import records

if TYPE_CHECKING:
    from tagma.services.site import Site


class Source(BaseModel):
    """What every source has besides the settings of its plugin."""

    description: str = Field("", description="For the people of the project.")
    regex_filter: str | None = Field(
        None, description="Only objects whose name fits this regular expression, e.g. .*\\.png"
    )
    use_blob_urls: bool = Field(
        False, description="Make a task of each object; else read objects as files of tasks."
    )
    recursive_scan: bool = Field(True, description="Also look into folders within.")
    presign: bool = Field(True, description="Let browsers fetch media from the storage itself where it can.")
    presign_ttl: int = Field(1, ge=1, le=7 * 24 * 60, description="Minutes such a link works.")
    sync_minutes: int | None = Field(
        None, ge=1, le=366 * 24 * 60, description="Sync by itself every so many minutes; empty: when asked."
    )

    @field_validator("sync_minutes", mode="before")
    @classmethod
    def _none_if_empty(cls, given: Any) -> Any:
        return None if given in ("", 0) else given

    @field_validator("regex_filter")
    @classmethod
    def _compiles(cls, given: str | None) -> str | None:
        try:
            re.compile(given or "")
        except re.error as error:
            raise ValueError(f"This is no regular expression: {error}") from error
        return given or None


class Target(BaseModel):
    """What every target has besides the settings of its plugin."""

    description: str = Field("", description="For the people of the project.")
    can_delete_objects: bool = Field(
        False, description="Delete the object there when its annotation is deleted here."
    )
    whole_tasks: bool = Field(
        False,
        description="Write one object for each task, with all its annotations, not one for each annotation.",
    )


@dataclass(frozen=True)
class Side:
    prefix: str
    """Of the kind of its records: ``storage.s3``."""
    common: type[BaseModel]
    base: str
    """Of its paths."""

    def scheme(self, kind: str) -> str:
        return kind.removeprefix(self.prefix)

    def kinds(self, site: Site) -> dict[str, type[Storage]]:
        """The classes that plugins bring for this side."""
        return {
            scheme: found
            for scheme, found in sorted(site.plugins.storages.items())
            if self is not TARGETS or found.writes()
        }


SOURCES = Side("storage.", Source, "/api/storages")
TARGETS = Side("target.", Target, "/api/storages/export")


def side_of(kind: str) -> Side:
    return TARGETS if kind.startswith(TARGETS.prefix) else SOURCES


def class_of(site: Site, scheme: str, side: Side = SOURCES) -> type[Storage]:
    """:raises NotFound: no plugin brings such storages, or they can't be written to where that is wanted."""
    kinds = side.kinds(site)
    if scheme in kinds:
        return kinds[scheme]
    if scheme in site.plugins.storages:
        title = site.plugins.storages[scheme].title
        raise NotFound(
            f"{title} can only be read.",
            hint=f"Annotations can be written to: {', '.join(kinds) or 'none'}.",
            scheme=scheme,
        )
    raise NotFound(
        f'No plugin that is loaded brings storages of the kind "{scheme}".',
        hint=did_you_mean(scheme, kinds)
        or "Install one, or see the page Plugins for why one was not loaded.",
        scheme=scheme,
    )


def model_of(storage: type[Storage], side: Side = SOURCES) -> type[BaseModel]:
    """The common fields and the plugin's own as one form."""
    own = (side is TARGETS and storage.TargetSettings) or storage.Settings
    return create_model(f"{storage.scheme.title()}{side.common.__name__}", __base__=(side.common, own))


def layout(storage: type[Storage], side: Side) -> list[dict[str, Any]]:
    """The form as the protocol lays it out: rows of fields."""
    model = model_of(storage, side)
    secret = records.secret_fields(model)
    title = {"type": "text", "name": "title", "label": "Storage Title", "required": False}
    own = [name for name in model.model_fields if name not in side.common.model_fields]
    common = [name for name in side.common.model_fields if name != "description"]
    return [
        {"columnCount": 1, "fields": [title]},
        {"columnCount": 2, "fields": list(_fields(model, own, secret))},
        {"columnCount": 2, "fields": list(_fields(model, ["description", *common], secret))},
    ]


def _fields(model: type[BaseModel], names: list[str], secret: set[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        info = model.model_fields[name]
        types = {info.annotation, *get_args(info.annotation)}
        kind = (
            "password"
            if name in secret
            else "toggle"
            if bool in types
            else "number"
            if int in types
            else "text"
        )
        found: dict[str, Any] = {
            "type": kind,
            "name": name,
            "label": info.title or name.replace("_", " ").capitalize(),
            "description": info.description or "",
            "required": info.is_required(),
        }
        if not info.is_required() and name not in secret:
            found["value"] = info.get_default(call_default_factory=True)
        yield found
