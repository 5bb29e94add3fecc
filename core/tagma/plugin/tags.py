"""What a tag of the labeling config declares. One declaration gives the config's check with line numbers, completion in
the config editor, the tag's page in the docs, the JSON Schema, and the check of every result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from tagma.plugin.shapes import Result

if TYPE_CHECKING:
    from tagma.plugin.config import Node, Offered
    from tagma.plugin.formats import SourceFile


class Attribute:
    """One attribute of a tag. ``read`` turns the XML's text into the Python value or says what is wrong with it."""

    type_name = "text"

    def __init__(
        self, default: Any = None, *, help: str = "", required: bool = False, data: bool = False
    ) -> None:
        """:param data: whether ``$key`` is allowed, to take the value from the task."""
        self.default = default
        self.help = help
        self.required = required
        self.data = data

    def read(self, text: str) -> Any:
        """:raises ValueError: with what was expected, e.g. ``a number``."""
        return text

    def values(self) -> tuple[str, ...]:
        """What completion offers."""
        return ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "type": self.type_name,
            "default": self.default,
            "help": self.help,
            "required": self.required,
            "data": self.data,
            "values": list(self.values()),
        }


class Text(Attribute):
    pass


class Name(Attribute):
    """The tag's own name, unique in the config."""

    type_name = "name"


class ToName(Attribute):
    """The name of an object tag, or several with commas."""

    type_name = "toName"


class DataKey(Attribute):
    """``$key`` of the task's data, or a literal value."""

    type_name = "data"

    def __init__(self, default: Any = None, *, help: str = "", required: bool = False) -> None:
        super().__init__(default, help=help, required=required, data=True)


