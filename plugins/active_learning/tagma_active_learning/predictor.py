"""The kind of model that the server keeps: learns in a job, predicts in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast
from zipfile import BadZipFile

from tagma.errors import ModelError
from tagma.plugin import Predictor
from tagma.plugin.predictors import Fitted
from tagma.plugin.shapes import Prediction, Task
from tagma_active_learning.reading import answer_of, held_out, pair_of, text_of

if TYPE_CHECKING:  # it takes a second to load, which only those who use it shall wait for
    from tagma_active_learning.classifier import Classifier

FEWEST = 10
"""Annotated tasks to learn from, below which a guess is worth nothing."""
MOST = 20_000
"""Tasks it learns from; it hardly gets better beyond, and the time it takes stays bounded."""

CHARACTERS = 10_000_000
"""Of all their texts together, which bounds the memory it takes to less than 1 GB."""


class TextClassifier(Predictor):
    """One answer about a text."""

    kind = "text_classifier"
    title = "Text classifier"
    batch = 500
    renews = True

    def setup(self) -> str:
        pair_of(self.project)
        try:
            return self._load()[1]
        except ModelError:
            return ""  # it has yet to learn

    def _load(self) -> tuple[Classifier, str]:
        from tagma_active_learning.classifier import Classifier

        try:
            return Classifier.load(self._file)
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise ModelError(
                "The text classifier has not learned anything yet.",
                hint="Label some tasks, then have it learn on the page of models.",
            ) from error

    @property
    def _file(self) -> Any:
        return self.folder / "classifier.npz"

    def predict(
        self, tasks: Sequence[Task], context: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Prediction]]:
        pair = pair_of(self.project)
        model, version = self._load()
        texts = [text_of(pair, task) for task in tasks]
        found: list[list[Prediction]] = []
        for text, chances in zip(texts, model.chances(texts), strict=True):
            place = int(chances.argmax())
            item = {
                "id": "choice",
                "from_name": pair.control,
                "to_name": pair.shown,
                "type": "choices",
                "value": {"choices": [model.classes[place]]},
            }
            one = {"result": [item], "score": float(chances[place]), "model_version": version}
            found.append([cast(Prediction, one)] if text.strip() else [])
        return found

    def fit(self, tasks: Iterable[Task]) -> Fitted:
        from tagma_active_learning.classifier import Classifier

        pair = pair_of(self.project)
        learned: list[tuple[str, str]] = []
        tried: list[tuple[str, str]] = []
        room = CHARACTERS
        for task in tasks:
            text, answer = text_of(pair, task), answer_of(pair, task)
            into = tried if held_out(task) else learned
            if text.strip() and answer is not None and len(into) < MOST and len(text) <= room:
                into.append((text, answer))
                room -= len(text)
        if len(learned) < FEWEST:
            return {
                "words": f"It needs {FEWEST} annotated tasks to learn from; there are {len(learned)} so far."
            }
        answers = {answer for _, answer in learned}
        if len(answers) < 2:
            only = next(iter(answers))
            return {"words": f'Every answer so far is "{only}"; it needs at least two different ones.'}
        model = Classifier.learn(*map(list, zip(*learned, strict=True)))  # type: ignore[arg-type]
        told: Fitted = {"words": f"Learned from {len(learned)} annotated tasks."}
        if tried:
            score = model.try_on(*map(list, zip(*tried, strict=True)))  # type: ignore[arg-type]
            told["points"] = [
                {"learned": len(learned), "held_out": len(tried), "score": score, "metric": "accuracy"}
            ]
        told["version"] = f"text-{len(learned)}-{model.mark}"
        model.save(self._file, told["version"])
        return told
