"""The words on screen in the reader's language.

English is the source; each other language is one gettext catalogue in ``locales/`` (and, for a plugin's own words, in the
``locales/`` folder), read at first use and kept in memory. Templates call ``t`` and ``tn``; modules of
the browser call the same two, on the part of the catalogue that the page carries.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup, escape
from starlette.requests import Request

from tagma.db.types import now

if TYPE_CHECKING:
    from tagma.services.site import Site

LANGUAGES: Mapping[str, str] = {"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}
LANGUAGE_COOKIE = "tagma_language"
FOLDER = Path(__file__).parent.parent / "locales"

Catalogue = Mapping[str, str | list[str]]


@functools.lru_cache
def read_catalogue(folder: Path, name: str) -> dict[str, str | list[str]]:
    """``name.po`` in ``folder``: English -> words, or the forms of one and many; empty if there is none."""
    file = folder / f"{name}.po"
    if not file.exists():
        return {}
    with file.open("rb") as stream:
        catalogue = read_po(stream)
    found: dict[str, str | list[str]] = {}
    for message in catalogue:
        if message.id and message.string:
            key = message.id[0] if isinstance(message.id, tuple | list) else message.id
            found[key] = list(message.string) if isinstance(message.string, tuple | list) else message.string
    return found


def catalogue(site: Site, language: str) -> Catalogue:
    """The core's words and, where it has none, those of the plugins."""
    merged: dict[str, str | list[str]] = {}
    for folder in site.plugins.locale_folders():
        merged |= read_catalogue(folder, language)
    return merged | read_catalogue(FOLDER, language)


def catalogue_json(site: Site, language: str) -> Markup:
    """For a script element of type JSON: ``<`` is escaped, so no word can end the element."""
    messages = {} if language == "en" else catalogue(site, language)
    return Markup(orjson.dumps({"language": language, "messages": messages}).decode().replace("<", "\\u003c"))


def language_of(request: Request) -> str:
    """What the person chose, else the browser's first language that we speak."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return next(
        (ours for wanted in _accepted(request.headers.get("accept-language", "")) if (ours := _ours(wanted))),
        "en",
    )


def _accepted(header: str) -> list[str]:
    """Languages by the browser's preference."""
    weighted = []
    for place, part in enumerate(header.split(",")[:20]):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((-float(weight or 1), place, name.lower()))
        except ValueError:
            continue
    return [name for _weight, _place, name in sorted(weighted)]


def _ours(wanted: str) -> str:
    if wanted.startswith("zh"):
        traditional = any(part in ("hant", "tw", "hk", "mo") for part in wanted.split("-"))
        return "zh-Hant" if traditional else "zh-Hans"
    return "en" if wanted.split("-")[0] == "en" else ""


class Words:
    """``t``, ``tn`` and the numbers and dates of one language, as templates use them."""

    def __init__(self, language: str, messages: Catalogue) -> None:
        self.language = language
        self.locale = Locale.parse(language.replace("-", "_"))
        self._messages = messages

    def t(self, text: str, **values: Any) -> str:
        found = self._messages.get(text, text)
        return _fill(found[0] if isinstance(found, list) else found, values)

    def tn(self, one: str, many: str, n: int, **values: Any) -> str:
        """One or many: ``tn("{n} task", "{n} tasks", 3)``."""
        found = self._messages.get(one)
        forms = (
            found if isinstance(found, list) else [found, self._messages.get(many)] if found else [one, many]
        )
        form = forms[0 if self.locale.plural_form(n) == "one" else min(1, len(forms) - 1)] or many
        return _fill(str(form), {"n": self.number(n), **values})

    def number(self, value: float | None) -> str:
        return format_decimal(value or 0, locale=self.locale)

    def percent(self, part: int, whole: int) -> str:
        """Rounded down, so that only what is complete says 100 %."""
        return f"{math.floor(100 * part / whole) if whole else 0}%"

    def ago(self, moment: datetime | None) -> str:
        """Near moments as a distance, far ones as a day."""
        if moment is None:
            return self.t("never")
        distance = now() - moment
        if distance.total_seconds() < 60:
            return self.t("just now")
        if distance.days < 7:
            return format_timedelta(-distance, add_direction=True, locale=self.locale, threshold=1)
        return self.day(moment)

    def day(self, moment: datetime) -> str:
        return format_date(moment, format="medium", locale=self.locale)

    def moment(self, moment: datetime | None) -> str:
        return format_datetime(moment, format="medium", locale=self.locale) if moment else ""


def _fill(text: str, values: Mapping[str, Any]) -> str:
    """Put values into ``{names}``. With a :class:`Markup` among them the sentence is HTML, safely escaped."""
    if not values:
        return text
    rich = any(isinstance(value, Markup) for value in values.values())
    filled: str = escape(text) if rich else text
    for name, value in values.items():
        filled = filled.replace("{" + name + "}", str(escape(value)) if rich else str(value))
    return Markup(filled) if rich else filled


@functools.lru_cache
def _words(language: str, site: Site) -> Words:
    return Words(language, {} if language == "en" else catalogue(site, language))


def words(site: Site, language: str) -> Words:
    return _words(language, site)
