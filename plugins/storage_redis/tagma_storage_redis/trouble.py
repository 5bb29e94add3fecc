"""What a server of the Redis protocol refuses, in words for the person who connected it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tagma.errors import StorageError

if TYPE_CHECKING:
    from tagma_storage_redis.storage import RedisKeys


@contextmanager
def told(storage: RedisKeys, key: str = "") -> Iterator[None]:
    """:raises StorageError: instead of whatever the library raises."""
    from redis.exceptions import RedisError

    try:
        yield
    except RedisError as error:
        words, hint, field = _meant(storage, error)
        where: dict[str, Any] = {"storage": storage.title, "key": key or None, "field": field or None}
        raise StorageError(words, hint=hint, **where) from error


def _meant(storage: RedisKeys, error: Exception) -> tuple[str, str, str]:
    """Words, hint and the field it is about."""
    from redis import exceptions

    said = str(error)
    if isinstance(error, exceptions.NoPermissionError):
        return (
            "This user may not do this there.",
            "Give it the commands SCAN, STRLEN, GET, MGET and GETRANGE, and SET and DEL to write.",
            "password",
        )
    if isinstance(error, exceptions.AuthenticationError) or said.startswith(("NOAUTH", "WRONGPASS")):
        return "The password is not right, or one is needed.", "Enter it once more.", "password"
    if isinstance(error, exceptions.ReadOnlyError):
        return (
            "This server is a copy that can't be written to.",
            "Give the address of the main server.",
            "host",
        )
    if isinstance(error, exceptions.BusyLoadingError):
        return "The server is still loading its data.", "Try again in a while.", ""
    if "DB index is out of range" in said:
        return (
            f"There is no database {storage.db} there.",
            "Most servers have 0 to 15, a cluster only 0.",
            "db",
        )
    if isinstance(error, exceptions.ConnectionError | exceptions.TimeoutError):
        hint = "Check host and port, and that this server reaches it."
        return f"{storage.host}:{storage.port} does not answer.", hint, "host"
    return f"The server answered: {said.rstrip('.')}.", "Its own log says more.", ""
