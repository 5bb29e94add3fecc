"""Suggests boxes around what stands out from the ground (OpenCV), and learns which label things of that colour and size get."""

import cv2
import numpy as np

from tagma_model import Model, ModelError

SMALLEST = 0.002  # of the picture; less is dirt


class Boxes(Model):
    def load(self):
        self.labels = self.config.control("RectangleLabels", on="Image")
        saved = self.folder / "examples.npz"
        self.known = dict(np.load(saved)) if saved.exists() else None

    def predict(self, tasks, context):
        return [self.suggest(self.picture(task)) for task in tasks]

    def suggest(self, picture):
        height, width = picture.shape[:2]
        made = []
        for x, y, w, h in things(picture):
            label, sure = self.label(look(picture, x, y, w, h))
            made.append(self.labels.rectangle(x, y, w, h, label, size=(width, height), score=sure))
        return made

    def label(self, seen):
        """That of the most similar box people drew; before there is one, the first of the config."""
        if self.known is None:
            return self.labels.words[0], 0.0
        far = np.linalg.norm(self.known["looks"] - seen, axis=1)
        nearest = far.argmin()
        return str(self.known["labels"][nearest]), 1 / (1 + far[nearest])

    def fit(self, event, data):
        looks, labels = [], []
        for task in self.annotated_tasks():
            picture = self.picture(task)
            height, width = picture.shape[:2]
            for result in self.labels.results(task):
                box = result["value"]
                x, y = int(box["x"] * width / 100), int(box["y"] * height / 100)
                w, h = round(box["width"] * width / 100), round(box["height"] * height / 100)
                looks.append(look(picture, x, y, max(w, 1), max(h, 1)))
                labels.append(self.labels.chosen(result)[0])
        if not labels:
            raise ModelError("No box is drawn yet.", "Draw a few first.")
        self.known = {"looks": np.array(looks), "labels": np.array(labels)}
        np.savez(self.folder / "examples.npz", **self.known)

    def picture(self, task):
        file = self.file(self.labels.of(task), task)
        picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if picture is None:
            raise ModelError(f"{self.labels.of(task)[:60]} is no picture that OpenCV can read.")
        return picture


def things(picture):
    """Boxes in pixels around what differs from the colour of the border."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    away = np.linalg.norm(picture - np.median(border, axis=0), axis=2)
    _, mask = cv2.threshold(cv2.convertScaleAbs(away), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [cv2.boundingRect(outline) for outline in outlines]
    return sorted(box for box in boxes if box[2] * box[3] > SMALLEST * mask.size)


def look(picture, x, y, w, h):
    """Mean colour and share of the picture, each about 0 to 1."""
    colour = picture[y : y + h, x : x + w].reshape(-1, 3).mean(axis=0) / 255
    return np.array([*colour, np.sqrt(w * h / (picture.shape[0] * picture.shape[1]))])
