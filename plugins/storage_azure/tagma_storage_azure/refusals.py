"""The error codes of Azure's blob service, as Microsoft documents them: what is wrong, what to do, the field it is about."""

from __future__ import annotations

from tagma_objects import Refusal

_NO_CONTAINER = Refusal('There is no container "{place}" in this account.', "Check both names.", "container")
_KEY = Refusal(
    "Azure does not accept this key for this account.",
    "Copy the key once more from Access keys, and see whether this server's clock is right.",
    "account_key",
)
_DENIED = Refusal(
    'This key may not do this in the container "{place}".',
    "See the account's networking rules and whether it allows access by key.",
    "account_key",
    denied=True,
)
_CLOSED = Refusal(
    'The public may not read the container "{place}".', "Give the account's key.", "account_key"
)
_SLOW = Refusal("The storage asks for fewer requests.", "Try again in a while.")

REFUSALS = {
    "NoSuchPlace": _NO_CONTAINER,
    "ContainerNotFound": _NO_CONTAINER,
    "ContainerBeingDeleted": _NO_CONTAINER,
    "InvalidResourceName": Refusal(
        '"{place}" can\'t be the name of a container.', "Copy it from the storage's own pages.", "container"
    ),
    "AuthenticationFailed": _KEY,
    "AuthorizationFailure": _KEY,
    "403": _KEY,
    "AuthorizationPermissionMismatch": _DENIED,
    "InsufficientAccountPermissions": _DENIED,
    "KeyBasedAuthenticationNotPermitted": _DENIED,
    "AccountIsDisabled": _DENIED,
    "PublicAccessNotPermitted": _CLOSED,
    "NoAuthenticationInformation": _CLOSED,
    "ResourceNotFound": _CLOSED,
    "401": _CLOSED,
    "BlobArchived": Refusal(
        "The blob lies in the archive tier.", "Have Azure rehydrate it first.", code="object"
    ),
    "ServerBusy": _SLOW,
    "OperationTimedOut": _SLOW,
}
