"""A control of the labeling config, which makes results that fit it: names, type and units are filled in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tagma_model import shapes
from tagma_model.errors import ModelError, did_you_mean
from tagma_model.offers import Label

if TYPE_CHECKING:
    from tagma_model.config import Object

Result = dict[str, Any]
_KEYS = {"textarea": "text", "pairwise": "selected"}  # every other control's key is its type
_WORDS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


class Control:
    """One tag with a ``toName``, like ``<Choices name="mood" toName="text">``.

    A method named after a type makes one result; one that the tag can't hold is refused with what to use instead.
    ``score`` says how sure the model is, from 0 to 1.
    """

    def __init__(
        self,
        name: str,
        tag: str,
        objects: Sequence[Object],
        labels: Sequence[Label],
        attributes: Mapping[str, str],
        to_names: Sequence[str] = (),
    ) -> None:
        self.name = name
        """Results carry it as ``from_name``."""
        self.tag = tag
        self.objects = list(objects)
        """What it is about; nearly always one."""
        self.labels = list(labels)
        """What it offers; empty if the labels stand in the task's data."""
        self.attributes = attributes
        self.to_names = list(to_names)
        self.type = tag.lower()
        self.key = _KEYS.get(self.type, self.type)
        """Where a result's value holds what was chosen."""

    def __repr__(self) -> str:
        return f'{self.tag} "{self.name}"'

    @property
    def object(self) -> Object:
        """What it is about. :raises ModelError: it points at nothing that shows data."""
        if not self.objects:
            raise ModelError(f"{self!r} points at nothing that shows data.", "Look at its toName.")
        return self.objects[0]

    @property
    def words(self) -> list[str]:
        """The values it offers."""
        return [label.value for label in self.labels]

    def of(self, task: Mapping[str, Any]) -> Any:
        """What its object shows of ``task``: the text, or the address of the picture."""
        return self.object.of(task)

    def results(self, task: Mapping[str, Any]) -> Iterator[Result]:
        """What people did with this control in ``task``; skipped annotations don't count."""
        for annotation in task.get("annotations") or ():
            if not annotation.get("was_cancelled"):
                for result in annotation.get("result") or ():
                    if result.get("from_name") == self.name and result.get("type") == self.type:
                        yield result

    def chosen(self, result: Mapping[str, Any]) -> list[str]:
        """The labels or choices of one of its results."""
        return [str(word) for word in result["value"].get(self.key) or ()]

    # Whole tasks

    def choices(self, *words: str, score: float | None = None) -> Result:
        """For ``Choices``: one or more of what it offers."""
        self._must_be("choices", "Choices")
        return self.result({"choices": self._offered(words)}, score=score)

    def taxonomy(self, *paths: Sequence[str], score: float | None = None) -> Result:
        """For ``Taxonomy``: each path goes from the topmost choice down, ``["Animal", "Cat"]``."""
        self._must_be("taxonomy", "Taxonomy")
        known = {label.path for label in self.labels}
        for path in paths:
            if known and tuple(path) not in known:
                hint = did_you_mean(" / ".join(path), [" / ".join(one) for one in sorted(known)])
                raise ModelError(f'{self!r} does not offer "{" / ".join(path)}".', hint)
        return self.result({"taxonomy": [list(path) for path in paths]}, score=score)

    def textarea(self, *lines: str, score: float | None = None) -> Result:
        """For ``TextArea``: a transcription, a translation, a summary."""
        self._must_be("textarea", "TextArea")
        return self.result({"text": [str(line) for line in lines]}, score=score)

    def rating(self, stars: int, score: float | None = None) -> Result:
        """For ``Rating``."""
        self._must_be("rating", "Rating")
        return self.result({"rating": int(stars)}, score=score)

    def number(self, number: float, score: float | None = None) -> Result:
        """For ``Number``."""
        self._must_be("number", "Number")
        return self.result({"number": number}, score=score)

    def datetime(self, text: str, score: float | None = None) -> Result:
        """For ``DateTime``: as the tag's ``format`` wants it, else like ``2026-01-31T09:30``."""
        self._must_be("datetime", "DateTime")
        return self.result({"datetime": text}, score=score)

    # Regions

    def span(self, text: str, start: int, end: int, *words: str, score: float | None = None) -> Result:
        """For ``Labels`` on a ``Text``: the characters of ``text`` from ``start`` to before ``end``, as Python counts them."""
        self._must_be("span", "Labels")
        start, end = int(start), int(end)
        if not 0 <= start < end <= len(text):
            raise ModelError(
                f"{self!r}: a span from {start} to {end} is none of a text of {len(text)} characters.",
                "Count characters from 0; the end is the first that does not belong to it.",
            )
        value = {"start": start, "end": end, "text": text[start:end]}
        return self.result({**value, **self._labelled(words)}, score=score)

    def interval(
        self, start: float, end: float, *words: str, channel: int = 0, score: float | None = None
    ) -> Result:
        """For ``Labels`` on an ``Audio`` (seconds) and for ``TimeSeriesLabels`` (units of the time column)."""
        self._must_be("interval", "Labels", "TimeSeriesLabels")
        if not start < end:
            raise ModelError(f"{self!r}: an interval from {start} to {end} has no length.")
        value: dict[str, Any] = {"start": start, "end": end}
        value |= {"channel": channel} if self.tag == "Labels" else {"instant": False}
        return self.result({**value, **self._labelled(words)}, score=score)

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *words: str,
        size: tuple[int, int] | None = None,
        rotation: float = 0,
        score: float | None = None,
    ) -> Result:
        """For ``RectangleLabels`` and ``Rectangle``: the top-left corner and how wide and high.

        :param size: width and height of the picture, if the box is in pixels; without it the box is in percent. What lies
            outside of the picture is cut off, unless the box is turned.
        :param rotation: degrees clockwise about the top-left corner.
        """
        self._must_be("rectangle", "RectangleLabels", "Rectangle")
        value = shapes.rectangle(x, y, width, height, rotation, size)
        return self._drawn(value, words, size, score)

    def ellipse(
        self,
        x: float,
        y: float,
        radius_x: float,
        radius_y: float,
        *words: str,
        size: tuple[int, int] | None = None,
        rotation: float = 0,
        score: float | None = None,
    ) -> Result:
        """For ``EllipseLabels`` and ``Ellipse``: the centre and the radii, in pixels with ``size``, else in percent."""
        self._must_be("ellipse", "EllipseLabels", "Ellipse")
        return self._drawn(shapes.ellipse(x, y, radius_x, radius_y, rotation, size), words, size, score)

    def polygon(
        self,
        points: Sequence[Sequence[float]],
        *words: str,
        size: tuple[int, int] | None = None,
        score: float | None = None,
    ) -> Result:
        """For ``PolygonLabels`` and ``Polygon``: three or more points, in pixels with ``size``, else in percent."""
        self._must_be("polygon", "PolygonLabels", "Polygon")
        return self._drawn(shapes.polygon(points, size), words, size, score)

    def keypoint(
        self,
        x: float,
        y: float,
        *words: str,
        size: tuple[int, int] | None = None,
        diameter: float = 0.5,
        score: float | None = None,
    ) -> Result:
        """For ``KeyPointLabels`` and ``KeyPoint``.

        :param diameter: of the dot, in percent of the picture's width.
        """
        self._must_be("keypoint", "KeyPointLabels", "KeyPoint")
        return self._drawn(shapes.keypoint(x, y, diameter, size), words, size, score)

    def about(self, region: Mapping[str, Any], chosen: Any, score: float | None = None) -> Result:
        """This control's word on a region that another one made: the label of a bare ``Rectangle``, a ``perRegion`` choice.

        Both results belong into the prediction.
        """
        if not isinstance(chosen, str | int | float):
            chosen = list(chosen)
        elif self.key in ("choices", "text") or self.type.endswith("labels"):
            chosen = [chosen]
        if self.labels and isinstance(chosen, list):
            self._offered(chosen)
        place = {
            key: one for key, one in region["value"].items() if not isinstance(one, list) or key == "points"
        }
        sizes = {key: one for key, one in region.items() if key.startswith(("original_", "image_", "item_"))}
        made = self.result({**place, self.key: chosen}, score=score, to_name=region["to_name"], **sizes)
        return {**made, "id": region["id"]}

    def result(
        self,
        value: Mapping[str, Any],
        *,
        score: float | None = None,
        to_name: str | None = None,
        **beside: Any,
    ) -> Result:
        """One result of this control with ``value`` as it stands: for tags that no method here knows.

        :param beside: more fields of the result, like ``original_width``.
        """
        target = to_name or (self.objects[0].name if self.objects else next(iter(self.to_names), self.name))
        made: Result = {
            "id": "".join(secrets.choice(_WORDS) for _ in range(10)),
            "from_name": self.name,
            "to_name": target,
            "type": self.type,
            "value": dict(value),
            **beside,
        }
        return made if score is None else {**made, "score": float(score)}

    def _drawn(
        self, value: dict[str, Any], words: Sequence[str], size: tuple[int, int] | None, score: float | None
    ) -> Result:
        sizes: dict[str, Any] = {}
        if size:
            sizes = {"original_width": size[0], "original_height": size[1], "image_rotation": 0}
        return self.result({**value, **self._labelled(words)}, score=score, **sizes)

    def _labelled(self, words: Sequence[str]) -> dict[str, list[str]]:
        if self.type.endswith("labels"):
            return {self.key: self._offered(words)}
        if words:
            hint = f'Make the region first, then the label: labels.about(region, "{words[0]}").'
            raise ModelError(f"{self!r} carries no labels; those of <Labels> beside it do.", hint)
        return {}

    def _offered(self, words: Sequence[str]) -> list[str]:
        known = self.words
        for word in words:
            if not isinstance(word, str):
                raise ModelError(
                    f"{self!r} takes words, not {word!r}.", 'Hand them over one by one: ("Cat", "Dog").'
                )
            if known and word not in known:
                raise ModelError(f'{self!r} does not offer "{word}".', did_you_mean(word, known))
        return [str(word) for word in words]  # a str of numpy becomes a plain one

    def _must_be(self, method: str, *tags: str) -> None:
        if self.tag not in tags:
            raise ModelError(
                f"{self!r} holds no {method}; {' and '.join(tags)} do.",
                f"Make one of the type {self.type}, or use result() with the value as it shall be.",
            )
