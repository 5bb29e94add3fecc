"""What a bucket refuses, in words for the person who connected it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tagma.errors import StorageError

if TYPE_CHECKING:
    from tagma_storage_s3.storage import S3

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")

# The protocol's error codes, as Amazon documents them: what is wrong, what to do, the field it is about.
_WORDS: dict[str, tuple[str, str, str]] = {
    "NoSuchBucket": ('There is no bucket "{bucket}" there.', "Check its name, the region and the endpoint.", "bucket"),
    "InvalidBucketName": ('"{bucket}" can\'t be the name of a bucket.', "Copy it from the storage's own pages.", "bucket"),
    "InvalidAccessKeyId": (
        "The access key is not known there.", "Copy it once more, or make a new one.", "aws_access_key_id",
    ),
    "SignatureDoesNotMatch": (
        "The secret key does not belong to the access key.", "Copy both once more.", "aws_secret_access_key",
    ),
    "ExpiredToken": (
        "The session token has run out.", "Get a new key and token, and save the settings again.", "aws_session_token",
    ),
    "InvalidToken": ("The session token is not valid.", "Get a new key and token.", "aws_session_token"),
    "RequestTimeTooSkewed": (
        "The clocks of this server and of the storage differ too much.", "Set this server's clock by a time service.", "",
    ),
    "PermanentRedirect": (
        'The bucket "{bucket}" lies in another region.', "Give the region it was made in.", "region_name",
    ),
    "AuthorizationHeaderMalformed": (
        'The bucket "{bucket}" lies in another region.', "Give the region it was made in.", "region_name",
    ),
    "AccessDenied": (
        'The key may not do this in the bucket "{bucket}".', "Give it the rights s3:ListBucket and s3:GetObject.", "",
    ),
    "SlowDown": ("The storage asks for fewer requests.", "Try again in a while.", ""),
}  # fmt: skip


@contextmanager
def told(storage: S3, key: str) -> Iterator[None]:
    """:raises StorageError: instead of whatever the library raises."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError as error:
        code = _CODE.search(str(error))
        if code and code[1] == "NoSuchBucket":
            raise _error(storage, key, *_WORDS["NoSuchBucket"]) from error
        raise _error(
            storage, key, f'There is no object "{key}" in the bucket "{{bucket}}".', "Check the name."
        ) from error
    except BaseError as error:
        raise _known(storage, key, str(error)) from error
    except ValueError as error:  # a key that the library can't write as a path
        first = str(error).splitlines()[0]
        hint = "Rename the object so that no folder in its key is empty, . or .."
        raise _error(storage, key, f"A key of this bucket can't be read: {first}.", hint) from error


def _known(storage: S3, key: str, said: str) -> StorageError:
    code = _CODE.search(said)
    if code and code[1] in _WORDS:
        return _error(storage, key, *_WORDS[code[1]])
    status = _STATUS.search(said)
    if status and status[1] == "403":
        return _error(storage, key, *_WORDS["AccessDenied"])
    if status or code:
        answer = " ".join(found[1] for found in (status, code) if found)
        return _error(
            storage, key, f"The storage answered {answer}.", "Check the endpoint; its own log says more."
        )
    where = storage.own.s3_endpoint or "Amazon S3"
    return _error(
        storage,
        key,
        f"{where} does not answer.",
        "Check the endpoint and that this server reaches it.",
        "s3_endpoint",
    )


def _error(storage: S3, key: str, words: str, hint: str, field: str = "") -> StorageError:
    where: dict[str, Any] = {"storage": storage.title}
    if key:
        where["key"] = key
    if field:
        where["field"] = field
    return StorageError(words.replace("{bucket}", storage.own.bucket), hint=hint, **where)
