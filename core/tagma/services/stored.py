"""Values in the form the database keeps them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from tagma.errors import InvalidInput


def json_text(value: Any, field: str) -> str:
    """JSON as it is stored. :raises InvalidInput: it holds what a database can't keep."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError) as error:
        raise invalid(field, f"{field} can't be kept as JSON: {error}.") from error
    if "\\u0000" in text and field != "result":
        raise invalid(field, f"{field} holds a zero character (\\u0000), which no database keeps in text.")
    return text


def invalid(field: str, words: str) -> InvalidInput:
    return InvalidInput(words, {field: [words]}, hint="Change it and send it again.", field=field)


def count_regions(result: Sequence[Any]) -> int:
    """Distinct region ids; relations and items without an id make none."""
    return len({item["id"] for item in result if isinstance(item, dict) and isinstance(item.get("id"), str)})


def new_unique_ids(count: int) -> Iterator[str]:
    raw = os.urandom(16 * count).hex()
    for at in range(0, 32 * count, 32):
        word = raw[at : at + 32]
        yield f"{word[:8]}-{word[8:12]}-4{word[13:16]}-a{word[17:20]}-{word[20:]}"
