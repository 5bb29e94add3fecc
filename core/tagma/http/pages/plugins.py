"""What is installed beside the core, and what to do where something did not load."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from tagma.http.i18n import Words, language_of, words
from tagma.http.op import Call, Routes
from tagma.http.pages import page
from tagma.services import access

routes = Routes("pages")

_FIRST = ("failed", "partly loaded", "incompatible", "loaded", "disabled")
MARKS = {
    "failed": "mark-failed",
    "partly loaded": "mark-draft",
    "incompatible": "mark-cross",
    "loaded": "mark-done",
    "disabled": "mark-open",
}


@routes.op("GET", "/plugins", page=True)
async def plugins(call: Call) -> Response:
    access.require(call.actor, "plugin.view")
    speak = words(call.site, language_of(call.request))
    reports = sorted(call.site.plugins.reports, key=lambda report: (_FIRST.index(report.state), report.name))
    counts: Counter[str] = Counter(report.state for report in reports)
    states = {
        "failed": speak.t("Failed"),
        "partly loaded": speak.t("Partly loaded"),
        "incompatible": speak.t("Incompatible"),
        "loaded": speak.t("Loaded"),
        "disabled": speak.t("Disabled"),
    }
    return page(
        call,
        "plugins.html",
        reports=reports,
        does={report.name: " ".join(report.description.split("\n\n")[0].split()) for report in reports},
        adds={report.name: _adds(speak, report.adds) for report in reports},
        marks=MARKS,
        states=states,
        summary=[(state, states[state], counts[state]) for state in _FIRST if counts[state]],
    )


def _adds(speak: Words, adds: dict[str, list[str]]) -> str:
    """``13 tags, 1 preset`` in the reader's language; a kind nobody translated keeps its own name."""
    said = {
        "tag": lambda n: speak.tn("{n} tag", "{n} tags", n),
        "data type": lambda n: speak.tn("{n} data type", "{n} data types", n),
        "storage": lambda n: speak.tn("{n} storage", "{n} storages", n),
        "predictor": lambda n: speak.tn("{n} predictor", "{n} predictors", n),
        "job": lambda n: speak.tn("{n} job", "{n} jobs", n),
        "importer": lambda n: speak.tn("{n} importer", "{n} importers", n),
        "exporter": lambda n: speak.tn("{n} exporter", "{n} exporters", n),
        "preset": lambda n: speak.tn("{n} preset", "{n} presets", n),
    }
    counts = [(kind.replace("_", " "), len(names)) for kind, names in adds.items() if names]
    return speak.t(", ").join(said[kind](n) if kind in said else f"{n} {kind}" for kind, n in counts)
