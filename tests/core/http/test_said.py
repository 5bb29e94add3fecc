"""What the server says to people, in their language; programs and English readers get it as it was written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tagma
from tagma.http.i18n import read_catalogue
from tagma.http.said import Said

CORE = Path(tagma.__file__).parent
PLUGINS = sorted((CORE.parents[1] / "plugins").glob("*/tagma_*"))
ZH = {"Accept-Language": "zh-TW,zh;q=0.9"}
ERRORS = {
    "ConfigError", "InvalidResult", "InvalidInput", "ImportFailed", "Unreachable", "StorageError", "ModelError", "ModelUnreachable", "WrongCount", "Late", "_error",
    "NotSignedIn", "NotAllowed", "NotFound", "Conflict", "TooLarge", "TooManyTries", "Unavailable", "_none", "_fault",
}  # fmt: skip
ROOMS = (
    "db/trouble.py", "http/errors.py", "http/multipart.py", "http/pages", "http/security.py", "labeling/check.py",
    "labeling/xml.py", "services/access.py", "services/people/accounts.py", "services/model/answers.py", "services/imports/archives.py", "services/model/asking.py",
    "services/model/model_state.py", "services/model/model_use.py", "services/model/models.py", "services/model/predicting.py", "services/model/suggesting.py", "services/model/training.py", "services/project/config_use.py",
    "services/imports/import_checks.py", "services/imports/import_sources.py", "services/people/members.py", "services/desk/queue.py",
    "services/storage/storage_sync.py", "services/desk/trash.py", "services/imports/uploads.py",
)  # fmt: skip
"""Whose sentences people meet on pages; those of the other rooms answer programs."""
TO_PROGRAMS = re.compile(
    r"preannotated_from_fields|Controls here|`tagma |Nobody here has|multipart/form-data|no form with files|Whole numbers reach|upload/<"
)


def templates(node: ast.expr) -> Iterator[str]:
    """The sentences an expression may be, with ``{0}`` for values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        parts, number = "", 0
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts += str(part.value)
            else:
                parts, number = f"{parts}{{{number}}}", number + 1
        yield parts
    elif isinstance(node, ast.IfExp):
        yield from templates(node.body)
        yield from templates(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from templates(value)


def sentences(folder: Path, rooms: tuple[str, ...] = ("",)) -> set[str]:
    """What errors raised below a folder say."""
    found = set()
    for file in folder.rglob("*.py"):
        if not str(file.relative_to(folder)).startswith(rooms):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name not in ERRORS:
                continue
            given = [*node.args, *(one.value for one in node.keywords if one.arg == "hint")]
            found |= {
                words
                for one in given
                for words in templates(one)
                if " " in words and words != "Validation error"
            }
    return {words for words in found if not TO_PROGRAMS.search(words)}


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
@pytest.mark.parametrize("folder", [CORE, *PLUGINS], ids=lambda folder: folder.name)
def test_sentences_that_people_meet_are_translated(folder: Path, language: str) -> None:
    known = read_catalogue(folder / "locales", f"server.{language}")
    rooms = ROOMS if folder == CORE else ("",)
    if folder != CORE and not known:
        pytest.skip("this plugin says nothing of its own in another language yet")
    assert sorted(sentences(folder, rooms) - known.keys()) == []


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_translations_say_every_value(language: str) -> None:
    for folder in (CORE, *PLUGINS):
        for english, words in read_catalogue(folder / "locales", f"server.{language}").items():
            places = [set(re.findall(r"\{\d+\}", str(text))) for text in (english, words)]
            assert places[1] <= places[0], english


def test_values_pieces_and_places_are_kept() -> None:
    say = Said({
        "There is no {0} {1}.": "沒有{0} {1}。", "task": "任務", "It may be gone.": "可能不在了。", "(row {0})": "（第 {0} 列）",
        "Error at item {0}: {1}": "第 {0} 項有錯：{1}",
    })  # fmt: skip
    assert say("There is no task 7.") == "沒有任務 7。"
    assert say("There is no task 7. It may be gone. (row 3)") == "沒有任務 7。可能不在了。（第 3 列）"
    assert say("Error at item 2: There is no task 7.") == "第 2 項有錯：沒有任務 7。"
    assert say("Nobody translated this. It may be gone.") == "Nobody translated this. 可能不在了。"
    assert say("Nobody translated this.") == "Nobody translated this."
    assert say("") == ""
    assert say("There is no task 7.\nIt may be gone.") == "沒有任務 7。\n可能不在了。"


def test_errors_are_said_in_the_readers_language(work: Any) -> None:
    project = work.project()
    plain = work.client.get("/api/tasks/999/").json()
    said = work.client.get("/api/tasks/999/", headers=ZH).json()
    assert plain["detail"] == "There is no task 999."
    assert said["detail"] == "沒有任務 999。"
    assert said["code"] == plain["code"]
    refused = work.client.post("/api/projects/", json={"title": "x"}, headers=ZH).json()
    assert refused["validation_errors"]["title"] == ["名稱要有 3 到 50 個字元；目前是 1 個。"]
    wrong = "<View><Text name='text' value='$text'/><Choices name='c' toName='txet'><Choice value='a'/></Choices></View>"
    faults = work.client.post("/api/projects/validate/", json={"label_config": wrong}, headers=ZH).json()[
        "faults"
    ]
    assert "指向「txet」" in faults[0]["message"]
    assert faults[0]["hint"] == "是指「text」嗎？"
    assert work.next(project).json()["detail"] == 'The project "Moods of texts" has no tasks yet.'


def test_actions_say_what_they_did_in_the_readers_language(work: Any) -> None:
    project = work.project()
    ids = work.tasks(project, "a", "b")
    body = {"selectedItems": {"all": False, "included": ids}}
    answer = work.client.post(f"/api/dm/actions/?project={project}&id=delete_tasks", json=body, headers=ZH)
    assert answer.json()["detail"] == "已刪除 2 個任務"
    found = work.client.get(f"/api/dm/actions/?project={project}", headers=ZH).json()
    assert "任務會連同標註與預測一起刪除。" in [one["dialog"]["text"] for one in found]


def test_the_door_says_what_is_wrong_in_the_readers_language(work: Any) -> None:
    visitor = work.stranger()
    visitor.cookies.clear()
    page = visitor.get("/user/login/", headers=ZH).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"email": "nobody@example.com", "password": "wrong wrong", "csrf_token": token}
    answer = visitor.post("/user/login/", data=form, headers=ZH)
    assert "電子郵件與密碼不符。" in answer.text
