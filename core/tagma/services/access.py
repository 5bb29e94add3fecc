"""Who may do what: one table of roles and actions, one way to ask it, one SQL condition for lists.

Three walls, in this order:

1. *Organization.* What belongs to another organization does not exist: :class:`~tagma.errors.NotFound`.
2. *Project.* Owners, administrators and managers see every project. Reviewers and annotators see a project that is no
   draft and either has no members of its own (a small team need not set anything up) or has them among its members.
   What they can't see does not exist for them either.
3. *Role.* :data:`ROLES_OF` says which roles may do an action: :class:`~tagma.errors.NotAllowed`. In one project a
   reviewer may be an annotator and the other way round (``project_member.role``).

Annotators change what they made themselves; the actions that end in ``_others`` are for the work of other people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tagma.db.engine import Transaction
from tagma.db.tables import Annotation, Project, Task
from tagma.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from tagma.services.site import Site

ROLE_NAMES = {"OW": "owner", "AD": "administrator", "MA": "manager", "RE": "reviewer", "AN": "annotator"}
ASSIGNABLE = ("AD", "MA", "RE", "AN")  # there is one owner, who hands that on in another way

_OWNER = frozenset({"OW"})
_ADMINS = _OWNER | {"AD"}
_MANAGERS = _ADMINS | {"MA"}
_REVIEWERS = _MANAGERS | {"RE"}
_EVERYONE = _REVIEWERS | {"AN"}

ROLES_OF: dict[str, frozenset[str]] = {
    "organization.view": _EVERYONE,
    "organization.change": _ADMINS,  # title, session policy, which tokens hold
    "plugin.view": _ADMINS,
    "member.view": _REVIEWERS,
    "member.invite": _MANAGERS,
    "member.change": _ADMINS,  # roles, other people's names
    "member.remove": _ADMINS,
    "token.create": _EVERYONE,
    "project.view": _EVERYONE,
    "project.create": _MANAGERS,
    "project.change": _MANAGERS,
    "project.delete": _MANAGERS,
    "project.pin": _MANAGERS,
    "project.members": _MANAGERS,
    "project.import": _MANAGERS,
    "project.export": _MANAGERS,
    "project.statistics": _REVIEWERS,
    "record.view": _MANAGERS,  # storages, webhooks, model servers
    "record.change": _MANAGERS,
    "task.view": _EVERYONE,
    "task.list": _REVIEWERS,  # the data manager; annotators are handed their tasks by the queue
    "task.create": _MANAGERS,
    "task.change": _MANAGERS,
    "task.delete": _MANAGERS,
    "view.change": _REVIEWERS,  # tabs of the data manager
    "annotation.view": _EVERYONE,
    "annotation.create": _EVERYONE,
    "annotation.change": _EVERYONE,
    "annotation.delete": _EVERYONE,
    "annotation.view_others": _REVIEWERS,
    "annotation.change_others": _REVIEWERS,
    "annotation.delete_others": _MANAGERS,
    "annotation.ground_truth": _REVIEWERS,
    "annotation.review": _REVIEWERS,
    "draft.change": _EVERYONE,
    "prediction.view": _EVERYONE,
    "prediction.change": _MANAGERS,
    "comment.create": _EVERYONE,
    "comment.delete_others": _MANAGERS,
    "job.view": _EVERYONE,  # one's own
    "job.view_others": _MANAGERS,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, in which organization, as what. ``user_id`` is None for the system itself."""

    user_id: int | None
    organization_id: int
    role: str
    email: str = ""
    name: str = ""
    only: int | None = None
    """The one project that a program's key opens, as its manager; None for people, who may see more."""

    @property
    def person(self) -> int:
        """The user's id, where only a person will do. :raises NotAllowed: the system itself acts."""
        if self.user_id is None:
            raise NotAllowed("Only a person can do this, not the server itself.")
        return self.user_id


def system(organization_id: int) -> Actor:
    """The server acting on its own behalf: a job, a command in the terminal."""
    return Actor(None, organization_id, "OW", name="Tagma")


def allowed(actor: Actor, action: str) -> bool:
    return actor.role in ROLES_OF[action]


def permissions(actor: Actor) -> list[str]:
    """Every action the actor's role may do, for pages that hide what is not for somebody."""
    return [action for action, roles in ROLES_OF.items() if actor.role in roles]


