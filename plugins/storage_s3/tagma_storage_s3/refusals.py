"""The error codes of the S3 protocol, as Amazon documents them: what is wrong, what to do, the field it is about."""

from __future__ import annotations

from tagma_objects import Refusal

_NO_BUCKET = Refusal(
    'There is no bucket "{place}" there.', "Check its name, the region and the endpoint.", "bucket"
)
_ELSEWHERE = Refusal(
    'The bucket "{place}" lies in another region.', "Give the region it was made in.", "region_name"
)
_DENIED = Refusal(
    'The key may not do this in the bucket "{place}".',
    "Give it the rights s3:ListBucket and s3:GetObject; to write there s3:PutObject and s3:DeleteObject.",
    denied=True,
)

REFUSALS = {
    "NoSuchPlace": _NO_BUCKET,
    "NoSuchBucket": _NO_BUCKET,
    "InvalidBucketName": Refusal(
        '"{place}" can\'t be the name of a bucket.', "Copy it from the storage's own pages.", "bucket"
    ),
    "InvalidAccessKeyId": Refusal(
        "The access key is not known there.", "Copy it once more, or make a new one.", "aws_access_key_id"
    ),
    "SignatureDoesNotMatch": Refusal(
        "The secret key does not belong to the access key.", "Copy both once more.", "aws_secret_access_key"
    ),
    "ExpiredToken": Refusal(
        "The session token has run out.",
        "Get a new key and token, and save the settings again.",
        "aws_session_token",
    ),
    "InvalidToken": Refusal(
        "The session token is not valid.", "Get a new key and token.", "aws_session_token"
    ),
    "RequestTimeTooSkewed": Refusal(
        "The clocks of this server and of the storage differ too much.",
        "Set this server's clock by a time service.",
    ),
    "InvalidObjectState": Refusal(
        "The object lies in an archive.", "Have the storage restore it first.", code="object"
    ),
    "PermanentRedirect": _ELSEWHERE,
    "AuthorizationHeaderMalformed": _ELSEWHERE,
    "AccessDenied": _DENIED,
    "403": _DENIED,
    "SlowDown": Refusal("The storage asks for fewer requests.", "Try again in a while."),
}
