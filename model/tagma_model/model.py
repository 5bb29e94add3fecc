"""The class that an author writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from tagma_model.config import Config
from tagma_model.labeling_server import LabelingServer


class Model:
    """A model for projects of a labeling server. ``predict`` is all that must be written.

    There is one instance a project, made when the project connects or first asks; it lives as long as the server and is
    made anew when the labeling config changes.
    """

    version: str = ""
    """Shown with each prediction; raise it when you change the code. Without one: the name of the class and a number.
    ``fit`` may set ``self.version``; if it does not, the number goes up by itself."""
    parallel: ClassVar[int] = 1
    """How many calls of ``predict`` may run at once, each in a thread of its own."""
    learns_from: ClassVar[Sequence[str]] = ("START_TRAINING", "ANNOTATION_CREATED", "ANNOTATION_UPDATED")
    """Events that call ``fit``; START_TRAINING is somebody's press of a button."""

    def __init__(
        self, project: str, config: Config, folder: Path, labeling_server: LabelingServer, params: Any = None
    ) -> None:
        self.project = project
        """The number of the project."""
        self.config = config
        """Its labeling config: ``self.config.control("Choices")`` finds a control, which makes results."""
        self.folder = folder
        """This project's own place on disk: what ``fit`` saves here, ``load`` finds again after a restart."""
        self.labeling_server = labeling_server
        self.params = params
        """The extra parameters of the model's form in the labeling server, as they were typed."""

    def load(self) -> None:
        """Called once, before the first prediction: look whether the config fits, load what was saved.

        Raise :class:`~tagma_model.ModelError` if the model is of no use in this project; people read it as they connect it.
        """

    def predict(self, tasks: Sequence[Mapping[str, Any]], context: Mapping[str, Any] | None) -> Sequence[Any]:
        """What to suggest for each of ``tasks``, in their order.

        For one task: ``None`` if there is nothing to suggest; one result or a list of results; or, to say more,
        ``{"result": [...], "score": 0.8}``, or a list of those to suggest several. A prediction without a score gets the mean
        of its results' scores.

        :param context: while somebody draws with a smart tag: ``{"result": [...]}``, the regions just drawn; else None.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method predict yet.")

    def fit(self, event: str, data: Mapping[str, Any]) -> None:
        """Learn, one call at a time, while predictions go on with what was known before.

        It works on a shallow copy: set attributes as you like, they count once it returns. Raise
        :class:`~tagma_model.ModelError` if there is too little to learn from. Of events that come while it works only the
        newest waits, so ask for annotations instead of counting events.

        :param event: one of ``learns_from``.
        :param data: what the labeling server sent with it: ``project``, and ``task`` and ``annotation`` if it is about one.
        """
        raise NotImplementedError

    def file(self, address: str, task: Mapping[str, Any] | int | None = None) -> Path:
        """The file at an address that stands in a task, on this machine: fetched with the project's token, once.

        :param task: whose file it is; files of cloud storages need it.
        """
        number = task.get("id") if isinstance(task, Mapping) else task
        return self.labeling_server.file(address, number)

    def annotated_tasks(self) -> Iterator[dict[str, Any]]:
        """The project's tasks with their annotations, asked of the labeling server: what ``fit`` learns from."""
        return self.labeling_server.annotated_tasks(self.project)

    @classmethod
    def can_fit(cls) -> bool:
        return cls.fit is not Model.fit
