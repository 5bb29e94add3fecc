"""Tasks with all that people and models made of them, read page by page in the order of their numbers there."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from tagma.db.engine import Transaction
from tagma.db.tables import Annotation, Draft, Prediction, Project, Task
from tagma.errors import Conflict, TagmaError
from tagma.services.access import Actor
from tagma.services.desk.shapes import listed
from tagma.services.imports.annotators import Annotators
from tagma.services.moving.batches import MovedBatch, moment, parents
from tagma.services.moving.files import Files
from tagma.services.moving.ledger import Ledger
from tagma.services.moving.report import Report
from tagma.services.moving.source import Source
from tagma.services.project import counters
from tagma.services.stored import count_regions, json_text, new_unique_ids

if TYPE_CHECKING:
    from tagma.services.site import Site

PAGE = 100


class Tasks:
    """Those of one project, for one pass over them."""

    def __init__(
        self, site: Site, source: Source, actor: Actor, ledger: Ledger, report: Report, there: int, own: int
    ) -> None:
        self.site, self.source, self.actor, self.ledger, self.report = site, source, actor, ledger, report
        self.there = there
        project = site.database.read(lambda tx: tx.session.get(Project, own))
        assert project is not None
        self.project, self.own = project, own
        self.people = site.database.read(ledger.everyone)
        self.by_email = site.database.read(_emails)
        self.files = Files(site, source, actor, ledger, report, own, project.title)

    def run(self) -> None:
        """From where an interrupted pass stopped, else from the first."""
        for page in self._pages():
            drafts = self._drafts(page)
            ids = [one["id"] for one in page]
            known = self.site.database.read(functools.partial(self.ledger.known, kind="task", foreign=ids))
            batch = self._batch([one for one in page if str(one["id"]) not in known])
            old = [one for one in page if str(one["id"]) in known]
            last = page[-1]["id"]

            def write(
                tx: Transaction, batch: Any = batch, old: Any = old, drafts: Any = drafts, last: int = last
            ) -> dict[str, int]:
                batch.write(tx)
                made = {
                    "tasks": len(batch.tasks),
                    "annotations": len(batch.annotations),
                    "predictions": len(batch.predictions),
                }
                for one in old:
                    self._more(tx, one, made)
                made["drafts"] = sum(self._draft(tx, draft) for draft in drafts)
                self.ledger.advance(tx, self.there, last)
                return made

            try:
                counts = self.site.database.write(write)
            except IntegrityError as error:
                raise Conflict(
                    "Another move from the same server is under way.", hint="Wait until it is done."
                ) from error
            for what, count in counts.items():
                self.report.count(what, count)
        self.site.database.write(lambda tx: self.ledger.advance(tx, self.there, 0))

    def _pages(self) -> Iterator[list[dict[str, Any]]]:
        after = self.ledger.cursor(self.there)
        while True:
            rule = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": after}
            query = {"filters": {"conjunction": "and", "items": [rule]}, "ordering": ["tasks:id"]}
            found = self.source.maybe(
                "/api/tasks/", project=self.there, query=json.dumps(query), page=1, page_size=PAGE, fields="all",
                resolve_uri="false",
            )  # fmt: skip
            page = sorted((found or {}).get("tasks") or [], key=lambda one: int(one["id"]))
            if not page:
                return
            yield page
            after = page[-1]["id"]

    def _drafts(self, page: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
        """Everybody's; a list of tasks holds only those of the token's owner."""
        with_drafts = [one["id"] for one in page if one.get("draft_exists") or one.get("drafts")]
        if not with_drafts:
            return []
        try:
            found = self.source.get(
                f"/api/projects/{self.there}/export",
                **{"exportType": "JSON", "download_all_tasks": "true", "ids[]": with_drafts},
            )
        except TagmaError as error:
            self.report.fault(f'Project "{self.project.title}", other people\'s drafts', error)
            found = page
        wanted = set(with_drafts)
        return [
            {**draft, "task": task["id"]}
            for task in found
            if task["id"] in wanted
            for draft in task.get("drafts") or ()
            if isinstance(draft, dict)
        ]

    def _batch(self, page: list[dict[str, Any]]) -> MovedBatch:
        here = set(self.people.values())
        people = Annotators(lambda: {one: one for one in here})
        batch = MovedBatch(self.ledger, self.actor, self.project, people, ground_truth=False)
        for task in page:
            place = f'Project "{self.project.title}", task {task["id"]}'
            name = task.get("file_upload")
            upload = None
            if isinstance(name, str) and name:
                upload = self.files.upload(
                    name if name.startswith("upload/") else f"upload/{self.there}/{name}"
                )
            fields = {
                **task,
                "data": self.files.rewritten(task.get("data")),
                "annotations": [self._whose(one, place) for one in task.get("annotations") or ()],
            }
            try:
                batch.add(fields, task.get("storage_filename"), upload[0] if upload else None)
            except TagmaError as error:
                self.report.fault(place, error)
        return batch

    def _whose(self, annotation: Mapping[str, Any], place: str) -> dict[str, Any]:
        """An annotation with the numbers that people have here; of somebody who is gone there, it is the mover's."""
        given = annotation.get("completed_by")
        foreign = given.get("id") if isinstance(given, dict) else given
        by = self.people.get(foreign) if isinstance(foreign, int) else None
        if by is None:
            name = annotation.get("created_username") or foreign
            self.report.fault(
                place,
                f"an annotation by {name}, who is no member there any more, is now {self.actor.email}'s.",
            )
            by = self.actor.user_id
        return {
            **annotation,
            "completed_by": by,
            "updated_by": self.people.get(annotation.get("updated_by") or 0, by),
            "ground_truth": bool(annotation.get("ground_truth")),
        }

    def _more(self, tx: Transaction, task: Mapping[str, Any], made: dict[str, int]) -> None:
        """What was added there to a task that came over earlier."""
        given, guessed = task.get("annotations") or [], task.get("predictions") or []
        known = self.ledger.known(tx, "annotation", [one["id"] for one in given])
        had = self.ledger.known(tx, "prediction", [one["id"] for one in guessed])
        new = [one for one in given if str(one["id"]) not in known]
        models = [one for one in guessed if str(one["id"]) not in had]
        own = self.ledger.own(tx, "task", task["id"])
        if own is None or not (new or models) or tx.session.get(Task, own) is None:
            return
        if models:
            rows = [self._predicted(own, one) for one in models]
            tx.session.add_all(rows)
            tx.flush()
            self.ledger.write(tx, "prediction", _pairs(models, rows), self.own)
            counters.settle_predictions(tx, f"t.id IN ({listed([own])})", {})
            counters.move(tx, self.own, counters.Tally(predictions=len(rows)))
        if new:
            place = f'Project "{self.project.title}", task {task["id"]}'
            with counters.counted(tx, self.own, self.project.skip_queue, touch=False, task=own):
                added = [self._annotated(own, self._whose(one, place)) for one in new]
                tx.session.add_all(added)
                tx.flush()
            self.ledger.write(tx, "annotation", _pairs(new, added), self.own)
            parents(tx, self.ledger, [(one, row.id or 0) for one, row in zip(new, added, strict=True)])
        made["annotations"] += len(new)
        made["predictions"] += len(models)

    def _annotated(self, own: int, given: Mapping[str, Any]) -> Annotation:
        json_text(given["result"], "result")
        return Annotation(
            task_id=own, project_id=self.own, completed_by=given["completed_by"], updated_by=given["updated_by"],
            result=given["result"], result_count=count_regions(given["result"]),
            was_cancelled=bool(given.get("was_cancelled")), ground_truth=given["ground_truth"],
            lead_time=given.get("lead_time"), unique_id=next(new_unique_ids(1)), import_id=given["id"],
            bulk_created=bool(given.get("bulk_created")), last_action="imported", **_times(given),
        )  # fmt: skip

    def _predicted(self, own: int, given: Mapping[str, Any]) -> Prediction:
        json_text(given["result"], "result")
        return Prediction(
            task_id=own, project_id=self.own, result=given["result"], score=given.get("score"),
            model_version=str(given.get("model_version") or "undefined"), **_times(given),
        )  # fmt: skip

    def _draft(self, tx: Transaction, given: Mapping[str, Any]) -> int:
        """One if it is new."""
        who = self.by_email.get(str(given.get("user")).lower())
        own = self.ledger.own(tx, "task", given["task"])
        if who is None or own is None or self.ledger.own(tx, "draft", given["id"]) is not None:
            return 0
        about = self.ledger.own(tx, "annotation", given["annotation"]) if given.get("annotation") else None
        same = select(Draft.id).where(
            Draft.task_id == own, Draft.user_id == who, Draft.annotation_id == about
        )
        if tx.session.exec(same).first() is not None or (given.get("annotation") and about is None):
            return 0
        draft = Draft(
            task_id=own, project_id=self.own, user_id=who, annotation_id=about, result=given.get("result") or [],
            lead_time=given.get("lead_time"), was_postponed=bool(given.get("was_postponed")), import_id=given["id"],
            **_times(given),
        )  # fmt: skip
        tx.session.add(draft)
        tx.flush()
        self.ledger.write(tx, "draft", [(given["id"], draft.id or 0)], self.own)
        return 1


def _times(given: Mapping[str, Any]) -> dict[str, Any]:
    created = moment(given.get("created_at"), "")
    return {"created_at": created, "updated_at": moment(given.get("updated_at"), created)} if created else {}


def _pairs(given: list[Any], rows: list[Any]) -> list[tuple[object, int]]:
    return [(one["id"], row.id) for one, row in zip(given, rows, strict=True)]


def _emails(tx: Transaction) -> dict[str, int]:
    return {row[0]: row[1] for row in tx.rows("SELECT email, id FROM account")}
