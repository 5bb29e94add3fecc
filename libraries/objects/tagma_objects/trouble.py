"""What a storage of objects refuses, in words for the person who connected it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tagma.errors import StorageError

if TYPE_CHECKING:
    from tagma_objects.storage import ObjectStorage

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_STRANGE = re.compile(r'Path "(.*)"(?: contained|: Encountered)', re.DOTALL)


class Refusal(NamedTuple):
    """What one of a service's codes means. ``{place}`` in the words is the bucket's or container's name."""

    words: str
    hint: str
    field: str = ""
    """The field of the form that it is about."""
    code: str | None = None
    """``object`` where others may well be had."""


@contextmanager
def told(storage: ObjectStorage, key: str = "") -> Iterator[None]:
    """:raises StorageError: instead of whatever the library raises."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise _error(storage, key, _meant(storage, key, error)) from error
    except ValueError as error:  # a key that the library can't write as a path
        raise _error(storage, key, _strange(key) if key else _meant(storage, key, error)) from error


def _meant(storage: ObjectStorage, key: str, error: Exception) -> Refusal:
    said = str(error)
    code, status = _CODE.search(said), _STATUS.search(said)
    for name in (code and code[1], status and status[1]):
        if name in storage.refusals:
            return storage.refusals[name]
    if isinstance(error, FileNotFoundError):
        if not key:
            return storage.refusals["NoSuchPlace"]
        return Refusal(f'There is no object "{key}" in "{{place}}".', "Check the name.", code="object")
    if strange := _STRANGE.search(said):
        return _strange(strange[1])
    if status or code:
        answer = " ".join(found[1] for found in (status, code) if found)
        return Refusal(f"The storage answered {answer}.", "Check the endpoint; its own log says more.")
    if "sending request" in said or "timed out" in said or "connect" in said:
        where = next(iter(storage.endpoints()), storage.title)
        hint = "Check the endpoint and that this server reaches it."
        return Refusal(f"{where} does not answer.", hint, storage.endpoint_field)
    reason = said.split("\n", 1)[0].rpartition(" error: ")[2]
    return Refusal(f"The storage can't be used: {reason}.", "Check its settings.")


def _strange(key: str) -> Refusal:
    return Refusal(
        f'The key "{" ".join(key.split())}" can\'t be addressed.',
        "Rename the object so that no folder in its key is empty, . or .., and no sign is a line break.",
    )


def _error(storage: ObjectStorage, key: str, refusal: Refusal) -> StorageError:
    where: dict[str, Any] = {"storage": storage.title}
    if key:
        where["key"] = key
    if refusal.field:
        where["field"] = refusal.field
    return StorageError(
        refusal.words.replace("{place}", storage.place), hint=refusal.hint, code=refusal.code, **where
    )
