"""``tagma import`` and ``tagma export``: data in and labels out from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tagma.cli import main
from tagma.services.project import projects
from tagma.testing import make_owner, make_site

CHOICES = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text">'
    '<Choice value="good"/><Choice value="bad"/></Choices></View>'
)
MOOD = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}, "id": "a1"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with one project, called Moods."""
    site = make_site(tmp_path / "data")
    owner = make_owner(site)
    fields = {"title": "Moods", "label_config": CHOICES}
    site.database.write(lambda tx: projects.create(site, tx, owner, fields))
    site.close()
    return tmp_path


def tagma(home: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, words), "--data-dir", str(home / "data")])


def test_what_goes_in_comes_out_again(home: Path) -> None:
    tasks = [{"data": {"text": "a"}, "annotations": [{"result": [MOOD]}]}, {"text": "b"}]
    (home / "tasks.json").write_text(json.dumps(tasks))
    went_in = tagma(home, "import", home / "tasks.json", "--project", "Moods")
    assert went_in.exit_code == 0, went_in.output
    assert "Imported 2 tasks, 1 annotations" in went_in.output
    came_out = tagma(home, "export", "JSON", home / "out.json", "--project", "1")
    assert came_out.exit_code == 0, came_out.output
    assert [one["annotations"][0]["result"] for one in json.loads((home / "out.json").read_text())] == [
        [MOOD]
    ]


def test_a_faulty_row_stops_all_or_is_left_out(home: Path) -> None:
    (home / "a.csv").write_text("text,n\nx,1\ny\n")
    stopped = tagma(home, "import", home / "a.csv", "--project", "Moods")
    assert stopped.exit_code == 1
    assert "Row 2 of a.csv has 1 cells" in stopped.output
    assert "Nothing was imported" in stopped.output
    kept = tagma(home, "import", home / "a.csv", "--project", "Moods", "--keep-good")
    assert kept.exit_code == 0, kept.output
    assert "Imported 1 tasks" in kept.output
    assert "1 left out" in kept.output


def test_a_wrong_project_or_format_is_said_in_words(home: Path) -> None:
    wrong = tagma(home, "export", "JSON", home / "out.json", "--project", "Mods")
    assert wrong.exit_code == 1
    assert 'Did you mean "Moods"?' in wrong.output
    unknown = tagma(home, "export", "COOC", home / "out.json", "--project", "Moods")
    assert unknown.exit_code == 1
    assert 'no export format "COOC"' in unknown.output
    assert not (home / "out.json").exists()
