"""The objects of a bucket as the service itself lists them, with names that the library can't address: an empty folder in them
(``a//b``), a line break. The library gives up at the first of them, and whatever comes after would never be seen."""

from __future__ import annotations

import hashlib
import hmac
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus, urlsplit

from lxml import etree

from tagma.errors import StorageError
from tagma.plugin import StoredObject
from tagma_objects import answered, unaddressable

if TYPE_CHECKING:
    from tagma_storage_s3.storage import S3

_SECONDS = 60
_MOST = 16 << 20  # bytes of one page of a thousand keys, which may be long
_FIT = re.compile(r"(?!\.{1,2}(?:/|$))[^/\x00-\x1f\x7f]+(?:/(?!\.{1,2}(?:/|$))[^/\x00-\x1f\x7f]+)*/?")


class _Stays(urllib.request.HTTPRedirectHandler):
    """Where another server is named, nobody has judged it."""

    def redirect_request(self, *_: Any) -> None:
        return None


def listed(storage: S3, folder: str | None, deep: bool, last: str) -> Iterator[StoredObject]:
    """By whole paths, those after ``last``. :raises StorageError: the service refuses."""
    asked = {"list-type": "2", "encoding-type": "url"}
    if folder:
        asked["prefix"] = f"{folder}/"
    if not deep:
        asked["delimiter"] = "/"
    if last:
        asked["start-after"] = last
    while True:
        page = _page(storage, asked)
        decode = unquote_plus if page.findtext("{*}EncodingType") == "url" else str
        for one in page.iterfind("{*}Contents"):
            found = StoredObject(
                decode(one.findtext("{*}Key", "")),
                int(one.findtext("{*}Size", "0")),
                datetime.fromisoformat(one.findtext("{*}LastModified", "")),
                one.findtext("{*}ETag", ""),
            )
            fits = _FIT.fullmatch(found.key) is not None
            yield found if fits else replace(found, trouble=unaddressable(storage, found.key))
        token = page.findtext("{*}NextContinuationToken")
        if page.findtext("{*}IsTruncated") != "true" or not token:
            return
        asked["continuation-token"] = token


def _page(storage: S3, asked: dict[str, str]) -> Any:
    own = storage.own
    region = own.region_name or "us-east-1"
    base = own.s3_endpoint or f"https://s3.{region}.amazonaws.com"
    path = f"{urlsplit(base).path.rstrip('/')}/{own.bucket}"
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(asked.items())
    )
    headers = _signed(own, region, urlsplit(base).netloc, path, query) if own.aws_access_key_id else {}
    url = f"{urlsplit(base).scheme}://{urlsplit(base).netloc}{path}?{query}"
    try:
        opener = urllib.request.build_opener(_Stays())
        with opener.open(urllib.request.Request(url, headers=headers), timeout=_SECONDS) as answer:
            text = answer.read(_MOST)
        return etree.fromstring(
            text, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )
    except urllib.error.HTTPError as error:
        with error:
            raise answered(storage, error.code, error.read(1 << 16).decode("utf-8", "replace")) from error
    except (OSError, etree.XMLSyntaxError) as error:
        raise StorageError(
            f"The list of the bucket can't be read to its end: {error}.",
            hint="Try again; the endpoint's own log says more.",
            storage=storage.title,
        ) from error


def _signed(own: Any, region: str, host: str, path: str, query: str) -> dict[str, str]:
    """The headers of a request without a body, as version 4 of Amazon's signatures asks for them."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    empty = hashlib.sha256(b"").hexdigest()
    headers = {"host": host, "x-amz-content-sha256": empty, "x-amz-date": moment}
    if own.aws_session_token:
        headers["x-amz-security-token"] = own.aws_session_token.get_secret_value()
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = "\n".join(["GET", quote(path), query, lines, names, empty])
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{own.aws_secret_access_key.get_secret_value()}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{own.aws_access_key_id.get_secret_value()}/{scope}"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {
        **{name: value for name, value in headers.items() if name != "host"},
        "Authorization": authorization,
    }
