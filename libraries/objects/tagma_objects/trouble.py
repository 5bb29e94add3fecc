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
    denied: bool = False
    """Of rights, which may differ from object to object."""


@contextmanager
def told(storage: ObjectStorage, key: str = "", *, reads: bool = False) -> Iterator[None]:
    """:param reads: an object is read, and one that may not be is that object's fault: others may well be.
    :raises StorageError: instead of whatever the library raises.
    """
    from obstore.exceptions import BaseError, PermissionDeniedError

    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        meant = _meant(storage, key, error)
        if reads and isinstance(error, PermissionDeniedError) and not _of_the_key(storage, error):
            meant = Refusal(f'The object "{key}" may not be read with this key.', meant.hint, code="object")
        raise _error(storage, key, meant) from error
    except ValueError as error:  # a key that the library can't write as a path
        raise _error(storage, key, _strange(key) if key else _meant(storage, key, error)) from error


def _of_the_key(storage: ObjectStorage, error: Exception) -> bool:
    """Whether a refusal names a code that is about a field of the form, as the secret key is."""
    code = _CODE.search(str(error))
    return bool(code and code[1] in storage.refusals and not storage.refusals[code[1]].denied)


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


def answered(storage: ObjectStorage, status: int, text: str) -> StorageError:
    """What a service means that was asked without the library."""
    return _error(storage, "", _meant(storage, "", OSError(f"status code: {status} {text}")))


def unaddressable(storage: ObjectStorage, key: str) -> StorageError:
    return _error(storage, key, _strange(key))


def _strange(key: str) -> Refusal:
    return Refusal(
        f'The key "{" ".join(key.split())}" can\'t be addressed.',
        "Rename the object so that no folder in its key is empty, . or .., and no sign is a line break.",
        code="object",
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
