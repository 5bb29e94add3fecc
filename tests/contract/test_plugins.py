"""What every installed plugin keeps to, bundled or not."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagma.labeling import config as configs
from tagma.labeling import results
from tagma.labeling.sample import sample_task
from tagma.plugin.discovery import Found, discover
from tagma.plugin.manager import PluginManager
from tagma.plugin.tags import ControlTag, Tag

MANAGER = PluginManager.load({})
FOUND = [found for found in discover() if found.bundled]
TAGS = list(dict.fromkeys(MANAGER.tags.values()))
CONTROLS = [tag for tag in TAGS if issubclass(tag, ControlTag)]
# Importing a plugin must not pull these in: they cost start-up time and belong into the function that needs them.
HEAVY = {
    "PIL",
    "numpy",
    "pandas",
    "cv2",
    "torch",
    "av",
    "pyarrow",
    "boto3",
    "requests",
    "scipy",
    "pycocotools",
}
OPEN_TO_PLUGINS = ("tagma.plugin", "tagma.errors", "tagma.testing")
LANGUAGES = ("zh-Hant", "zh-Hans")


def packages() -> Iterator[tuple[Found, Path]]:
    for found in FOUND:
        yield found, Path(importlib.import_module(found.module).__file__ or "").parent


every_plugin = pytest.mark.parametrize(
    ("found", "package"), list(packages()), ids=lambda value: getattr(value, "name", "")
)
every_tag = pytest.mark.parametrize("tag", TAGS, ids=lambda tag: tag.name)
every_control = pytest.mark.parametrize("tag", CONTROLS, ids=lambda tag: tag.name)
every_preset = pytest.mark.parametrize(
    "preset", MANAGER.presets(), ids=lambda preset: f"{preset.plugin}-{preset.name}"
)


@every_plugin
def test_it_is_loaded_and_says_what_it_is(found: Found, package: Path) -> None:
    report = MANAGER.report(found.name)
    assert report
    assert (report.state, report.faults) == ("loaded", [])
    assert report.description
    assert getattr(importlib.import_module(found.module), "requires_api", None) == 1


def test_asking_all_plugins_pulls_in_nothing_heavy() -> None:
    look = "import sys; from tagma.plugin.manager import PluginManager; PluginManager.load({}); print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert not HEAVY & {name.partition(".")[0] for name in said.stdout.split()}


def test_no_plugin_is_slow_to_load() -> None:
    # Generous: a plugin takes some ten milliseconds, and machines that test are slow.
    assert {
        report.name: report.milliseconds for report in MANAGER.reports if report.milliseconds > 1500
    } == {}


@every_plugin
def test_it_imports_only_the_rooms_that_are_open_to_plugins(found: Found, package: Path) -> None:
    own, others = package.name, {other.name for _, other in packages()} - {package.name}
    for file in package.rglob("*.py"):
        for module in imports(file):
            top = module.partition(".")[0]
            assert top not in others, f"{file}: a plugin must not import another one ({module})"
            if top == "tagma" and top != own:
                allowed = any(module == room or module.startswith(f"{room}.") for room in OPEN_TO_PLUGINS)
                assert allowed, f"{file}: {module} is no room for plugins"


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module == "tagma":
            yield from (f"tagma.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


@every_tag
def test_a_tag_explains_itself_and_its_attributes(tag: type[Tag]) -> None:
    assert (tag.__dict__.get("__doc__") or "").strip().endswith(".")
    assert [name for name, attribute in tag.attributes.items() if not attribute.help] == []
    assert [name for name in tag.attributes if not name.isidentifier()] == []


@every_tag
def test_what_a_tag_says_of_its_attributes_is_json(tag: type[Tag]) -> None:
    json.dumps({name: attribute.as_dict() for name, attribute in tag.attributes.items()})
    for name, attribute in tag.attributes.items():
        if attribute.default is not None:
            text = (
                str(attribute.default).lower()
                if isinstance(attribute.default, bool)
                else str(attribute.default)
            )
            assert attribute.read(text) == attribute.default, name


@every_tag
def test_a_tags_example_is_a_right_config(tag: type[Tag]) -> None:
    if not tag.example:
        assert tag.is_label or tag.children == ()
        return
    # The tag of another plugin may be missing here.
    if all(node.tag_class for node in configs.parse(tag.example, MANAGER.tags).root.walk()):
        assert [str(fault) for fault in configs.errors(configs.check(tag.example, MANAGER.tags))] == []


@every_control
def test_a_controls_value_makes_a_json_schema(tag: type[ControlTag]) -> None:
    schema = tag.Value.model_json_schema()
    assert schema["type"] == "object"
    if tag.draws is None or tag.has_labels:
        assert tag.own_key() in schema["properties"]


@every_control
def test_a_controls_sample_passes_its_own_check_and_is_like_itself(tag: type[ControlTag]) -> None:
    config = configs.parse(tag.example, MANAGER.tags)
    task = sample_task(config, with_annotation=True)
    made = [item for item in task["annotations"][0]["result"] if item["type"] == tag.result_type()]
    if not all(node.tag_class for node in config.root.walk()):
        pytest.skip("a plugin that its example needs is not installed")
    assert made
    assert results.check(made, config, task["data"], strict=True).faults == []
    assert tag.similarity(made[0], made[0]) == pytest.approx(1)


@every_preset
def test_a_preset_is_a_right_config_with_tasks_that_fit(preset: Any) -> None:
    config = configs.parse(preset.xml, MANAGER.tags)
    if not all(node.tag_class for node in config.root.walk()):
        pytest.skip("a plugin that it needs is not installed")
    assert [str(fault) for fault in configs.check(preset.xml, MANAGER.tags)] == []
    assert 3 <= len(preset.sample) <= 5
    for task in preset.tasks(lambda name: f"/files/{name}"):
        assert set(config.required_keys) <= set(task["data"])
        for key, node in config.required_keys.items():
            assert node.tag_class
            assert node.tag_class.accepts(task["data"][key]) is None  # type: ignore[attr-defined]


@every_preset
def test_a_presets_media_lie_beside_it_and_are_small(preset: Any) -> None:
    media = {
        name
        for task in preset.sample
        for name in task["data"].values()
        if str(name).endswith((".jpg", ".png", ".ogg", ".csv", ".webm"))
    }
    assert media == set(preset.files)
    assert [name for name, file in preset.files.items() if file.stat().st_size > 60_000] == []


@every_preset
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_preset_speaks_every_language(preset: Any, language: str) -> None:
    assert preset.description
    assert {"title", "group", "description"} <= set(preset.translations.get(language, ()))


@pytest.mark.parametrize("exporter", list(MANAGER.exporters.values()), ids=lambda exporter: exporter.name)
def test_an_exporter_says_what_it_writes(exporter: Any) -> None:
    assert exporter.title
    assert exporter.description
    assert exporter.suffix.startswith(".")
    assert exporter.name == exporter.name.upper()
    assert exporter.Settings.model_json_schema()["type"] == "object"


@pytest.mark.parametrize("predictor", list(MANAGER.predictors.values()), ids=lambda predictor: predictor.kind)
def test_a_kind_of_model_says_what_it_is_and_what_its_form_asks(predictor: Any) -> None:
    assert predictor.title
    assert (predictor.__doc__ or "").strip()
    fields = predictor.Settings.model_json_schema()["properties"]
    assert [name for name, field in fields.items() if not field.get("description")] == []
    assert [name for name in fields if name in ("id", "project", "title", "kind")] == []


@pytest.mark.parametrize("importer", MANAGER.importers, ids=lambda importer: importer.name)
@pytest.mark.parametrize(
    "head", [b"", b"\x00" * 100, b"\xff\xfe\x00", b"[" * 1000], ids=["empty", "zeros", "bytes", "brackets"]
)
def test_an_importer_looks_at_anything_without_raising(importer: Any, head: bytes) -> None:
    assert importer.title
    for suffix in ("", ".bin", *importer.suffixes):
        assert 0 <= importer.sniff(f"file{suffix}", head) <= 1
