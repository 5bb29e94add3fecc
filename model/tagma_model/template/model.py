"""A model for a labeling server. Try it: tagma-model check .   Serve it: tagma-model start ."""

import json
from collections import Counter

from tagma_model import Model, ModelError


class MyModel(Model):
    """Suggests the choice whose words a text has most of. Put your own model in its place."""

    # Once for each project, before the first prediction. A config that does not fit is refused here, in words.
    def load(self):
        self.mood = self.config.control("Choices", on="Text")
        saved = self.folder / "words.json"
        self.words = json.loads(saved.read_text()) if saved.exists() else {}

    # One item for each task: results, or None where there is nothing to suggest.
    def predict(self, tasks, context):
        return [self.suggest(self.mood.of(task)) for task in tasks]

    def suggest(self, text):
        votes = {
            choice: sum(seen.get(word, 0) for word in text.lower().split())
            for choice, seen in self.words.items()
        }
        if not any(votes.values()):
            return None
        best = max(votes, key=lambda choice: votes[choice])
        return self.mood.choices(best, score=votes[best] / sum(votes.values()))

    # When somebody annotates or presses "Train". Leave it out if your model does not learn here.
    def fit(self, event, data):
        words: dict[str, Counter] = {choice: Counter() for choice in self.mood.words}
        for task in self.annotated_tasks():
            for result in self.mood.results(task):
                for choice in self.mood.chosen(result):
                    words.setdefault(choice, Counter()).update(self.mood.of(task).lower().split())
        if not any(words.values()):
            raise ModelError("Nothing is annotated yet.", "Annotate a few texts first.")
        self.words = words
        (self.folder / "words.json").write_text(json.dumps(words))
