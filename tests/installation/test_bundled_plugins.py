"""Each bundled plugin may be taken away: the server starts, and projects that used it open."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tagma.plugin.discovery import discover
from tagma.services.desk import tasks
from tagma.services.project import projects
from tagma.testing import make_client, make_owner, make_site

BUNDLED = tuple(plugin.name for plugin in discover() if plugin.bundled)
CONFIG = """<View>
  <Text name="text" value="$text"/>
  <Image name="image" value="$image"/>
  <RectangleLabels name="box" toName="image"><Label value="Cat"/></RectangleLabels>
  <Choices name="mood" toName="text"><Choice value="good"/></Choices>
</View>"""
DATA = {"text": "Fine.", "image": "https://example.org/cat.png"}
PAGES = ("/projects/", "/projects/1/data", "/projects/1/label?task=1", "/plugins", "/api/projects/1/")
WITHOUT = """
import importlib.abc, importlib.metadata, json, sys
from pathlib import Path

name, data, *pages = sys.argv[1:]
everything = importlib.metadata.entry_points

class Gone(importlib.abc.MetaPathFinder):  # as after uninstalling it
    def find_spec(self, wanted, path, target=None):
        if wanted.split(".")[0] == "tagma_" + name:
            raise ModuleNotFoundError("No module named " + repr(wanted), name=wanted)

def entry_points(**which):
    found = everything(**which)
    return importlib.metadata.EntryPoints(one for one in found if one.name != name) if which else found

importlib.metadata.entry_points = entry_points
sys.meta_path.insert(0, Gone())
from tagma.services.people import sessions
from tagma.testing import make_client, make_site

site = make_site(Path(data))
actor = site.database.read(lambda tx: sessions.account(tx, 1)).actor
with make_client(site, actor) as client:
    codes = {page: client.get(page).status_code for page in pages}
print(json.dumps({"codes": codes, "plugins": {r.name: r.state for r in site.plugins.reports}}))
site.close()
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a server with a project that uses every bundled tag plugin."""
    folder = tmp_path_factory.mktemp("used") / "data"
    folder.mkdir()
    site = make_site(folder)
    owner = make_owner(site)

    def fill(tx: Any) -> None:
        made = projects.create(site, tx, owner, {"title": "All", "label_config": CONFIG})
        tasks.create(site, tx, owner, {"project": made.id, "data": DATA})

    site.database.write(fill)
    site.close()
    return folder


@pytest.mark.needs("controls", "text", "image")
@pytest.mark.parametrize("name", BUNDLED)
def test_pages_answer_when_a_bundled_plugin_is_not_installed(name: str, used: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(used, tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, name, str(folder), *PAGES], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["codes"] == dict.fromkeys(PAGES, 200)
    assert said["plugins"] == {other: "loaded" for other in BUNDLED if other != name}


@pytest.mark.parametrize("name", BUNDLED)
def test_projects_answer_when_a_bundled_plugin_is_switched_off(name: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    site = make_site(tmp_path / "data", plugins_settings={"disabled": [name]})
    with make_client(site, make_owner(site)) as client:
        assert client.get("/projects/").status_code == 200
        assert client.get("/projects/new").status_code == 200
        states = {report.name: report.state for report in site.plugins.reports}
    site.close()
    assert states.pop(name) == "disabled"
    assert set(states.values()) == {"loaded"}


@pytest.mark.parametrize("name", BUNDLED)
def test_what_is_installed_with_tagma_is_what_lies_in_the_folder(
    name: str, tmp_path: Path, build_wheel: Any
) -> None:
    root = Path(__file__).parents[2]
    for file in ("pyproject.toml", "hatch_build.py", "README.md"):
        shutil.copy(root / file, tmp_path)
    for project in (root / "plugins").glob("*/pyproject.toml"):
        if project.parent.name != name:
            folder = tmp_path / "plugins" / project.parent.name
            folder.mkdir(parents=True)
            shutil.copy(project, folder)
    wheel = build_wheel(tmp_path, tmp_path / "dist")
    with zipfile.ZipFile(wheel) as archive:
        [file] = [one for one in archive.namelist() if one.endswith("METADATA")]
        needed = re.findall(r"^Requires-Dist: (\S+)$", archive.read(file).decode(), re.M)
    assert "tagma-core" in needed
    assert f"tagma-{name.replace('_', '-')}" not in needed
    assert len(needed) == len(list((root / "plugins").glob("*/pyproject.toml")))
