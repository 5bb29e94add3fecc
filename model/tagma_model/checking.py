"""``tagma-model check``: a model is asked over the wire, as a labeling server asks it, and what it answers is judged."""

from __future__ import annotations

import math
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tagma_model.app import make_app
from tagma_model.errors import ModelError
from tagma_model.loading import load_class
from tagma_model.samples import Case

_SECONDS = 100.0  # as patient as a labeling server
_PATIENCE = 600.0  # for learning


class Report:
    """What to print, and how many faults there are."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.faults = 0

    def say(self, step: str, words: str) -> None:
        self.lines.append(f"  {step:<9} {words}")

    def fault(self, place: str, words: str) -> None:
        self.faults += 1
        self.lines.append(f"  {place}: {words}")


def check_model(model: str, case: Case) -> Report:
    """:param model: the folder of a model, or the address where one is served. One that is served is not taught anything."""
    report = Report()
    with ExitStack() as stack:
        learns = False
        if "://" in model:
            address, title = model.rstrip("/"), model
        else:
            kind = load_class(Path(model))
            learns, title = kind.can_fit(), kind.__name__
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tagma-model-")))
            address = stack.enter_context(_served(make_app(kind, folder)))
        tasks = len(case.tasks)
        report.lines.append(f"{title}, {case.title}, {_count(tasks, 'task')}")
        home = case.address or stack.enter_context(_served(_labeling_server(case)))
        with httpx.Client(base_url=address, timeout=_SECONDS, trust_env=False) as client:
            _Wire(client, case, home, report).walk(learns)
    return report


class _Wire:
    """The calls of a labeling server, one after the other."""

    def __init__(self, client: httpx.Client, case: Case, home: str, report: Report) -> None:
        self.client, self.case, self.home, self.report = client, case, home, report
        self.project = f"{case.project}.0"

    def walk(self, learns: bool) -> None:
        health = self._ask("health", "GET", None)
        if health is None or not self._set_up():
            return
        results = self._predict()
        if learns and results is not None and self._fit():
            results = self._predict()
        if results == 0:
            self.report.say("", "It suggested nothing for these tasks, so there was nothing to judge.")
        if self.case.judge.unknown:
            unknown = ", ".join(f"<{tag}>" for tag in self.case.judge.unknown)
            self.report.say("", f"Results of {unknown} were not judged: no plugin here provides them.")

    def _ask(self, step: str, method: str, body: Any) -> dict[str, Any] | None:
        try:
            answer = self.client.request(method, f"/{step}", json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            self.report.fault(step, f"it did not answer: {error or type(error).__name__}.")
            return None
        try:
            found = answer.json()
        except ValueError:
            kind = answer.headers.get("content-type", "something").partition(";")[0]
            self.report.fault(
                step,
                f"it answered {answer.status_code} with {kind} instead of JSON: {answer.text.strip()[:60]!r}",
            )
            return None
        if not answer.is_success or not isinstance(found, dict):
            said = found.get("detail") if isinstance(found, dict) else found
            self.report.fault(step, str(said or f"it answered {answer.status_code}."))
            return None
        return found

    def _set_up(self) -> bool:
        body = {"project": self.project, "schema": self.case.xml, "hostname": self.home, "extra_params": None}
        found = self._ask("setup", "POST", {**body, "access_token": self.case.token})
        if found is None:
            return False
        version = found.get("model_version")
        if not isinstance(version, str) or not version:
            self.report.fault("setup", f'model_version is {version!r}; it must be a text like "Mood 1".')
        else:
            self.report.say("setup", version)
        return True

    def _predict(self) -> int | None:
        """How many results there were; None if it answered nothing that can be judged."""
        body = {
            "tasks": self.case.tasks,
            "project": self.project,
            "label_config": self.case.xml,
            "params": {},
        }
        found = self._ask("predict", "POST", body)
        if found is None:
            return None
        answers, tasks = found.get("results"), self.case.tasks
        if not isinstance(answers, list) or len(answers) != len(tasks):
            shown = (
                f"{len(answers)}"
                if isinstance(answers, list)
                else f"{type(answers).__name__} instead of a list"
            )
            self.report.fault(
                "predict",
                f"results holds {shown}; it must hold one prediction for each of {len(tasks)} tasks.",
            )
            return None
        predictions = results = 0
        place = len(self.report.lines)
        for answer, task in zip(answers, tasks, strict=True):
            for prediction in answer if isinstance(answer, list) else [answer]:
                predictions += 1
                results += self._judge(prediction, task)
        self.report.lines.insert(
            place, f"  {'predict':<9} {_count(predictions, 'prediction')} with {_count(results, 'result')}"
        )
        return results

    def _judge(self, prediction: Any, task: dict[str, Any]) -> int:
        place = f"task {task.get('id')}"
        if not isinstance(prediction, dict):
            self.report.fault(
                place, f"a prediction is {type(prediction).__name__} instead of an object with a result."
            )
            return 0
        score = prediction.get("score")
        if score is not None and not (
            isinstance(score, int | float)
            and not isinstance(score, bool)
            and math.isfinite(score)
            and 0 <= score <= 1
        ):
            self.report.fault(f"{place}, score", f"{score!r} is no number from 0 to 1.")
        for fault in self.case.judge.faults(prediction.get("result"), task):
            self.report.fault(f"{place}, {fault.path}", fault.sentence)
        result = prediction.get("result")
        return len(result) if isinstance(result, list) else 0

    def _fit(self) -> bool:
        project = {"id": int(self.case.project), "label_config": self.case.xml}
        try:  # what became of it is asked below, also where this answer came too early
            self.client.post("/webhook", json={"action": "START_TRAINING", "project": project})
        except httpx.HTTPError as error:
            self.report.fault("webhook", f"it did not answer: {error or type(error).__name__}.")
            return False
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            health = self._ask("health", "GET", None) or {}
            state = health.get("projects", {}).get(self.project, {})
            if not state.get("learning"):
                break
            time.sleep(0.05)
        else:
            self.report.fault("fit", f"it did not come to its end within {_PATIENCE:.0f} seconds.")
            return False
        if state.get("broke"):
            self.report.fault("fit", state["trouble"])
            return False
        found = self._ask("versions", "GET", None) or {}
        self.report.say("fit", state.get("trouble") or next(iter(found.get("versions", [])), ""))
        return not state.get("trouble")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _labeling_server(case: Case) -> Starlette:
    """Stands in for one while a model is checked with tasks from a file: it has annotations to learn from."""

    async def export(_request: Request) -> Response:
        return JSONResponse(case.annotated)

    return Starlette(routes=[Route("/api/projects/{number:int}/export", export)])


@contextmanager
def _served(app: Starlette) -> Iterator[str]:
    """On a free port of the loopback."""
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([door],), daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise ModelError("The model could not be served on this machine.")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
