"""Reading the other server by its API.

The guard of :mod:`tagma.services.netguard` is not asked: the address is typed in the terminal of the server's own machine,
by whoever could reach that network anyway.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from tagma.errors import NotAllowed, NotFound, NotSignedIn, TagmaError, Unreachable

_TRIES = 6
_LONGEST_PAUSE = 30.0  # seconds
_SECONDS = 120.0  # for an answer to begin; a page of large tasks takes the other server long
_FRESH = 240.0  # seconds that an access token is used; it holds for 300
_BUSY = {408, 425, 429, 500, 502, 503, 504}


class Source:
    """A running server that speaks Label Studio's protocol; to be closed.

    :param token: a personal access token, or a legacy one.
    :param pause: waits between two tries.
    """

    def __init__(self, url: str, token: str, pause: Callable[[float], object] = time.sleep) -> None:
        import httpx2 as httpx

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Unreachable(
                f'"{url}" is no address of a server.', hint="Give it with http:// or https://.", url=url
            )
        self.url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._token = token.strip()
        self._refreshes = _is_refresh_token(self._token)
        self._access, self._until = "", 0.0
        self._pause = pause
        self._httpx = httpx
        self._client = httpx.Client(
            follow_redirects=True,
            timeout=httpx.Timeout(_SECONDS, connect=10.0),
            headers={"User-Agent": "Tagma"},
        )

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *error: object) -> None:
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """What a path answers.

        :raises NotSignedIn, NotAllowed, NotFound: as the other server said. :raises Unreachable: it answers nothing of use.
        """
        answer = self._ask("GET", path, query)
        return self._json(path, answer.status_code, answer.headers.get("content-type", ""), answer.content)

    def maybe(self, path: str, **query: Any) -> Any:
        """Like :meth:`get`; None where the other server has no such thing."""
        try:
            return self.get(path, **query)
        except NotFound:
            return None

    def pages(self, path: str, key: str, **query: Any) -> Iterator[Any]:
        """All items of a list in pages, until one is empty or past the end, which is a 404 there."""
        page = 1
        while True:
            found = self.maybe(path, page=page, **query)
            items = found if isinstance(found, list) else (found or {}).get(key) or []
            yield from items
            if not items or isinstance(found, list) or not found.get("next", True):
                return
            page += 1

    def download(self, path: str, begin: Callable[[], Callable[[bytes], object]]) -> None:
        """Pour a file into what ``begin`` makes for each try. :raises NotFound: it is missing there."""
        for left in range(_TRIES, 0, -1):
            try:
                with self._client.stream("GET", self.url + path, headers=self._headers()) as answer:
                    if answer.status_code == 200:
                        write = begin()
                        for chunk in answer.iter_bytes(1 << 18):
                            write(chunk)
                        return
                    if answer.status_code not in _BUSY or left == 1:
                        raise self._said(path, answer.status_code, "")
            except self._httpx.HTTPError as error:
                if left == 1:
                    raise self._silent(path, error) from error
            self._pause(_pause_after(_TRIES - left))

    def _ask(self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None) -> Any:
        renewed = False
        for tried in range(_TRIES):
            last = tried == _TRIES - 1
            try:
                headers = {} if body is not None else self._headers()
                answer = self._client.request(
                    method, self.url + path, params=query or None, json=body, headers=headers
                )
            except self._httpx.HTTPError as error:
                if last:
                    raise self._silent(path, error) from error
                self._pause(_pause_after(tried))
                continue
            if answer.status_code == 401 and self._refreshes and body is None and not renewed:
                renewed, self._until = True, 0.0  # it ran out on the way
                continue
            if answer.status_code not in _BUSY or last:
                return answer
            asked = answer.headers.get("retry-after", "")
            self._pause(min(float(asked), _LONGEST_PAUSE) if asked.isdecimal() else _pause_after(tried))
        raise AssertionError("unreachable")

    def _headers(self) -> dict[str, str]:
        if not self._refreshes:
            return {"Authorization": f"Token {self._token}"}
        if time.monotonic() > self._until:
            path = "/api/token/refresh/"
            answer = self._ask("POST", path, body={"refresh": self._token})
            found = self._json(
                path, answer.status_code, answer.headers.get("content-type", ""), answer.content
            )
            self._access, self._until = str(found["access"]), time.monotonic() + _FRESH
        return {"Authorization": f"Bearer {self._access}"}

    def _json(self, path: str, status: int, kind: str, body: bytes) -> Any:
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if status == 200 and found is not None:
            return found
        if found is None and status in (200, 404):
            raise (
                Unreachable(
                    f"{self.url}{path} answered {kind.partition(';')[0] or 'nothing'} instead of JSON ({status}).",
                    hint="Is this the address of Label Studio itself? Give what stands before /projects in the browser.",
                    url=self.url,
                )
                if path in ("/api/version/", "/api/token/refresh/", "/api/current-user/whoami")
                else NotFound(f"{self.url} has no {path}.")
            )
        raise self._said(path, status, found.get("detail", "") if isinstance(found, dict) else "")

    def _said(self, path: str, status: int, detail: Any) -> TagmaError:
        words = f": {detail}" if isinstance(detail, str) and detail else "."
        if status == 401:
            return NotSignedIn(
                f"{self.url} does not accept the token{words}",
                hint="Copy it whole from Account & Settings there: a list of tokens shows them cut off."
                " A legacy token holds only where the organization allows them.",
            )
        if status == 403:
            return NotAllowed(f"{self.url} does not let this token see {path}{words}")
        if status == 404:
            return NotFound(f"{self.url} has no {path}.")
        return Unreachable(
            f"{self.url}{path} answered {status}{words}",
            hint="Look at its log, then run the command again: it goes on where it stopped.",
            url=self.url,
        )

    def _silent(self, path: str, error: Exception) -> TagmaError:
        return Unreachable(
            f"{self.url}{path} did not answer: {error or type(error).__name__}.",
            hint="See that the server runs and the address is right, then run the command again: it goes on where it stopped.",
            url=self.url,
        )


def _pause_after(tried: int) -> float:
    return min(float(2**tried), _LONGEST_PAUSE)


def _is_refresh_token(token: str) -> bool:
    """Whether this is a personal access token, which is changed for one that holds five minutes.

    :raises NotSignedIn: it is one without its last part.
    """
    parts = token.split(".")
    if len(parts) not in (2, 3):
        return False
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        return False
    if len(parts) == 2 or not parts[2]:
        raise NotSignedIn(
            "The token is cut off: its last part is missing.",
            hint="Lists of tokens show them so. Make a new one there and copy it at once.",
        )
    return bool(isinstance(claims, dict) and claims.get("token_type") == "refresh")
