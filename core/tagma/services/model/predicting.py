"""Asking a model about many tasks: a job that goes on where it was interrupted and never asks twice.

Tasks that have a prediction of the model's present version are passed over. Batches are asked about by several workers at
once, so that the model never waits for us, and kept in the order of the tasks' ids: the checkpoint is the last id that was kept,
written in the transaction that keeps it. A batch that fails is halved until the task at fault stands alone and is named.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from tagma.db.engine import Transaction
from tagma.errors import ModelError, ModelUnreachable, TagmaError
from tagma.jobs import Cancelled, Interrupted, JobContext, kind
from tagma.plugin.predictors import Predictor
from tagma.plugin.shapes import Task
from tagma.services import access
from tagma.services.access import Actor
from tagma.services.desk import shapes
from tagma.services.desk.shapes import listed
from tagma.services.model import answers, model_state, model_use, models
from tagma.services.model.answers import Item
from tagma.services.model.model_use import Model
from tagma.services.storage import addresses
from tagma.services.table import views
from tagma.services.table.views import Query

if TYPE_CHECKING:
    from tagma.services.site import Site

PAUSES = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds between tries of a model that does not answer."""
PAGE = 2000  # ids read at once
AHEAD = 3  # batches for each worker that may be under way or wait to be kept
TOGETHER = 2000  # tasks that one transaction keeps at most
FAULTS = 100  # kept for the report; the rest is counted
HOPELESS = 5  # faults one after the other before anything worked; then the model is not asked any more
HOPELESS_LATER = 25  # the same once something has worked

NONE_YET = (
    "NOT EXISTS (SELECT 1 FROM prediction mine WHERE mine.task_id = t.id AND mine.model_version = :mine)"
)


def start(
    site: Site, tx: Transaction, actor: Actor, model_id: int, query: Query | None = None
) -> tuple[int, bool]:
    """Queue the job, or find the one under way; its id, and whether it is new and has to be announced.

    :param query: which tasks; all without one.
    """
    record = models.get(site, tx, actor, model_id, "prediction.change")
    model_use.class_of(site, record.kind.removeprefix(models.KIND))
    under_way = models.shown(site, tx, record)["predict_job"]
    if under_way is not None:
        return int(under_way), False
    who = {"user_id": actor.user_id, "organization_id": actor.organization_id, "role": actor.role}
    asked = None
    if query is not None and not query.plain:
        asked = {
            "filters": query.filters,
            "selectedItems": query.selected,
            "columnsDisplayType": query.display_types,
        }
    params = {"model": model_id, "actor": who, "query": asked}
    job_id = site.jobs.enqueue(tx, "model_predict", actor, record.project_id, params)
    model_state.note(tx, model_id, predict_job=job_id)
    return job_id, True


@kind("model_predict")
def run_predict(job: JobContext) -> dict[str, Any]:
    """The job; params: ``model``, ``actor``, ``query``."""
    return _Predicting(job).run()


@dataclass
class Outcome:
    """What came of one batch."""

    ids: Sequence[int]
    items: list[Item] = field(default_factory=list)
    faults: list[TagmaError] = field(default_factory=list)
    halved: bool = False


