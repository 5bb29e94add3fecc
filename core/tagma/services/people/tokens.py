"""Keys for programs: the legacy token (40 hex digits) and the personal access token (a signed refresh token that buys
access tokens of five minutes); and what models are handed, which opens one project.

Only hashes are kept. A legacy key can be shown again because it is derived from the site's secret and a nonce beside the
hash; one that was given from outside (``--user-token``) can't, so asking for it makes one of ours beside it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import ApiToken
from tagma.db.types import now, stamp
from tagma.errors import Conflict, InvalidInput, NotFound, NotSignedIn, SettingsError
from tagma.services.access import Actor, require
from tagma.services.people.sessions import account, derived_key, sha256

if TYPE_CHECKING:
    from tagma.services.site import Site

ACCESS_SECONDS = 300
REFRESH_AGE = timedelta(days=200 * 365)
_ALGORITHM = "HS256"
_MODEL_KEY = re.compile(r"tagma-(\d{1,18})-[0-9a-f]{40}")


# legacy ------------------------------------------------------------------------------------------------------------


def legacy_token(site: Site, tx: Transaction, actor: Actor) -> str:
    """The actor's own 40 digits; made when first asked for."""
    row = tx.row(
        "SELECT hint FROM api_token WHERE user_id = :user AND kind = 'legacy' AND hint <> '' AND revoked_at IS NULL",
        user=actor.user_id,
    )
    if row is not None:
        return _derive(site, actor.user_id, row[0])
    nonce = secrets.token_hex(16)
    key = _derive(site, actor.user_id, nonce)
    tx.session.add(ApiToken(user_id=actor.person, kind="legacy", token_hash=sha256(key), hint=nonce))
    tx.session.flush()
    return key


def reset_legacy_token(site: Site, tx: Transaction, actor: Actor) -> str:
    """A new key; every legacy key of this person before it ends."""
    tx.run(
        "UPDATE api_token SET revoked_at = :now WHERE user_id = :user AND kind = 'legacy' AND revoked_at IS NULL",
        now=stamp(),
        user=actor.user_id,
    )
    return legacy_token(site, tx, actor)


def keep_legacy_token(site: Site, tx: Transaction, actor: Actor, key: str) -> None:
    """A key the admin chose. :raises SettingsError: too short, or a program would take it for a JWT."""
    if len(key) <= 5:
        raise SettingsError("The user token must have more than 5 characters.", field="user_token")
    if looks_like_jwt(key):
        raise SettingsError(
            "The user token looks like a JWT; programs would try to renew it.",
            hint="Choose letters and digits without dots.",
            field="user_token",
        )
    if tx.row("SELECT 1 FROM api_token WHERE token_hash = :hash", hash=sha256(key)) is None:
        tx.session.add(ApiToken(user_id=actor.person, kind="legacy", token_hash=sha256(key)))


def _derive(site: Site, user_id: int | None, nonce: str) -> str:
    key = derived_key(site, "legacy-token").encode()
    return hmac.new(key, f"{user_id}:{nonce}".encode(), hashlib.sha256).hexdigest()[:40]


def looks_like_jwt(key: str) -> bool:
    return key.count(".") == 2 and key.startswith("eyJ")


# personal access tokens --------------------------------------------------------------------------------------------


def create(site: Site, tx: Transaction, actor: Actor) -> str:
    """:raises Conflict: the actor has one that holds."""
    require(actor, "token.create")
    if _valid(tx, actor.user_id):
        raise Conflict(
            "You already have a valid token.",
            hint="Revoke it before you make a new one.",
            code="token-exists",
        )
    return _issue(site, tx, actor.person)


def listed(site: Site, tx: Transaction, actor: Actor) -> list[dict[str, str]]:
    """The actor's tokens without their signatures."""
    return [{"token": row.hint} for row in _valid(tx, actor.user_id)]


def refresh(site: Site, tx: Transaction, token: str) -> str:
    """An access token of five minutes. :raises NotSignedIn: the token does not hold."""
    claims = _checked(site, tx, token)
    return _sign(site, "access", claims["user_id"], timedelta(seconds=ACCESS_SECONDS))[0]


def rotate(site: Site, tx: Transaction, token: str) -> str:
    """A new token for the same person; the old one ends."""
    try:
        claims = _checked(site, tx, token)
    except NotSignedIn as error:
        raise InvalidInput("Validation error", {"refresh": [error.message]}, hint=error.hint) from error
    _revoke(tx, claims["jti"])
    return _issue(site, tx, int(claims["user_id"]))


def blacklist(site: Site, tx: Transaction, actor: Actor, token: str) -> None:
    """End one of the actor's tokens; the listed form without signature will do."""
    try:
        claims = jwt.decode(
            token if token.count(".") == 2 else f"{token}.",
            options={"verify_signature": False, "verify_exp": False},
            algorithms=[_ALGORITHM],
        )
    except jwt.InvalidTokenError:
        claims = {}
    mine = str(claims.get("user_id")) == str(actor.user_id)
    if not mine or not _revoke(tx, str(claims.get("jti", ""))):
        raise NotFound("You have no valid token like this.", hint="GET /api/token/ lists those you have.")


