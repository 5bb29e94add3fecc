"""A model behind HTTP, asked in the protocol of the field: health, setup, predict, webhook, versions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from typing import Any, cast

from tagma.errors import ModelError, ModelUnreachable, Unreachable
from tagma.plugin import Answer, Caller, Fitted, Prediction, Predictor, Server, Task
from tagma_ml import settings as form

HEALTH_SECONDS = 3.0
SETUP_SECONDS = 30.0
MOST = 64 << 20  # bytes of an answer
_SHOWN = 200  # characters of an answer that is no use
_COME_BACK = (429, 502, 503, 504)  # answers that may be better later
AGENT = f"heartex/{version('tagma-ml')} Tagma"


class HttpPredictor(Predictor):
    """A program on this or another machine that answers in the field's protocol."""

    kind = "http"
    title = "Model server"
    Settings = form.Settings

    settings: form.Settings

    def __init__(self, settings: Any, project: Mapping[str, Any], folder: Any) -> None:
        super().__init__(settings, project, folder)
        self.batch = settings.batch_size
        self.parallel = settings.parallel

    def endpoints(self) -> Sequence[str]:
        return (self.settings.url,)

    def setup(self) -> str:
        seconds = self.settings.timeout
        self._ask("GET", "/health", None, min(HEALTH_SECONDS, seconds))
        told = self._ask(
            "POST",
            "/setup",
            {
                "project": self._project,
                "schema": self.project["label_config"],
                "hostname": self._server.address,
                "access_token": self._server.key_of(int(self.project["id"])),
                "extra_params": self.settings.extra_params,
            },
            min(SETUP_SECONDS, seconds),
        )
        return str(told.get("model_version") or "") if isinstance(told, dict) else ""

    def predict(
        self, tasks: Sequence[Task], context: Mapping[str, Any] | None = None
    ) -> Sequence[Sequence[Prediction]]:
        told = self._ask(
            "POST",
            "/predict",
            {
                "tasks": tasks,
                "project": self._project,
                "label_config": self.project["label_config"],
                "params": {
                    "login": self.project.get("task_data_login"),
                    "password": self.project.get("task_data_password"),
                    "context": context,
                },
            },
            self.settings.timeout,
        )
        results = told.get("results") if isinstance(told, dict) else None
        if not isinstance(results, list):
            raise self._error(
                f'The model server answered {_cut(json.dumps(told))} where {{"results": […]}} was expected.',
                "Its predict has to answer one result for each task.",
            )
        common = told.get("model_version")
        return [[self._named(one, common) for one in _several(answer)] for answer in results]

    def _named(self, one: Any, common: Any) -> Prediction:
        if isinstance(one, dict) and common and not one.get("model_version"):
            one = {**one, "model_version": str(common)}
        return cast(Prediction, one)

    def fit(self, tasks: Iterable[Task]) -> Fitted:
        """The server is told to learn; it fetches by itself what it learns from."""
        shown = self._server.project(int(self.project["id"])) or {"id": self.project["id"]}
        try:
            told = self._ask(
                "POST", "/webhook", {"action": "START_TRAINING", "project": shown}, self.settings.timeout
            )
        except Late:
            seconds = f"{self.settings.timeout:.0f}"
            return {
                "version": "",
                "words": f"The model server was told to learn and did not say that it is done within {seconds} seconds.",
            }
        job = told.get("job") if isinstance(told, dict) else None
        words = "The model server was told to learn."
        return {"words": f"{words} It calls that {_cut(str(job))}." if job else words}

    def versions(self) -> Sequence[str]:
        answer = self._send("GET", "/versions", None, min(HEALTH_SECONDS, self.settings.timeout))
        if answer.status in (404, 405):
            return ()
        told = self._read("GET", "/versions", answer)
        found = told.get("versions") if isinstance(told, dict) else None
        return [str(one) for one in found] if isinstance(found, list) else ()

    def close(self) -> None:
        if "_caller" in self.__dict__:
            self._caller.close()

    # the wire

    @property
    def _server(self) -> Server:
        assert self.server is not None
        return self.server

    @cached_property
    def _caller(self) -> Caller:
        return self._server.caller()

    @property
    def _project(self) -> str:
        """How the protocol names a project: its number, and when it was made in seconds."""
        made = datetime.fromisoformat(str(self.project["created_at"]))
        return f"{self.project['id']}.{int(made.timestamp())}"

    def _ask(self, method: str, path: str, body: Any, seconds: float) -> Any:
        return self._read(method, path, self._send(method, path, body, seconds))

    def _send(self, method: str, path: str, body: Any, seconds: float) -> Answer:
        """:raises ModelUnreachable: it is not there. :raises Late: it is, and does not answer in time."""
        headers = {"User-Agent": AGENT, "Accept": "application/json", **form.credentials(dict(self.settings))}
        text = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        url = self.settings.url + path
        try:
            return self._caller.ask(method, url, body=text, headers=headers, seconds=seconds, most=MOST)
        except Unreachable as error:
            if error.code == "timeout":
                raise Late(
                    f"The model server did not answer {method} {path} within {seconds:.0f} seconds.",
                    hint="Give it more time in its settings, or fewer tasks in one request.",
                    url=url,
                    field="timeout",
                ) from error
            if error.code == "address":
                raise
            raise ModelUnreachable(error.message, hint=error.hint, url=url, field="url") from error

    def _read(self, method: str, path: str, answer: Answer) -> Any:
        """The JSON of a good answer, NaN included, since models of Python send it: it is named where it stands."""
        asked = f"{method} {path}"
        if answer.status in (401, 403):
            words = f"The model server refused {asked} ({answer.status})."
            raise self._error(words, "Check the name and the password in its settings.", "basic_auth_pass")
        if 300 <= answer.status < 400:
            words = f"The model server answered {asked} by leading on to another address ({answer.status})."
            raise self._error(words, "Give the address it leads to.")
        if answer.status in _COME_BACK:
            raise ModelUnreachable(
                f"The model server answered {asked} with {answer.status}: it is not ready.",
                hint="It may still be loading; try again in a moment.",
                url=self.settings.url,
                field="url",
            )
        if answer.status >= 400:
            hint = "Look into the log of the model server."
            if answer.status == 404:
                hint = "Is this the address of a model server?"
            raise self._error(f"The model server answered {asked} with {answer.status}{_said(answer)}.", hint)
        if not answer.whole:
            raise self._error(
                f"The model server answered {asked} with more than {MOST >> 20} MiB.",
                "Ask about fewer tasks at once.",
            )
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            what = (
                "a web page" if _is_page(answer) else f"{_cut(answer.text)!r}" if answer.body else "nothing"
            )
            raise self._error(
                f"The model server answered {asked} with {what} where JSON was expected.",
                "Is this the address of a model server?",
            ) from error

    def _error(self, words: str, hint: str, field: str = "url") -> ModelError:
        return ModelError(words, hint=hint, url=self.settings.url, field=field)


class Late(ModelError):
    """It is there, and does not answer in time."""


def _several(answer: Any) -> list[Any]:
    """A task's answer may be one prediction or a list of them."""
    if answer is None:
        return []
    return answer if isinstance(answer, list) else [answer]


def _is_page(answer: Answer) -> bool:
    return answer.kind == "text/html" or answer.body[:200].lstrip().lower().startswith(
        (b"<!doctype", b"<html")
    )


def _said(answer: Answer) -> str:
    """What it says of its trouble, if that is readable."""
    if _is_page(answer) or not answer.body.strip():
        return ""
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = answer.text
    if isinstance(told, dict):
        told = told.get("error") or told.get("detail") or told.get("message") or told
    return f": {_cut(told if isinstance(told, str) else json.dumps(told))}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
