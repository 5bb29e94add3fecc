"""The documents say all there is to say, and what they show is what stands in the files."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path

import pytest

import tagma
from tagma import errors
from tagma.cli import VERBS
from tagma.plugin import events, hookspecs
from tagma.plugin.manager import PluginManager
from tagma.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LIST = runpy.run_path(str(ROOT / "scripts" / "tag_list.py"))
SDK = runpy.run_path(str(ROOT / "scripts" / "sdk_list.py"))
CLIENT = ("ml", "webhooks", *(f"storage_{kind}" for kind in ("azure", "gcs", "local", "redis", "s3")))
"""Plugins whose tests prove methods of the field's client."""
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
    for file in [*(ROOT / "core" / "tagma").rglob("*.py"), *(ROOT / "plugins").glob("*/tagma_*/**/*.py")]:
        codes |= set(re.findall(r"""(?:\bcode=|"code": )"([a-z][a-z-]*)\"""", file.read_text()))
    told = {
        code
        for row in page("admin/errors.md").split("\n| ")
        for code in re.findall(r"`([^`]+)`", row.split(" |")[0])
    }
    assert len(codes) > 50
    assert codes - told == set()


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


def test_every_tag_and_attribute_has_help() -> None:
    for tag in set(PluginManager.load({"only": LIST["BUNDLED"]}).tags.values()):
        assert tag.__doc__, tag.name
        assert [name for name, attribute in tag.attributes.items() if not attribute.help] == [], tag.name


@pytest.mark.needs("controls", "text", "image")
def test_the_list_of_tags_is_what_the_tags_say() -> None:
    assert page("author/tags.md") == LIST["page"](), "write it again: uv run scripts/docs --fix"


@pytest.mark.needs(*CLIENT)
def test_the_list_of_the_clients_methods_is_what_it_can_do() -> None:
    assert page("author/sdk.md") == SDK["page"](), "write it again: uv run scripts/docs --fix"


@pytest.mark.needs(*CLIENT)
def test_every_method_of_the_client_that_works_has_a_test() -> None:
    proven = SDK["proofs"]()
    served = [one.name for one in SDK["methods"]() if one.absent is None]
    assert len(served) > 150
    assert [name for name in served if name not in proven] == []


@pytest.mark.parametrize(
    "module", ["editor/commands.js", "pages/data.js", "pages/projects.js", "ui/frame.js", "kit/plane.js"]
)
def test_each_fixed_key_of_the_pages_has_a_row(module: str) -> None:
    code = (Path(tagma.__file__).parent / "web" / module).read_text()
    listed = re.findall(r"keys: \[+([^\]]*(?:\], \[[^\]]*)*)\]", code) + re.findall(r"\bkey: ('[a-z]')", code)
    keys = {key for keys in listed for key in re.findall(r"'([^']+)'", keys)}
    assert keys
    text = page("annotator/keys.md")
    assert not {key for key in keys if f"`{key}`" not in text and f"`` {key} ``" not in text}


@pytest.mark.parametrize(
    "file", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda file: str(file.relative_to(ROOT))
)
def test_links_and_pictures_lead_to_files(file: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", file.read_text()):
        assert (file.parent / target).exists(), target


def test_every_document_is_in_the_index() -> None:
    pages = {str(file.relative_to(DOCS)) for file in DOCS.rglob("*.md") if "examples" not in file.parts}
    assert {name for name in pages - {"README.md"} if f"]({name})" not in page("README.md")} == set()