class _Predicting:
    """One run of the job."""

    def __init__(self, job: JobContext) -> None:
        self.job = job
        self.site: Site = job.site
        self.actor = Actor(**job.params["actor"])
        self.query = views.query_of(job.params.get("query"))
        self.model = self.site.database.read(self._load)
        self.project_id = int(self.model.project["id"])
        self.after = int(job.checkpoint.get("after", 0))
        self.seen = int(job.checkpoint.get("seen", 0))
        self.kept = int(job.checkpoint.get("kept", 0))
        self.faults: list[dict[str, Any]] = list(job.checkpoint.get("faults", []))
        self.fault_count = int(job.checkpoint.get("fault_count", 0))
        self.warnings: list[dict[str, Any]] = list(job.checkpoint.get("warnings", []))
        self.version = self.model.version
        self.renews = model_use.class_of(self.site, self.model.kind).renews
        self.total: int | None = None

    def _load(self, tx: Transaction) -> Model:
        record = models.get(self.site, tx, self.actor, int(self.job.params["model"]), "prediction.change")
        return models.load(self.site, tx, record)

    def run(self) -> dict[str, Any]:
        crew: Crew | None = None
        try:
            predictor = model_use.made(self.site, self.model, model_use.folder_of(self.site, self.model))
            crew = Crew(self.site, self.model, predictor, self.version)
            self._ready(crew)
            self._count()
            self._go(crew)
        except Interrupted:
            raise  # another worker goes on
        except Cancelled:
            self._end(f"Stopped. {self._words()}")
            raise
        except TagmaError as error:
            self._end(f"{error} {self._words()}", error)
            raise
        finally:
            if crew is not None:
                crew.stop()
        self._end(self._words())
        return {
            "task_count": self.seen,
            "predicted": self.kept,
            "fault_count": self.fault_count,
            "faults": self.faults,
            "warnings": self.warnings,
            "model_version": self.version,
        }

    def _ready(self, crew: Crew) -> None:
        """Its version, by which tasks are chosen; a model that is still loading is waited for."""
        future = self.site.asking.aside(crew.setup)
        told = self._result(future)
        self.site.database.write(lambda tx: model_state.note_answer(tx, self.model.id, told))
        fresh = self.site.database.read(self._load)
        self.version = crew.version = fresh.version
        if self.job.checkpoint.get("version", self.version) != self.version:
            self.after = self.seen = 0  # another version has to be asked about all of them

    def _count(self) -> None:
        def count(tx: Transaction) -> int:
            where, params = self._where(tx)
            row = tx.row(f"SELECT count(*) FROM task t WHERE {where}", params)
            return int(row[0]) if row else 0

        self.total = self.seen + self.site.database.read(count)
        self.job.progress(self.seen, self.total, "tasks")

    def _where(self, tx: Transaction) -> tuple[str, dict[str, Any]]:
        """The tasks that are still to be asked about."""
        project = access.project(self.site, tx, self.actor, self.project_id, "prediction.change")
        scope = views.scope_of(tx, project)
        chosen = views.condition(tx, self.query, scope) or "TRUE"
        params = {**scope.params, "mine": self.version, "after_id": self.after}
        return f"t.project_id = :project AND t.id > :after_id AND {chosen} AND {NONE_YET}", params

    def _batches(self, crew: Crew) -> Iterator[list[int]]:
        after = self.after
        while True:

            def page(tx: Transaction, after: int = after) -> list[int]:
                where, params = self._where(tx)
                params["after_id"] = after
                rows = tx.rows(f"SELECT t.id FROM task t WHERE {where} ORDER BY t.id LIMIT {PAGE}", params)
                return [row[0] for row in rows]

            ids = self.site.database.read(page)
            if not ids:
                return
            after = ids[-1]
            while ids:
                size = crew.batch
                yield ids[:size]
                ids = ids[size:]

    def _go(self, crew: Crew) -> None:
        pending: deque[Future[Outcome]] = deque()
        batches = self._batches(crew)
        more = True
        while more or pending:
            while more and len(pending) < crew.size * AHEAD:
                ids = next(batches, None)
                if ids is None:
                    more = False
                else:
                    pending.append(crew.ask(ids))
            if pending:
                self._keep(self._first(pending))
                self.job.progress(self.seen, self.total, "tasks", crew.word)

    def _first(self, pending: deque[Future[Outcome]]) -> list[Outcome]:
        """The oldest batch, waited for, and those after it that are done as well."""
        done = [self._result(pending[0])]
        pending.popleft()
        while (
            pending
            and pending[0].done()
            and not pending[0].exception()
            and sum(len(one.ids) for one in done) < TOGETHER
        ):
            done.append(pending.popleft().result())
        return done

    def _result(self, future: Future[Any]) -> Any:
        while not future.done():
            wait([future], timeout=0.2)
            self.job.check()
        return future.result()

    def _keep(self, outcomes: list[Outcome]) -> None:
        items = [item for one in outcomes for item in one.items]
        faults = [error for one in outcomes for error in one.faults]
        seen = self.seen + sum(len(one.ids) for one in outcomes)
        after = outcomes[-1].ids[-1]

        def write(tx: Transaction) -> tuple[int, answers.Kept]:
            project = access.project(self.site, tx, self.actor, self.project_id, "prediction.change")
            told = answers.keep(self.site, tx, self.actor, project, still_wanted(tx, items))
            if self.renews:
                former = [one for one in self.model.state.get("former", []) if one != self.version]
                answers.replace_former(
                    tx, self.project_id, former, [int(item["task"]) for item in told.items]
                )
            known = self.faults + [error.as_dict() for error in [*faults, *told.refused]]
            count = self.kept + len({item["task"] for item in told.items})
            state = {
                "version": self.version,
                "after": after,
                "seen": seen,
                "kept": count,
                "faults": known[:FAULTS],
                "fault_count": self.fault_count + len(faults) + len(told.refused),
                "warnings": self._warned(told),
            }
            self.job.save(state, tx)
            return count, told

        self.kept, told = self.site.database.write(write)
        self.after, self.seen = after, seen
        self.warnings = self._warned(told)
        new = [error.as_dict() for error in [*faults, *told.refused]]
        self.faults = (self.faults + new)[:FAULTS]
        self.fault_count += len(new)

    def _warned(self, told: answers.Kept) -> list[dict[str, Any]]:
        return (self.warnings + [one.as_dict() for one in told.warnings])[:FAULTS]

    def _words(self) -> str:
        words = f"Predicted {self.kept} of {self.total if self.total is not None else self.seen} tasks."
        if self.fault_count:
            words += f" {self.fault_count} faults, the first: {self.faults[0]['message']}"
        if self.warnings:
            words += f" Some of it does not fit and was kept all the same; the first: {self.warnings[0]['message']}"
        return words

    def _end(self, words: str, error: TagmaError | None = None) -> None:
        def write(tx: Transaction) -> None:
            if isinstance(error, ModelError):
                model_state.note_trouble(tx, self.model.id, error)
            model_state.note(tx, self.model.id, words, wrong=error is not None or bool(self.fault_count))

        self.site.database.write(write)


