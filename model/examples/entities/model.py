"""Suggests spans of a text with scikit-learn: each word is judged by itself, its looks and its neighbours."""

import re

import joblib
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tagma_model import Model, ModelError

WORD = re.compile(r"\w+")
NOTHING = ""


class Entities(Model):
    def load(self):
        self.labels = self.config.control("Labels", on="Text")
        saved = self.folder / "tagger.joblib"
        self.tagger = joblib.load(saved) if saved.exists() else None

    def predict(self, tasks, context):
        return [self.spans(self.labels.of(task)) for task in tasks]

    def spans(self, text):
        words = list(WORD.finditer(text))
        if self.tagger is None or not words:
            return None
        chances = self.tagger.predict_proba(looks(words))
        found = []
        for word, row in zip(words, chances, strict=True):
            label, sure = self.tagger.classes_[row.argmax()], row.max()
            if found and label == found[-1][2] and not text[found[-1][1] : word.start()].strip():
                found[-1] = (
                    found[-1][0],
                    word.end(),
                    label,
                    min(sure, found[-1][3]),
                )  # one name of several words
            elif label != NOTHING:
                found.append((word.start(), word.end(), label, sure))
        return [self.labels.span(text, start, end, label, score=sure) for start, end, label, sure in found]

    def fit(self, event, data):
        seen, known = [], []
        for task in self.annotated_tasks():
            text, spans = self.labels.of(task), list(self.labels.results(task))
            words = list(WORD.finditer(text))
            seen += looks(words)
            known += [
                next((self.labels.chosen(span)[0] for span in spans if covers(span, word)), NOTHING)
                for word in words
            ]
        if len(set(known)) < 2:
            raise ModelError("Nothing is labeled yet.", "Label a few names first.")
        self.tagger = make_pipeline(DictVectorizer(), LogisticRegression(C=10, max_iter=500)).fit(seen, known)
        joblib.dump(self.tagger, self.folder / "tagger.joblib")


def covers(span, word):
    return span["value"]["start"] < word.end() and word.start() < span["value"]["end"]


def looks(words):
    texts = ["<begin>", *(word[0] for word in words), "<end>"]
    return [
        {
            "word": here.lower(),
            "before": before.lower(),
            "after": after.lower(),
            "capital": here[0].isupper(),
            "ending": here[-3:],
        }
        for before, here, after in zip(texts, texts[1:], texts[2:], strict=False)
    ]
