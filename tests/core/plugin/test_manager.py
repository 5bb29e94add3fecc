"""What becomes of a plugin, whatever is wrong with it. The modules are written into a folder and imported from there."""

from __future__ import annotations

import itertools
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tagma.errors import PluginError
from tagma.plugin.discovery import Found
from tagma.plugin.events import ProjectCreated
from tagma.plugin.manager import PluginManager
from tagma.plugin.predictors import Predictor
from tagma.plugin.server import Server

_numbers = itertools.count(1)

TAG = '''"""Brings a tag."""
from tagma.plugin import hookimpl, tags

class Thing(tags.ControlTag):
    """A thing."""
    name = "{name}"
    aliases = {aliases}
    attributes = {{"name": tags.Name(required=True, help="Its name.")}}

@hookimpl
def register_tags():
    return [Thing]
'''


def tag(name: str = "Thing", aliases: tuple[str, ...] = ()) -> str:
    return TAG.format(name=name, aliases=aliases)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Found]]:
    """Writes a package with a ``plugin.py`` and other files, and says how it was found."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[str] = []

    def make(name: str, code: str, files: dict[str, str] | None = None, *, bundled: bool = False) -> Found:
        package = f"made_for_test_{next(_numbers)}"
        made.append(package)
        for path, text in {"__init__.py": "", "plugin.py": code, **(files or {})}.items():
            file = tmp_path / package / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        return Found(name, f"{package}.plugin", f"dist-{name}", "1.2", bundled)

    yield make
    for module in list(sys.modules):
        if module.split(".")[0] in made:
            del sys.modules[module]


def load(*found: Found, **settings: Any) -> PluginManager:
    return PluginManager.load(settings, found)


def test_a_sound_plugin_is_loaded_and_owns_what_it_brings(plugin: Any) -> None:
    manager = load(plugin("good", tag(aliases=("Ding",))))
    report = manager.report("good")
    assert report
    assert (report.state, report.sentence, report.next_step) == ("loaded", "1 tag", "")
    assert report.description == "Brings a tag."
    thing = manager.tag("THING")
    assert thing is not None
    assert thing is manager.tag("ding")
    assert manager.owner(thing) == "good"


BROKEN = {
    "an import that fails": ("import not_there_at_all", "failed", "No module named 'not_there_at_all'", "not_there_at_all"),
    "an exception while importing": ("1 / 0", "failed", "ZeroDivisionError", "reinstall"),
    "an exit while importing": ("raise SystemExit(3)", "failed", "SystemExit", "reinstall"),
    "bad syntax": ("def (", "failed", "SyntaxError", "reinstall"),
    "a misspelt hook": (tag().replace("register_tags", "register_tag"), "failed", 'there is no hook "register_tag"; did you mean "register_tags"', "mend the name"),
    "a hook that is not marked": (tag().replace("@hookimpl", ""), "failed", "register_tags is not marked with @hookimpl", "write @hookimpl"),
    "an exception in a hook": (tag().replace("return [Thing]", "raise RuntimeError('boom')"), "failed", "register_tags raised RuntimeError: boom", "log"),
    "a hook that asks for too much": (tag().replace("register_tags()", "register_tags(server)"), "failed", "server", "arguments"),
    "something that is no class": (tag().replace("[Thing]", "[42]"), "failed", "register_tags returned 42, which is no class", "author"),
    "a class of another kind": (tag().replace("[Thing]", "[dict]"), "failed", "dict, which is no subclass of ObjectTag or ControlTag or VisualTag", "author"),
    "nothing to go through": (tag().replace("[Thing]", "None"), "failed", "register_tags raised TypeError", "author"),
    "a tag without a name": (tag(name=""), "failed", "it needs name", "author"),
    "a tag whose name is no XML": (tag(name="Two words"), "failed", "can't be the name of an XML element", "author"),
    "an attribute of the wrong kind": (tag().replace("tags.Name(required=True, help=\"Its name.\")", '"name"'), "failed", 'its attribute "name" is', "author"),
    "a newer API": ("requires_api = 99\n" + tag(), "incompatible", "needs plugin API 99, this server has 1", "Upgrade tagma"),
    "a newer API that can't even be imported": ("requires_api = 99\nfrom tagma.plugin import what_comes_later", "incompatible", "needs plugin API 99", "Upgrade tagma"),
    "an older API": ("requires_api = 0\n" + tag(), "incompatible", "was written for plugin API 0", "Upgrade dist-bad"),
    "an API that is no number": ("requires_api = 'one'\n" + tag(), "incompatible", "'one', not a whole number", "requires_api = 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_named_and_the_others_are_loaded(case: str, plugin: Any) -> None:
    code, state, sentence, step = BROKEN[case]
    manager = load(plugin("bad", code), plugin("good", tag(name="Other")))
    bad = manager.report("bad")
    assert bad is not None
    assert bad.state == state
    assert sentence in bad.sentence
    assert step in bad.next_step
    assert manager.tag("Thing") is None
    assert manager.tag("Other") is not None
    good = manager.report("good")
    assert good
    assert good.state == "loaded"
    assert bad.sentence in manager.table()


def test_a_plugin_that_keeps_something_is_partly_loaded(plugin: Any) -> None:
    code = tag() + "\n@hookimpl\ndef register_exporters():\n    raise RuntimeError('boom')\n"
    manager = load(plugin("half", code))
    report = manager.report("half")
    assert report is not None
    assert report.state == "partly loaded"
    assert report.sentence == "register_exporters raised RuntimeError: boom; still there: 1 tag"
    assert manager.tag("Thing") is not None
    assert "RuntimeError" in report.trace
    assert "trace" not in report.as_dict()


@pytest.mark.parametrize(("name", "aliases"), [("THING", ()), ("Other", ("thing",))])
def test_the_second_plugin_to_claim_a_tag_goes_without(
    name: str, aliases: tuple[str, ...], plugin: Any
) -> None:
    manager = load(plugin("first", tag()), plugin("second", tag(name=name, aliases=aliases)))
    second = manager.report("second")
    assert second is not None
    assert second.state == "failed"
    assert "is already provided by first" in second.sentence
    assert 'Put "second" or "first" into disabled' in second.next_step
    thing = manager.tag("thing")
    assert thing is not None
    assert manager.owner(thing) == "first"


def test_two_plugins_of_one_name_are_told_apart_by_their_distribution(plugin: Any) -> None:
    manager = load(plugin("same", tag()), plugin("same", tag(name="Other")))
    assert [report.state for report in manager.reports] == ["loaded", "failed"]
    assert 'a plugin called "same" is already there' in manager.reports[1].sentence
    assert manager.tag("Other") is None


def test_a_disabled_plugin_is_not_even_imported(plugin: Any) -> None:
    manager = load(plugin("off", "raise SystemExit('imported')"), disabled=["off"])
    report = manager.report("off")
    assert report
    assert (report.state, report.sentence) == ("disabled", "switched off in the settings")
    assert 'Take "off" out of disabled' in report.next_step


def test_only_the_named_plugins_are_looked_at(plugin: Any) -> None:
    manager = load(plugin("a", tag()), plugin("b", tag(name="Other")), only=["b"])
    assert [report.name for report in manager.reports] == ["b"]


@pytest.mark.parametrize(
    "case", ["an import that fails", "an exception in a hook", "a newer API", "a misspelt hook"]
)
def test_strict_refuses_to_start_with_a_broken_plugin(case: str, plugin: Any) -> None:
    with pytest.raises(PluginError, match='The plugin "bad" is') as raised:
        load(plugin("bad", BROKEN[case][0]), strict=True)
    assert "strict = false" in raised.value.hint


def test_strict_lets_sound_and_disabled_plugins_pass(plugin: Any) -> None:
    manager = load(plugin("good", tag()), plugin("off", "1 / 0"), strict=True, disabled=["off"])
    assert [report.state for report in manager.reports] == ["loaded", "disabled"]


SETTINGS = "from pydantic import BaseModel\nclass Settings(BaseModel):\n    size: int = 3\n" + tag()


def test_settings_are_checked_by_the_plugins_own_model(plugin: Any) -> None:
    manager = load(plugin("sized", SETTINGS), sized={"size": "7"})
    assert manager.settings_of("sized").size == 7  # type: ignore[union-attr]
    assert load(plugin("sized", SETTINGS)).settings_of("sized").size == 3  # type: ignore[union-attr]


def test_wrong_settings_are_named_by_their_key(plugin: Any) -> None:
    manager = load(plugin("sized", SETTINGS), sized={"size": "big"})
    report = manager.report("sized")
    assert report
    assert report.state == "failed"
    assert 'its setting "size" is wrong' in report.sentence
    assert "[plugins.sized]" in report.next_step
    assert manager.tag("Thing") is None


def test_settings_of_a_plugin_that_has_none_are_told(plugin: Any) -> None:
    report = load(plugin("plain", tag()), plain={"size": 1}).report("plain")
    assert report
    assert report.state == "partly loaded"
    assert "it has no settings" in report.sentence


def test_settings_of_nobody_are_told_in_the_log(plugin: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "tagma.plugins"):
        load(plugin("good", tag()), disabled=["godo"])
    assert '"godo", which is not installed. Did you mean "good"?' in caplog.text


LISTENER = """from tagma.plugin import hookimpl
heard = []
@hookimpl
def on_event(event):
    heard.append(event)
    {more}
