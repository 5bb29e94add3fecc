"""Asking other machines by HTTP: the one road for what this server sends to addresses that people typed.

Every address is judged by :mod:`tagma.services.netguard` and the connection goes where was judged. Redirects are not followed:
who answers by one is told so. Connections are kept while a caller lives, so that many questions cost one greeting.
"""

from __future__ import annotations

import functools
import ssl
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from tagma.errors import Unreachable
from tagma.plugin.server import Answer
from tagma.services import netguard
from tagma.settings import Settings

CONNECT_SECONDS = 10.0
_HARMLESS = ("GET", "HEAD", "OPTIONS")
"""What may be asked twice."""
_JUDGED_FOR = 30.0  # seconds that a name is not looked up again


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Whom to believe. Reading them takes far longer than most questions, so it is done once."""
    import httpx2 as httpx

    return httpx.create_ssl_context(trust_env=False)


class Caller:
    """May be used from several threads; to be closed."""

    def __init__(self, settings: Settings, look_up: netguard.Resolve = netguard.resolve) -> None:
        import httpx2 as httpx

        self._settings, self._look_up = settings, look_up
        self._httpx = httpx
        self._client = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=None),
            verify=_certificates(),
        )
        self._judged: dict[str, tuple[float, tuple[str, str, int]]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def ask(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float,
        most: int,
    ) -> Answer:
        """See :class:`tagma.plugin.server.Caller`."""
        httpx = self._httpx
        host, address, port = self._judge(url)
        named = netguard.named(url, host)
        kind = {} if body is None else {"Content-Type": "application/json"}
        named["headers"] = {**kind, **named["headers"], **(headers or {}), "Host": named["headers"]["Host"]}
        deadline = time.monotonic() + seconds
        timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))

        def once() -> Answer:
            with self._client.stream(
                method, netguard.pinned(url, address, port), content=body, timeout=timeout, **named
            ) as response:
                chunks, size, whole = [], 0, True
                for chunk in response.iter_bytes():
                    chunks.append(chunk)
                    size += len(chunk)
                    if size > most:
                        whole = False
                        break
                    if time.monotonic() > deadline:
                        raise self._late(url, seconds)
                kind_of = response.headers.get("content-type", "").partition(";")[0].strip().lower()
                return Answer(
                    response.status_code, kind_of, b"".join(chunks)[:most], whole, dict(response.headers)
                )

        try:
            try:
                return once()
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                if method not in _HARMLESS:
                    raise
                # It may have been a kept connection that the other side closed just then.
                return once()
        except httpx.TimeoutException as error:
            raise self._late(url, seconds) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = f"the server did not answer: {error or type(error).__name__}"
            raise netguard.refused(url, reason, "Look whether it runs.") from error

    def _judge(self, url: str) -> tuple[str, str, int]:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        with self._lock:
            at, judged = self._judged.get(place, (float("-inf"), ("", "", 0)))
        if time.monotonic() - at > _JUDGED_FOR:
            judged = netguard.judged_address(url, self._settings, self._look_up)
            with self._lock:
                self._judged[place] = (time.monotonic(), judged)
        return judged

    def _late(self, url: str, seconds: float) -> Unreachable:
        words = f"it did not answer within {seconds:.0f} seconds"
        return netguard.refused(url, words, "Look at the receiver.", code="timeout")
