"""Keys of Redis, and of servers that speak its protocol, as a place that holds tasks and annotations."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Storage, hookimpl

requires_api = 1


@hookimpl
def register_storages() -> Iterable[type[Storage]]:
    from tagma_storage_redis.storage import RedisKeys

    return [RedisKeys]