def _issue(site: Site, tx: Transaction, user_id: int) -> str:
    token, jti, expires = _sign(site, "refresh", str(user_id), REFRESH_AGE)
    tx.session.add(
        ApiToken(
            user_id=user_id,
            kind="pat",
            token_hash=sha256(jti),
            hint=token.rsplit(".", 1)[0],
            expires_at=expires,
        )
    )
    tx.session.flush()
    return token


def _sign(site: Site, kind: str, user_id: str, age: timedelta) -> tuple[str, str, datetime]:
    issued = now()
    jti = uuid.uuid4().hex
    claims = {
        "token_type": kind,
        "exp": int((issued + age).timestamp()),
        "iat": int(issued.timestamp()),
        "jti": jti,
        "user_id": user_id,
    }
    return jwt.encode(claims, derived_key(site, "jwt"), _ALGORITHM), jti, issued + age


def _decode(site: Site, token: str) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            derived_key(site, "jwt"),
            algorithms=[_ALGORITHM],
            options={"require": ["exp", "jti", "user_id", "token_type"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise NotSignedIn("Token is expired.", hint="Get a new one at /api/token/refresh/.") from error
    except jwt.InvalidTokenError as error:
        raise NotSignedIn(
            "Token is invalid.", hint="Copy it once more from your account page, or make a new one there."
        ) from error


def _checked(site: Site, tx: Transaction, token: str) -> dict[str, Any]:
    """The claims of a refresh token that holds."""
    claims = _decode(site, token)
    if claims["token_type"] != "refresh":
        raise NotSignedIn("Token has wrong type.", hint="This takes the personal access token itself.")
    if not tx.row(
        "SELECT 1 FROM api_token WHERE token_hash = :hash AND kind = 'pat' AND revoked_at IS NULL",
        hash=sha256(claims["jti"]),
    ):
        raise NotSignedIn("Token is blacklisted.", hint="Make a new one on your account page.")
    return claims


def _valid(tx: Transaction, user_id: int | None) -> list[ApiToken]:
    return list(
        tx.session.exec(
            select(ApiToken).where(
                ApiToken.user_id == user_id,
                ApiToken.kind == "pat",
                ApiToken.revoked_at == None,  # noqa: E711
                ApiToken.expires_at > now(),  # type: ignore[operator]
            )
        )
    )


def _revoke(tx: Transaction, jti: str) -> bool:
    return (
        tx.run(
            "UPDATE api_token SET revoked_at = :now WHERE token_hash = :hash AND revoked_at IS NULL",
            now=stamp(),
            hash=sha256(jti),
        )
        > 0
    )


# a model's ---------------------------------------------------------------------------------------------------------


def model_key(site: Site, project_id: int) -> str:
    """What the models of a project are handed, to read its tasks and media: opens this project and nothing else.

    It needs no switch of the organization, holds while the project has a model, and acts for who made the project.
    """
    return f"tagma-{project_id}-{_derive(site, project_id, 'model')}"


def _model_actor(site: Site, tx: Transaction, key: str, project_id: int) -> tuple[Actor, str] | None:
    if not hmac.compare_digest(key, model_key(site, project_id)):
        return None
    row = tx.row(
        "SELECT created_by, organization_id FROM project WHERE id = :id AND deleted_at IS NULL AND EXISTS"
        " (SELECT 1 FROM record r WHERE r.project_id = project.id AND r.kind LIKE 'model.%')",
        id=project_id,
    )
    maker = account(tx, row[0]) if row and row[0] is not None else None
    if row is None or maker is None or not maker.is_active:
        return None
    return replace(maker.actor, organization_id=row[1], role="AN", only=project_id), maker.last_activity


# a request's key ---------------------------------------------------------------------------------------------------


def key_actor(site: Site, tx: Transaction, key: str) -> tuple[Actor, str]:
    """Who sent this key, legacy or JWT (access, or the personal access token itself), and their last activity.

    :raises NotSignedIn: it does not hold, or the organization does not accept its kind.
    """
    if program := _MODEL_KEY.fullmatch(key):
        found = _model_actor(site, tx, key, int(program[1]))
        if found is None:
            raise NotSignedIn(
                "This key of a model does not hold any more.", hint="Connect the model to its project again."
            )
        return found
    if looks_like_jwt(key):
        claims = _decode(site, key)
        if claims["token_type"] == "refresh":
            _checked(site, tx, key)
        row, switch = account(tx, int(claims["user_id"])), "api_tokens_enabled"
    else:
        held = tx.row(
            "SELECT user_id FROM api_token WHERE token_hash = :hash AND kind = 'legacy' AND revoked_at IS NULL",
            hash=sha256(key),
        )
        row, switch = (account(tx, held[0]) if held else None), "legacy_api_tokens_enabled"
    if row is None or not row.is_active:
        raise NotSignedIn(
            "Invalid token.", hint="Copy it once more from your account page, or make a new one."
        )
    if not getattr(row, switch):
        raise NotSignedIn(
            "Authentication token no longer valid: legacy token authentication has been disabled for this organization."
            if switch.startswith("legacy")
            else "Personal access tokens are switched off for this organization.",
            hint="Use the other kind of token, or ask an administrator to switch this kind on.",
            code="token-kind",
        )
    return row.actor, row.last_activity
