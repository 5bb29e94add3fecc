"""The way of a team that comes from Label Studio: one command moves it over, a bucket and a model are connected on the page, a
label is taken from the model's suggestion, and everything is exported.

The server that is left behind is a Tagma, which answers in the same protocol; the move from Label Studio itself is tried in
``tests/rival``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from journeys.desk import CHOICES, Desk
from playwright.sync_api import expect

from tagma.services.people import tokens
from tagma.testing import make_client, make_owner, make_site, serve
from tagma_objects.testing import Server, s3_server

pytestmark = pytest.mark.needs("text", "controls", "formats", "storage_s3", "ml")

PROGRAMS = Path(sys.executable).parent
CLASSIFIER = Path(__file__).parents[2] / "model" / "examples" / "text_classifier"
LETTERS = {
    "what a lovely morning": "good",
    "the lovely garden is full of light": "good",
    "lovely people, kind and warm": "good",
    "a dreadful night of rain": "bad",
    "dreadful noise from the street": "bad",
    "the dreadful soup was cold": "bad",
}
FRESH = {"spring.json": "such lovely weather today", "autumn.json": "dreadful weather again"}


@pytest.fixture
def left_behind(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Where the old server answers, and a token for it: a project whose letters are labeled."""
    folder = tmp_path / "old"
    site = make_site(folder)
    owner = make_owner(site, email="ana@example.org")
    client = make_client(site, owner)
    project = client.post("/api/projects/", json={"title": "Letters", "label_config": CHOICES}).json()["id"]
    labeled = [
        {"data": {"text": text}, "annotations": [{"result": [mood(word)]}]} for text, word in LETTERS.items()
    ]
    assert client.post(f"/api/projects/{project}/import", json=labeled).status_code == 201
    with serve(site) as address:
        yield address, site.database.write(lambda tx: tokens.create(site, tx, owner))
    site.close()


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    (tmp_path / "s3").mkdir()
    with s3_server(tmp_path / "s3") as server:
        files = {name: json.dumps({"text": text}).encode() for name, text in FRESH.items()}
        yield server, server.bucket(**files)


@pytest.fixture
def model(tmp_path: Path) -> Iterator[str]:
    """The address of a model server, made with ``tagma-model`` and started as people start it."""
    words = [str(PROGRAMS / "tagma-model"), "start", str(CLASSIFIER), "--port", "0"]
    with subprocess.Popen(
        [*words, "--data-dir", str(tmp_path / "model")],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0]
        process.terminate()


def mood(word: str) -> dict[str, Any]:
    return {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": [word]}}


def move(desk: Desk, address: str, token: str) -> str:
    """What the command says."""
    folder = str(desk.site.settings.data_dir)
    words = [str(PROGRAMS / "tagma"), "migrate", "label-studio", "--url", address, "--data-dir", folder]
    done = subprocess.run(
        words,
        env={**os.environ, "TAGMA_MIGRATE_TOKEN": token, "TAGMA_SECRET_KEY": desk.site.settings.secret_key},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_team_moves_over_connects_its_bucket_and_its_model_and_labels_on(
    desk: Desk, left_behind: tuple[str, str], bucket: tuple[Server, str], model: str, tmp_path: Path
) -> None:
    page = desk.page
    desk.site.settings.port = int(desk.address.rpartition(":")[2])  # the model is told where to ask back
    assert "Letters" in move(desk, *left_behind)

    page.goto(f"{desk.address}/projects/")
    page.get_by_role("link", name="Letters").first.click()
    page.wait_for_url("**/data")
    expect(page.locator("#dm-counts")).to_contain_text("6 tasks")
    project = int(page.url.split("/projects/")[1].split("/")[0])

    page.goto(f"{desk.address}/projects/{project}/settings")
    server, name = bucket
    sources = page.get_by_role("region", name="Tasks come from")
    sources.get_by_role("button", name="Connect a storage").click()
    page.get_by_role("menuitem", name="Amazon S3").click()
    form = page.get_by_role("dialog")
    for field, value in (
        ("Bucket", name),
        ("Access key", server.settings(name)["aws_access_key_id"]),
        ("Secret key", server.settings(name)["aws_secret_access_key"]),
        ("Endpoint", server.address),
    ):
        form.get_by_label(field, exact=True).fill(value)
    form.get_by_role("button", name="Connect", exact=True).click()
    expect(sources).to_contain_text("Never synced")
    sources.get_by_role("button", name="Sync").click()
    expect(sources).to_contain_text("2 new objects")
    sources.get_by_role("button", name="Bring them in").click()
    expect(sources).to_contain_text("2 tasks came in")

    models = page.locator("#models")
    models.get_by_role("button", name="Connect a model").click()
    if page.get_by_role("menu").count():
        page.get_by_role("menuitem", name="Model server").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Address").fill(model)
    form.get_by_label("Name").first.fill("Moods")
    form.get_by_role("button", name="Connect", exact=True).click()
    row = models.locator("[data-model]")
    expect(row).to_contain_text("Ready")
    row.get_by_role("button", name="Learn").click()
    expect(models.get_by_text(re.compile("[Ll]earned"))).to_be_visible()
    row.get_by_role("button", name="Predict all").click()
    expect(models).to_contain_text(re.compile("predicted . tasks"))

    desk.open(project)
    for _ in FRESH:
        expect(page.get_by_role("radio", checked=True)).to_have_count(1)
        said = page.locator(".text-body").inner_text()
        desk.submit()
        expect(page.locator(".text-body").get_by_text(said.strip(), exact=True)).to_have_count(0)

    exported = desk.get(f"/api/projects/{project}/export?exportType=JSON")
    said = {
        one["data"]["text"]: one["annotations"][0]["result"][0]["value"]["choices"][0] for one in exported
    }
    assert said == {**LETTERS, FRESH["spring.json"]: "good", FRESH["autumn.json"]: "bad"}
