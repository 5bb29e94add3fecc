"""Words and regular expressions inside texts, where SQL alone does not reach; never for longer than a moment."""

from __future__ import annotations

import re
import time
import warnings
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from sqlalchemy.exc import DBAPIError

from tagma.db.engine import Transaction
from tagma.services.table.columns import Scope

_LONGEST_PATTERN = 1000
_LONGEST_TEXT = 5000
_SECONDS = 3.0
_NEVER = "1 = 0"
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)


def needs_folding(text: str) -> bool:
    """Whether upper and lower case matter in letters that SQLite's LIKE does not know."""
    return any(ord(letter) > 127 and letter.lower() != letter.upper() for letter in text)


def register(tx: Transaction) -> None:
    """Teach this SQLite connection ``tagma_contains(text, part)``."""
    tx.driver.create_function("tagma_contains", 2, _contains, deterministic=True)


def _contains(text: Any, part: str) -> bool | None:
    return None if text is None else part.casefold() in str(text).casefold()


def matches(tx: Transaction, sql: str, pattern: str, scope: Scope) -> str:
    """The condition that ``sql`` matches ``pattern`` somewhere; a pattern that can't be read matches nothing."""
    compiled = _compile(pattern)
    if compiled is None:
        return _NEVER
    if scope.postgres:
        return f"({sql} ~ {scope.bind(pattern)})" if _postgres_reads(tx, pattern) else _NEVER
    deadline = time.monotonic() + _SECONDS

    def search(text: Any) -> bool | None:
        if text is None:
            return None
        return time.monotonic() < deadline and compiled.search(str(text)[:_LONGEST_TEXT]) is not None

    name = f"tagma_matches_{len(scope.params)}"
    tx.driver.create_function(name, 1, search)
    return f"{name}({sql})"


def _compile(pattern: str) -> re.Pattern[str] | None:
    if len(pattern) > _LONGEST_PATTERN:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if _explodes(parser.parse(pattern), False):
                return None
            return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def _explodes(tree: Any, repeated: bool) -> bool:
    """Whether something unbounded is repeated without bound, such as ``(a+)+``, which can take for ever."""
    for code, given in tree:
        if code in _REPEATS:
            _, most, inside = given
            unbounded = most == codes.MAXREPEAT
            if (unbounded and repeated) or _explodes(inside, repeated or unbounded):
                return True
        elif (
            (code is codes.SUBPATTERN and _explodes(given[-1], repeated))
            or (code is codes.BRANCH and any(_explodes(branch, repeated) for branch in given[1]))
            or (code in (codes.ASSERT, codes.ASSERT_NOT) and _explodes(given[1], repeated))
        ):
            return True
    return False


def _postgres_reads(tx: Transaction, pattern: str) -> bool:
    savepoint = tx.connection.begin_nested()
    try:
        tx.row("SELECT '' ~ :pattern", pattern=pattern)
    except DBAPIError:
        savepoint.rollback()
        return False
    savepoint.commit()
    return True
