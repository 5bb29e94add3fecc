"""A page: a Jinja2 template with the words, the look, the person and the module names every page needs."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from tagma.http.assets import WEB, import_map, plugin_url, static_url
from tagma.http.i18n import LANGUAGES, catalogue_json, language_of, words
from tagma.http.modules import preloads
from tagma.http.said import speaker
from tagma.http.security import csrf_token

if TYPE_CHECKING:
    from tagma.http.op import Call
    from tagma.services.access import Actor

THEMES = ("system", "light", "dark")
THEME_COOKIE = "tagma_theme"
TEMPLATES = Path(__file__).parent.parent / "templates"


@functools.lru_cache
def environment() -> Environment:
    """Values are escaped, a name that nobody gave is a fault."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["json"] = script_json
    made.filters["initials"] = initials
    return made


def script_json(value: Any) -> Markup:
    """JSON for a script element of type JSON; nothing in it can end the element."""
    text = orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS, default=str).decode()
    return Markup(text.replace("<", "\\u003c"))


def initials(name: str) -> str:
    """Two letters of a name in Latin letters; of a Chinese name the given name's first character."""
    words = name.split("@")[0].replace(".", " ").split()
    if not words:
        return "?"
    if ord(words[0][0]) > 0x2E7F:
        return words[0][1:2] if len(words[0]) == 3 else words[0][-1]
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()


def page(call: Call, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """:param context: what the template names beside what every page has."""
    return render(call.request, template, call.maybe_actor, status, **context)


def render(
    request: Request, template: str, actor: Actor | None, status: int = 200, **context: Any
) -> HTMLResponse:
    site = request.app.state.site
    language = language_of(request)
    speak = words(site, language)
    root = site.settings.root_path
    theme = request.cookies.get(THEME_COOKIE, "system")
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.scope["path"].removeprefix(root) or "/"
    values = {
        "t": speak.t,
        "tn": speak.tn,
        "words": speak,
        "said": speaker(request) or str,
        "language": language,
        "languages": LANGUAGES,
        "catalogue": functools.partial(catalogue_json, site, language),
        "theme": theme if theme in THEMES else "system",
        "nonce": request.scope.get("tagma.nonce", ""),
        "csrf_token": csrf_token(request),
        "import_map": Markup(import_map(site)),
        "root": root,
        "url": lambda path: root + path,
        "preloads": functools.partial(preloads, site),
        "static": functools.partial(static_url, site),
        "plugin_static": functools.partial(plugin_url, site),
        "user": actor,
        "here": path + query,
    }
    html = environment().get_template(template).render(values | context)
    # A page holds one person's data; the back button shall show what is, not what was.
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def editor_styles() -> list[str]:
    """Style sheets of the editor, for pages that show it beside something else."""
    return [f"css/{name}" for name in ("editor.css",) if (WEB / "css" / name).exists()]


def redirect(request: Request, path: str, status: int = 303) -> RedirectResponse:
    """To a page of ours, below the sub-path."""
    return RedirectResponse(request.app.state.site.settings.root_path + inward(path), status)


def inward(path: str, otherwise: str = "/projects/") -> str:
    """``path`` if it leads to a page of this site, whatever a stranger put into the address."""
    parts = urlsplit(path)
    ours = (
        path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    )
    return path if ours and "\\" not in path and "\n" not in path and "\r" not in path else otherwise
