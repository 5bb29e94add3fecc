"""People, the organizations they work in, and the keys they come in with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from tagma.db.tables.columns import json, link, moment


class Organization(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str
    contact_info: str | None = None
    invite_token: str = Field(unique=True)
    created_by: int | None = None
    legacy_api_tokens_enabled: bool = False
    api_tokens_enabled: bool = True
    max_session_age: int = 11520  # minutes
    max_time_between_activity: int = 4320  # minutes
    created_at: datetime = moment()
    updated_at: datetime = moment()


class User(SQLModel, table=True):
    __tablename__ = "account"  # "user" is a reserved word of PostgreSQL

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)  # lower case
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    password_hash: str | None = None  # None: no password yet, can't sign in with one
    avatar: str | None = None
    is_active: bool = True
    allow_newsletters: bool = False
    active_organization_id: int | None = link(
        "organization", nullable=True, index=False, on_delete="SET NULL"
    )
    custom_hotkeys: dict[str, Any] = json({})
    language: str | None = None
    theme: str | None = None
    session_epoch: int = 0  # raised to end every session of this person
    last_activity: datetime = moment()
    date_joined: datetime = moment()


class Membership(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("organization_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = link("organization", index=False)
    user_id: int = link("account")
    role: str = Field(default="AN", max_length=2)  # OW AD MA RE AN
    created_at: datetime = moment()
    deleted_at: datetime | None = moment(default_now=False)


class Invite(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = link("organization")
    token_hash: str = Field(unique=True)
    email: str | None = None
    role: str = Field(default="AN", max_length=2)
    created_by: int | None = link("account", nullable=True, index=False, on_delete="SET NULL")
    created_at: datetime = moment()
    expires_at: datetime | None = moment(default_now=False)
    used_at: datetime | None = moment(default_now=False)


class ApiToken(SQLModel, table=True):
    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = link("account")
    kind: str  # "legacy" or "pat"
    token_hash: str = Field(unique=True)  # SHA-256 of the key, or of the JWT's jti
    hint: str = ""  # what lists may show of a PAT; what a legacy key is derived from, with the site's secret
    created_at: datetime = moment()
    expires_at: datetime | None = moment(default_now=False)
    revoked_at: datetime | None = moment(default_now=False)