def require(actor: Actor, action: str, project: Project | None = None) -> None:
    """:raises NotAllowed: in words that name the role it takes."""
    if project is not None and project.organization_id != actor.organization_id:
        raise not_found("project", project.id or 0)
    roles = ROLES_OF[action]
    if actor.role not in roles:
        least = next(name for code, name in reversed(ROLE_NAMES.items()) if code in roles)
        mine = ROLE_NAMES.get(actor.role, actor.role)
        raise NotAllowed(
            f"Your role is {mine}; this takes {'an' if least[0] in 'ao' else 'a'} {least} or above ({action}).",
            hint="Ask an administrator of your organization to do it or to change your role.",
            action=action,
        )


def require_own(actor: Actor, action: str, owner_id: int | None) -> None:
    """``action`` for what the actor made, ``<action>_others`` for what another person made."""
    require(actor, action if owner_id is not None and owner_id == actor.user_id else f"{action}_others")


def visible(actor: Actor, alias: str = "project") -> tuple[str, dict[str, Any]]:
    """The condition, and its parameters, that leaves those rows of ``project AS alias`` the actor may see."""
    condition = f"{alias}.organization_id = :actor_organization AND {alias}.deleted_at IS NULL"
    parameters: dict[str, Any] = {"actor_organization": actor.organization_id}
    if actor.only is not None:
        return f"{condition} AND {alias}.id = :actor_only", {**parameters, "actor_only": actor.only}
    if actor.role not in _MANAGERS:
        condition += (
            f" AND NOT {alias}.is_draft"
            f" AND (NOT EXISTS (SELECT 1 FROM project_member m WHERE m.project_id = {alias}.id)"
            f" OR EXISTS (SELECT 1 FROM project_member m WHERE m.project_id = {alias}.id AND m.user_id = :actor_user))"
        )
        parameters["actor_user"] = actor.user_id
    return condition, parameters


def seen(actor: Actor) -> tuple[str, str, dict[str, Any]]:
    """For a query on ``project``: the SQL of the actor's own role there (or NULL), :func:`visible`'s condition and parameters."""
    condition, parameters = visible(actor)
    if actor.only is not None:
        return "'MA'", condition, parameters
    if actor.role in _MANAGERS:
        return "NULL", condition, parameters
    role = "(SELECT role FROM project_member m WHERE m.project_id = project.id AND m.user_id = :actor_user)"
    return role, condition, parameters


def in_role(actor: Actor, role: str | None) -> Actor:
    """The actor with the role of one project, or as they are without one."""
    return replace(actor, role=role) if role else actor


def within(tx: Transaction, actor: Actor, project_id: int) -> Actor:
    """The actor with the role they have in this project.

    :raises NotFound: no such project, or none the actor may see.
    """
    role, condition, parameters = seen(actor)
    found = tx.row(
        f"SELECT {role} FROM project WHERE project.id = :project AND {condition}",
        parameters,
        project=project_id,
    )
    if found is None:
        raise not_found("project", project_id)
    return in_role(actor, found[0])


def project(
    site: Site, tx: Transaction, actor: Actor, project_id: int, action: str = "project.view"
) -> Project:
    """The project, if the actor may do ``action`` in it.

    :raises NotFound: no such project, or none the actor may see.
    :raises NotAllowed: the actor's role in the project does not reach.
    """
    require(within(tx, actor, project_id), action)
    found = tx.session.get(Project, project_id)
    if found is None:
        raise not_found("project", project_id)
    return found


def task(site: Site, tx: Transaction, actor: Actor, task_id: int, action: str = "task.view") -> Task:
    """The task, if the actor may do ``action`` in its project."""
    found = tx.session.get(Task, task_id)
    if found is None:
        raise not_found("task", task_id)
    with _as("task", task_id):
        require(within(tx, actor, found.project_id), action)
    return found


def annotation(
    site: Site, tx: Transaction, actor: Actor, annotation_id: int, action: str = "task.view"
) -> Annotation:
    """The annotation, if the actor may do ``action``; ``annotation.…`` actions ask more for other people's work."""
    found = tx.session.get(Annotation, annotation_id)
    if found is None or found.deleted_at is not None:
        raise not_found("annotation", annotation_id)
    with _as("annotation", annotation_id):
        here = within(tx, actor, found.project_id)
    if f"{action}_others" in ROLES_OF:
        require_own(here, action, found.completed_by)
    else:
        require(here, action)
    return found


def not_found(noun: str, number: int) -> NotFound:
    place: dict[str, Any] = {noun: number}
    return NotFound(
        f"There is no {noun} {number}.",
        hint="It may have been deleted, or belong to others.",
        **place,
    )


class _as:
    """A project that is not to be seen makes what is inside it not found, by its own name and number."""

    def __init__(self, noun: str, number: int) -> None:
        self.noun, self.number = noun, number

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, NotFound):
            raise not_found(self.noun, self.number) from None
