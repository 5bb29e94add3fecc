"""The pages: their forms, their doors; what they say in other languages is in test_words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tagma
from tagma.http.i18n import FOLDER, Words, read_catalogue
from tagma.http.render import inward

HOME = Path(tagma.__file__).parent


def test_templates_have_no_bare_words() -> None:
    for file in HOME.glob("templates/*.html"):
        text = re.sub(
            r"{% block body_class %}\w*{% endblock %}|{%.*?%}|{{.*?}}|{#.*?#}|<script.*?</script>|<(?:kbd|code)>.*?</(?:kbd|code)>|<[^>]*>",
            " ",
            file.read_text(),
            flags=re.S,
        )
        bare = set(re.findall(r"[A-Za-z]{3,}", text)) - {"Tagma"}
        assert not bare, f"{file.name}: {bare}"


def test_templates_have_no_inline_styles_or_handlers() -> None:
    for file in HOME.glob("templates/*.html"):
        assert not re.search(r'\s(?:style|on\w+)="', file.read_text()), file.name


def test_one_and_many_are_said_as_the_language_has_them() -> None:
    english = Words("en", {})
    assert english.tn("{n} task", "{n} tasks", 1) == "1 task"
    assert english.tn("{n} task", "{n} tasks", 12480) == "12,480 tasks"
    chinese = Words("zh-Hant", read_catalogue(FOLDER, "zh-Hant"))
    assert chinese.tn("{n} task", "{n} tasks", 1) == "1 個任務"


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", ""]
)
def test_redirects_lead_only_inward(path: str) -> None:
    assert inward(path) == "/projects/"
    assert inward("/projects/3/data?tab=1") == "/projects/3/data?tab=1"