def still_wanted(tx: Transaction, items: list[Item]) -> list[Item]:
    """Without tasks that are gone, or got this version's prediction in another way meanwhile."""
    if not items:
        return []
    ids = listed({item["task"] for item in items})
    there = {row[0] for row in tx.rows(f"SELECT id FROM task WHERE id IN ({ids})")}
    done = set(tx.rows(f"SELECT task_id, model_version FROM prediction WHERE task_id IN ({ids})"))
    return [
        item for item in items if item["task"] in there and (item["task"], item["model_version"]) not in done
    ]


class Crew:
    """Workers that ask one model, as many at once as it allows. The last to leave closes it."""

    def __init__(self, site: Site, model: Model, predictor: Predictor, version: str) -> None:
        self.site, self.model, self.predictor, self.version = site, model, predictor, version
        self.size = predictor.parallel
        self.batch = predictor.batch
        self.word = ""
        """What there is to say while it takes long."""
        self._todo: queue.SimpleQueue[tuple[Future[Outcome], Sequence[int]] | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._working = self.size
        self._good = False
        self._row = 0  # faults one after the other
        self._hopeless: ModelError | None = None
        for _ in range(self.size):
            site.asking.aside(self._work)

    def ask(self, ids: Sequence[int]) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        self._todo.put((future, ids))
        return future

    def stop(self) -> None:
        """No further question; those under way are not waited for."""
        self._stopped.set()
        for _ in range(self.size):
            self._todo.put(None)

    def setup(self) -> str:
        return str(self._patiently(lambda: model_use.asked(self.model, self.predictor.setup)) or "")

    def _work(self) -> None:
        try:
            while (todo := self._todo.get()) is not None and not self._stopped.is_set():
                future, ids = todo
                try:
                    future.set_result(self._batch(ids))
                except BaseException as error:
                    future.set_exception(error)
        finally:
            with self._lock:
                self._working -= 1
                last = not self._working
            if last:
                self.predictor.close()

    def _batch(self, ids: Sequence[int]) -> Outcome:
        tasks = self.site.database.read(lambda tx: tasks_for(self.site, tx, ids, self.model.project["id"]))
        outcome = Outcome(ids)
        if tasks:
            self._some(tasks, outcome)
        if outcome.halved and not outcome.faults:
            self.batch = max(1, min(self.batch, len(ids) // 2))  # it was only too much at once
        return outcome

    def _some(self, tasks: Sequence[Task], outcome: Outcome) -> None:
        """Ask about these tasks, and if that fails about each half of them."""
        if self._stopped.is_set():
            raise self._hopeless or Interrupted
        try:
            given = self._patiently(lambda: answers.ask(self.model, self.predictor, tasks, self.version))
        except ModelUnreachable:
            raise
        except ModelError as error:
            if len(tasks) == 1:
                outcome.faults.append(_of_task(error, int(tasks[0]["id"])))
                self._failed(error)
                return
            outcome.halved = True
            half = len(tasks) // 2
            self._some(tasks[:half], outcome)
            self._some(tasks[half:], outcome)
        else:
            self._good, self._row, self.word = True, 0, ""
            outcome.items += [item for several in given for item in several]

    def _failed(self, error: ModelError) -> None:
        """:raises ModelError: it is no use to go on."""
        with self._lock:
            self._row += 1
            hopeless = self._row >= (HOPELESS_LATER if self._good else HOPELESS)
        if hopeless:
            self._hopeless = error
            self._stopped.set()
            raise error

    def _patiently(self, work: Callable[[], Any]) -> Any:
        for pause in PAUSES:
            try:
                return work()
            except ModelUnreachable as error:
                self.word = error.message
                if self._stopped.wait(pause):
                    raise
        return work()


def _of_task(error: ModelError, task_id: int) -> ModelError:
    if "task" in error.where:
        return error
    return ModelError(f"Task {task_id}: {error.message}", hint=error.hint, code=error.code, task=task_id)


def tasks_for(site: Site, tx: Transaction, ids: Sequence[int], project_id: int) -> list[Task]:
    """Tasks as models are handed them, with annotations and predictions; those that are gone are left out."""
    shown = shapes.simple_tasks(tx, ids, resolve=addresses.resolver(site, tx, project_id))
    tasks: list[Task] = orjson.loads(orjson.dumps(shown))
    return tasks
