"""The order of a move: people, then each project with its settings, tasks and what stands around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagma.errors import NotAllowed, NotFound, TagmaError, did_you_mean
from tagma.services.access import Actor
from tagma.services.moving import people, projects
from tagma.services.moving.ledger import Ledger
from tagma.services.moving.report import COUNTED, Compared, Report
from tagma.services.moving.settings_of_projects import Post, Surroundings
from tagma.services.moving.source import Source
from tagma.services.moving.tasks import Tasks

if TYPE_CHECKING:
    from tagma.services.site import Site


@dataclass(frozen=True)
class Wishes:
    """What a person chooses for one move."""

    projects: tuple[str, ...] = ()
    """Numbers or titles there; none means all."""
    only_look: bool = False
    """Say what would come over and write nothing."""


def move(
    site: Site,
    source: Source,
    actor: Actor,
    wishes: Wishes,
    post: Post,
    say: Callable[[str], object] = lambda _: None,
) -> Report:
    """Bring over what is not here yet. May be stopped at any moment and run again.

    :raises TagmaError: the other server can't be read, or a project that was wished for is not there.
    """
    report = Report()
    me = source.get("/api/current-user/whoami")
    chosen = _chosen(source, wishes)
    if wishes.only_look:
        for given in chosen:
            there = {word: int(given.get(name) or 0) for word, name in COUNTED.items()}
            report.projects.append(Compared(str(given["title"]), given["id"], 0, there, dict(there)))
        return report
    ledger = site.database.write(lambda tx: Ledger.of(site, tx, actor, source.url))
    people.title(site, source, actor, me.get("active_organization"), report)
    makers = {maker for one in chosen if (maker := (one.get("created_by") or {}).get("id"))}
    people.bring(site, source, actor, ledger, report, makers)
    for given in chosen:
        try:
            _project(site, source, actor, ledger, report, given, post, say)
        except (NotAllowed, NotFound, _Unmovable) as error:
            report.fault(f'Project "{given.get("title")}"', error)
    return report


class _Unmovable(TagmaError):
    """One project does not come over; the others do."""


def _project(
    site: Site, source: Source, actor: Actor, ledger: Ledger, report: Report, given: Mapping[str, Any], post: Post,
    say: Callable[[str], object],
) -> None:  # fmt: skip
    there, title = given["id"], str(given["title"])
    whole = {**given, **source.get(f"/api/projects/{there}/")}
    try:
        own = projects.bring(site, actor, ledger, report, whole)
    except TagmaError as error:
        raise _Unmovable(error.message, hint=error.hint) from error
    say(f'Project "{title}": {whole.get("task_number") or 0} tasks …')
    around = Surroundings(site, source, actor, ledger, report, there, own, title, post)
    around.before_tasks()
    Tasks(site, source, actor, ledger, report, there, own).run()
    around.after_tasks()
    report.projects.append(projects.compare(site, source.get(f"/api/projects/{there}/"), own))


def _chosen(source: Source, wishes: Wishes) -> list[dict[str, Any]]:
    """Those wished for, the oldest first. :raises NotFound: one is not there."""
    found = sorted(source.pages("/api/projects/", "results", page_size=100), key=lambda one: int(one["id"]))
    if not wishes.projects:
        return found
    chosen: dict[int, dict[str, Any]] = {}
    for words in wishes.projects:
        fitting = [one for one in found if words == str(one["id"])] or [
            one for one in found if words == one["title"]
        ]
        if not fitting:
            titles = [str(one["title"]) for one in found]
            hint = did_you_mean(words, titles) or f"There are {', '.join(titles[:10]) or 'none'}."
            raise NotFound(f'{source.url} has no project "{words}".', hint=hint)
        chosen |= {one["id"]: one for one in fitting}
    return sorted(chosen.values(), key=lambda one: int(one["id"]))
