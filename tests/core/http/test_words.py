"""Every word on screen is in the catalogues of every language, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import tagma

CORE = Path(tagma.__file__).parent
PLUGINS = sorted((CORE.parents[1] / "plugins").glob("*/tagma_*"))
_STRING = r"""(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")"""
_ONE = re.compile(rf"(?<![\w.$])(?:speak\.|words\.|this\.|ctx\.)?(?:t|say)\(\s*{_STRING}")
_MANY = re.compile(rf"(?<![\w$])tn\(\s*{_STRING},\s*{_STRING}")


def said(folder: Path) -> Iterator[tuple[str, str]]:
    """Sentences given to ``t`` and ``tn`` below a folder, each with the file it stands in."""
    files = [path for kind in ("py", "js", "html") for path in folder.rglob(f"*.{kind}")]
    for path in files:
        if "vendor" in path.parts or "migrations" in path.parts:
            continue
        text = path.read_text()
        for pattern in (_ONE, _MANY):
            for found in pattern.finditer(text):
                yield _unquoted(found[1] if found[1] is not None else found[2]), str(path.relative_to(folder))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text)


def catalogue(folder: Path, language: str) -> dict[str, str]:
    file = folder / "locales" / f"{language}.po"
    if not file.exists():
        return {}
    with file.open("rb") as stream:
        found = read_po(stream)
    return {
        (one.id[0] if isinstance(one.id, tuple | list) else one.id): (
            one.string[0] if isinstance(one.string, tuple | list) else one.string
        )
        for one in found
        if one.id
    }


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
@pytest.mark.parametrize("folder", [CORE, *PLUGINS], ids=lambda folder: folder.name)
def test_every_sentence_is_translated(folder: Path, language: str) -> None:
    known = catalogue(folder, language) | (catalogue(CORE, language) if folder != CORE else {})
    missing = sorted({f"{sentence}  ({file})" for sentence, file in said(folder) if not known.get(sentence)})
    assert missing == []


@pytest.mark.parametrize(("language", "letters"), [("zh-Hant", "big5"), ("zh-Hans", "gb2312")])
def test_each_script_is_written_in_its_own_characters(language: str, letters: str) -> None:
    """A slip of the other script is in the small old character set of neither."""
    files = [file for folder in (CORE, *PLUGINS) for file in folder.glob(f"locales/*{language}.po")]
    words = "".join(file.read_text() for file in files)
    strange = {sign for sign in words if "\u4e00" <= sign <= "\u9fff" and not sign.encode(letters, "ignore")}
    assert strange == set()


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_a_translation_names_the_values_of_its_sentence(language: str) -> None:
    names = re.compile(r"\{(\w+)\}")
    wrong = [
        sentence
        for folder in (CORE, *PLUGINS)
        for sentence, words in catalogue(folder, language).items()
        if set(names.findall(words)) - set(names.findall(sentence)) - {"n"}
        or (set(names.findall(sentence)) - set(names.findall(words)))
    ]
    assert wrong == []
