"""Links that lead to one blob for a while: shared access signatures of a service.

The library's own hold only for names of plain letters: it signs the name as it is quoted in the address, and Azure
reads it unquoted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

_VERSION = "2021-12-02"  # of the order of the lines below
_READ, _BLOB = "r", "b"


def link(base: str, account: str, key: str, container: str, path: str, seconds: int) -> str:
    """:param base: the account's address, without a slash at its end."""
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines = [""] * 16
    lines[0], lines[2], lines[3] = _READ, until, f"/blob/{account}/{container}/{path}"
    lines[7], lines[8] = _VERSION, _BLOB
    text = "\n".join(lines).encode()
    signature = base64.b64encode(hmac.new(base64.b64decode(key), text, hashlib.sha256).digest())
    query = urlencode({"sp": _READ, "se": until, "sv": _VERSION, "sr": _BLOB, "sig": signature.decode()})
    return f"{base}/{container}/{quote(path)}?{query}"
