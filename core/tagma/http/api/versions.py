"""Which version answers."""

from __future__ import annotations

from tagma import __version__
from tagma.http.op import Call, Routes

routes = Routes("version")


def _versions() -> dict[str, object]:
    """``edition`` tells clients that an export answers at once; the other names are those they look for."""
    package = {"version": __version__, "short_version": ".".join(__version__.split(".")[:2])}
    parts = ("backend", "label-studio-frontend", "dm2", "lsf", "label-studio-converter", "label-studio-ml")
    return {
        "release": __version__,
        "tagma": package,
        "edition": "Community",
        "label-studio-os-package": package,
        "label-studio-os-backend": {"version": __version__},
        **{part: {"version": __version__} for part in parts},
    }


@routes.op("GET", "/api/version/", summary="Versions", anonymous=True)
async def get_api_version(call: Call) -> dict:
    return _versions()


@routes.op("GET", "/version/", summary="Versions", anonymous=True, hidden=True)
async def get_version(call: Call) -> dict:
    return _versions()
