"""What every answer carries and every unsafe request must show: a strict content security policy, no sniffing, no
framing, and a proof that a form or a script with a session cookie was sent by a page of ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagma.errors import NotAllowed
from tagma.http.errors import on_tagma_error

SESSION_COOKIE = "sessionid"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
_SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


def csrf_token(request: Request) -> str:
    """Bound to the session (or, before sign-in, to a cookie of its own), so that it can't be guessed or reused elsewhere."""
    key = request.app.state.site.settings.secret_key
    seed = (
        request.cookies.get(SESSION_COOKIE)
        or request.cookies.get("csrfseed")
        or request.scope.get("tagma.csrfseed", "")
    )
    return hmac.new(key.encode(), b"csrf:" + seed.encode(), hashlib.sha256).hexdigest()[:40]


def check_csrf(request: Request, given: str) -> None:
    """For forms, which can't set a header. :raises NotAllowed: in words that name what to do."""
    if not hmac.compare_digest(given.encode(), csrf_token(request).encode()):
        raise NotAllowed(
            "This form is not from the page you have open, or the page is too old.",
            hint="Load the page again and send the form once more.",
            code="csrf",
        )


def content_security_policy(nonce: str) -> str:
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob: http: https:",
            "media-src 'self' data: blob: http: https:",
            "connect-src 'self'",
            "font-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def origin_trouble(request: Request) -> NotAllowed | None:
    """An unsafe request that rides on a session cookie must come from one of our own pages."""
    if (
        request.method in _SAFE
        or SESSION_COOKIE not in request.cookies
        or "authorization" in request.headers
        or "x-api-key" in request.headers
    ):
        return None
    origin = request.headers.get("origin")
    if origin is None:  # no browser page sends an unsafe request from another site without it
        return None
    settings = request.app.state.site.settings
    expected = {f"{request.url.scheme}://{request.headers.get('host', '')}", *settings.trusted_origins}
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        expected.add(f"{parts.scheme}://{parts.netloc}")
    if origin in expected:
        return None
    return NotAllowed(
        f"The request came from {origin}; expected was {' or '.join(sorted(expected))}.",
        hint=f'If that address is yours, add trusted_origins = ["{origin}"] to tagma.toml.',
        code="origin",
    )


class Security:
    """Middleware: headers on every answer, the origin check before every unsafe request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = scope["tagma.nonce"] = secrets.token_urlsafe(16)
        request = Request(scope)
        seeded = "csrfseed" in request.cookies or SESSION_COOKIE in request.cookies
        if not seeded:
            scope["tagma.csrfseed"] = secrets.token_urlsafe(16)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                names = {name.lower() for name, _ in headers}
                kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
                headers.append((b"x-content-type-options", b"nosniff"))
                headers.append((b"referrer-policy", b"same-origin"))
                if b"content-security-policy" not in names:
                    headers.append((b"content-security-policy", content_security_policy(nonce).encode()))
                if kind.startswith(b"text/html"):
                    headers.append((b"x-frame-options", b"DENY"))
                    if not seeded:
                        secure = "; Secure" if request.app.state.site.settings.https else ""
                        path = request.app.state.site.settings.root_path or "/"
                        cookie = (
                            f"csrfseed={scope['tagma.csrfseed']}; Path={path}; HttpOnly; SameSite=Lax{secure}"
                        )
                        headers.append((b"set-cookie", cookie.encode()))
            await send(message)

        trouble = origin_trouble(request)
        if trouble is not None:
            await (await on_tagma_error(request, trouble))(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)