"""


def test_a_listener_that_raises_keeps_nobody_from_hearing(
    plugin: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = plugin("bad", LISTENER.format(more="1 / 0")), plugin("good", LISTENER.format(more="pass"))
    manager = load(bad, good)
    assert [report.state for report in manager.reports] == ["loaded", "loaded"]
    event = ProjectCreated(organization_id=1, project_id=2)
    with caplog.at_level(logging.ERROR, "tagma.plugins"):
        manager.notify(event, cast(Server, None))
    assert sys.modules[good.module].heard == [event] == sys.modules[bad.module].heard
    assert 'The plugin "bad" failed on ProjectCreated.' in caplog.text
    report = manager.report("bad")
    assert report
    assert "on_event raised ZeroDivisionError" in report.sentence


ROUTES = """from tagma.plugin import Call, Routes, hookimpl
routes = Routes("things")
@routes.op("GET", "{path}", summary="Things")
def things(call: Call, id: int) -> dict:
    return {{"id": id}}
@hookimpl
def register_routes():
    return [{returned}]
"""


def test_operations_have_an_owner_and_an_address_has_one_operation(plugin: Any) -> None:
    first = plugin("first", ROUTES.format(path="/api/things/{id:int}/", returned="routes"))
    second = plugin("second", ROUTES.format(path="/api/things/{thing:int}", returned="routes"))
    manager = load(first, second)
    assert [operation.path for operation in manager.operations(())] == ["/api/things/{id:int}/"]
    report = manager.report("second")
    assert report
    assert (report.state, report.sentence) == (
        "failed",
        'operation "GET /api/things/{}" is already provided by first',
    )


def test_an_address_of_the_server_itself_is_not_given_away(plugin: Any) -> None:
    manager = load(plugin("thief", ROUTES.format(path="/api/projects/{id:int}/", returned="routes")))
    assert manager.operations({"GET /api/projects/{}"}) == []
    report = manager.report("thief")
    assert report
    assert report.state == "partly loaded"
    assert "GET /api/projects/{} is an address of the server itself" in report.sentence


MODEL = '''"""Brings a kind of model."""
from pydantic import BaseModel
from tagma.plugin import Predictor, hookimpl

class Guess(Predictor):
    """Guesses."""
    kind = "guess"
    title = "Guesser"
    class Settings(Predictor.Settings):
        luck: float = 0.5
    def predict(self, tasks, context=None):
        return [[] for _ in tasks]
    {more}

@hookimpl
def register_predictors():
    return [Guess]
'''


def test_kinds_of_models_are_found_by_their_word(plugin: Any) -> None:
    manager = load(plugin("sure", MODEL.format(more="")))
    guess = manager.predictors["guess"]
    assert manager.owner(guess) == "sure"
    assert not guess.can_fit()
    assert set(guess.Settings.model_fields) == {*Predictor.Settings.model_fields, "luck"}
    learner = load(plugin("learner", MODEL.format(more="def fit(self, tasks): return {}")))
    assert learner.predictors["guess"].can_fit()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('kind = "A Guess"', "lower-case letters"),
        ("class Settings(BaseModel): pass", "its Settings must be a subclass of Predictor.Settings"),
        ("predict = Predictor.predict", "it has no predict"),
        ("batch = 0", "batch must be a number from 1 on, not 0"),
        ('parallel = "many"', "parallel must be a number from 1 on, not 'many'"),
        ('title = ""', 'it needs title = "…"'),
    ],
)
def test_a_kind_of_model_that_can_not_be_used_is_named(more: str, words: str, plugin: Any) -> None:
    manager = load(plugin("odd", MODEL.format(more=more)))
    assert manager.predictors == {}
    report = manager.report("odd")
    assert report
    assert words in report.sentence


def test_what_is_no_collection_of_operations_is_named(plugin: Any) -> None:
    report = load(plugin("odd", ROUTES.format(path="/x", returned="things"))).report("odd")
    assert report
    assert "which is no Routes" in report.sentence


def test_presets_and_browser_halves_are_found_beside_the_module(plugin: Any) -> None:
    files = {
        "web/index.js": "export default []",
        "presets/one/config.xml": "<View/>",
        "presets/one/preset.toml": 'title = "One"\ngroup = "Tests"\n[zh-Hant]\ntitle = "一"\n',
        "presets/one/sample.json": '[{"data": {"image": "cat.png", "more": ["cat.png", "dog.png"]}}]',
        "presets/one/cat.png": "",
        "presets/two/config.xml": "<View/>",
        "presets/two/sample.json": "[{",
    }
    manager = load(plugin("pre", tag(), files))
    (preset,) = manager.presets()
    assert (preset.text("title"), preset.text("title", "zh-Hant"), preset.text("group", "zh-Hant")) == (
        "One",
        "一",
        "Tests",
    )
    assert preset.tasks(lambda name: f"/media/{name}") == [
        {"data": {"image": "/media/cat.png", "more": ["/media/cat.png", "dog.png"]}}
    ]
    assert manager.web_folders()["pre"][0] == "1.2"
    report = manager.report("pre")
    assert report
    assert report.state == "partly loaded"
    assert "the preset two can't be read: sample.json is no JSON" in report.sentence


def test_a_suffix_belongs_to_the_first_data_type_that_claims_it(plugin: Any) -> None:
    code = """from tagma.plugin import DataType, hookimpl
class Kind(DataType):
    name = "{name}"
    suffixes = {suffixes}
@hookimpl
def register_data_types():
    return [Kind]
"""
    manager = load(
        plugin("a", code.format(name="one", suffixes=(".x",))),
        plugin("b", code.format(name="two", suffixes=(".x", ".y"))),
    )
    assert [manager.data_type_for(suffix).name for suffix in (".X", "y")] == ["one", "two"]  # type: ignore[union-attr]
    assert manager.data_type_for(".z") is None
    report = manager.report("b")
    assert report
    assert report.state == "partly loaded"
    assert 'suffix ".x" already belongs to the data type "one" of a' in report.sentence
