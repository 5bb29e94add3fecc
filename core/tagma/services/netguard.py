"""Fetching an address that a person typed, without becoming their way into the own network.

A name is resolved once, every address it has is judged, and the connection goes to a judged address, so that a name
can't change its mind between the two. Redirects are judged anew.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from tagma.errors import Unreachable
from tagma.settings import Settings

REDIRECTS = 5
WEB = ("http", "https")
SECONDS = 300.0
CONNECT_SECONDS = 10.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


def resolve(host: str, port: int) -> list[str]:
    return list(
        dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    )


def judged_address(
    url: str, settings: Settings, look_up: Resolve = resolve, schemes: Sequence[str] = WEB
) -> tuple[str, str, int]:
    """The host of ``url``, the address to connect to, and the port.

    :param schemes: others than those of the web only where somebody else than an HTTP client connects.
    :raises Unreachable: the address is none that may be fetched.
    """
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise refused(
            url, "it is no http or https address", "Give an address that begins with http:// or https://."
        )
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = look_up(parts.hostname, port)
    except (OSError, ValueError, UnicodeError) as error:
        raise refused(
            url, f"the name {parts.hostname} is not known", "Check the spelling of the address."
        ) from error
    for text in found:
        reason = banned(text, settings)
        if reason:
            raise refused(
                url,
                f"{parts.hostname} is {text}, {reason.reason}",
                f"Only the admin can allow that: {reason.remedy}.",
                code="address",
            )
    if not found:
        raise refused(url, f"the name {parts.hostname} has no address", "Check the spelling of the address.")
    return parts.hostname, found[0], port


def judged_endpoint(
    url: str, settings: Settings, look_up: Resolve = resolve, schemes: Sequence[str] = WEB
) -> None:
    """Judge an address that a library will talk to by itself. Such follow redirects without asking anybody; from https they
    lead to https alone, where whatever answers must prove its name, but from http they may lead anywhere.

    :raises Unreachable: it must not be talked to.
    """
    _, address, _ = judged_address(url, settings, look_up, schemes)
    found = _inner(ipaddress.ip_address(address.partition("%")[0]))
    trusted = not found.is_global or _within(found, settings.allowed_networks)
    if url.startswith("http://") and settings.ssrf_protection and not trusted:
        raise refused(
            url,
            "it is not encrypted, and whoever answers there could lead this server into its own network",
            f'Give its https:// address; the admin can allow this one by putting "{found}" into allowed_networks.',
            code="address",
        )


class Ban(NamedTuple):
    """Why an address must not be talked to, and what an admin could do about it."""

    reason: str
    remedy: str


def banned(text: str, settings: Settings) -> Ban | None:
    """What stands against an address: a ban before all, then what is allowed, then what is private."""
    address = _inner(ipaddress.ip_address(text.partition("%")[0]))
    if network := _within(address, settings.banned_subnets):
        return Ban(
            f"inside the banned network {network}", f'take "{network}" out of banned_subnets in the settings'
        )
    if _within(address, settings.allowed_networks) or (address.is_loopback and settings.own_machine):
        return None
    if settings.ssrf_protection and (not address.is_global or address.is_multicast):
        return Ban(
            "an address inside a private network", f'put "{address}" into allowed_networks in the settings'
        )
    return None


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one only wraps."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address


def _within(address: Address, networks: Sequence[str]) -> str | None:
    return next((text for text in networks if address in ipaddress.ip_network(text, strict=False)), None)


def fetch(url: str, settings: Settings, write: Callable[[bytes], object], look_up: Resolve = resolve) -> str:
    """Pour what ``url`` answers into ``write``, which may raise when it is too much; the file's name.

    :raises Unreachable: it must not be fetched, does not answer, or answers with an error.
    """
    import httpx2 as httpx

    deadline = time.monotonic() + SECONDS
    timeout = httpx.Timeout(30.0, connect=CONNECT_SECONDS)
    with httpx.Client(trust_env=False, follow_redirects=False, timeout=timeout) as client:
        for _ in range(REDIRECTS + 1):
            host, address, port = judged_address(url, settings, look_up)
            try:
                with client.stream("GET", pinned(url, address, port), **named(url, host)) as response:
                    if response.is_redirect:
                        url = urljoin(url, response.headers["location"])
                        continue
                    if response.status_code != 200:
                        raise refused(
                            url,
                            f"the server answered {response.status_code}",
                            "Open the address in a browser to see why.",
                        )
                    for chunk in response.iter_bytes():
                        write(chunk)
                        if time.monotonic() > deadline:
                            raise refused(
                                url,
                                f"it took longer than {SECONDS:.0f} seconds",
                                "Download it and send the file.",
                            )
                    return _file_name(url, response.headers.get("content-disposition", ""))
            except httpx.HTTPError as error:
                raise refused(
                    url,
                    f"the server did not answer: {error or type(error).__name__}",
                    "Try again, or send the file.",
                ) from error
    raise refused(url, f"it leads on more than {REDIRECTS} times", "Give the address it ends at.")


def pinned(url: str, address: str, port: int) -> str:
    """``url`` with the judged address instead of the name."""
    parts = urlsplit(url)
    host = f"[{address}]" if ":" in address else address
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}:{port}{parts.path or '/'}{query}"


def named(url: str, host: str) -> dict[str, Any]:
    """What tells the other side which name was meant."""
    parts = urlsplit(url)
    headers = {"Host": parts.netloc.rpartition("@")[2], "User-Agent": "Tagma"}
    return {"headers": headers, "extensions": {"sni_hostname": host}}


def _file_name(url: str, disposition: str) -> str:
    if "filename=" in disposition:
        return disposition.partition("filename=")[2].split(";")[0].strip('" ')
    return unquote(urlsplit(url).path.rpartition("/")[2]) or "download"


def refused(url: str, reason: str, hint: str, code: str | None = None) -> Unreachable:
    shown = url if len(url) <= 100 else url[:97] + "…"
    return Unreachable(f"{shown} can't be reached: {reason}.", hint=hint, code=code, url=shown)
