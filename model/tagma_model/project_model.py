"""The model of one project: the author's instance, what it remembers on disk, and how it learns beside its predictions."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tagma_model.answers import answers
from tagma_model.blame import ModelBroke, blamed
from tagma_model.config import Config
from tagma_model.errors import ModelError
from tagma_model.labeling_server import LabelingServer
from tagma_model.model import Model

log = logging.getLogger("tagma_model")

_STATE = ".tagma-model.json"


class ProjectModel:
    """:param project: as the wire names it: ``"7.1700000000"``, a number and when the project was made."""

    def __init__(self, kind: type[Model], project: str, folder: Path) -> None:
        self.kind = kind
        self.project = project
        self.folder = folder
        self.learning = ""
        """The event that it learns from now; "" while it does not."""
        self.trouble = ""
        """Why it could not learn the last time."""
        self.broke = False
        """Whether that was a mistake in the author's code."""
        self.labeling_server = LabelingServer("", "", folder.parent / "fetched")
        self._params: Any = None
        self._model: Model | None = None
        self._making = threading.Lock()
        self._seats = threading.Semaphore(kind.parallel)
        self._waiting: tuple[str, Mapping[str, Any]] | None = None
        self._learner = threading.Condition()

    def setup(self, config: str, address: str, token: str, params: Any) -> Model:
        """Takes down where the labeling server is, and makes the model if there is none or the config has changed."""
        self.labeling_server.stands_at(address, token)
        changed, self._params = params != self._params, params
        return self.model(config, anew=changed)

    def model(self, config: str | None = None, anew: bool = False) -> Model:
        """The author's instance.

        :param config: the labeling config; None for the one that is known.
        :raises ModelError: the config does not fit, or the author's ``load`` broke.
        """
        with self._making:
            held = self._model
            if config is None:
                if held is None:
                    raise ModelError("This project has not connected its model yet.", "Connect it once more.")
                config = held.config.xml
            if held is None or anew or config != held.config.xml:
                held = self._model = self._made(config)
            return held

    def _made(self, xml: str) -> Model:
        self.folder.mkdir(parents=True, exist_ok=True)
        number = self.project.partition(".")[0]
        model = self.kind(number, Config(xml), self.folder, self.labeling_server, self._params)
        state = self._state()
        own = self.kind.version
        learned = state["now"] if state["own"] == own else ""  # a new version of the code counts more
        model.version = learned or own or f"{self.kind.__name__} 1"
        with blamed("load"):
            model.load()
        self._remember(model.version)
        return model

    def predict(
        self, config: str | None, tasks: Sequence[Mapping[str, Any]], context: Mapping[str, Any] | None
    ) -> tuple[list[Any], str]:
        """Predictions for the wire, and the version that made them."""
        model = self.model(config)
        with self._seats, blamed("predict", tasks):
            returned = model.predict(tasks, context)
            if hasattr(returned, "__next__"):  # a generator runs the author's code here
                returned = list(returned)
        return answers(returned, tasks, model.version), model.version

    def versions(self) -> list[str]:
        """Every version it has had, the newest first."""
        return list(reversed(self._state()["all"]))

    def learn(self, event: str, data: Mapping[str, Any]) -> bool:
        """Let it learn in a thread of its own; False if this event teaches it nothing."""
        if not self.kind.can_fit() or event not in self.kind.learns_from:
            return False
        with self._learner:
            if self.learning:
                self._waiting = event, data
                return True
            self.learning = event
        threading.Thread(
            target=self._learn, args=(event, data), name=f"fit {self.project}", daemon=True
        ).start()
        return True

    def rest(self, seconds: float) -> bool:
        """Wait until it has learned all it was told; False if that takes longer.

        :raises ModelError: it could not learn the last time.
        """
        with self._learner:
            if not self._learner.wait_for(lambda: not self.learning, seconds):
                return False
            if self.trouble:
                raise (ModelBroke if self.broke else ModelError)(self.trouble)
            return True

    def _learn(self, event: str, data: Mapping[str, Any]) -> None:
        following: tuple[str, Mapping[str, Any]] | None = (event, data)
        while following:
            self._fit(*following)
            with self._learner:
                following, self._waiting = self._waiting, None
                self.learning = following[0] if following else ""
                if not following:
                    self._learner.notify_all()

    def _fit(self, event: str, data: Mapping[str, Any]) -> None:
        project = data.get("project")
        config = project.get("label_config") if isinstance(project, Mapping) else None
        began = time.monotonic()
        try:
            learner = copy.copy(self.model(config))
            before = learner.version
            with blamed("fit"):
                learner.fit(event, data)
            if learner.version == before:
                learner.version = f"{self.kind.__name__} {len(self._state()['all']) + 1}"
            self._remember(learner.version)
            with self._making:
                if self._model is not None and self._model.config.xml == learner.config.xml:
                    self._model = learner
            self.trouble, self.broke = "", False
            log.info(
                "project %s: learned in %.1f s, now %s",
                self.project,
                time.monotonic() - began,
                learner.version,
            )
        except ModelError as error:
            self.trouble, self.broke = str(error), isinstance(error, ModelBroke)
            log.warning("project %s: did not learn: %s", self.project, error)
        except Exception as error:  # a full disk and the like: the thread must come to its end in words
            self.trouble, self.broke = f"{type(error).__name__}: {error}", True
            log.exception("project %s: did not learn", self.project)

    def _state(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / _STATE).read_text())
        except (OSError, ValueError):
            found = {}
        return {"now": "", "own": "", "all": [], **found}

    def _remember(self, version: str) -> None:
        state = self._state()
        known = [one for one in state["all"] if one != version]
        new = {"now": version, "own": self.kind.version, "all": [*known, version]}
        if new != state:
            partly = self.folder / f"{_STATE}.part"
            partly.write_text(json.dumps(new))
            partly.replace(self.folder / _STATE)


class Projects:
    """The model of each project that this server has met."""

    def __init__(self, kind: type[Model], folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self._known: dict[str, ProjectModel] = {}
        self._lock = threading.Lock()

    def of(self, project: Any) -> ProjectModel:
        name = str(project or "").strip() or "0"
        with self._lock:
            if name not in self._known:
                self._known[name] = ProjectModel(self.kind, name, self.folder / _folder(name))
            return self._known[name]

    def of_event(self, data: Mapping[str, Any]) -> ProjectModel:
        """Events carry the whole project, not the name that the other calls use."""
        project = data.get("project")
        number = str(project.get("id", "")) if isinstance(project, Mapping) else str(project or "")
        with self._lock:
            met = [
                one for name, one in self._known.items() if name.partition(".")[0] == number.partition(".")[0]
            ]
        return met[-1] if met else self.of(number)

    def __iter__(self) -> Iterator[ProjectModel]:
        return iter(list(self._known.values()))


def _folder(name: str) -> str:
    """A folder's name that stays inside, whatever a stranger calls a project."""
    if re.fullmatch(r"[A-Za-z0-9][\w.-]{0,60}", name) and not name.endswith("."):
        return name
    return hashlib.sha256(name.encode()).hexdigest()[:24]
