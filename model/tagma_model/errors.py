"""What a model can't do, in words for whoever connects it or writes it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class ModelError(Exception):
    """Raise it with a sentence that says what is wrong, and what to do; the labeling server shows both.

    :param hint: what to do about it.
    :param where: where it stands: ``task``, ``path``, ``file``, ``line``.
    """

    def __init__(self, message: str, hint: str = "", **where: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = {key: value for key, value in where.items() if value is not None}

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The body of an answer."""
        return {"status": "error", "detail": str(self), "where": self.where}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, else what there is; "" when nothing is known."""
    words = list(known)
    near = difflib.get_close_matches(word.lower(), [one.lower() for one in words], n=1)
    if near:
        return f'Did you mean "{next(one for one in words if one.lower() == near[0])}"?'
    if not words:
        return ""
    return f"There is: {', '.join(words[:12])}{', …' if len(words) > 12 else ''}."
