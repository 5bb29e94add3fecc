"""The running server, as a plugin may use it: handed to listeners, and to operations as ``call.server``.

Everything here waits for the database, so call it from a plain function, never from a coroutine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel

from tagma.plugin.events import Event


class Actor(Protocol):
    """Who does something, in which organization. ``user_id`` is None for the server itself."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def organization_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A record: a small configuration object of a plugin. ``settings`` holds secrets too; ``state`` is the plugin's own notes."""

    id: int
    organization_id: int
    project_id: int | None
    title: str
    settings: Mapping[str, Any]
    state: Mapping[str, Any]
    created_at: str
    updated_at: str


class Records(Protocol):
    """Records of one kind, each checked by the plugin's model before it is kept. Whoever asks must be allowed to."""

    def everywhere(self, actor: Actor) -> list[Stored]:
        """Those of the organization as a whole and of every project that the actor sees, oldest first."""

    def list(self, actor: Actor, project_id: int | None = None) -> list[Stored]:
        """Oldest first. :param project_id: None for those of the organization as a whole."""

    def get(self, actor: Actor, record_id: int) -> Stored:
        """:raises NotFound: none of this kind, or not the actor's to see."""

    def create(
        self, actor: Actor, settings: Mapping[str, Any], *, project_id: int | None = None, title: str = ""
    ) -> Stored:
        """:raises InvalidInput: the model refuses the settings; a sentence for each field."""

    def change(
        self, actor: Actor, record_id: int, settings: Mapping[str, Any], *, title: str | None = None
    ) -> Stored:
        """Only the settings given; the whole is checked again."""

    def delete(self, actor: Actor, record_id: int) -> None: ...

    def concerned(self, event: Event) -> Sequence[Stored]:
        """Those of the event's project, and those of its organization as a whole; for listeners, so nobody's rights are asked."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to send to another machine by POST, off any request, again and again until it is taken or given up."""

    record_id: int
    """Whose log it stands in."""
    title: str
    """What the log calls it: ``ANNOTATION_CREATED``."""
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    insist: bool = True
    """False: who does not answer in time has heard it all the same, so that nobody begins long work twice."""


class Outbox(Protocol):
    """Messages on their way. One that is taken (answered by 2xx) or given up stays in the log for a while."""

    def post(self, messages: Sequence[Message]) -> None:
        """Once this returns they are safe on disk."""

    def log(self, record_id: int, limit: int = 50) -> list[dict[str, Any]]:
        """The newest first: ``id, title, state, attempts, status, answer, error, created_at, sent_at, next_at``."""

    def again(self, record_id: int, message_id: int) -> None:
        """Send one once more. :raises NotFound: the log has none of this number."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What another machine answered. ``body`` is whole, or as much of it as was asked for."""

    status: int
    kind: str
    """The type it says it has, without parameters: ``application/json``."""
    body: bytes
    whole: bool = True
    """False if there was more than was asked for."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in small letters."""

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class Caller(Protocol):
    """Asks other machines by HTTP. It keeps connections, may be used from several threads, and wants to be closed."""

    def ask(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float,
        most: int,
    ) -> Answer:
        """Redirects are not followed; a body is sent as JSON unless the headers say otherwise.

        :param seconds: until the whole answer has to be there.
        :param most: bytes of the answer that are read.
        :raises Unreachable: the address must not be talked to (code ``address``), did not answer in time (``timeout``)
            or at all (``url``).
        """

    def close(self) -> None: ...


class Server(Protocol):
    @property
    def outbox(self) -> Outbox: ...

    @property
    def address(self) -> str:
        """Where people and programs find this server, without a slash at the end."""

    def caller(self) -> Caller:
        """The one road to other machines: every address is judged before it is talked to."""

    def key_of(self, project_id: int) -> str:
        """A key that opens this project and nothing else, in the name of who made it, while the project has a model."""

    def records(self, kind: str, model: type[BaseModel]) -> Records:
        """:param kind: one lower-case word, the plugin's own: ``webhook``."""

    def check_address(self, url: str) -> None:
        """:raises NotAllowed: this server must not talk to that address, or there is no such host."""

    def project(self, project_id: int) -> dict[str, Any] | None:
        """As the API shows it to an owner, or None if it is gone."""

    def tasks(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """As the API shows them, without annotations and predictions; those that are gone are left out."""

    def annotations(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """As the API shows them; those that are gone are left out."""

    def label_links(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Which controls offer labels that people added, each with its label; those that are gone are left out."""
