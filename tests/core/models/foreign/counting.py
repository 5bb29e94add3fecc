"""A model as its author writes one with label-studio-ml 1.0.9: suggests the choice that people make most."""

import os
from collections import Counter

import requests
from label_studio_ml.model import LabelStudioMLBase


class Counting(LabelStudioMLBase):
    TRAIN_EVENTS = (*LabelStudioMLBase.TRAIN_EVENTS, "START_TRAINING")

    def predict(self, tasks, **kwargs):
        [(name, control)] = self.parsed_label_config.items()
        word = self.train_output.get("word")
        if word is None:
            return [{"result": []} for _ in tasks]
        result = {
            "from_name": name,
            "to_name": control["to_name"][0],
            "type": "choices",
            "value": {"choices": [word]},
        }
        return [{"result": [result], "score": 0.5} for _ in tasks]

    def fit(self, tasks, event=None, data=None, **kwargs):
        address = f"{os.environ['LABEL_STUDIO_HOST']}/api/projects/{data['project']['id']}/export"
        key = {"Authorization": f"Token {os.environ['LABEL_STUDIO_API_KEY']}"}
        exported = requests.get(address, headers=key, timeout=30).json()
        words = Counter(
            result["value"]["choices"][0]
            for task in exported
            for annotation in task["annotations"]
            for result in annotation["result"]
        )
        return {"word": words.most_common(1)[0][0]} if words else None
