"""Column types that read the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

AS_MADE = ""
"""What ``updated_at`` of a task, an annotation or a prediction holds until something changes: the moment it was made stands in
``created_at`` and need not be kept, nor read, twice."""


def now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime | None = None) -> str:
    """The wire's form of a moment, ``2026-01-31T09:30:00.000000Z``; also how it is stored, so lists send it as it is."""
    return (moment or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as the 27 characters of :func:`stamp`; text order is time order."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        return stamp(value)

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        return datetime.fromisoformat(value) if value else None


class Json(TypeDecorator[Any]):
    """Any JSON value kept as the text it was sent as; never searched by key."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return orjson.loads(value) if isinstance(value, str) else value


class SearchableJson(Json):
    """JSON that views filter and order by key: text on SQLite, JSONB on PostgreSQL."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(JSONB(none_as_null=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return value if dialect.name == "postgresql" else super().process_bind_param(value, dialect)