class Number(Attribute):
    type_name = "number"

    def __init__(
        self,
        default: float | None = None,
        *,
        help: str = "",
        required: bool = False,
        data: bool = False,
        min: float | None = None,
        max: float | None = None,
    ) -> None:
        super().__init__(default, help=help, required=required, data=data)
        self.min, self.max = min, max

    def read(self, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise ValueError("a number") from None
        if number != number or number in (float("inf"), float("-inf")):
            raise ValueError("a finite number")
        if self.min is not None and number < self.min:
            raise ValueError(f"a number of at least {self.min:g}")
        if self.max is not None and number > self.max:
            raise ValueError(f"a number of at most {self.max:g}")
        return number


class Bool(Attribute):
    type_name = "boolean"

    def read(self, text: str) -> bool:
        if text.lower() in ("true", "1", "yes"):
            return True
        if text.lower() in ("false", "0", "no"):
            return False
        raise ValueError('"true" or "false"')

    def values(self) -> tuple[str, ...]:
        return ("true", "false")


class OneOf(Attribute):
    type_name = "choice"

    def __init__(
        self, *allowed: str, default: str | None = None, help: str = "", required: bool = False
    ) -> None:
        super().__init__(default if default is not None else None, help=help, required=required)
        self.allowed = allowed

    def read(self, text: str) -> str:
        for word in self.allowed:
            if word.lower() == text.lower():
                return word
        raise ValueError("one of " + ", ".join(f'"{word}"' for word in self.allowed))

    def values(self) -> tuple[str, ...]:
        return self.allowed


class Color(Attribute):
    """A CSS colour."""

    type_name = "color"


class Hotkey(Attribute):
    """A key like ``ctrl+shift+a``; commas separate alternatives."""

    type_name = "hotkey"


class Value(BaseModel):
    """Base of every result value: declared fields are checked, keys nobody declared are kept."""

    model_config = ConfigDict(extra="allow", strict=False, allow_inf_nan=False)


class Tag:
    """An author must write ``name`` and ``attributes``; the docstring is the help shown in the docs and the editor."""

    kind: ClassVar[str]
    name: ClassVar[str]
    """As written in XML: ``RectangleLabels``."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other spellings that mean the same tag: ``("AudioPlus",)``."""
    attributes: ClassVar[Mapping[str, Attribute]] = {}
    children: ClassVar[tuple[str, ...] | None] = None
    """Tags that may stand inside; None for any, () for none."""
    open_attributes: ClassVar[bool] = False
    """Whether attributes nobody declared are allowed (a Label's are kept for model servers)."""
    is_label: ClassVar[bool] = False
    """Whether this element is a value its control offers (Label, Choice)."""
    example: ClassVar[str] = ""
    """A small config for the docs."""

    @classmethod
    def attribute(cls, name: str) -> Attribute | None:
        """The declaration of an attribute, whatever its case."""
        low = name.lower()
        return next((declared for key, declared in cls.attributes.items() if key.lower() == low), None)

    @classmethod
    def spelling(cls, name: str) -> str:
        """An attribute's declared spelling; of one nobody declared the author's."""
        low = name.lower()
        return next((key for key in cls.attributes if key.lower() == low), name)

    @classmethod
    def check_node(cls, node: Node) -> Iterable[str]:
        """Sentences about what the attribute types can't say; the core adds the line."""
        return ()


class VisualTag(Tag):
    """Layout and words: View, Header, Style, …, and the elements inside a control, like Label."""

    kind = "visual"


class ObjectTag(Tag):
    """Shows data: Image, Text, … Has ``name`` and ``value``."""

    kind = "object"
    data_type: ClassVar[str | None] = None
    """The :class:`~tagma.plugin.DataType` of the file that ``value`` names, if it names a file."""
    Region: ClassVar[type[Value] | None] = None
    """The geometry of a region that a general labels control makes here (Text: ``start``, ``end``).

    Validated with the whole result as pydantic's ``context``, for what stands beside the value (``original_length``).
    """

    @classmethod
    def derives(cls, node: Node) -> Iterable[tuple[str, Mapping[str, str]]]:
        """What this tag will ask of its :attr:`data_type` for each task's file: kinds and parameters.

        It is made after an import already, so that nobody waits for it at the desk.
        """
        return ()

    @classmethod
    def claims(cls, node: Node, file: SourceFile, head: bytes) -> bool:
        """Whether a file that could be a list of tasks is what this tag shows instead, as a table of a series.

        :param head: the file's beginning; it may be long.
        """
        return False

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        """What a task's value must be (``"a text"``) if ``value`` is not fit to be shown, else None."""
        return None if isinstance(value, str) else "a text"

    @classmethod
    def sample(cls, node: Node) -> Any:
        """A value for the sample task of a config."""
        return f"Sample {cls.name.lower()}"

    @classmethod
    def sample_region(cls, node: Node) -> dict[str, Any]:
        """Where a general labels control may lie in :meth:`sample`, as :attr:`Region` has it."""
        return {}


class ControlTag(Tag):
    """Makes results: an author must write ``name``, ``attributes``, ``targets`` and ``Value``."""

    kind = "control"
    targets: ClassVar[tuple[str, ...]] = ("*",)
    """Object tags it can point at; ``"*"`` for any."""
    Value: ClassVar[type[Value]] = Value
    """The model of ``result["value"]``."""
    value_key: ClassVar[str | None] = None
    """The key of the control's own value; None for the lower-case tag name."""
    draws: ClassVar[str | None] = None
    """The shape it draws (``rectangle``), for controls that make regions by themselves."""
    has_labels: ClassVar[bool] = False
    """Whether its value is a list of labels chosen from its children."""
    checks_labels: ClassVar[bool] = False
    """Whether :meth:`check` judges what was picked (paths of a tree); else the core looks that each label is offered."""

    @classmethod
    def result_type(cls) -> str:
        return cls.name.lower()

    @classmethod
    def own_key(cls) -> str:
        return cls.value_key or cls.result_type()

    @classmethod
    def check(
        cls, value: Any, *, node: Node, labels: Offered | None, data: Mapping[str, Any]
    ) -> Iterable[tuple[str, str]]:
        """What the model can't say: pairs of path inside the value and sentence.

        :param value: an instance of ``Value``.
        :param labels: what the control offers, or None when it takes labels from elsewhere (then anything goes).
        """
        return ()

    @classmethod
    def doubts(cls, value: Any) -> Iterable[tuple[str, str]]:
        """What a person may well store, but of a prediction is most likely a mistake: a box far outside its picture, say.

        Pairs as of :meth:`check`; predictions are warned of it, annotations are not.
        """
        return ()

    @classmethod
    def upgrade(cls, result: Result) -> Result:
        """Bring a result written by an older version into today's shape."""
        return result

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        """How alike two results of this tag are, 0 to 1."""
        own = cls.own_key()
        return float(a.get("value", {}).get(own) == b.get("value", {}).get(own))

    @classmethod
    def sample(cls, node: Node, labels: Offered) -> dict[str, Any] | None:
        """A value for the sample annotation of a config, or None when it has no sensible one."""
        if cls.has_labels and labels:
            return {cls.own_key(): [labels[0].value]}
        return None
