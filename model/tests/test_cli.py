"""``tagma-model`` as somebody types it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from tagma_model.cli import main

Run = Callable[..., subprocess.CompletedProcess[str]]
PROGRAM = Path(sys.executable).parent / "tagma-model"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*words: Any, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *map(str, words)],
            cwd=tmp_path,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """As ``run``, in this process, which is quicker."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])  # a model's folder is put there

    def say(*words: Any, **environ: str) -> subprocess.CompletedProcess[str]:
        done = CliRunner().invoke(main, [*map(str, words)], env=environ)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return subprocess.CompletedProcess([*words], done.exit_code, done.stdout, done.stderr)

    return say


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A folder ``mood`` with a model whose predict is ``body``, for one Choices."""

    def write(body: str, config: str = "", **files: str) -> Path:
        folder = tmp_path / "mood"
        folder.mkdir()
        lines = "\n".join(f"        {line}" for line in body.splitlines())
        (folder / "model.py").write_text(
            "from tagma_model import Model, ModelError\n\n\nclass Mood(Model):\n"
            f"    def predict(self, tasks, context):\n        mood = self.config.control('Choices')\n{lines}\n"
        )
        (folder / "config.xml").write_text(config or CONFIG)
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text)
        return folder

    return write


CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="good"/><Choice value="bad"/></Choices></View>"""


