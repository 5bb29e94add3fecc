"""What the server says, in the reader's language.

Services, jobs and plugins speak English, and what they said may have been stored long before it is read. So a sentence is
translated where it leaves the house: the catalogues ``locales/server.<language>.po`` (the core's and each plugin's) hold it
with ``{0}``, ``{1}`` … for what it says of this very input. A sentence that no catalogue knows stays English.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from tagma.http.i18n import FOLDER, language_of, read_catalogue

if TYPE_CHECKING:
    from tagma.services.site import Site

_PLACE = re.compile(r"\{(\d+)\}")
_NEXT = re.compile(r'(?<=[.:!?…)]) (?=[A-Z"“{(…])')  # between two sentences, or a sentence and its place
_DEEPEST = 3
_LONGEST = 1000  # characters of a sentence; what is longer was put together by somebody else
WORDS = (
    "detail",
    "message",
    "hint",
    "reason",
    "disabled_reason",
    "text",
    "traceback",
    "note",
    "unit",
    "label_config",
    "error_message",
    "errors",
)
INSIDE = ("faults", "error", "last_error", "result", "warnings", "dialog", "report", "left_out")
FIELDS = "validation_errors"


class Said:
    """The sentences of one language."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self._whole = {english: words for english, words in messages.items() if not _PLACE.search(english)}
        templates = sorted(messages.keys() - self._whole.keys(), key=lambda one: -len(_PLACE.sub("", one)))
        self._patterns = [(_pattern(english), messages[english]) for english in templates]

    def __call__(self, text: str) -> str:
        return "\n".join(self._line(line, _DEEPEST) for line in text.split("\n")) if text else text

    def _line(self, line: str, depth: int) -> str:
        """Sentence after sentence; a value may hold one itself, so what is unknown alone is tried with those after it."""
        exact = self._whole.get(line)
        if exact is not None:
            return exact
        pieces = _NEXT.split(line)
        for end in range(1, len(pieces) + 1):
            begun = self._known(" ".join(pieces[:end]), depth)
            if begun is not None:
                return _joined(begun, pieces[end:] and self._line(" ".join(pieces[end:]), depth))
        return _joined(pieces[0], pieces[1:] and self._line(" ".join(pieces[1:]), depth))

    def _known(self, sentence: str, depth: int) -> str | None:
        exact = self._whole.get(sentence)
        if exact is not None or not depth or len(sentence) > _LONGEST:
            return exact
        for pattern, words in self._patterns:
            found = pattern.fullmatch(sentence)
            if found:
                values = [self._line(value, depth - 1) if value else "" for value in found.groups()]
                order = [int(name) for name in _PLACE.findall(pattern.english)]
                given = dict(zip(order, values, strict=True))
                return _PLACE.sub(lambda place, given=given: given[int(place[1])], words)  # type: ignore[misc]
        return None


def _joined(begun: str, rest: str | list[str]) -> str:
    """Chinese sentences stand side by side without a space."""
    if not rest:
        return begun
    wide = begun[-1:] > "\u2e80"
    return begun + ("" if wide else " ") + str(rest)


class _pattern:
    """A sentence with places for values, as an expression that finds them."""

    def __init__(self, english: str) -> None:
        self.english = english
        parts = _PLACE.split(english)[::2]
        self.fullmatch = re.compile("(.*?)".join(map(re.escape, parts))).fullmatch


@functools.lru_cache
def _said(language: str, site: Site) -> Said:
    messages: dict[str, str] = {}
    for folder in [*site.plugins.locale_folders(), FOLDER]:
        found = read_catalogue(folder, f"server.{language}")
        messages |= {english: words for english, words in found.items() if isinstance(words, str)}
    return Said(messages)


def speaker(request: Request) -> Said | None:
    """None for English, which needs nothing."""
    language = language_of(request)
    return None if language == "en" else _said(language, request.app.state.site)


def localized(request: Request, body: Any) -> Any:
    """An answer with the sentences for people translated; everything else, and the answer to a program, as it is."""
    say = speaker(request)
    return body if say is None else _walk(body, say)


def _walk(body: Any, say: Said) -> Any:
    if isinstance(body, list):
        return [_walk(one, say) for one in body]
    if not isinstance(body, dict):
        return body
    return {key: _value(key, value, say) for key, value in body.items()}


def _value(key: str, value: Any, say: Said) -> Any:
    if key == FIELDS and isinstance(value, dict):
        return {
            name: [say(str(one)) for one in words] if isinstance(words, list) else words
            for name, words in value.items()
        }
    if key in WORDS:
        if isinstance(value, str):
            return say(value)
        if isinstance(value, list):
            return [say(one) if isinstance(one, str) else one for one in value]
    if key in INSIDE:
        return say(value) if isinstance(value, str) else _walk(value, say)
    return value
