"""Pages of a list as clients of the field know them: a page past the end is 404, which is how they find the end."""

from __future__ import annotations

from typing import Any

from tagma.errors import InvalidInput, NotFound
from tagma.http.op import Call


def paged(
    call: Call, total: int, page: int, size: int, results: list[Any], *, end: bool = True
) -> dict[str, Any]:
    """:param end: whether a page past the end is 404; where clients take that for a failure it is an empty page.
    :raises NotFound: the page lies past the end.
    """
    if end and page > 1 and (page - 1) * size >= total:
        raise NotFound("Invalid page.", hint=f"There are {-(-total // size)} pages of {size}.")
    return {
        "count": total,
        "next": _link(call, page + 1) if page * size < total else None,
        "previous": _link(call, page - 1) if page > 1 else None,
        "results": results,
    }


def _link(call: Call, page: int) -> str:
    return str(call.request.url.include_query_params(page=page))


def words_of(text: str) -> list[str]:
    """``a,b`` as a list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def ids_of(text: str) -> list[int]:
    """:raises InvalidInput: something between the commas is no number."""
    parts = words_of(text)
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        raise InvalidInput("Validation error", {"ids": [f'"{text[:80]}" is no list of numbers with commas.']})
    return [int(part) for part in parts]