@contextmanager
def started(folder: Path, *flags: str, **environ: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    words = [PROGRAM, "start", str(folder), "--port", "0", *flags]
    process = subprocess.Popen(
        words, env={**os.environ, "PYTHONUNBUFFERED": "1", **environ}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0], process
    finally:
        process.terminate()  # a reloader ends its child then
        process.wait(30)
        process.stdout.close()


def test_init_writes_a_model_that_works(run: Run, tmp_path: Path) -> None:
    made = run("init", "deep/mood")
    assert made.returncode == 0, made.stderr
    assert "tagma-model check deep/mood" in made.stdout
    checked = run("check", "deep/mood")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "MyModel 2" in checked.stdout
    assert "3 predictions with 3 results" in checked.stdout
    assert {file.name for file in (tmp_path / "deep" / "mood").iterdir()} >= {"model.py", "config.xml"}
    assert not (tmp_path / "deep" / "mood" / "data").exists()


def test_init_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.xml").write_text("mine")
    made = run("init", ".")
    assert made.returncode == 1
    assert "config.xml is there already" in made.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["config.xml"]
    assert (tmp_path / "config.xml").read_text() == "mine"


def test_start_serves_until_it_is_stopped(write: Any) -> None:
    with started(write("return [mood.choices('good') for _ in tasks]")) as (address, process):
        with httpx2.Client(base_url=address) as client:
            assert client.get("/health").json()["model_class"] == "Mood"
            body = {"tasks": [{"id": 1, "data": {"text": "a"}}], "project": "1.1", "label_config": CONFIG}
            [prediction] = client.post("/predict", json=body).json()["results"]
        assert prediction["result"][0]["value"] == {"choices": ["good"]}
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (0, -signal.SIGINT)


def test_start_lets_in_who_knows_the_password(write: Any) -> None:
    folder = write("return [None for _ in tasks]")
    with started(folder, "--user", "ana", TAGMA_MODEL_PASSWORD="secret") as (address, _process):
        assert httpx2.get(f"{address}/versions").status_code == 401
        assert httpx2.get(f"{address}/versions", auth=("ana", "secret")).status_code == 200


def test_start_reads_changed_code_while_one_writes(write: Any) -> None:
    folder = write("return [None for _ in tasks]")
    file = folder / "model.py"
    changed = file.read_text().replace("class Mood", "class Temper")
    with (
        started(folder, "--reload") as (address, _process),
        httpx2.Client(base_url=address, timeout=30) as client,
    ):
        assert client.get("/health").json()["model_class"] == "Mood"
        for _ in range(100_000):
            file.write_text(changed)  # again and again: whoever watches may have begun only now
            try:
                if client.get("/health").json()["model_class"] == "Temper":
                    break
            except httpx2.HTTPError:  # the old one went away meanwhile
                continue
        else:
            pytest.fail("the changed code was not read")


def test_start_says_which_port_is_taken(run: Run, write: Any) -> None:
    folder = write("return [None for _ in tasks]")
    with started(folder) as (address, _process):
        second = run("start", folder, "--port", address.rpartition(":")[2])
    assert second.returncode == 1
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr


def test_check_takes_tasks_from_a_file(run: Run, write: Any) -> None:
    tasks = json.dumps([{"text": "one"}, {"data": {"text": "two"}, "id": 9}])
    folder = write("return [mood.choices('good', score=0.5) for _ in tasks]", tasks__json=tasks)
    checked = run("check", folder)
    assert checked.returncode == 0, checked.stderr
    assert "2 tasks" in checked.stdout
    assert "2 predictions with 2 results" in checked.stdout


def test_check_says_when_there_was_nothing_to_judge(run: Run, write: Any) -> None:
    checked = run("check", write("return [None for _ in tasks]"))
    assert checked.returncode == 0
    assert "nothing to judge" in checked.stdout


def test_check_asks_a_model_that_is_served(run: Run, write: Any) -> None:
    folder = write("return [mood.result({'choices': ['god']}) for _ in tasks]")
    with started(folder) as (address, _process):
        checked = run("check", address, "--config", folder / "config.xml")
    assert checked.returncode == 1
    assert 'Choices "mood": "god" is not offered. Did you mean "good"?' in checked.stdout


ANSWERED = {
    "a word that is not offered": (
        "return [mood.result({'choices': ['god']}) for _ in tasks]",
        'task 1, result[0].value.choices[0]: Choices "mood": "god" is not offered. Did you mean "good"?',
    ),
    "the wrong type": (
        "return [{**mood.choices('good'), 'type': 'labels'} for _ in tasks]",
        'task 2, result[0].type: The result of "mood" has the type "labels"',
    ),
    "a control that is not there": (
        "return [{**mood.choices('good'), 'from_name': 'mod'} for _ in tasks]",
        'result[0].from_name: A result belongs to the control "mod"',
    ),
    "an object that is not there": (
        "return [mood.result({'choices': ['good']}, to_name='txt') for _ in tasks]",
        'result[0].to_name: The result of "mood" is about "txt"',
    ),
    "a value of another shape": (
        "return [mood.result({'choices': 'good'}) for _ in tasks]",
        "result[0].value.choices",
    ),
    "a score in percent": (
        "return [mood.choices('good', score=80) for _ in tasks]",
        "task 1, score: 80.0 is no number from 0 to 1",
    ),
    "NaN": (
        "return [mood.result({'choices': [float('nan')]}) for _ in tasks]",
        "predict: result[0].value.choices[0] is nan",
    ),
    "too few": ("return tasks[1:] and [None]", "predict: predict answered 1 item for 3 tasks"),
    "a mistake": (
        "return [task['date'] for task in tasks]",
        "predict: predict raised KeyError: 'date' in model.py, line 7, at task 1",
    ),
    "a config it is not for": (
        "return [self.config.control('Rating') for _ in tasks]",
        "predict: This model needs <Rating>",
    ),
}


@pytest.mark.needs("controls", "text")
@pytest.mark.parametrize("name", ANSWERED)
def test_check_names_what_is_wrong_with_an_answer(name: str, say: Run, write: Any) -> None:
    body, words = ANSWERED[name]
    checked = say("check", write(body))
    assert checked.returncode == 1
    assert words in checked.stdout, checked.stdout


FILES = {
    "a mistake in the spelling": ("class Mood(Model)\n", "model.py, line 1: expected ':'"),
    "a library that is not here": (
        "import torch_of_tomorrow\n",
        "needs torch_of_tomorrow, which is not installed",
    ),
    "a library of another name": ("import skimage.gone\n", "pip install scikit-image"),
    "a mistake as it is read": ("x = 1\ny = x / 0\n", "line 2, raised ZeroDivisionError"),
    "no model": ("x = 1\n", "has no model"),
    "two models": (
        "from tagma_model import Model\nclass A(Model): ...\nclass B(Model): ...\n",
        "several models: A, B",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_model_is_told_in_words(name: str, say: Run, write: Any) -> None:
    code, words = FILES[name]
    folder = write("return []")
    (folder / "model.py").write_text(code)
    for verb in ("check", "start"):
        said = say(verb, folder)
        assert said.returncode == 1
        assert words in said.stderr
        assert "Traceback" not in said.stderr


def test_a_model_may_import_what_lies_beside_it_and_build_on_another(run: Run, write: Any) -> None:
    folder = write("return []", words__py="GOOD = 'good'\n")
    (folder / "model.py").write_text(
        "from words import GOOD\nfrom tagma_model import Model\n\n\nclass Base(Model):\n"
        "    def predict(self, tasks, context):\n"
        "        return [self.config.control().choices(GOOD) for _ in tasks]\n\n\nclass Mood(Base): ...\n"
    )
    checked = run("check", folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.startswith("Mood, ")


WORDS = {
    "a folder that is not there": (["check", "nowhere"], "nowhere has no config.xml"),
    "a file instead of a folder": (["start", "mood/model.py"], "is a file"),
    "no config": (["check", "http://127.0.0.1:1"], "--config FILE"),
    "two configs": (
        ["check", "mood", "--config", "mood/config.xml", "--url", "http://127.0.0.1:1/projects/1"],
        "Leave one of them out",
    ),
    "an address of no project": (
        ["check", "mood", "--url", "http://127.0.0.1:1/"],
        "no address of a project",
    ),
    "a project nobody serves": (
        ["check", "mood", "--url", "http://127.0.0.1:1/projects/1"],
        "could not be fetched",
    ),
    "tasks that are no JSON": (["check", "mood", "--tasks", "mood/model.py"], "is no JSON"),
    "tasks that are none": (["check", "mood", "--tasks", "none.json"], "holds no tasks"),
    "a broken config": (["check", "mood", "--config", "broken.xml"], "labeling config has a fault"),
    "a config that is no text": (["check", "mood", "--config", "bytes.xml"], "can't be read"),
    "a port that is none": (["start", "mood", "--port", "70000"], "0<=x<=65535"),
    "a user without a password": (["start", "mood", "--user", "ana"], "TAGMA_MODEL_PASSWORD"),
    "a host that is none": (["start", "mood", "--host", "nowhere.invalid"], "can't be listened on"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_bad_command_is_answered_with_a_sentence(name: str, say: Run, write: Any, tmp_path: Path) -> None:
    write("return [None for _ in tasks]")
    (tmp_path / "none.json").write_text("[]")
    (tmp_path / "broken.xml").write_text(
        '<View><Choices name="a" toName="b"><Choice value="c"/></Choices></View>'
    )
    (tmp_path / "bytes.xml").write_bytes(b"\xff\xfe\xff")
    words, told = WORDS[name]
    said = say(*words, TAGMA_MODEL_PASSWORD="")
    assert said.returncode in (1, 2)
    assert told in said.stderr
    assert "Traceback" not in said.stderr


def test_the_model_of_the_readme_works(run: Run, write: Any) -> None:
    [code] = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.S)
    folder = write("return []")
    (folder / "model.py").write_text(code)
    checked = run("check", folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "3 predictions with 3 results" in checked.stdout


def test_check_without_tagma_says_what_to_install(write: Any, run: Run, tmp_path: Path) -> None:
    """As after ``pip install tagma-model`` alone."""
    hidden = tmp_path / "hidden" / "tagma"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'tagma'\", name='tagma')"
    )
    said = run("check", write("return []"), PYTHONPATH=str(hidden.parent))
    assert said.returncode == 1
    assert 'pip install "tagma-model[check]"' in said.stderr


def test_a_model_is_served_without_any_of_the_labeling_server(run: Run, write: Any) -> None:
    """The wheel of tagma-model needs nothing of Tagma's: on the machine of a model there is none."""
    code = """
import sys
sys.modules["tagma"] = None  # as if it were not there
from pathlib import Path
from tagma_model import cli, checking
from tagma_model.app import make_app
from tagma_model.loading import load_class
from starlette.testclient import TestClient
with TestClient(make_app(load_class(Path("mood")), Path("data"))) as client:
    body = {"tasks": [{"id": 1, "data": {"text": "a"}}], "project": "1.1", "label_config": Path("mood/config.xml").read_text()}
    print(client.post("/predict", json=body).json()["results"][0]["result"][0]["value"])
"""
    folder = write("return [mood.choices('good') for _ in tasks]")
    done = subprocess.run([sys.executable, "-c", code], cwd=folder.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "{'choices': ['good']}"


def test_a_served_answer_that_is_no_json_is_told(run: Run, write: Any, home: Any) -> None:
    there = home()
    there.files["/health"] = b"<html>Welcome to nginx</html>"
    said = run("check", there.address, "--config", write("return []") / "config.xml")
    assert said.returncode == 1
    assert "instead of JSON" in said.stdout
