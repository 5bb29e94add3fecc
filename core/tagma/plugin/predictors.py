"""A model that suggests results, and may learn from what people do: one class a kind of model.

The server keeps a project's models as records, shows their form and their state, and decides when to ask them: for a batch of
tasks in a job, for one task while somebody draws, to learn when enough was annotated. What a model answers is checked as
predictions from the API are. A class says only how *its* models are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from pydantic import BaseModel, Field

from tagma.plugin.shapes import Prediction, Task

if TYPE_CHECKING:
    from tagma.plugin.server import Server


class Point(TypedDict, total=False):
    """How good a model was once, on annotations it had not learned from."""

    learned: int
    """Annotated tasks it had learned from."""
    held_out: int
    """Annotated tasks it was tried on."""
    score: float
    """0 to 1, more is better."""
    metric: str
    """What the score is, in a word or two: ``accuracy``."""
    at: str
    """When; the server writes it."""


class Fitted(TypedDict, total=False):
    """What came of :meth:`Predictor.fit`, for the model's page."""

    version: str
    """The model version from now on; leave it out if ``setup`` tells later."""
    points: list[Point]
    """Added to the curve of the model's page."""
    words: str
    """One sentence for the log: what it learned from, or what is still missing."""


class Predictor:
    """An author must write ``kind``, ``title`` and ``predict``; ``Settings`` for fields of its own, ``fit`` if it can learn.

    An instance is made for one use (a job, a request) and closed after it; what shall outlive it goes into ``folder``.
    Raise :class:`tagma.errors.ModelError` for whatever the model can't do, and its child
    :class:`~tagma.errors.ModelUnreachable` where trying again later may help; any other exception is reported as the
    plugin's fault. ``predict`` may be called from :attr:`parallel` threads at once, everything else from one.
    """

    kind: ClassVar[str]
    """The word in records and requests: ``http``."""
    title: ClassVar[str]
    """What the menu calls such a model: ``Model server``."""
    batch: int = 32
    """Tasks that ``predict`` is handed at once."""
    parallel: int = 1
    """Calls of ``predict`` that may be under way at once."""
    renews: ClassVar[bool] = False
    """Whether it learns by itself, at ten annotations and whenever there are a quarter more (unless the project says when), and
    is then asked about all tasks that are not labeled yet; what its former versions said of them is replaced."""
    server: Server | None = None
    """The running server, set before use."""

    class Settings(BaseModel):
        """The fields of every model's form; a kind adds its own in ``class Settings(Predictor.Settings)``.

        Descriptions are the help texts; ``SecretStr`` fields are never sent back.
        """

        description: str = Field("", description="For the people of the project.")
        is_interactive: bool = Field(
            False, description="Ask it while somebody draws with a tag that has smart set."
        )
        extra_params: Any = Field(None, description="Handed to the model as it stands: text or JSON.")
        timeout: float = Field(100.0, gt=0, le=3600, description="Seconds it may take to answer.")
        auto_update: bool = Field(
            True, description="Show a new version's predictions as soon as the model has one."
        )

    def __init__(self, settings: BaseModel, project: Mapping[str, Any], folder: Path) -> None:
        """:param settings: an instance of ``Settings``.
        :param project: as the API shows it; ``label_config`` is the config, ``parsed_label_config`` its tree.
        :param folder: this model's own place on disk, there already; an empty one that is thrown away while a model is
            only tried out before it is connected.
        """
        self.settings: Any = settings
        self.project = project
        self.folder = folder

    def endpoints(self) -> Sequence[str]:
        """Addresses that a person typed and this model will talk to; the server judges them before it is used."""
        return ()

    def setup(self) -> str:
        """Is it ready for this project? Its model version, or "" if it has none yet.

        :raises ModelError: it is not, in words that say what to mend.
        """
        return ""

    def predict(
        self, tasks: Sequence[Task], context: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Prediction]]:
        """One list of predictions for each task, in their order; an empty list where it has nothing to suggest.

        A prediction needs ``result``; ``score`` says how sure it is (more is surer), ``model_version`` is filled in by what
        ``setup`` told if it is left out.

        :param tasks: with ``annotations``, ``predictions`` and ``data``; at most :attr:`batch`.
        :param context: while somebody draws: ``result``, the regions that are to be taken up.
        """
        raise NotImplementedError

    def fit(self, tasks: Iterable[Task]) -> Fitted:
        """Learn from tasks with their annotations, a stream to be read once, in no particular order.

        Leave it out if it can't learn.
        """
        raise NotImplementedError

    def versions(self) -> Sequence[str]:
        """The versions a person may choose from; none if it only knows the one that ``setup`` tells."""
        return ()

    def close(self) -> None:
        """Let go of connections."""

    @classmethod
    def can_fit(cls) -> bool:
        """Whether it learns."""
        return cls.fit is not Predictor.fit
