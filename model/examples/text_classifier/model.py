"""Classifies texts with scikit-learn: words and pairs of words, and a logistic regression over them."""

import joblib
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tagma_model import Model, ModelError


class TextClassifier(Model):
    def load(self):
        self.choices = self.config.control("Choices", on="Text")
        saved = self.folder / "classifier.joblib"
        self.classifier = joblib.load(saved) if saved.exists() else None

    def predict(self, tasks, context):
        if self.classifier is None:  # nobody has annotated yet
            return [None] * len(tasks)
        chances = self.classifier.predict_proba([self.choices.of(task) for task in tasks])
        words = self.classifier.classes_
        return [self.choices.choices(words[row.argmax()], score=row.max()) for row in chances]

    def fit(self, event, data):
        texts, words = [], []
        for task in self.annotated_tasks():
            for result in self.choices.results(task):
                texts.append(self.choices.of(task))
                words.append(self.choices.chosen(result)[0])
        if len(set(words)) < 2:
            raise ModelError(
                f"Two different choices are needed to learn; there are {len(set(words))} so far."
            )
        self.classifier = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10))
        self.classifier.fit(texts, words)
        joblib.dump(self.classifier, self.folder / "classifier.joblib")
