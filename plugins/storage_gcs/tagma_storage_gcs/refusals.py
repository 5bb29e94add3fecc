"""The error codes of Google's XML interface, as Google documents them: what is wrong, what to do, the field it is about."""

from __future__ import annotations

from tagma_objects import Refusal

_KEY = "google_application_credentials"
_NO_BUCKET = Refusal('There is no bucket "{place}" there.', "Check its name.", "bucket")
_UNKNOWN = Refusal(
    "Google does not accept this key.",
    "Look whether it still stands in the list of the service account's keys, and whether this server's clock is right.",
    _KEY,
)
_DENIED = Refusal(
    'This account may not do this in the bucket "{place}".',
    "Give it the role Storage Object Viewer there, and Storage Object User to write.",
    _KEY,
    denied=True,
)
_SLOW = Refusal("The storage asks for fewer requests.", "Try again in a while.")
_UNPAID = Refusal(
    'The requests to the bucket "{place}" are paid by whoever asks, and nobody is named.',
    "Ask its owner to switch off Requester Pays.",
    "bucket",
)

REFUSALS = {
    "NoSuchPlace": _NO_BUCKET,
    "NoSuchBucket": _NO_BUCKET,
    "InvalidBucketName": Refusal(
        '"{place}" can\'t be the name of a bucket.', "Copy it from the storage's own pages.", "bucket"
    ),
    "AuthenticationRequired": _UNKNOWN,
    "InvalidSecurity": _UNKNOWN,
    "401": _UNKNOWN,
    "AccessDenied": _DENIED,
    "403": _DENIED,
    "UserProjectMissing": _UNPAID,
    "SlowDown": _SLOW,
    "429": _SLOW,
}
