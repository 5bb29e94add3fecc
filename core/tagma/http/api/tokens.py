"""Keys for programs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from tagma.db.tables import Organization
from tagma.http.op import Call, Routes
from tagma.services.people import organizations, tokens

routes = Routes("tokens")


class RefreshBody(BaseModel):
    refresh: str


class Kinds(BaseModel):
    """Which kinds of keys the organization accepts."""

    api_tokens_enabled: bool | None = None
    legacy_api_tokens_enabled: bool | None = None


@routes.op("GET", "/api/token/", summary="Your personal access tokens, without their signatures")
async def list_tokens(call: Call) -> list:
    return await call.read(lambda tx: tokens.listed(call.site, tx, call.actor))


@routes.op("POST", "/api/token/", summary="Make a personal access token", status=201, errors=(409,))
async def create_token(call: Call) -> dict:
    return {"token": await call.write(lambda tx: tokens.create(call.site, tx, call.actor))}


@routes.op(
    "POST", "/api/token/refresh/", summary="An access token of five minutes", errors=(401,), anonymous=True
)
async def refresh_token(call: Call, body: RefreshBody) -> dict:
    return {"access": await call.read(lambda tx: tokens.refresh(call.site, tx, body.refresh), inline=True)}


@routes.op("POST", "/api/token/rotate/", summary="A new token for an old one", errors=(400,))
async def rotate_token(call: Call, body: RefreshBody) -> dict:
    return {"refresh": await call.write(lambda tx: tokens.rotate(call.site, tx, body.refresh))}


@routes.op("POST", "/api/token/blacklist/", summary="End a token", status=204, errors=(404,))
async def blacklist_token(call: Call, body: RefreshBody) -> None:
    await call.write(lambda tx: tokens.blacklist(call.site, tx, call.actor, body.refresh))


@routes.op("GET", "/api/current-user/token", summary="Your legacy token")
async def get_legacy_token(call: Call) -> dict:
    return {"token": await call.write(lambda tx: tokens.legacy_token(call.site, tx, call.actor))}


@routes.op(
    "POST", "/api/current-user/reset-token/", summary="A new legacy token; the old one ends", status=201
)
async def reset_legacy_token(call: Call) -> dict:
    return {"token": await call.write(lambda tx: tokens.reset_legacy_token(call.site, tx, call.actor))}


@routes.op("GET", "/api/jwt/settings", summary="Which kinds of keys hold here")
async def get_kinds(call: Call) -> dict:
    organization = await call.read(lambda tx: organizations.get(call.site, tx, call.actor))
    return _kinds(organization)


def _kinds(organization: Organization) -> dict[str, Any]:
    """How long a personal token lasts is told too; it is the same everywhere, so it can't be set."""
    kinds = {key: getattr(organization, key) for key in Kinds.model_fields}
    return {**kinds, "api_token_ttl_days": tokens.REFRESH_AGE.days}


async def _set_kinds(call: Call, body: Kinds) -> dict[str, Any]:
    fields = body.model_dump(exclude_none=True)
    return _kinds(await call.write(lambda tx: organizations.change(call.site, tx, call.actor, fields)))


@routes.op("POST", "/api/jwt/settings", summary="Say which kinds of keys hold here", errors=(403,))
async def set_kinds(call: Call, body: Kinds) -> dict:
    return await _set_kinds(call, body)
