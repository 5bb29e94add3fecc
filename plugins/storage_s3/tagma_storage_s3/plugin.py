"""Buckets of Amazon S3, and of servers that speak its protocol, as a place that holds tasks and media."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Storage, hookimpl

requires_api = 1


@hookimpl
def register_storages() -> Iterable[type[Storage]]:
    from tagma_storage_s3.storage import S3

    return [S3]
