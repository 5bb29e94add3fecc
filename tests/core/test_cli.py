"""The terminal: what each verb says, and with which exit code."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tagma.cli import VERBS, main

GOOD = '<View><Text name="text" value="$text"/></View>'


def tagma(*words: str | Path, given: str | None = None) -> Result:
    return CliRunner(env={"TAGMA_PASSWORD": None}).invoke(main, [str(word) for word in words], input=given)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_help_of_each_verb_has_an_example(verb: str) -> None:
    result = tagma(verb, "--help")
    assert result.exit_code == 0
    assert "Example:" in result.output


def test_help_names_every_verb() -> None:
    result = tagma("--help")
    assert result.exit_code == 0
    for verb in VERBS:
        assert f"\n  {verb} " in result.output


def test_help_stands_when_the_module_of_a_verb_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VERBS, "export", "a_module_that_is_not_here")
    helped = tagma("--help")
    assert helped.exit_code == 0
    assert "Not available" in helped.output
    asked = tagma("export", "JSON", "out.json", "--project", "1")
    assert asked.exit_code == 1
    assert "cannot run" in asked.output


def test_check_says_what_a_config_that_is_no_xml_lacks(tmp_path: Path) -> None:
    (tmp_path / "config.xml").write_text("<View><Text")
    result = tagma("check", tmp_path / "config.xml")
    assert result.exit_code == 1
    assert "line 1" in result.output
    assert "Traceback" not in result.output


def test_check_names_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "config.xml").write_bytes(b"<View>\xff</View>")
    result = tagma("check", tmp_path / "config.xml")
    assert result.exit_code == 1
    assert "is not UTF-8" in result.output


def test_first_added_person_owns_and_the_second_gets_the_role_asked_for(tmp_path: Path) -> None:
    here = ("--data-dir", tmp_path, "--password", "correct horse")
    assert "as owner" in tagma("users", "add", "ana@example.org", *here).output
    assert "as manager" in tagma("users", "add", "bo@example.org", "--role", "manager", *here).output
    again = tagma("users", "add", "bo@example.org", *here)
    assert again.exit_code == 1
    assert "has an account already" in again.output


def test_password_of_nobody_is_not_reset(tmp_path: Path) -> None:
    result = tagma(
        "users", "reset-password", "no@example.org", "--data-dir", tmp_path, "--password", "correct horse"
    )
    assert result.exit_code == 1
    assert "Nobody here has the e-mail address no@example.org" in result.output


def test_doctor_looks_at_everything_and_changes_nothing(tmp_path: Path) -> None:
    result = tagma("doctor", "--data-dir", tmp_path)
    for what in ("Python", "SQLite", "data", "database", "jobs", "pages"):
        assert what in result.output
    assert not (tmp_path / "tagma.sqlite3").exists()


def test_doctor_says_when_the_database_does_not_answer(tmp_path: Path) -> None:
    result = tagma("doctor", "--data-dir", tmp_path, "--database", "postgresql://nobody@127.0.0.1:1/none")
    assert result.exit_code == 1
    assert "WRONG  database" in result.output


@pytest.mark.parametrize("verb", ["start", "worker", "doctor"])
@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_a_queue_of_jobs_that_does_not_answer_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, scheme: str
) -> None:
    monkeypatch.setenv("TAGMA_JOBS", f"{scheme}://me:secret@127.0.0.1:1/0")
    port = ["--port", "0"] if verb == "start" else []
    result = tagma(verb, "--data-dir", tmp_path, *port)
    assert result.exit_code == 1
    assert f"The queue of jobs at {scheme}://127.0.0.1:1/0 does not answer" in result.output
    assert "TAGMA_JOBS" in result.output
    assert "secret" not in result.output


def test_a_queue_of_an_unknown_kind_is_refused_with_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGMA_JOBS", "rabbit://somewhere")
    result = tagma("worker", "--data-dir", tmp_path)
    assert result.exit_code == 1
    assert "TAGMA_JOBS is 'rabbit://somewhere'" in result.output
    assert "embedded, redis://" in result.output


def test_a_port_in_use_is_said_with_a_free_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = tagma("start", "--host", "127.0.0.1", "--port", str(port), "--data-dir", tmp_path)
    assert result.exit_code == 1
    assert f"Port {port} is in use" in result.output
    assert "tagma start --port" in result.output


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = tagma("start", "--data-dir", tmp_path / "file")
    assert result.exit_code == 1
    assert f"The data folder {tmp_path / 'file'} can't be written" in result.output


def test_start_says_what_to_do_next_answers_and_stops_well(tmp_path: Path) -> None:
    words = [
        sys.executable,
        "-c",
        "from tagma.cli import main; main()",
        "start",
        "--no-browser",
        "--port",
        "0",
    ]
    words += ["--host", "127.0.0.1", "--data-dir", str(tmp_path)]
    server = subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        assert server.stdout is not None
        address = next(line for line in server.stdout if "is ready" in line).split()[-1]
        with urllib.request.urlopen(f"{address}/health") as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        rest = server.stdout.read()
        server.wait(20)
    finally:
        server.kill()
        assert server.stdout is not None
        server.stdout.close()
        server.wait()
    assert "sign up" in rest
    assert rest.rstrip().endswith("Stopped.")
    assert server.returncode == 0
