"""One row of a file of segments as a result of the config's controls."""

from __future__ import annotations

import math
import re
from typing import Any

import orjson

from tagma.errors import ImportFailed, did_you_mean
from tagma.plugin import LabelingConfig
from tagma_timeseries.markings import Marking, markings

_YES, _NO = ("true", "1", "yes"), ("false", "0", "no", "")


class Stretches:
    """Rows as results of the config's controls."""

    def __init__(self, config: LabelingConfig, file: str) -> None:
        self.config, self.file, self.markings = config, file, markings(config)

    def result(self, number: int, row: dict[str, Any], data: dict[str, Any]) -> dict[str, Any] | None:
        """The stretch of a row, None if it only says that there is none; notes the series in ``data``.

        :raises ImportFailed: the row says something that can't be.
        """
        labels = self._names(number, row.get("labels", row.get("label")))
        marking = self._marking(number, row, labels)
        address = row.get("series")
        if not isinstance(address, str) or not address.strip():
            raise self._fault(
                number,
                "names no series",
                "Write the address of the series, as the task's data has it.",
                "series",
            )
        if data.setdefault(marking.field, address) != address:
            raise self._fault(
                number,
                f'names the series "{address}", but an earlier row of its task "{data[marking.field]}"',
                "Give each series a task of its own, or leave the column task out.",
                "series",
            )
        start, end = (self._time(number, row.get(name), name, marking) for name in ("start", "end"))
        if start is None and end is None and not labels:
            return None
        if start is None:
            raise self._fault(
                number, "has no start", "Leave out end and labels too where nothing is marked.", "start"
            )
        end = start if end is None else end
        instant = self._instant(number, row, start == end)
        self._in_order(number, start, end, instant, marking.series.raw("timeFormat") or "")
        value = {"start": start, "end": end, "instant": instant, marking.key: labels}
        found = {
            "id": str(row.get("region") or f"row{number}"),
            "from_name": marking.control.name,
            "to_name": marking.series.name,
            "type": marking.key,
            "origin": "manual",
            "value": value,
        }
        score = row.get("score")
        return {**found, "score": self._number(number, score, "score")} if score not in (None, "") else found

    def _marking(self, number: int, row: dict[str, Any], labels: list[str]) -> Marking:
        """Said by ``object`` and ``control``, else the first whose labels these are."""
        left = self.markings
        for name in ("object", "control"):
            wanted = row.get(name)
            if wanted:
                names = [(one.series if name == "object" else one.control).name for one in left]
                if wanted not in names:
                    hint = did_you_mean(str(wanted), names) or f"There are {', '.join(names)}."
                    raise self._fault(
                        number, f'names the {name} "{wanted}", which is not in the set-up', hint, name
                    )
                left = [one for one, here in zip(left, names, strict=True) if here == wanted]
        fits = (one for one in left if set(labels) <= self.config.labels(one.control.name).values)
        return next(fits, left[0])

    def _names(self, number: int, given: Any) -> list[str]:
        if isinstance(given, str) and given.startswith("["):
            try:
                given = orjson.loads(given)
            except orjson.JSONDecodeError as error:
                hint = 'Several labels are written as a JSON list: ["Run", "Jump"].'
                raise self._fault(
                    number, f"has labels that are no list: {given[:60]}", hint, "labels"
                ) from error
        if not given:
            return []
        return [str(one) for one in given] if isinstance(given, list) else [str(given)]

    def _time(self, number: int, given: Any, name: str, marking: Marking) -> float | int | str | None:
        """A number as such; a text where the series' times are texts."""
        if given is None or (isinstance(given, str) and not given.strip()):
            return None
        if isinstance(given, int | float | str) and not isinstance(given, bool):
            if not isinstance(given, str):
                return given
            if marking.series.raw("timeFormat") and not _is_number(given):
                return given
            return self._number(number, given, name) if _is_number(given) else given
        raise self._fault(
            number, f"has the {name} {given!r}, which is no time", "Write a number or a date.", name
        )

    def _number(self, number: int, given: Any, name: str) -> float | int:
        try:
            return int(given) if re.fullmatch(r"\s*-?\d+\s*", str(given)) else float(given)
        except (TypeError, ValueError) as error:
            raise self._fault(
                number, f"has the {name} {given!r}, which is no number", "Write a number.", name
            ) from error

    def _instant(self, number: int, row: dict[str, Any], default: bool) -> bool:
        word = str(row.get("instant") if row.get("instant") is not None else "").strip().lower()
        if word in _YES or word in _NO:
            return word in _YES or (word == "" and default)
        raise self._fault(number, f'has "{word}" in instant', "Write true or false.", "instant")

    def _in_order(
        self, number: int, start: float | str, end: float | str, instant: bool, written: str
    ) -> None:
        if isinstance(start, str) != isinstance(end, str):
            hint = "Write both as numbers, or both as dates."
            raise self._fault(number, f"has the start {start!r} and the end {end!r}", hint, "end")
        times = [self._moment(number, one, name, written) for name, one in (("start", start), ("end", end))]
        if times[1] < times[0]:
            raise self._fault(
                number, f"ends at {end}, before its start {start}", "Swap start and end.", "end"
            )
        if instant and start != end:
            hint = "Write false in instant, or the same start and end."
            raise self._fault(number, f"is an instant, but lasts from {start} to {end}", hint, "instant")

    def _moment(self, number: int, given: float | str, name: str, written: str) -> float:
        if not isinstance(given, str):
            return given
        from tagma_timeseries import moments

        try:
            return float(moments.read([given], written)[0])
        except moments.NoMoment as error:
            like = moments.example(written or "%Y-%m-%dT%H:%M:%S")
            hint = f"Write a number, or a time like {like}."
            raise self._fault(number, f"has the {name} {given!r}, which is no time", hint, name) from error

    def repeated(self, number: int, region: str) -> ImportFailed:
        said = f'names the region "{region}", which stands in an earlier row of its annotation'
        return self._fault(
            number, said, "Give each a name of its own, or leave the column region out.", "region"
        )

    def _fault(self, number: int, said: str, hint: str, field: str) -> ImportFailed:
        return ImportFailed(
            f"Row {number} of {self.file} {said}.", hint=hint, file=self.file, row=number, field=field
        )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
