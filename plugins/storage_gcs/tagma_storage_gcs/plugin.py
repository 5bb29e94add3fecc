"""Buckets of Google Cloud Storage as a place that holds tasks, media and annotations."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Storage, hookimpl

requires_api = 1


@hookimpl
def register_storages() -> Iterable[type[Storage]]:
    from tagma_storage_gcs.storage import GoogleCloud

    return [GoogleCloud]
