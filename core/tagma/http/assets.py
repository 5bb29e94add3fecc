"""The browser's files: the core's under ``/static/<version>/``, a plugin's under ``/plugins/<name>/<version>/``.

The version is a folder of the URL, so a browser keeps every file for ever and relative imports just work.
While one develops (a checkout), the version also carries the newest change of the files. Text is compressed once, as well as
can be, when it is first asked for.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import brotli
import orjson
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from tagma import __version__

if TYPE_CHECKING:
    from tagma.services.site import Site

WEB = Path(__file__).parent.parent / "web"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".map": "application/json",
}
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": functools.partial(brotli.compress, quality=11),
    "gzip": functools.partial(gzip.compress, compresslevel=9, mtime=0),
}
_LEAST_BYTES = 200  # a smaller file gains nothing
_FOREVER = "public, max-age=31536000, immutable"


@functools.lru_cache
def _newest(folder: Path) -> int:
    return max((int(file.stat().st_mtime) for file in folder.rglob("*") if file.is_file()), default=0)


def stamp(folder: Path, version: str) -> str:
    """The version folder of a URL."""
    return f"{version}-{_newest(folder):x}"


def static_url(site: Site, path: str) -> str:
    return f"{site.settings.root_path}/static/{stamp(WEB, __version__)}/{path}"


def plugin_url(site: Site, name: str, path: str = "") -> str:
    version, folder = site.plugins.web_folders()[name]
    return f"{site.settings.root_path}/plugins/{name}/{stamp(folder, version)}/{path}"


def import_map(site: Site) -> str:
    """The names modules may import: ``tagma``, ``tagma/…``, ``plugin/<name>/…`` and the vendor libraries."""
    imports = {"tagma": static_url(site, "tagma.js"), "tagma/": static_url(site, "")}
    vendor = WEB / "vendor" / "vendor.json"
    if vendor.exists():
        for name, file in orjson.loads(vendor.read_bytes()).items():
            imports[name] = static_url(site, f"vendor/{file}")
    for name in site.plugins.web_folders():
        imports[f"plugin/{name}/"] = plugin_url(site, name)
    return orjson.dumps({"imports": imports}).decode()


@functools.lru_cache(maxsize=1024)
def _packed(file: Path, _changed: int, encoding: str) -> bytes:
    return _PACKERS[encoding](file.read_bytes())


def _best_encoding(accepted: str) -> str:
    """The smallest of our encodings that an Accept-Encoding header allows, or nothing."""
    offers = dict(part.strip().partition(";q=")[::2] for part in accepted.lower().split(","))
    return next(
        (name for name in _PACKERS if name in offers and offers[name].strip() not in ("0", "0.0")), ""
    )


async def send_file(request: Request, root: Path, path: str) -> Response:
    """A file below ``root``, to be kept by the browser for ever."""
    file = (root / path).resolve()
    if not file.is_relative_to(root.resolve()) or not file.is_file():
        raise HTTPException(404)
    kind = _TYPES.get(file.suffix)
    if kind is None:
        return FileResponse(file, headers={"Cache-Control": _FOREVER})
    # Of scripts and styles the page's own policy decides; as documents they may do nothing.
    headers = {
        "Cache-Control": _FOREVER,
        "Content-Security-Policy": "default-src 'none'",
        "Vary": "Accept-Encoding",
    }
    facts = file.stat()
    encoding = _best_encoding(request.headers.get("accept-encoding", ""))
    if not encoding or facts.st_size < _LEAST_BYTES:
        return FileResponse(file, media_type=kind, headers=headers)
    body = await run_in_threadpool(_packed, file, facts.st_mtime_ns, encoding)
    return Response(body, media_type=kind, headers={**headers, "Content-Encoding": encoding})


async def core_file(request: Request) -> Response:
    return await send_file(request, WEB, request.path_params["path"])


async def plugin_file(request: Request) -> Response:
    folders = request.app.state.site.plugins.web_folders()
    if request.path_params["name"] not in folders:
        raise HTTPException(404)
    return await send_file(request, folders[request.path_params["name"]][1], request.path_params["path"])


routes = [
    Route("/static/{version}/{path:path}", core_file),
    Route("/plugins/{name}/{version}/{path:path}", plugin_file),
]
