"""Everything Tagma raises on purpose.

Each error says what is wrong with *this* input (``message``), what to do about it (``hint``) and where it stands
(``where``: any of file, line, row, field, tag, attribute, region, path). ``code`` is a stable word for programs and for
the documentation. The same object becomes the JSON body, the line in the terminal and the box on the page.

::

    TagmaError                     status 400
    ├─ SettingsError               a setting is wrong: file, field
    ├─ ConfigError                 a labeling config is wrong; ``faults`` holds all of them
    ├─ InvalidResult               a result does not fit its tag: region, path; ``faults`` holds all of them
    ├─ InvalidInput                a request, a form or a file field is wrong; ``faults`` maps field -> sentences
    │  └─ InvalidPrediction        what a model said does not fit: path; ``faults`` holds all of them
    ├─ ImportFailed                a file could not be read: file, row
    ├─ Unreachable                 an address must not be talked to, or does not answer: url
    ├─ StorageError          424   a storage did not answer or refused: storage, key
    ├─ ModelError            424   a model did not answer, or answered what can't be used: model, task
    │  └─ ModelUnreachable   424   it did not answer at all; trying again later may help
    ├─ PluginError           500   a plugin broke: plugin, stage, the original exception as ``__cause__``
    ├─ NotSignedIn           401
    ├─ NotAllowed            403
    ├─ NotFound              404
    ├─ Conflict              409   the thing exists already, or changed meanwhile
    ├─ TooLarge              413
    ├─ TooManyTries          429
    └─ Unavailable           503   the database is locked, the disk is full, a newer database was found
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar


class TagmaError(Exception):
    """The root of the tree; raise one of its children where there is one."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, hint: str = "", code: str | None = None, **where: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = {key: value for key, value in where.items() if value is not None}
        if code:
            self.code = code  # type: ignore[misc]  # one instance may be more precise than its class

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "hint": self.hint, "where": self.where}

    def __str__(self) -> str:
        """One line for a terminal: message, hint, place."""
        place = ", ".join(
            f"{key} {value}" for key, value in self.where.items() if key in ("file", "line", "row")
        )
        told = not place or any(
            f"{key} {value}" in self.message for key, value in self.where.items() if key in ("line", "row")
        )
        return " ".join(part for part in (self.message, self.hint, "" if told else f"({place})") if part)


class SettingsError(TagmaError):
    code = "settings"


class ManyFaults(TagmaError):
    """An error that collects: all faults of one input, so that nobody mends them one at a time."""

    def __init__(self, message: str, faults: Iterable[TagmaError] = (), **rest: Any) -> None:
        super().__init__(message, **rest)
        self.faults = list(faults)

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "faults": [fault.as_dict() for fault in self.faults]}

    def __str__(self) -> str:
        return (
            "\n".join([super().__str__(), *(f"  {fault}" for fault in self.faults)])
            if self.faults
            else super().__str__()
        )


class ConfigError(ManyFaults):
    code = "config"


class InvalidResult(ManyFaults):
    code = "result"


class InvalidInput(TagmaError):
    """A request is wrong; ``fields`` maps each field to its sentences (the wire's ``validation_errors``)."""

    code = "input"

    def __init__(self, message: str, fields: Mapping[str, list[str]] | None = None, **rest: Any) -> None:
        super().__init__(message, **rest)
        self.fields = dict(fields or {})

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "fields": self.fields}


class InvalidPrediction(InvalidInput, ManyFaults):
    code = "prediction"


class ImportFailed(TagmaError):
    code = "import"


class Unreachable(TagmaError):
    code = "url"


class StorageError(TagmaError):
    code = "storage"
    status = 424


class SecretLost(TagmaError):
    """A secret is there but can't be opened any more."""

    code = "secret-key"
    status = 424


class ModelError(TagmaError):
    code = "model"
    status = 424


class ModelUnreachable(ModelError):
    code = "model-unreachable"


class PluginError(TagmaError):
    code = "plugin"
    status = 500


class NotSignedIn(TagmaError):
    code = "not-signed-in"
    status = 401


class NotAllowed(TagmaError):
    code = "not-allowed"
    status = 403


class NotFound(TagmaError):
    code = "not-found"
    status = 404


class Conflict(TagmaError):
    code = "conflict"
    status = 409


class TooLarge(TagmaError):
    code = "too-large"
    status = 413


class TooManyTries(TagmaError):
    code = "too-many-tries"
    status = 429


class Unavailable(TagmaError):
    code = "unavailable"
    status = 503


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or lists what there is; empty when nothing is known."""
    known = sorted(known)
    near = difflib.get_close_matches(word.lower(), [name.lower() for name in known], n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{next(name for name in known if name.lower() == near[0])}"?'
    if not known:
        return ""
    shown = ", ".join(known[:12])
    return f"Known: {shown}{', …' if len(known) > 12 else ''}."
