"""The documents say all there is to say, and what they show is what stands in the files."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from tagma import errors
from tagma.cli import VERBS
from tagma.plugin import events, hookspecs
from tagma.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "star_rating"


def page(name: str) -> str:
    return (DOCS / name).read_text()


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_has_a_row(verb: str) -> None:
    assert f"| `tagma {verb}` |" in page("admin/install.md")


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_each_setting_has_a_row(setting: str) -> None:
    assert f"| `{setting}` | {Settings.model_fields[setting].description} |" in page("admin/settings.md")


def test_each_error_code_has_a_row() -> None:
    codes = {c.code for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, errors.TagmaError)}
    missing = {code for code in codes if f"| `{code}` |" not in page("admin/errors.md")}
    assert not missing


def test_each_hook_has_a_row_with_its_arguments() -> None:
    hooks = {n: f for n, f in vars(hookspecs).items() if hasattr(f, "tagma_spec")}
    missing = {
        n
        for n, f in hooks.items()
        if f"| `{n}({', '.join(inspect.signature(f).parameters)})` |" not in page("author/hooks.md")
    }
    assert hooks
    assert not missing


def test_each_event_has_a_row() -> None:
    names = {
        n
        for n, c in vars(events).items()
        if inspect.isclass(c) and issubclass(c, events.Event) and c is not events.Event
    }
    assert not {name for name in names if f"| `{name}` |" not in page("author/hooks.md")}


def test_the_tutorial_shows_the_files_as_they_are() -> None:
    shown = dict(re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)```$", page("author/tutorial.md"), re.M | re.S))
    assert len(shown) == 8
    for path, code in shown.items():
        assert (EXAMPLE / path).read_text() == code, path
