"""Texts to classes: hashed word and letter n-grams, weighed by rarity, and a logistic regression. No vocabulary is kept, so
memory does not grow with the texts; letters make it work for scripts without spaces between words."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

FEATURES = 2**16  # of each kind
ENOUGH = 10  # held-out texts, to tell by them how sure it may be
_WORDS = HashingVectorizer(n_features=FEATURES, ngram_range=(1, 2), alternate_sign=False, norm=None)
_LETTERS = HashingVectorizer(
    n_features=FEATURES, analyzer="char", ngram_range=(1, 3), alternate_sign=False, norm=None
)
_TEMPERATURES = np.geomspace(0.1, 5.0, 40)


def counted(texts: Sequence[str]) -> Any:
    """How often each n-gram stands in each text, damped."""
    found = sparse.hstack([_WORDS.transform(texts), _LETTERS.transform(texts)], format="csr")
    found.data = 1.0 + np.log(found.data)
    return found.astype(np.float32)


class Classifier:
    """Weights as arrays, kept in a file that holds nothing but numbers and words: reading it runs no code."""

    def __init__(
        self, classes: list[str], rarity: Any, weights: Any, offset: Any, temperature: float
    ) -> None:
        self.classes, self.rarity, self.weights, self.offset = classes, rarity, weights, offset
        self.temperature = temperature

    @classmethod
    def learn(cls, texts: Sequence[str], answers: Sequence[str]) -> Classifier:
        """:param answers: at least two different ones."""
        counts = counted(texts)
        seen = np.asarray((counts > 0).sum(axis=0)).ravel()
        rarity = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
        model = LogisticRegression(C=10.0, max_iter=200, class_weight="balanced")
        model.fit(normalize(counts.multiply(rarity).tocsr()), np.asarray(answers))
        weights, offset = model.coef_, model.intercept_
        if len(weights) == 1:  # of two classes it keeps the difference alone
            weights, offset = np.vstack([np.zeros_like(weights), weights]), np.concatenate([[0.0], offset])
        classes = [str(one) for one in model.classes_]
        return cls(classes, rarity, weights.astype(np.float32), offset.astype(np.float32), 1.0)

    def _logits(self, texts: Sequence[str]) -> Any:
        return normalize(counted(texts).multiply(self.rarity).tocsr()) @ self.weights.T + self.offset

    def chances(self, texts: Sequence[str]) -> Any:
        """A row for each text: how likely each of ``classes`` is."""
        return _softmax(self._logits(texts) / self.temperature)

    def try_on(self, texts: Sequence[str], answers: Sequence[str]) -> float:
        """The share it gets right of texts it has not learned from; from enough of them it learns how sure to be."""
        logits = self._logits(texts)
        right = [self.classes[place] for place in logits.argmax(axis=1)]
        score = sum(one == other for one, other in zip(right, answers, strict=True)) / len(answers)
        known = [at for at, answer in enumerate(answers) if answer in self.classes]
        if len(known) >= ENOUGH:
            rows, places = logits[known], [self.classes.index(answers[at]) for at in known]

            def surprise(temperature: float) -> float:
                chances = _softmax(rows / temperature)[range(len(places)), places]
                return float(-np.log(np.maximum(chances, 1e-9)).mean())

            self.temperature = float(min(_TEMPERATURES, key=surprise))
        return score

    @property
    def mark(self) -> str:
        """A short word that differs where the weights do."""
        return f"{zlib.crc32(self.weights.tobytes() + self.offset.tobytes()) & 0xFFFFFF:06x}"

    def save(self, path: Path, version: str) -> None:
        told = json.dumps({"classes": self.classes, "temperature": self.temperature, "version": version})
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as out:
            np.savez(out, told=np.array(told), rarity=self.rarity, weights=self.weights, offset=self.offset)
        os.replace(fresh, path)

    @classmethod
    def load(cls, path: Path) -> tuple[Classifier, str]:
        """And its version. :raises OSError, ValueError, KeyError: no file, or not one of ours."""
        with np.load(path, allow_pickle=False) as kept:
            told = json.loads(str(kept["told"]))
            one = cls(
                told["classes"], kept["rarity"], kept["weights"], kept["offset"], float(told["temperature"])
            )
            return one, str(told["version"])


def _softmax(rows: Any) -> Any:
    raised = np.exp(rows - rows.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
