"""Which route answers a path, found without trying one after another: there are hundreds, and each request would pay for them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send


class Paths(BaseRoute):
    """Routes by the first words of their paths; among those that may fit, the earlier one answers, as in a plain list."""

    def __init__(self, routes: Sequence[Route]) -> None:
        by_words: dict[tuple[str, ...], list[int]] = {}
        for number, route in enumerate(routes):
            by_words.setdefault(_fixed(route.path), []).append(number)
        self._fitting = {
            words: [
                routes[number]
                for number in sorted(
                    number for length in range(len(words) + 1) for number in by_words.get(words[:length], [])
                )
            ]
            for words in {(), *by_words, *(words[:1] for words in by_words)}
        }

    def fitting(self, path: str) -> Sequence[Route]:
        """Those whose fixed first words are those of ``path``."""
        words = tuple(path.split("/", 3)[1:3])
        for known in (words, words[:1]):
            if (found := self._fitting.get(known)) is not None:
                return found
        return self._fitting[()]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        partly: Scope | None = None
        for route in self.fitting(scope["path"].removeprefix(scope.get("root_path", ""))):
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, {**found, "route": route}
            if match is Match.PARTIAL and partly is None:
                partly = {**found, "route": route}
        return (Match.NONE, {}) if partly is None else (Match.PARTIAL, partly)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)


def _fixed(path: str) -> tuple[str, ...]:
    """The first two words of a route's path, as far as they hold no parameter."""
    words: list[str] = []
    for word in path.split("/")[1:3]:
        if "{" in word:
            break
        words.append(word)
    return tuple(words)
